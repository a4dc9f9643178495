"""
What a WHERE says of keys: the one item of a write, or the partitions that a SELECT has to read.

A SELECT whose WHERE names no partition reads the whole table and keeps what the WHERE holds for.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from lambent.languages.dynamodb_expressions import (
    AttributeValue,
    ExpressionRefused,
    Item,
    SortCondition,
    sort_bytes,
    syntax,
)
from lambent.languages.partiql.statements import Order, Values

_NO_KEY = "Where clause does not contain a mandatory equality on all key attributes"
_OVERLAP = "Overlapping conditions with range keys are not supported in where clause"
_TOO_MANY_READS = "Too many decomposed read operations for a given query."
_MOST_READS = 50

_TURNED = {"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_END = b"\xff" * 1_025


@dataclass(frozen=True, slots=True)
class Schema:
    """The keys of a table or index, and the types of its attributes."""

    partition: str
    sort: str | None
    types: Mapping[str, str]

    @property
    def names(self) -> tuple[str, ...]:
        return (self.partition,) if self.sort is None else (self.partition, self.sort)


@dataclass(frozen=True, slots=True)
class Read:
    """One partition, or a part of it; `rest` is what of the WHERE is not said by that."""

    partition: AttributeValue
    sort: SortCondition | None
    rest: syntax.Tree | None
    # All that the branch of the WHERE says.
    whole: syntax.Tree = field(repr=False)
    # How many reads AWS makes of it.
    weight: int = 1
    # AWS: what a negated condition leaves of the sort keys is not compared with other branches.
    compared: bool = True


def item_key(
    where: syntax.Tree | None, values: Values, names: Sequence[str]
) -> tuple[Item, syntax.Tree | None]:
    """The key of the one item that a write is for, and what else is asked of it."""
    key: Item = {}
    rest: list[syntax.Tree] = []
    for condition in _conjuncts(where):
        name, operands = _equality(condition, names, ("=",))
        if name is None:
            rest.append(condition)
            continue
        value = values[operands[0]]
        if key.setdefault(name, value) != value:
            raise ExpressionRefused(
                f"Multiple conditions on same key {name}."
                " Only single item Update/Insert/Delete are supported"
            )
    if len(key) < len(names):
        raise ExpressionRefused(_NO_KEY)
    return key, _joined("AND", rest)


def checked_key(
    where: syntax.Tree | None, values: Values, names: Sequence[str]
) -> tuple[Item, syntax.Tree]:
    """The same of EXISTS, where the first value of a key is the key and others are conditions."""
    key: Item = {}
    rest: list[syntax.Tree] = []
    for condition in _conjuncts(where):
        name, operands = _equality(condition, names, ("=",))
        if name is None or name in key:
            rest.append(condition)
        else:
            key[name] = values[operands[0]]
    tree = _joined("AND", rest)
    if len(key) < len(names) or tree is None:
        raise ExpressionRefused(
            "EXISTS() must contain a single item read with additional condition"
        )
    return key, tree


def one_key(where: syntax.Tree | None, values: Values, names: Sequence[str]) -> Item:
    """What of a key a WHERE says in one way only: of a transaction's write, the whole or not."""
    key: Item = {}
    several: set[str] = set()
    for condition in _conjuncts(where):
        name, operands = _equality(condition, names, ("=",))
        if name is not None:
            value = values[operands[0]]
            if key.setdefault(name, value) != value:
                several.add(name)
    return {name: value for name, value in key.items() if name not in several}


def only_key(where: syntax.Tree | None, values: Values, names: Sequence[str]) -> Item | None:
    """The key of the one item that a WHERE asks for, if that is all that it says."""
    key: Item = {}
    for condition in _conjuncts(where):
        name, operands = _equality(condition, names)
        if name is None or len(operands) != 1:
            return None
        value = values[operands[0]]
        if key.setdefault(name, value) != value:
            return None
    return key if len(key) == len(names) else None


def reads_of(where: syntax.Tree | None, values: Values, schema: Schema) -> list[Read] | None:
    """The reads that give what the WHERE asks for; None where only the whole table does."""
    if where is None:
        return None
    branches: tuple[syntax.Tree, ...] = (where,)
    if isinstance(where, syntax.Junction) and where.operator == "OR":
        branches = where.conditions
    reads: list[Read] = []
    for branch in branches:
        found = _branch_reads(branch, values, schema)
        if found is None:
            return None
        reads += found
    if sum(read.weight for read in reads) > _MOST_READS:
        raise ExpressionRefused(_TOO_MANY_READS)
    return _apart(reads)


