"""
What the model says of params, checked with AWS's words.

One closure a shape, made on first use. A check answers None, or a list of failures whose paths
the shapes above complete: what is right costs no path.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from typing import Any

from lambent.core.errors import AwsError, ValidationFailed
from lambent.wire.errors import (
    InvalidArgument,
    MalformedXml,
    MissingParameter,
    SerializationFailed,
    ValidationError,
)
from lambent.wire.model import OperationModel, Shape, operation
from lambent.wire.patterns import matcher

# The path from here, the value, the constraint in AWS's words.
Failure = tuple[str, Any, str]
Check = Callable[[Any], list[Failure] | None]
Checker = Callable[[Mapping[str, Any]], None]

_NOT_NULL = "Member must not be null"
_MAXIMUM_SHOWN = 4096


class _Hidden:
    """Stands for a sensitive value, which AWS does not repeat."""


_HIDDEN = _Hidden()

_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "character": (str,),
    "integer": (int,),
    "long": (int,),
    "short": (int,),
    "byte": (int,),
    "float": (float, int),
    "double": (float, int),
    "blob": (bytes, bytearray, memoryview, str),
    "timestamp": (float, int, datetime, str),
    "structure": (Mapping,),
    "map": (Mapping,),
    "list": (list, tuple),
    "boolean": (bool,),
}
_JAVA_NAMES = {
    "string": "a String",
    "boolean": "a Boolean",
    "integer": "an Integer",
    "long": "a Long",
    "float": "a Float",
    "double": "a Double",
    "timestamp": "a Timestamp",
    "blob": "a Blob",
}


def lower_first(name: str) -> str:
    return name[:1].lower() + name[1:]


def shown(value: Any) -> str:
    """A value as Java would print it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (bytes, bytearray, memoryview)):
        size = len(value)
        return f"java.nio.HeapByteBuffer[pos=0 lim={size} cap={size}]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}={shown(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(shown(item) for item in value) + "]"
    return str(value)


def _mismatch(shape: Shape, value: Any) -> SerializationFailed:
    if isinstance(value, Mapping):
        return SerializationFailed("Start of structure or map found where not expected.")
    if isinstance(value, (list, tuple)):
        return SerializationFailed("Start of list found where not expected")
    if shape.type not in _JAVA_NAMES:
        return SerializationFailed("Unexpected field type")
    if isinstance(value, bool):
        token = "TRUE_VALUE" if value else "FALSE_VALUE"
    elif isinstance(value, str):
        token = "STRING_VALUE"
    else:
        token = "DECIMAL_VALUE" if isinstance(value, float) else "NUMBER_VALUE"
    return SerializationFailed(f"{token} can not be converted to {_JAVA_NAMES[shape.type]}")


def _bounds(shape: Shape) -> list[tuple[str, Callable[[Any], bool]]]:
    """The constraints of one value: what AWS calls each, and what it takes to fail it."""
    constraints: list[tuple[str, Callable[[Any], bool]]] = []
    minimum, maximum = shape.traits.get("min"), shape.traits.get("max")
    if shape.type in {"float", "double"}:
        # Java prints a double's bound as a double.
        minimum = None if minimum is None else float(minimum)
        maximum = None if maximum is None else float(maximum)
    if shape.type in {"string", "blob", "list", "map", "character"}:
        if maximum is not None:
            constraints.append(
                (
                    f"Member must have length less than or equal to {maximum}",
                    lambda value: len(value) > maximum,
                )
            )
        if minimum:
            constraints.append(
                (
                    f"Member must have length greater than or equal to {minimum}",
                    lambda value: len(value) < minimum,
                )
            )
    elif shape.type in {"integer", "long", "short", "byte", "float", "double"}:
        if maximum is not None:
            constraints.append(
                (
                    f"Member must have value less than or equal to {maximum}",
                    lambda value: value > maximum,
                )
            )
        if minimum is not None:
            constraints.append(
                (
                    f"Member must have value greater than or equal to {minimum}",
                    lambda value: value < minimum,
                )
            )
    return constraints


def _constraints(shape: Shape) -> list[tuple[str, Callable[[Any], bool]]]:
    constraints = _bounds(shape)
    if shape.type == "string":
        pattern = shape.traits.get("pattern")
        if pattern is not None:
            matches = matcher(pattern)
            constraints.append(
                (
                    f"Member must satisfy regular expression pattern: {pattern}",
                    lambda value: not matches(value),
                )
            )
        allowed = shape.traits.get("enum")
        if allowed:
            members = frozenset(allowed)
            constraints.append(
                (
                    f"Member must satisfy enum value set: [{', '.join(allowed)}]",
                    lambda value: value not in members,
                )
            )
    return constraints


