"""
The intrinsic functions of JSONPath states, States.Format(…) and its kin.

A call is parsed once into a closure. Arguments are literals, paths or calls.
"""

import re
from collections.abc import Callable
from typing import Any

from lambent.languages.asl.data import Data
from lambent.languages.asl.failures import intrinsic_failed, runtime
from lambent.languages.asl.intrinsic_functions import FUNCTIONS, BadArgument
from lambent.languages.asl.paths import PathExpression, compile_path_expression
from lambent.languages.asl.scope import Scope
from lambent.languages.jsonpath import MISSING, InvalidPath

Call = Callable[[Scope, Data], Any]

# AWS: at most ten intrinsic functions inside each other in one field.
_MAX_DEPTH = 10

_NAME = re.compile(r"States\.(\w+)\s*\(")
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?(?=\s*[,)])")
_WORD = re.compile(r"(true|false|null)(?=\s*[,)])")
_WORDS = {"true": True, "false": False, "null": None}


class InvalidIntrinsic(ValueError):
    """The text is no call of an intrinsic function."""


def compile_intrinsic(text: str) -> Call:
    """Compile a call such as States.Array($.a, 1); raises InvalidIntrinsic."""
    parser = _Parser(text)
    call = parser.call(1)
    if text[parser.at :].strip():
        raise InvalidIntrinsic(f"'{text}' goes on after the call")
    return call


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def call(self, depth: int) -> Call:
        match = _NAME.match(self.text, self.at)
        if match is None or match.group(1) not in FUNCTIONS or depth > _MAX_DEPTH:
            raise InvalidIntrinsic(f"'{self.text}' is no intrinsic function")
        start = self.at
        self.at = match.end()
        arguments = self._arguments(depth)
        function = FUNCTIONS[match.group(1)]
        source = self.text[start : self.at]
        return _calling(source, function, tuple(arguments))

    def _arguments(self, depth: int) -> list[Call]:
        arguments: list[Call] = []
        self._spaces()
        if self._take(")"):
            return arguments
        while True:
            arguments.append(self._argument(depth))
            self._spaces()
            if self._take(")"):
                return arguments
            if not self._take(","):
                raise InvalidIntrinsic(f"'{self.text}' lacks ',' or ')' at position {self.at}")
            self._spaces()

    def _argument(self, depth: int) -> Call:
        if self.text.startswith("'", self.at):
            return _constant(self._string())
        if self.text.startswith("States.", self.at):
            return self.call(depth + 1)
        if self.text.startswith("$", self.at):
            return self._path()
        if match := _NUMBER.match(self.text, self.at):
            self.at = match.end()
            number = match.group()
            return _constant(float(number) if match.group(1) or match.group(2) else int(number))
        if match := _WORD.match(self.text, self.at):
            self.at = match.end()
            return _constant(_WORDS[match.group()])
        raise InvalidIntrinsic(f"'{self.text}' has no argument at position {self.at}")

    def _string(self) -> str:
        self.at += 1
        out: list[str] = []
        while self.at < len(self.text):
            character = self.text[self.at]
            self.at += 1
            if character == "'":
                return "".join(out)
            if character == "\\" and self.at < len(self.text):
                following = self.text[self.at]
                # Braces keep their backslash: States.Format takes it off.
                out.append(following if following in "'\\" else "\\" + following)
                self.at += 1
            else:
                out.append(character)
        raise InvalidIntrinsic(f"'{self.text}' has a string without end")

    def _path(self) -> Call:
        start, depth = self.at, 0
        while self.at < len(self.text):
            character = self.text[self.at]
            if character in "[(":
                depth += 1
            elif character in "])":
                if depth == 0:
                    break
                depth -= 1
            elif character == "'" and depth:
                self._string()
                continue
            elif character == "," and depth == 0:
                break
            self.at += 1
        try:
            return _path_argument(compile_path_expression(self.text[start : self.at].strip()))
        except InvalidPath as error:
            raise InvalidIntrinsic(str(error)) from None

    def _spaces(self) -> None:
        while self.text.startswith(" ", self.at):
            self.at += 1

    def _take(self, token: str) -> bool:
        if self.text.startswith(token, self.at):
            self.at += 1
            return True
        return False


def _constant(value: Any) -> Call:
    return lambda scope, data: value


class _MissingArgument(Exception):
    """A path among the arguments finds nothing."""


def _path_argument(path: PathExpression) -> Call:
    def find(scope: Scope, data: Data) -> Any:
        value = path.find(scope, data)
        if value is MISSING:
            raise _MissingArgument(
                f"The JsonPath argument for the field '{path.text}' could not be found in the"
                f" input '{data.text}'"
            )
        return value

    return find


def _calling(source: str, function: Callable[..., Any], arguments: tuple[Call, ...]) -> Call:
    def call(scope: Scope, data: Data) -> Any:
        try:
            return function(scope.chance, *(argument(scope, data) for argument in arguments))
        except _MissingArgument as missing:
            raise runtime(f"The function '{source}' had the following error: {missing}") from None
        except BadArgument as bad:
            raise intrinsic_failed(source, str(bad)) from None

    return call
