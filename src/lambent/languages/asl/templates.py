"""
Fields with expressions in them, compiled to closures.

`Render` makes a field's data from the surroundings and from what `$` means in it. None stands for
"no such field": then the data passes through as it is.
"""

from collections.abc import Callable
from typing import Any

from lambent.languages.asl.data import Data, read, write
from lambent.languages.asl.failures import query_failed, runtime
from lambent.languages.asl.intrinsics import compile_intrinsic
from lambent.languages.asl.java_order import java_order
from lambent.languages.asl.paths import compile_path_expression
from lambent.languages.asl.scope import Scope
from lambent.languages.jsonata import EvaluationFault, Expression, compile_expression
from lambent.languages.jsonpath import MISSING

Evaluate = Callable[[Scope, Data], Any]
"""A value."""
Render = Callable[[Scope, Data], Data]
"""The same, as data."""


def is_expression(value: Any) -> bool:
    """AWS: without a space before or behind, and only then."""
    return (
        isinstance(value, str)
        and len(value) >= 4
        and value.startswith("{%")
        and value.endswith("%}")
    )


def expression_source(text: str) -> str:
    return text[2:-2].strip()


# JSONata -------------------------------------------------------------------------------------


def evaluate_jsonata(expression: Expression, location: str, scope: Scope) -> str:
    """The result as JSON text; a failure or an undefined result fails the state."""
    bindings = scope.bindings(expression)
    try:
        text = expression.evaluate(bindings, scope.now, scope.chance)
    except EvaluationFault as fault:
        raise query_failed(
            location,
            f"The JSONata expression '{expression.source}' specified for the field '{location}'"
            f" threw an error during evaluation{fault}",
        ) from None
    if text is None:
        is_function = expression.gives_function(bindings, scope.now, scope.chance)
        result = "an unsupported result type" if is_function else "nothing (undefined)"
        raise query_failed(
            location,
            f"The JSONata expression '{expression.source}' specified for the field '{location}'"
            f" returned {result}.",
        )
    return text


def compile_jsonata(value: Any, location: str) -> Render:
    """A field of a JSONata state: any JSON with {% … %} strings in it."""
    if is_expression(value):
        expression = compile_expression(expression_source(value))
        return lambda scope, data: Data(evaluate_jsonata(expression, location, scope))
    evaluate = _jsonata_value(value, location)
    if evaluate is None:
        constant = Data(write(value), value)
        return lambda scope, data: constant
    return lambda scope, data: Data(value=evaluate(scope, data))


def _jsonata_value(value: Any, location: str) -> Evaluate | None:
    """None when there is no expression inside."""
    if is_expression(value):
        expression = compile_expression(expression_source(value))
        return lambda scope, data: read(evaluate_jsonata(expression, location, scope))
    if isinstance(value, dict):
        return _object(
            [(key, item, _jsonata_value(item, f"{location}/{key}")) for key, item in value.items()]
        )
    if isinstance(value, list):
        return _list(
            [(item, _jsonata_value(item, f"{location}[{i}]")) for i, item in enumerate(value)]
        )
    return None


def _object(members: list[tuple[str, Any, Evaluate | None]]) -> Evaluate | None:
    if all(evaluate is None for _, _, evaluate in members):
        return None

    def render(scope: Scope, data: Data) -> dict[str, Any]:
        return {
            key: constant if evaluate is None else evaluate(scope, data)
            for key, constant, evaluate in members
        }

    return render


def _list(items: list[tuple[Any, Evaluate | None]]) -> Evaluate | None:
    if all(evaluate is None for _, evaluate in items):
        return None

    def render(scope: Scope, data: Data) -> list[Any]:
        return [
            constant if evaluate is None else evaluate(scope, data) for constant, evaluate in items
        ]

    return render


# JSONPath ------------------------------------------------------------------------------------


def compile_payload_template(value: Any) -> Render:
    """Parameters, ResultSelector, ItemSelector, Assign…: names that end in .$ are evaluated."""
    evaluate = _template_value(value)
    if evaluate is None:
        constant = Data(write(value), value)
        return lambda scope, data: constant
    return lambda scope, data: Data(value=evaluate(scope, data))


def _template_value(value: Any) -> Evaluate | None:
    if isinstance(value, dict):
        plain = [
            (key, item, _template_value(item))
            for key, item in value.items()
            if not key.endswith(".$")
        ]
        # AWS: what is evaluated comes behind what is not.
        names = java_order(key[:-2] for key in value if key.endswith(".$"))
        evaluated = [
            (name, None, compile_path_or_intrinsic(value[f"{name}.$"], f"{name}.$"))
            for name in names
        ]
        return _object([*plain, *evaluated])
    if isinstance(value, list):
        return _list([(item, _template_value(item)) for item in value])
    return None


def compile_path_or_intrinsic(text: str, field: str) -> Evaluate:
    """Raises InvalidPath or InvalidIntrinsic."""
    if not text.startswith("$"):
        return compile_intrinsic(text)
    expression = compile_path_expression(text)

    def find(scope: Scope, data: Data) -> Any:
        value = expression.find(scope, data)
        if value is MISSING:
            raise runtime(
                f"The JSONPath '{text}' specified for the field '{field}' could not be found in"
                f" the input '{data.text}'"
            )
        return value

    return find


def compile_selection(text: str | None) -> Render | None:
    """InputPath or OutputPath: None (null) is the empty object."""
    if text is None:
        empty = Data("{}")
        return lambda scope, data: empty
    expression = compile_path_expression(text)
    if expression.is_identity:
        return None

    def select(scope: Scope, data: Data) -> Data:
        value = expression.find(scope, data)
        if value is MISSING:
            raise runtime(
                f"Invalid path '{text}' : No results for path: {expression.path.normal_form()}"
            )
        return Data(value=value)

    return select