def ordered(reads: list[Read] | None, order: Sequence[Order], schema: Schema) -> bool:
    """Whether sort keys go forward; `reads` are put into the order that is asked for."""
    if not order:
        return True
    if reads is None:
        raise ExpressionRefused(
            "Must have at least one non-optional hash key condition in WHERE clause when using"
            " ORDER BY clause."
        )
    forward = True
    for one in order:
        if one.name not in schema.names:
            raise ExpressionRefused(
                f"Variable reference {one.name} in ORDER BY clause must be part of the primary key"
            )
        if one.name == schema.partition:
            reads.sort(key=lambda read: sort_bytes(read.partition), reverse=not one.forward)
        else:
            forward = one.forward
    return forward


def _conjuncts(tree: syntax.Tree | None) -> Iterator[syntax.Tree]:
    if isinstance(tree, syntax.Junction) and tree.operator == "AND":
        for condition in tree.conditions:
            yield from _conjuncts(condition)
    elif tree is not None:
        yield tree


def _joined(operator: str, trees: Sequence[syntax.Tree]) -> syntax.Tree | None:
    if not trees:
        return None
    return trees[0] if len(trees) == 1 else syntax.Junction(operator, tuple(trees))


def _equality(
    condition: syntax.Tree, names: Sequence[str], operators: Sequence[str] = ("=", "IN")
) -> tuple[str | None, tuple[str, ...]]:
    """The key that must be one of some values, if the condition says that."""
    name, operator, operands = _key_condition(condition, names)
    return (name, operands) if operator in operators else (None, ())


def _key_condition(
    condition: syntax.Tree, names: Sequence[str]
) -> tuple[str | None, str, tuple[str, ...]]:
    """The key that a condition compares with values only; its operator and the values."""
    if isinstance(condition, syntax.Comparison):
        operator, operands = condition.operator, condition.operands
        if operator in _TURNED and isinstance(operands[0], syntax.Value):
            operator, operands = _TURNED[operator], operands[::-1]
    elif isinstance(condition, syntax.Call) and condition.name == "begins_with":
        operator, operands = condition.name, condition.operands
    else:
        return None, "", ()
    if not operands or not isinstance(operands[0], syntax.Path):
        return None, "", ()
    steps = operands[0].steps
    others = tuple(each.name for each in operands[1:] if isinstance(each, syntax.Value))
    if len(steps) > 1 or steps[0] not in names or len(others) < len(operands) - 1:
        return None, "", ()
    return str(steps[0]), operator, others


def _branch_reads(branch: syntax.Tree, values: Values, schema: Schema) -> list[Read] | None:
    conditions = list(_conjuncts(branch))
    partitions: list[AttributeValue] = []
    for condition in conditions:
        name, operands = _equality(condition, (schema.partition,))
        if name is not None:
            partitions = [values[operand] for operand in operands]
            conditions.remove(condition)
            break
    else:
        return _spread(conditions, values, schema)
    for value in partitions:
        _check_type(schema, schema.partition, value)
    sort, rest, weight = _sort_condition(conditions, values, schema)
    _check_alternatives(conditions, values, schema)
    compared = sort is not None or not any(_negates(each, schema.sort) for each in conditions)
    return [
        Read(value, sort, _joined("AND", rest), branch, weight, compared) for value in partitions
    ]


def _spread(conditions: list[syntax.Tree], values: Values, schema: Schema) -> list[Read] | None:
    """(a OR b) AND c, where a and b name partitions: what a AND c gives, and b AND c."""
    for condition in conditions:
        if not isinstance(condition, syntax.Junction):
            continue
        others = [each for each in conditions if each is not condition]
        reads: list[Read] = []
        for alternative in condition.conditions:
            branch = _joined("AND", [alternative, *others])
            found = None if branch is None else _branch_reads(branch, values, schema)
            if found is None:
                break
            reads += found
        else:
            return reads
    return None


