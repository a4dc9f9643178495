"""
KeyConditionExpression: which partition, and which part of it.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.KeyConditionExpressions.html
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from lambent.languages.dynamodb_expressions import syntax
from lambent.languages.dynamodb_expressions.checks import Checks
from lambent.languages.dynamodb_expressions.errors import ExpressionRefused
from lambent.languages.dynamodb_expressions.placeholders import Placeholders
from lambent.languages.dynamodb_expressions.values import AttributeValue
from lambent.languages.dynamodb_expressions.words import check_condition_words, leaves


@dataclass(frozen=True, slots=True)
class SortCondition:
    """`operator` is "=", "<", "<=", ">", ">=", "BETWEEN" (two operands) or "begins_with"."""

    operator: str
    operands: tuple[AttributeValue, ...]


@dataclass(frozen=True, slots=True)
class KeyCondition:
    """Whether the values' types are those of the keys is the service's to check."""

    partition: AttributeValue
    sort: SortCondition | None


@dataclass(frozen=True, slots=True)
class OneCondition:
    """What an expression or a legacy parameter says of one attribute."""

    name: str
    operator: str
    operands: tuple[AttributeValue, ...]


@dataclass(frozen=True, slots=True)
class _Part:
    name: str
    operator: str
    value_names: tuple[str, ...]


_KIND = "KeyConditionExpression"
_INVALID_OPERATOR = f"Invalid operator used in {_KIND}: "
_INVALID_CONDITION = f"Invalid condition in {_KIND}: "
# What `:value < key` says of the key.
_TURNED = {"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


def key_condition(
    text: str, placeholders: Placeholders, partition_name: str, sort_name: str | None
) -> KeyCondition:
    """The condition on the keys of a table or index."""
    parts, checks = _compiled(text, placeholders.names)
    values = checks.run(placeholders)
    return keys_asked_for(
        [
            OneCondition(part.name, part.operator, tuple(values[name] for name in part.value_names))
            for part in parts
        ],
        partition_name,
        sort_name,
    )


def keys_asked_for(
    conditions: Sequence[OneCondition], partition_name: str, sort_name: str | None
) -> KeyCondition:
    """The condition on the partition, and the one on the part of it if there is one."""
    keys = [partition_name] if sort_name is None else [partition_name, sort_name]
    if len(conditions) > len(keys):
        raise ExpressionRefused(
            f"The number of query conditions ({len(conditions)}) exceeds the number of key"
            f" attributes defined in the schema ({len(keys)})"
        )
    asked = {condition.name: condition for condition in conditions}
    for name in keys[: max(len(conditions), 1)]:
        if name not in asked:
            raise ExpressionRefused(f"Query condition missed key schema element: {name}")
    partition = asked[partition_name]
    if partition.operator != "=":
        raise ExpressionRefused("Query key condition not supported")
    sort = asked.get(sort_name) if sort_name is not None else None
    return KeyCondition(
        partition.operands[0],
        None if sort is None else SortCondition(sort.operator, sort.operands),
    )


@lru_cache(maxsize=512)
def _compiled(text: str, names: tuple[tuple[str, str], ...]) -> tuple[list[_Part], Checks]:
    tree = syntax.parse_condition(text, _KIND)
    checks = Checks(_KIND, dict(names))
    check_condition_words(tree, checks.refusal)
    for leaf in leaves(tree):
        if isinstance(leaf, syntax.Comparison):
            checks.comparison(leaf)
        else:
            checks.call(leaf)
    try:
        return _parts(tree, checks), checks
    except ExpressionRefused as refused:
        # Said after what is wrong with the values.
        checks.refuse_as(refused.message)
        return [], checks


def _parts(tree: syntax.Tree, checks: Checks) -> list[_Part]:
    parts: dict[str, _Part] = {}
    for leaf in _conjunction(tree):
        part = _part(leaf, checks)
        if part.name in parts:
            raise checks.refusal(f"{_KIND}s must only contain one condition per key")
        parts[part.name] = part
    return list(parts.values())


def _conjunction(tree: syntax.Tree) -> Iterator[syntax.Comparison | syntax.Call]:
    match tree:
        case syntax.Not():
            raise ExpressionRefused(f"{_INVALID_OPERATOR}NOT")
        case syntax.Junction("OR", _):
            raise ExpressionRefused(f"{_INVALID_OPERATOR}OR")
        case syntax.Junction():
            for condition in tree.conditions:
                yield from _conjunction(condition)
        case _:
            yield tree


def _part(leaf: syntax.Comparison | syntax.Call, checks: Checks) -> _Part:
    operator = leaf.name if isinstance(leaf, syntax.Call) else leaf.operator
    if operator not in (*_TURNED, "BETWEEN", "begins_with"):
        raise ExpressionRefused(f"{_INVALID_OPERATOR}{operator}")
    if operator in ("BETWEEN", "begins_with") and not isinstance(leaf.operands[0], syntax.Path):
        raise ExpressionRefused(
            f"{_INVALID_CONDITION}{operator} operator must have the key attribute as its first"
            " operand"
        )
    name = _key_name(leaf, checks)
    if operator in _TURNED and isinstance(leaf.operands[1], syntax.Path):
        operator = _TURNED[operator]
    values = tuple(each.name for each in leaf.operands if isinstance(each, syntax.Value))
    return _Part(name, operator, values)


def _key_name(leaf: syntax.Comparison | syntax.Call, checks: Checks) -> str:
    """The one attribute that the condition names."""
    name: str | None = None
    for operand in leaf.operands:
        if isinstance(operand, syntax.Call):
            raise ExpressionRefused(f"{_KIND}s cannot contain nested operations")
        if isinstance(operand, syntax.Value):
            continue
        if name is not None:
            raise ExpressionRefused(
                f"{_INVALID_CONDITION}Multiple attribute names used in one condition"
            )
        steps = checks.resolved(operand)
        if len(steps) > 1:
            raise ExpressionRefused(f"{_KIND}s cannot have conditions on nested attributes")
        name = str(steps[0])
    if name is None:
        raise ExpressionRefused(f"{_INVALID_CONDITION}No key attribute specified")
    return name
