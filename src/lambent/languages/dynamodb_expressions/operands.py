"""What an operand of an expression is, asked of an item and a request's values: compiled once."""

from collections.abc import Callable

from lambent.languages.dynamodb_expressions import syntax
from lambent.languages.dynamodb_expressions.checks import Steps
from lambent.languages.dynamodb_expressions.comparisons import Found, length
from lambent.languages.dynamodb_expressions.placeholders import Values
from lambent.languages.dynamodb_expressions.values import Item

Getter = Callable[[Item, Values], Found]


def path_getter(steps: Steps) -> Getter:
    """What is at the path, or None."""
    first, *others = steps
    name = str(first)
    if not others:
        return lambda item, values: item.get(name)

    def get(item: Item, values: Values) -> Found:
        return found_below(item.get(name), others)

    return get


def found_below(found: Found, steps: list[str | int]) -> Found:
    for step in steps:
        if found is None:
            return None
        if isinstance(step, int):
            elements = found.get("L", ())
            found = elements[step] if step < len(elements) else None
        else:
            found = found.get("M", {}).get(step)
    return found


def value_getter(name: str) -> Getter:
    return lambda item, values: values[name]


def condition_operand(operand: syntax.Operand, resolved: Callable[[syntax.Path], Steps]) -> Getter:
    """An operand of a condition: a path, a value, or the size of one."""
    match operand:
        case syntax.Path():
            return path_getter(resolved(operand))
        case syntax.Value(name):
            return value_getter(name)
        case syntax.Call(_, (sized, *_)):
            return _size_getter(condition_operand(sized, resolved))
        case syntax.Call():
            # The checks refuse it before any item is asked.
            return lambda item, values: None


def _size_getter(sized: Getter) -> Getter:
    def get(item: Item, values: Values) -> Found:
        size = length(sized(item, values))
        return None if size is None else {"N": str(size)}

    return get
