"""ConditionExpression and FilterExpression: does an item hold to it?"""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from lambent.languages.dynamodb_expressions import syntax
from lambent.languages.dynamodb_expressions.checks import Checks, Steps
from lambent.languages.dynamodb_expressions.comparisons import (
    begins_with,
    contains,
    in_order,
    same,
)
from lambent.languages.dynamodb_expressions.operands import Getter, condition_operand
from lambent.languages.dynamodb_expressions.placeholders import Placeholders, Values
from lambent.languages.dynamodb_expressions.values import Item
from lambent.languages.dynamodb_expressions.words import (
    CONDITION_FUNCTIONS,
    check_condition_words,
    leaves,
    paths_in,
)

Test = Callable[[Item, Values], bool]


@dataclass(frozen=True, slots=True)
class Condition:
    """`paths` are the attributes (the first names of paths) that it reads."""

    holds: Callable[[Item], bool]
    paths: frozenset[str]
    nested_paths: frozenset[str] = frozenset()
    """Those that it looks into, as `a.b` and `a[1]` do; a key attribute cannot be among them."""


@dataclass(frozen=True, slots=True)
class _Compiled:
    test: Test
    checks: Checks
    paths: frozenset[str]
    nested_paths: frozenset[str]


def condition(
    text: str, placeholders: Placeholders, kind: str = "ConditionExpression"
) -> Condition:
    """`kind` is the request's member, which refusals name: or FilterExpression."""
    compiled = _compiled(text, kind, placeholders.names)
    return _bound(compiled, compiled.checks.run(placeholders))


def condition_of(tree: syntax.Tree, values: Values, kind: str = "ConditionExpression") -> Condition:
    """The condition of a tree whose paths have no references left, as PartiQL builds it."""
    compiled = _compile(tree, Checks(kind, {}))
    return _bound(compiled, compiled.checks.run(Placeholders.of_checked(values)))


def _bound(compiled: _Compiled, values: Values) -> Condition:
    test = compiled.test
    return Condition(lambda item: test(item, values), compiled.paths, compiled.nested_paths)


@lru_cache(maxsize=512)
def _compiled(text: str, kind: str, names: tuple[tuple[str, str], ...]) -> _Compiled:
    tree = syntax.parse_condition(text, kind)
    checks = Checks(kind, dict(names))
    check_condition_words(tree, checks.refusal)
    return _compile(tree, checks)


def _compile(tree: syntax.Tree, checks: Checks) -> _Compiled:
    paths = []
    for leaf in leaves(tree):
        if isinstance(leaf, syntax.Comparison):
            checks.comparison(leaf)
        else:
            checks.call(leaf)
        for operand in leaf.operands:
            paths += [checks.resolved(path) for path in paths_in(operand)]
    return _Compiled(
        _test(tree, checks.resolved),
        checks,
        frozenset(str(steps[0]) for steps in paths),
        frozenset(str(steps[0]) for steps in paths if len(steps) > 1),
    )


def _test(tree: syntax.Tree, resolved: Callable[[syntax.Path], Steps]) -> Test:
    match tree:
        case syntax.Not(inner):
            test = _test(inner, resolved)
            return lambda item, values: not test(item, values)
        case syntax.Junction(joined, conditions):
            tests = [_test(each, resolved) for each in conditions]
            return _every(tests) if joined == "AND" else _any(tests)
        case syntax.Comparison():
            operands = [condition_operand(each, resolved) for each in tree.operands]
            return _COMPARISONS[tree.operator](*operands)
        case syntax.Call():
            if len(tree.operands) != CONDITION_FUNCTIONS[tree.name]:
                # The checks refuse it before any item is asked.
                return lambda item, values: False
            operands = [condition_operand(each, resolved) for each in tree.operands]
            return _FUNCTIONS[tree.name](*operands)


def _every(tests: list[Test]) -> Test:
    if len(tests) == 2:
        first, second = tests
        return lambda item, values: first(item, values) and second(item, values)
    return lambda item, values: all(test(item, values) for test in tests)


def _any(tests: list[Test]) -> Test:
    if len(tests) == 2:
        first, second = tests
        return lambda item, values: first(item, values) or second(item, values)
    return lambda item, values: any(test(item, values) for test in tests)


def _equals(left: Getter, right: Getter) -> Test:
    return lambda item, values: same(left(item, values), right(item, values))


def _differs(left: Getter, right: Getter) -> Test:
    # What is not there differs from everything, even from what is not there either.
    return lambda item, values: not same(left(item, values), right(item, values))


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Getter, Getter], Test]:
    def build(left: Getter, right: Getter) -> Test:
        return lambda item, values: in_order(compare, left(item, values), right(item, values))

    return build


def _between(middle: Getter, lower: Getter, upper: Getter) -> Test:
    def test(item: Item, values: Values) -> bool:
        found = middle(item, values)
        return in_order(operator.le, lower(item, values), found) and in_order(
            operator.le, found, upper(item, values)
        )

    return test


def _in(wanted: Getter, *members: Getter) -> Test:
    def test(item: Item, values: Values) -> bool:
        found = wanted(item, values)
        return any(same(found, member(item, values)) for member in members)

    return test


_COMPARISONS: Mapping[str, Callable[..., Test]] = {
    "=": _equals,
    "<>": _differs,
    "<": _ordered(operator.lt),
    "<=": _ordered(operator.le),
    ">": _ordered(operator.gt),
    ">=": _ordered(operator.ge),
    "BETWEEN": _between,
    "IN": _in,
}


def _exists(path: Getter) -> Test:
    return lambda item, values: path(item, values) is not None


def _not_exists(path: Getter) -> Test:
    return lambda item, values: path(item, values) is None


def _has_type(path: Getter, kind: Getter) -> Test:
    def test(item: Item, values: Values) -> bool:
        asked = kind(item, values)
        return asked is not None and asked["S"] in (path(item, values) or ())

    return test


def _begins_with(text: Getter, start: Getter) -> Test:
    return lambda item, values: begins_with(text(item, values), start(item, values))


def _contains(whole: Getter, part: Getter) -> Test:
    return lambda item, values: contains(whole(item, values), part(item, values))


_FUNCTIONS: Mapping[str, Callable[..., Test]] = {
    "attribute_exists": _exists,
    "attribute_not_exists": _not_exists,
    "attribute_type": _has_type,
    "begins_with": _begins_with,
    "contains": _contains,
}
