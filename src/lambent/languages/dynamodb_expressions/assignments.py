"""What a SET action assigns: a value, a path's, a sum, or a function's of them."""

from collections.abc import Callable, Mapping

from lambent.languages.dynamodb_expressions import numbers, syntax
from lambent.languages.dynamodb_expressions.checks import Steps
from lambent.languages.dynamodb_expressions.comparisons import Found
from lambent.languages.dynamodb_expressions.errors import UpdateRefused
from lambent.languages.dynamodb_expressions.operands import Getter, path_getter, value_getter
from lambent.languages.dynamodb_expressions.placeholders import Values
from lambent.languages.dynamodb_expressions.values import Item

WRONG_TYPE = "An operand in the update expression has an incorrect data type"


def assigned_getter(
    operand: syntax.Operand | syntax.Arithmetic, resolved: Callable[[syntax.Path], Steps]
) -> Getter:
    match operand:
        case syntax.Path():
            return path_getter(resolved(operand))
        case syntax.Value(name):
            return value_getter(name)
        case syntax.Arithmetic(operator, left, right):
            compute = numbers.total if operator == "+" else numbers.difference
            return _arithmetic(
                compute, assigned_getter(left, resolved), assigned_getter(right, resolved)
            )
        case syntax.Call(name, (first, second)):
            return _FUNCTIONS[name](
                assigned_getter(first, resolved), assigned_getter(second, resolved)
            )
        case syntax.Call():
            # The checks refuse it before any item is asked.
            return lambda item, values: None


def _arithmetic(compute: Callable[[str, str], str], left: Getter, right: Getter) -> Getter:
    def get(item: Item, values: Values) -> Found:
        one, other = _of_type("N", left(item, values)), _of_type("N", right(item, values))
        return None if one is None or other is None else {"N": compute(one["N"], other["N"])}

    return get


def _if_not_exists(path: Getter, otherwise: Getter) -> Getter:
    def get(item: Item, values: Values) -> Found:
        found = path(item, values)
        return otherwise(item, values) if found is None else found

    return get


def _list_append(left: Getter, right: Getter) -> Getter:
    def get(item: Item, values: Values) -> Found:
        one, other = _of_type("L", left(item, values)), _of_type("L", right(item, values))
        return None if one is None or other is None else {"L": one["L"] + other["L"]}

    return get


def _of_type(kind: str, found: Found) -> Found:
    if found is not None and kind not in found:
        raise UpdateRefused(WRONG_TYPE)
    return found


_FUNCTIONS: Mapping[str, Callable[[Getter, Getter], Getter]] = {
    "if_not_exists": _if_not_exists,
    "list_append": _list_append,
}