class _Checks:
    """The checks of one operation's shapes."""

    def __init__(self) -> None:
        self._structures: dict[str, Check] = {}

    def check(self, shape: Shape) -> Check:
        if shape.is_document or (shape.type == "blob" and shape.is_streaming):
            return _accept
        match shape.type:
            case "structure":
                return self._structure(shape)
            case "list":
                return self._list(shape)
            case "map":
                return self._map(shape)
        return _scalar(shape)

    def _structure(self, shape: Shape) -> Check:
        made = self._structures.get(shape.name)
        if made is not None:
            return made
        required = tuple(shape.required_members)
        # Each with the type that needs no check at all, where there is one.
        members: dict[str, tuple[type | None, Check]] = {}
        find = members.get
        # A member's place in the model is its place in the message.
        order = {name: position for position, name in enumerate(shape.members)}

        def check(value: Any) -> list[Failure] | None:
            if type(value) is not dict and not isinstance(value, Mapping):
                raise _mismatch(shape, value)
            found: list[tuple[int, list[Failure]]] | None = None
            for name in required:
                if value.get(name) is None:
                    found = found or []
                    found.append((order[name], [(lower_first(name), None, _NOT_NULL)]))
            for name, item in value.items():
                member = find(name)
                if member is None or item is None:
                    continue
                exact, check_member = member
                if type(item) is exact:
                    continue
                failures = check_member(item)
                if failures:
                    found = found or []
                    found.append((order[name], _below(lower_first(name), failures)))
            if found is None:
                return None
            found.sort(key=lambda entry: entry[0])
            return [failure for _, failures in found for failure in failures]

        self._structures[shape.name] = check
        for name, member in shape.members.items():
            member_check = self.check(member)
            if member_check is not _accept:
                members[name] = (_unconstrained(member), member_check)
        return check

    def _list(self, shape: Shape) -> Check:
        element = shape.member
        own = _constraints(shape)
        element_check = self.check(element)
        element_words = _all_words(element)
        is_hidden = bool(element.traits.get("sensitive") or shape.traits.get("sensitive"))
        sparse = bool(shape.traits.get("sparse"))

        def check(value: Any) -> list[Failure] | None:
            if type(value) is not list and not isinstance(value, (list, tuple)):
                raise _mismatch(shape, value)
            found: list[Failure] = [("", value, words) for words, fails in own if fails(value)]
            said = False
            for position, item in enumerate(value, 1):
                if item is None:
                    if not sparse:
                        found.append((f"{position}.member", None, _NOT_NULL))
                    continue
                failures = element_check(item)
                if not failures:
                    continue
                inner = [failure for failure in failures if failure[0]]
                found.extend(_below(f"{position}.member", inner))
                if len(inner) < len(failures) and not said:
                    # AWS: what is wrong with elements themselves is said once, of the list.
                    said = True
                    found.append(
                        (
                            "",
                            _HIDDEN if is_hidden else value,
                            f"Member must satisfy constraint: [{element_words}]",
                        )
                    )
            return found or None

        return check

    def _map(self, shape: Shape) -> Check:
        own = _constraints(shape)
        key_check = _scalar(shape.key)
        key_exact = _unconstrained(shape.key)
        key_words = _all_words(shape.key)
        value_shape = shape.value
        value_words = _all_words(value_shape)
        value_check: Check | None = None
        sensitive = (shape, shape.key, value_shape)
        is_hidden = any(part.traits.get("sensitive") for part in sensitive)

        def check(value: Any) -> list[Failure] | None:
            nonlocal value_check
            if value_check is None:
                value_check = self.check(value_shape)
            if type(value) is not dict and not isinstance(value, Mapping):
                raise _mismatch(shape, value)
            whole: Any = _HIDDEN if is_hidden else value
            found: list[Failure] = [("", whole, words) for words, fails in own if fails(value)]
            if key_exact is not str and any(key_check(key) for key in value):
                found.append(("", whole, f"Map keys must satisfy constraint: [{key_words}]"))
            said = False
            for key, item in value.items():
                failures = None if item is None else value_check(item)
                if not failures:
                    continue
                inner = [failure for failure in failures if failure[0]]
                found.extend(_below(f"{key}.member", inner))
                if len(inner) < len(failures) and not said:
                    said = True
                    found.append(("", whole, f"Map value must satisfy constraint: [{value_words}]"))
            return found or None

        return check


def _accept(value: Any) -> list[Failure] | None:
    return None


