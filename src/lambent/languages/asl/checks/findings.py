"""What is found while a definition is checked, and the checks of single values."""

import re
from typing import Any

from lambent.languages.asl.diagnostics import Diagnostic
from lambent.languages.asl.intrinsics import InvalidIntrinsic, compile_intrinsic
from lambent.languages.asl.templates import expression_source, is_expression
from lambent.languages.jsonata import SyntaxFault, compile_expression
from lambent.languages.jsonpath import InvalidPath, compile_path

_SCHEMA = "SCHEMA_VALIDATION_FAILED"
_UNSUPPORTED = "UNSUPPORTED_JSONATA_EXPRESSION"

# What looks like $$ inside a string, a quoted name or a comment is none.
_QUOTED = re.compile(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|`[^`]*`|/\*.*?\*/', re.DOTALL)

LONGEST = 99_999_999
"""AWS: the most seconds that any field may say."""


_NO_PATH = "Value must be a valid JSONPath."
_NO_DOLLAR = "No '.$' on a field that appears to be a JSONPath or Intrinsic Function"
_PATH = re.compile(r"\$\$?[.\[]|States\.\w+\(")


def looks_like_path(value: Any) -> bool:
    """Whether it was probably meant to be evaluated."""
    return isinstance(value, str) and _PATH.match(value) is not None


class Findings:
    def __init__(self) -> None:
        self.diagnostics: list[Diagnostic] = []

    def add(self, message: str, location: str, code: str = _SCHEMA) -> None:
        self.diagnostics.append(Diagnostic("ERROR", code, message, location))

    def warn(self, code: str, message: str, location: str) -> None:
        self.diagnostics.append(Diagnostic("WARNING", code, message, location))

    # Types

    def is_a(self, kind: type | tuple[type, ...], name: str, value: Any, location: str) -> bool:
        fits = isinstance(value, kind) and not (isinstance(value, bool) and kind is not bool)
        if not fits:
            self.add(f"Expected value of type [{name}]", location)
        return fits

    def text(self, value: Any, location: str) -> bool:
        return self.is_a(str, "STRING", value, location)

    def object(self, value: Any, location: str) -> bool:
        return self.is_a(dict, "OBJECT", value, location)

    def filled_array(self, value: Any, location: str) -> bool:
        if not self.is_a(list, "ARRAY", value, location):
            return False
        if not value:
            self.add("Value cannot be empty", location)
        return bool(value)

    def one_of(self, allowed: tuple[str, ...], value: Any, location: str) -> None:
        if self.text(value, location) and value not in allowed:
            self.add(f"Value should be one of the following: [{', '.join(allowed)}]", location)

    def whole(self, value: Any, location: str, least: int, most: int | None = LONGEST) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            self.add("Expected value of type Integer", location)
        else:
            self._range(value, location, least, most)

    def number(self, value: Any, location: str, least: float, most: float | None = None) -> None:
        if self.is_a((int, float), "NUMBER", value, location):
            self._range(value, location, least, most)

    def _range(self, value: float, location: str, least: float, most: float | None) -> None:
        if value < least:
            self.add(f"Minimum value is {least}", location)
        elif most is not None and value > most:
            self.add(f"Maximum value is {most}", location)

    # Fields

    def one_field(self, fields: tuple[str, ...], given: Any, location: str) -> None:
        """Exactly one of these is there."""
        count = sum(field in given for field in fields)
        listed = ", ".join(fields)
        if count > 1:
            self.add(f"There should only be one of the following fields: [{listed}]", location)
        elif not count:
            self.add(
                f"This object should have only one of the following fields: [{listed}]", location
            )

    # JSONPath

    def path(self, value: Any, location: str) -> None:
        if not self.text(value, location):
            return
        try:
            compile_path(value)
        except InvalidPath:
            self.add(_NO_PATH, location)

    def reference_path(self, value: Any, location: str, *, into_input: bool = False) -> None:
        """A path to exactly one place. `into_input`: one that a result can be put to."""
        if not self.text(value, location):
            return
        try:
            path = compile_path(value)
        except InvalidPath:
            self.add(_NO_PATH, location)
            return
        single = path.is_reference if into_input else path.definite
        if not single or (into_input and path.root != "$"):
            self.add("Value is not a Reference Path", location)

    def path_or_intrinsic(self, value: Any, location: str) -> None:
        field = location.rsplit("/", 1)[-1]
        try:
            if not isinstance(value, str):
                raise InvalidPath("not a string")
            if value.startswith("$"):
                compile_path(value)
            else:
                compile_intrinsic(value)
        except (InvalidPath, InvalidIntrinsic):
            self.add(
                f"The value for the field '{field}' must be a valid JSONPath or a valid intrinsic"
                " function call",
                location,
            )

    def payload_template(self, value: Any, location: str) -> None:
        if isinstance(value, dict):
            for key, item in value.items():
                if key.endswith(".$"):
                    self.path_or_intrinsic(item, f"{location}/{key}")
                elif looks_like_path(item):
                    self.warn("NO_DOLLAR", _NO_DOLLAR, f"{location}/{key}")
                else:
                    self.payload_template(item, f"{location}/{key}")
        elif isinstance(value, list):
            for index, item in enumerate(value):
                self.payload_template(item, f"{location}[{index}]")

    # JSONata

    def jsonata(self, value: Any, location: str, *, catching: bool = False) -> None:
        """Any JSON, with expressions in it."""
        if is_expression(value):
            self._expression(expression_source(value), location, catching)
        elif isinstance(value, str) and value.startswith("{%"):
            self.add("JSONata string must start with {% and end with %}", location)
        elif isinstance(value, dict):
            for key, item in value.items():
                self.jsonata(item, f"{location}/{key}", catching=catching)
        elif isinstance(value, list):
            for index, item in enumerate(value):
                self.jsonata(item, f"{location}[{index}]", catching=catching)

    def _expression(self, source: str, location: str, catching: bool) -> None:
        try:
            expression = compile_expression(source)
        except SyntaxFault as fault:
            self.add(fault.message, location, "INVALID_JSONATA_EXPRESSION")
            return
        if "$$" in _QUOTED.sub("", source):
            self.add("Reference to '$$' is not supported.", location, _UNSUPPORTED)
        for name in expression.reads_input or ():
            self.add(
                f"Reference to '{name}' at the top level is not supported.", location, _UNSUPPORTED
            )
        members = (expression.variables or {}).get("states")
        if isinstance(members, dict) and "errorOutput" in members and not catching:
            self.add("Reference to '$states.errorOutput' is not supported.", location, _UNSUPPORTED)