def _sort_condition(
    conditions: list[syntax.Tree], values: Values, schema: Schema
) -> tuple[SortCondition | None, list[syntax.Tree], int]:
    """The condition that bounds the sort keys, the others, and how many reads AWS makes of it."""
    chosen: syntax.Tree | None = None
    sort: SortCondition | None = None
    weight = 1
    for condition in conditions if schema.sort is not None else ():
        name, operator, operands = _key_condition(condition, (schema.sort or "",))
        if name is None or operator == "<>":
            continue
        found = tuple(values[operand] for operand in operands)
        for value in found:
            _check_type(schema, name, value)
        if operator == "IN":
            weight = max(weight, len(found))
        elif sort is None or operator == "=" != sort.operator:
            chosen, sort = condition, SortCondition(operator, found)
    return sort, [each for each in conditions if each is not chosen], weight


def _check_type(schema: Schema, name: str, value: AttributeValue) -> None:
    if schema.types[name] not in value:
        raise ExpressionRefused(
            f"Key attribute's data type should match its data type in table's schema: Key {name}"
        )


def _negates(condition: syntax.Tree, name: str | None) -> bool:
    """Whether a condition says of the sort key what it is not."""
    if isinstance(condition, syntax.Not):
        return any(_names(inner, name) for inner in _leaves(condition.condition))
    return (
        isinstance(condition, syntax.Comparison)
        and condition.operator == "<>"
        and _names(condition, name)
    )


def _leaves(tree: syntax.Tree) -> Iterator[syntax.Comparison | syntax.Call]:
    if isinstance(tree, syntax.Not):
        yield from _leaves(tree.condition)
    elif isinstance(tree, syntax.Junction):
        for condition in tree.conditions:
            yield from _leaves(condition)
    else:
        yield tree


def _names(leaf: syntax.Comparison | syntax.Call, name: str | None) -> bool:
    return any(
        isinstance(operand, syntax.Path) and operand.steps == (name,) for operand in leaf.operands
    )


def _check_alternatives(conditions: list[syntax.Tree], values: Values, schema: Schema) -> None:
    """AWS: alternatives within a partition that name the sort key must not overlap either."""
    for condition in conditions:
        if not isinstance(condition, syntax.Junction):
            continue
        if not any(_names(leaf, schema.sort) for leaf in _leaves(condition)):
            continue
        spans = []
        for alternative in condition.conditions:
            inner = list(_conjuncts(alternative))
            sort, _, _ = _sort_condition(inner, values, schema)
            if sort is not None or not any(_negates(each, schema.sort) for each in inner):
                spans.append(span(sort))
        for place, later in enumerate(spans):
            if any(_overlap(earlier, later) for earlier in spans[:place]):
                raise ExpressionRefused(_OVERLAP)


_Span = tuple[bytes, bytes]


def _overlap(one: _Span, other: _Span) -> bool:
    return max(one[0], other[0]) < min(one[1], other[1])


def span(sort: SortCondition | None) -> tuple[bytes, bytes]:
    """From the first sort key on, and before the second."""
    if sort is None:
        return b"", _END
    low, *others = (sort_bytes(operand) for operand in sort.operands)
    after = low + b"\0"
    match sort.operator:
        case "=":
            return low, after
        case "<":
            return b"", low
        case "<=":
            return b"", after
        case ">":
            return after, _END
        case ">=":
            return low, _END
        case "BETWEEN":
            return low, others[0] + b"\0"
        case _:
            return low, low + _END


def _apart(reads: list[Read]) -> list[Read]:
    """
    The same reads, none of which gives an item that another gives.

    AWS refuses branches that overlap, but for those whose sort keys are told by what they are not.
    """
    of_partition: dict[bytes, list[Read]] = {}
    for read in reads:
        of_partition.setdefault(sort_bytes(read.partition), []).append(read)
    apart: list[Read] = []
    for group in of_partition.values():
        pairs = [
            (one, other)
            for place, other in enumerate(group)
            for one in group[:place]
            if _overlap(span(one.sort), span(other.sort))
        ]
        if any(one.compared and other.compared for one, other in pairs):
            raise ExpressionRefused(_OVERLAP)
        if pairs:
            either = syntax.Junction("OR", tuple(read.whole for read in group))
            apart.append(Read(group[0].partition, None, either, either))
        else:
            apart += group
    return apart