def _all_words(shape: Shape) -> str:
    """All constraints of an element, as AWS lists them when one of them fails."""
    words = [words for words, _ in _constraints(shape)]
    if shape.service.name == "lambda":
        # AWS: Lambda alone ends the list so.
        words.append(_NOT_NULL)
    return ", ".join(words)


def _unconstrained(shape: Shape) -> type | None:
    """The type whose every value is right, if the shape has one."""
    if shape.type in {"structure", "list", "map"} or shape.is_document or _constraints(shape):
        return None
    return _TYPES.get(shape.type, (object,))[0]


def _scalar(shape: Shape) -> Check:
    allowed = _TYPES.get(shape.type, (object,))
    exact = allowed[0]
    constraints = _constraints(shape)
    is_boolean = shape.type == "boolean"
    is_hidden = bool(shape.traits.get("sensitive"))
    others = allowed[1:]

    def check_type(value: Any) -> None:
        if type(value) is not exact and (
            not isinstance(value, allowed) or (isinstance(value, bool) and not is_boolean)
        ):
            raise _mismatch(shape, value)

    if not constraints:
        if not others:

            def check_exact(value: Any) -> list[Failure] | None:
                if type(value) is not exact:
                    check_type(value)
                return None

            return check_exact

        def check_one_of(value: Any) -> list[Failure] | None:
            check_type(value)
            return None

        return check_one_of

    def check(value: Any) -> list[Failure] | None:
        if type(value) is not exact:
            check_type(value)
        found: list[Failure] | None = None
        for words, fails in constraints:
            if fails(value):
                found = found or []
                found.append(("", _HIDDEN if is_hidden else value, words))
        return found

    return check


def _below(step: str, failures: list[Failure]) -> list[Failure]:
    return [(f"{step}.{path}" if path else step, value, words) for path, value, words in failures]


def _sentence(failure: Failure) -> str:
    path, value, words = failure
    if value is _HIDDEN:
        given = "Value"
    elif value is None:
        given = "Value null"
    else:
        given = f"Value '{shown(value)[:_MAXIMUM_SHOWN]}'"
    return f"{given} at '{path}' failed to satisfy constraint: {words}"


def constraint_message(failures: list[Failure]) -> str:
    """ "2 validation errors detected: …; …" """
    plural = "s" if len(failures) > 1 else ""
    sentences = "; ".join(_sentence(failure) for failure in failures)
    return f"{len(failures)} validation error{plural} detected: {sentences}"


def _sqs_error(failures: list[Failure]) -> AwsError:
    path, value, _ = failures[0]
    if value is None:
        name = ".".join(part[:1].upper() + part[1:] for part in path.split("."))
        return MissingParameter(f"The request must contain the parameter {name}.")
    return ValidationFailed(constraint_message(failures))


def _cloudwatch_error(failures: list[Failure]) -> AwsError:
    path, value, _ = failures[0]
    if value is None:
        name = ".".join(part[:1].upper() + part[1:] for part in path.split("."))
        return MissingParameter(f"The parameter {name} is required.")
    return ValidationError(constraint_message(failures))


def _s3_error(failures: list[Failure]) -> AwsError:
    path, value, words = failures[0]
    if "." in path or path in {"tagging", "delete"}:
        return MalformedXml(words)
    if value is None:
        return InvalidArgument(f"The request must contain the parameter {path}.")
    return InvalidArgument(f"Invalid value for {path}: {shown(value)}")


_OWN_WORDS: dict[str, Callable[[list[Failure]], AwsError]] = {
    "sqs": _sqs_error,
    "cloudwatch": _cloudwatch_error,
    "s3": _s3_error,
}
_OWN_CODES = {
    "apigateway": "BadRequestException",
    "apigatewayv2": "BadRequestException",
    "xray": "InvalidRequestException",
}


def _error(of: OperationModel, failures: list[Failure]) -> AwsError:
    service = of.service
    own = _OWN_WORDS.get(service.name)
    if own is not None:
        return own(failures)
    message = constraint_message(failures)
    if service.name in _OWN_CODES:
        return ValidationFailed(message, code=_OWN_CODES[service.name])
    if {"query", "ec2"} & set(service.protocols):
        return ValidationError(message)
    return ValidationFailed(message)


def compile_checker(of: OperationModel) -> Checker:
    shape = of.input_shape
    if shape is None:
        return lambda params: None
    check = _Checks().check(shape)

    def check_params(params: Mapping[str, Any]) -> None:
        failures = check(params)
        if failures:
            raise _error(of, failures)

    return check_params


@cache
def checker(service: str, name: str) -> Checker:
    """The check of an operation's params, whoever calls it and in whatever protocol."""
    return compile_checker(operation(service, name))
