"""
The rules of Choice states in JSONPath: one table of comparisons, compiled to tests.

A comparison of unlike types is false, never an error; only a Variable that finds nothing is one,
except for IsPresent.
"""

import operator
import re
from collections.abc import Callable
from typing import Any

from lambent.languages.asl.data import Data
from lambent.languages.asl.failures import runtime
from lambent.languages.asl.machine import Test
from lambent.languages.asl.paths import PathExpression, compile_path_expression
from lambent.languages.asl.scope import Scope
from lambent.languages.asl.timestamps import parse_timestamp
from lambent.languages.jsonpath import MISSING

_Compare = Callable[[Any, Any], bool]
_ORDERS: dict[str, _Compare] = {
    "Equals": operator.eq,
    "LessThan": operator.lt,
    "GreaterThan": operator.gt,
    "LessThanEquals": operator.le,
    "GreaterThanEquals": operator.ge,
}


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_boolean(value: Any) -> bool:
    return isinstance(value, bool)


def is_timestamp(value: Any) -> bool:
    return isinstance(value, str) and parse_timestamp(value) is not None


def _compare_as(check: Callable[[Any], bool], compare: _Compare) -> _Compare:
    return lambda left, right: check(left) and check(right) and compare(left, right)


def _compare_moments(compare: _Compare) -> _Compare:
    def test(left: Any, right: Any) -> bool:
        if not is_timestamp(left) or not is_timestamp(right):
            return False
        return compare(parse_timestamp(left), parse_timestamp(right))

    return test


COMPARISONS: dict[str, _Compare] = {
    **{f"String{name}": _compare_as(_is_text, order) for name, order in _ORDERS.items()},
    **{f"Numeric{name}": _compare_as(is_number, order) for name, order in _ORDERS.items()},
    **{f"Timestamp{name}": _compare_moments(order) for name, order in _ORDERS.items()},
    "BooleanEquals": _compare_as(_is_boolean, operator.eq),
}
"""Each also with Path at its end, to compare with another value of the input."""

TYPE_TESTS: dict[str, Callable[[Any], bool]] = {
    "IsNull": lambda value: value is None,
    "IsString": _is_text,
    "IsNumeric": is_number,
    "IsBoolean": _is_boolean,
    "IsTimestamp": is_timestamp,
}

OPERATORS = frozenset(
    {
        *COMPARISONS,
        *(f"{name}Path" for name in COMPARISONS),
        *TYPE_TESTS,
        "IsPresent",
        "StringMatches",
    }
)


def compile_rule(rule: dict[str, Any]) -> Test:
    """A rule that the validation has found right."""
    if "And" in rule:
        tests = [compile_rule(inner) for inner in rule["And"]]
        return lambda scope, data: all(test(scope, data) for test in tests)
    if "Or" in rule:
        tests = [compile_rule(inner) for inner in rule["Or"]]
        return lambda scope, data: any(test(scope, data) for test in tests)
    if "Not" in rule:
        inner = compile_rule(rule["Not"])
        return lambda scope, data: not inner(scope, data)
    name = next(key for key in rule if key in OPERATORS)
    return _comparison(compile_path_expression(rule["Variable"]), name, rule[name])


def _comparison(variable: PathExpression, name: str, operand: Any) -> Test:
    if name == "IsPresent":
        return lambda scope, data: (variable.find(scope, data) is not MISSING) is operand
    if name in TYPE_TESTS:
        check = TYPE_TESTS[name]
        return lambda scope, data: check(_value(variable, scope, data)) is operand
    if name == "StringMatches":
        pattern = _wildcards(operand)
        return lambda scope, data: (
            isinstance(value := _value(variable, scope, data), str)
            and pattern.fullmatch(value) is not None
        )
    if name in COMPARISONS:
        compare = COMPARISONS[name]
        return lambda scope, data: compare(_value(variable, scope, data), operand)
    compare = COMPARISONS[name.removesuffix("Path")]
    other = compile_path_expression(operand)
    return lambda scope, data: compare(_value(variable, scope, data), _value(other, scope, data))


def _value(path: PathExpression, scope: Scope, data: Data) -> Any:
    value = path.find(scope, data)
    if value is MISSING:
        raise runtime(
            f"Invalid path '{path.text}': The choice state's condition path references an"
            " invalid value."
        )
    return value


def _wildcards(pattern: str) -> re.Pattern[str]:
    r"""* stands for any characters, \* for itself."""
    parts: list[str] = []
    at = 0
    while at < len(pattern):
        if pattern[at] == "\\" and at + 1 < len(pattern) and pattern[at + 1] in "*\\":
            parts.append(re.escape(pattern[at + 1]))
            at += 2
            continue
        parts.append(".*" if pattern[at] == "*" else re.escape(pattern[at]))
        at += 1
    return re.compile("".join(parts), re.DOTALL)
