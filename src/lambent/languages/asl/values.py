"""Fields that must have one kind of value: fixed, at a path, or evaluated."""

import re
from collections.abc import Callable
from typing import Any

from lambent.languages.asl.data import Data, write
from lambent.languages.asl.failures import StateFailed, query_failed, runtime
from lambent.languages.asl.machine import Number
from lambent.languages.asl.paths import compile_path_expression
from lambent.languages.asl.scope import Scope
from lambent.languages.asl.templates import (
    Render,
    compile_jsonata,
    compile_path_or_intrinsic,
    expression_source,
    is_expression,
)
from lambent.languages.asl.timestamps import parse_timestamp
from lambent.languages.jsonpath import MISSING

Definition = dict[str, Any]
# AWS: the longest wait and the longest timeout.
_MOST_SECONDS = 99_999_999
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?", re.ASCII)


def _unexpected(source: str, location: str, value: Any, expected: str) -> StateFailed:
    return query_failed(
        location,
        f"The JSONata expression '{source}' specified for the field '{location}' returned an"
        f" unexpected result type. Expected '{expected}', but was '{_type_name(value)}' for value:"
        f" {write(value)}",
    )


def _type_name(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case str():
            return "string"
        case int() | float():
            return "number"
        case list():
            return "array"
        case _:
            return "object"


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def typed_expression(
    text: str, location: str, expected: str, check: Callable[[Any], bool]
) -> Callable[[Scope, Data], Any]:
    """A JSONata expression that must give one kind of value."""
    render = compile_jsonata(text, location)

    def evaluate(scope: Scope, data: Data) -> Any:
        value = render(scope, data).value
        if not check(value):
            raise _unexpected(expression_source(text), location, value, expected)
        return value

    return evaluate


def as_data(evaluate: Callable[[Scope, Data], Any]) -> Render:
    return lambda scope, data: Data(value=evaluate(scope, data))


def text_field(state: Definition, field: str, jsonata: bool) -> Render | None:
    """Error or Cause of a Fail state, or its Path form."""
    if f"{field}Path" in state:
        text = state[f"{field}Path"]
        evaluate = compile_path_or_intrinsic(text, f"{field}Path")

        def find(scope: Scope, data: Data) -> Data:
            value = evaluate(scope, data)
            if not isinstance(value, str):
                raise runtime(f"The {field}Path parameter does not reference a string: {text}")
            return Data(value=value)

        return find
    if field not in state:
        return None
    if jsonata and is_expression(state[field]):
        typed = typed_expression(
            state[field], field, "string", lambda value: isinstance(value, str)
        )
        return as_data(typed)
    constant = Data(value=state[field])
    return lambda scope, data: constant


def number_field(state: Definition, field: str, jsonata: bool, *, least: int) -> Number | None:
    """A number of seconds, an expression for one, or a path to one."""
    if f"{field}Path" in state:
        return number_at(state[f"{field}Path"], f"{field}Path", least)
    if field not in state:
        return None
    value = state[field]
    if jsonata and is_expression(value):
        return _seconds(value, field, least)
    return lambda scope, data: value


def _seconds(text: str, field: str, least: int) -> Number:
    expression = typed_expression(text, field, "number", _is_number)

    def evaluate(scope: Scope, data: Data) -> float:
        number = expression(scope, data)
        if not _is_whole(number):
            raise query_failed(
                field, f"The {field} field cannot be parsed as an integer: {write(number)}"
            )
        if not least <= number <= _MOST_SECONDS:
            raise query_failed(
                field, f"{field} must be between {least} and {_MOST_SECONDS} but was: {number}"
            )
        return float(number)

    return evaluate


def map_limit(state: Definition, field: str, jsonata: bool, *, most: int | None) -> Number | None:
    """One of the numbers of a Map; those with a `most` may have a fraction."""
    path = f"{field}Path"
    if path in state:
        return map_limit_at(state[path], path, most=most)
    if field not in state:
        return None
    given = state[field]
    if not (jsonata and is_expression(given)):
        return lambda scope, data: given
    expression = typed_expression(given, field, "number", _is_number)

    def evaluate(scope: Scope, data: Data) -> float:
        value = expression(scope, data)
        if most is None and value != int(value):
            raise query_failed(
                field, f"The {field} field cannot be parsed as an integer: {write(value)}"
            )
        if problem := _outside(field, value, most):
            raise query_failed(field, problem)
        return float(value)

    return evaluate


def map_limit_at(text: str, field: str, *, most: int | None) -> Number:
    """What such a number's path refers to. AWS takes text that reads as one, too."""
    expression = compile_path_expression(text)
    kind = "integer" if most is None else "float"

    def find(scope: Scope, data: Data) -> float:
        value = expression.find(scope, data)
        if value is MISSING:
            raise runtime(f"The {field} parameter does not reference an input value: {text}")
        number = _read_number(value)
        if number is None or (kind == "integer" and number != int(number)):
            shown = value if isinstance(value, str) else write(value)
            raise runtime(
                f'The {field} field refers to value "{shown}" which is not a valid {kind}: {text}'
            )
        if problem := _outside(field.removesuffix("Path"), number, most):
            raise runtime(problem)
        return number

    return find


def _read_number(value: Any) -> float | None:
    if _is_number(value):
        return float(value)
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return float(value)
    return None


def _outside(field: str, value: float, most: int | None) -> str | None:
    if most is None:
        return f"{field} cannot be negative." if value < 0 else None
    return None if 0 <= value <= most else f"{field} must be between 0 and {most}."


def number_at(text: str, field: str, least: int) -> Number:
    expression = compile_path_expression(text)

    def find(scope: Scope, data: Data) -> float:
        value = expression.find(scope, data)
        if value is MISSING:
            raise runtime(f"The {field} parameter does not reference an input value: {text}")
        number = int(value) if isinstance(value, float) and value.is_integer() else value
        if not _is_whole(number):
            raise runtime(
                f"The {field} parameter cannot be parsed as a long value: {text} == {write(value)}"
            )
        if number < least:
            raise runtime(
                f"The {field} parameter references a negative value: {text} == {write(value)}"
            )
        return float(number)

    return find


def wait_until(state: Definition, jsonata: bool) -> Number:
    if "Seconds" in state or "SecondsPath" in state:
        seconds = number_field(state, "Seconds", jsonata, least=0)
        assert seconds is not None
        return lambda scope, data: scope.now + seconds(scope, data)
    if "TimestampPath" in state:
        return _timestamp_at(state["TimestampPath"])
    text = state["Timestamp"]
    if jsonata and is_expression(text):
        return _timestamp(text)
    moment = parse_timestamp(text) or 0.0
    return lambda scope, data: moment


def _timestamp(text: str) -> Number:
    expression = typed_expression(text, "Timestamp", "string", lambda value: isinstance(value, str))

    def evaluate(scope: Scope, data: Data) -> float:
        value = expression(scope, data)
        moment = parse_timestamp(value)
        if moment is None:
            raise query_failed(
                "Timestamp",
                "The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time"
                f" format string: {value}",
            )
        return moment

    return evaluate


def _timestamp_at(text: str) -> Number:
    expression = compile_path_expression(text)

    def find(scope: Scope, data: Data) -> float:
        value = expression.find(scope, data)
        if value is MISSING:
            raise runtime(f"The TimestampPath parameter does not reference an input value: {text}")
        moment = parse_timestamp(value) if isinstance(value, str) else None
        if moment is None:
            shown = value if isinstance(value, str) else write(value)
            raise runtime(
                "The TimestampPath parameter does not reference a valid ISO-8601 extended offset"
                f" date-time format string: {text} == {shown}"
            )
        return moment

    return find


def condition(value: Any, location: str) -> Callable[[Scope, Data], bool]:
    if isinstance(value, bool):
        return lambda scope, data: value
    return typed_expression(value, location, "boolean", lambda answer: isinstance(answer, bool))


def items_field(state: Definition, jsonata: bool) -> Callable[[Scope, Data], Any] | None:
    if jsonata:
        if "Items" not in state:
            return None
        render = compile_jsonata(state["Items"], "Items")
        if not is_expression(state["Items"]):
            return lambda scope, data: render(scope, data).value
        return typed_expression(
            state["Items"], "Items", "array", lambda value: isinstance(value, list | dict)
        )
    if state.get("ItemsPath", "$") == "$":
        return None
    expression = compile_path_expression(state["ItemsPath"])

    def find(scope: Scope, data: Data) -> Any:
        value = expression.find(scope, data)
        if value is MISSING:
            raise StateFailed(
                "States.ReferencePathConflict",
                f'Unable to apply step "{_first_missing(expression.path.keys(), data)}" to input'
                f" {data.text}",
                explained=False,
            )
        return value

    return find


def _first_missing(keys: list[str | int], data: Data) -> str | int:
    place = data.value
    for key in keys:
        if isinstance(place, dict) and key in place:
            place = place[key]
        else:
            return key
    return keys[-1] if keys else "$"
