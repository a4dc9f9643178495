"""
One condition of a pattern's leaf → what to look for.

A plain value is looked up in a set; the others are tests. Numbers compare as numbers, and true is
not 1.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lambent.languages.event_patterns.errors import PatternInvalid

Test = Callable[[Any], bool]

_ANYTHING_BUT = "Value of anything-but must be an array or single string/number value."
# EventBridge's bounds; SNS's are narrower.
_MOST_NUMBER = 5e9


@dataclass(frozen=True, slots=True)
class Condition:
    """
    `exact` holds what is looked up: texts as they are, others with their kind before them.
    """

    exact: frozenset[Any] = frozenset()
    test: Test | None = None
    when_absent: bool = False
    when_present: bool = False


def compile_condition(asked: object) -> Condition:
    """A plain value, or `{"prefix": …}` and the like."""
    if not isinstance(asked, Mapping):
        return Condition(exact=frozenset(exact_keys(asked)))
    if len(asked) != 1:
        if not asked:
            raise PatternInvalid("Empty objects are not allowed", "end")
        raise PatternInvalid("Only one key allowed in match expression")
    ((name, argument),) = asked.items()
    build = _CONDITIONS.get(name)
    try:
        if build is None:
            raise PatternInvalid(f"Unrecognized match type {name}")
        return build(argument)
    except PatternInvalid as error:
        raise error.within(name) from None


def exact_keys(value: object) -> list[object]:
    """What an event's value is looked up by; a number is one whether whole or not."""
    match value:
        case str():
            return [value]
        case bool() | None:
            return [(type(value), value)]
        case int() | float():
            return [(int, value), (float, value)]
        case _:
            raise PatternInvalid("Match value must be String, number, true, false, or null")


def _exists(argument: object) -> Condition:
    if not isinstance(argument, bool):
        raise PatternInvalid("exists match pattern must be either true or false.")
    return Condition(when_present=argument, when_absent=not argument)


def _numeric(argument: object) -> Condition:
    if not isinstance(argument, list):
        raise PatternInvalid("Value of numeric must be an array.")
    match argument:
        case ["=", number]:
            return Condition(exact=frozenset(exact_keys(_bound("=", number, 1))))
        case [str(operator), number]:
            bounds = [(operator, _bound(operator, number, 1))]
        case [str(lower), number, str(upper), other]:
            if lower not in (">", ">="):
                _bound(lower, number, 1)
                raise PatternInvalid("Too many elements in numeric expression").within(2)
            low = _bound(lower, number, 1)
            if upper not in ("<", "<="):
                raise PatternInvalid(f"Bad numeric range operator: {upper}", "text").within(2)
            bounds = [(lower, low), (upper, _bound(upper, other, 3))]
            if bounds[0][1] >= bounds[1][1]:
                raise PatternInvalid("Bottom must be less than top").within(3)
        case []:
            raise PatternInvalid("Invalid member in numeric match: ]", "end")
        case [first, *_] if not isinstance(first, str):
            raise PatternInvalid(f"Invalid member in numeric match: {first}").within(0)
        case [operator]:
            raise PatternInvalid(f"Value of {operator} must be numeric", "end")
        case [str(lower), number, str(upper)] if lower in (">", ">=") and upper in ("<", "<="):
            _bound(lower, number, 1)
            raise PatternInvalid(f"Value of {upper} must be numeric", "end")
        case _:
            raise PatternInvalid("Too many elements in numeric expression").within(2)
    return Condition(test=_within(bounds))


_COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "<": lambda value, bound: value < bound,
    "<=": lambda value, bound: value <= bound,
    ">": lambda value, bound: value > bound,
    ">=": lambda value, bound: value >= bound,
}


def _bound(operator: str, number: object, place: int) -> float:
    if operator != "=" and operator not in _COMPARISONS:
        reason = f"Unrecognized numeric range operator: {operator}"
        raise PatternInvalid(reason, "text").within(place - 1)
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise PatternInvalid(
            f"Value of {'equals' if operator == '=' else operator} must be numeric"
        ).within(place)
    if abs(number) > _MOST_NUMBER:
        raise PatternInvalid("Value must be between -5.0E9 and 5.0E9, inclusive").within(place)
    return number


def _within(bounds: list[tuple[str, float]]) -> Test:
    comparisons = [(_COMPARISONS[operator], bound) for operator, bound in bounds]

    def test(value: Any) -> bool:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        return all(compare(value, bound) for compare, bound in comparisons)

    return test


def _prefix(argument: object) -> Condition:
    return _affix("prefix", str.startswith, argument)


def _suffix(argument: object) -> Condition:
    return _affix("suffix", str.endswith, argument)


def _affix(name: str, has: Callable[[str, str], bool], argument: object) -> Condition:
    match argument:
        case str(text):
            return Condition(test=lambda value: isinstance(value, str) and has(value, text))
        case {"equals-ignore-case": str(text), **others} if not others:
            folded = text.lower()
            return Condition(
                test=lambda value: isinstance(value, str) and has(value.lower(), folded)
            )
        case _:
            raise PatternInvalid(f"{name} match pattern must be a string")


def _equals_ignore_case(argument: object) -> Condition:
    if not isinstance(argument, str):
        raise PatternInvalid("equals-ignore-case match pattern must be a string")
    folded = argument.lower()
    return Condition(test=lambda value: isinstance(value, str) and value.lower() == folded)


def _wildcard(argument: object) -> Condition:
    if not isinstance(argument, str):
        raise PatternInvalid("wildcard match pattern must be a string")
    matches = re.compile(_expression(argument), re.DOTALL).fullmatch
    return Condition(test=lambda value: isinstance(value, str) and matches(value) is not None)


def _expression(pattern: str) -> str:
    """
    The regular expression of a wildcard pattern; `\\*` and `\\\\` are the characters themselves.

    Each `*` but the last takes as little as it can and never gives it back: a match that exists is
    found so, and no text makes it slow.
    """
    pieces = [""]
    position = 0
    while position < len(pattern):
        character = pattern[position]
        following = pattern[position + 1 : position + 2]
        if character == "\\":
            if following not in ("*", "\\"):
                raise PatternInvalid(f"Invalid escape character at pos {position}", "text")
            pieces[-1] += following
            position += 1
        elif character == "*":
            if following == "*":
                reason = f"Consecutive wildcard characters at pos {position + 1}"
                raise PatternInvalid(reason, "text")
            pieces.append("")
        else:
            pieces[-1] += character
        position += 1
    first, *others = map(re.escape, pieces)
    if not others:
        return first
    middle = "".join(f"(?>.*?{piece})" for piece in others[:-1])
    return f"{first}{middle}.*{others[-1]}"


def _cidr(argument: object) -> Condition:
    from ipaddress import ip_address, ip_network

    if not isinstance(argument, str):
        raise PatternInvalid("prefix match pattern must be a string")
    # AWS: what is wrong with an address is found when the pattern has been read.
    if argument.count("/") != 1:
        raise PatternInvalid("Malformed CIDR, one '/' required", "")
    address, mask = argument.split("/")
    if not mask.lstrip("-").isdecimal():
        raise PatternInvalid("Malformed CIDR, mask bits must be an integer", "")
    try:
        ip_address(address)
    except ValueError:
        raise PatternInvalid(f"Nonstandard IP address: {address}", "") from None
    try:
        network = ip_network(argument, strict=False)
    except ValueError:
        raise PatternInvalid(f"Malformed CIDR, {argument} is no address block", "") from None

    def test(value: Any) -> bool:
        try:
            return isinstance(value, str) and ip_address(value) in network
        except ValueError:
            return False

    return Condition(test=test)


def _anything_but(argument: object) -> Condition:
    if isinstance(argument, Mapping):
        excluded = _excluded_tests(argument)
        return Condition(test=lambda value: not any(test(value) for test in excluded))
    if isinstance(argument, bool) or argument is None:
        raise PatternInvalid(_ANYTHING_BUT)
    values = argument if isinstance(argument, list) else [argument]
    if not values:
        raise PatternInvalid("Empty arrays are not allowed", "end")
    for place, value in enumerate(values):
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise PatternInvalid(
                "Inside anything but list, start|null|boolean is not supported.", times=2
            ).within(place)
        if isinstance(value, str) != isinstance(values[0], str):
            raise PatternInvalid(
                "Inside anything but list, either all values are number or string,"
                " mixed type is not supported",
                "end",
            )
    keys = {key for value in values for key in exact_keys(value)}

    def test(value: Any) -> bool:
        return (value if isinstance(value, str) else (type(value), value)) not in keys

    return Condition(test=test)


def _excluded_tests(argument: Mapping[str, Any]) -> list[Test]:
    if len(argument) != 1:
        raise PatternInvalid("Only one key allowed in match expression")
    ((name, excluded),) = argument.items()
    build = _CONDITIONS.get(name) if name in _EXCLUDABLE else None
    try:
        if build is None:
            raise PatternInvalid(f"Unsupported anything-but pattern: {name}")
        return _tests_of(name, build, excluded)
    except PatternInvalid as error:
        raise error.within(name) from None


def _tests_of(name: str, build: Callable[[object], Condition], excluded: object) -> list[Test]:
    if isinstance(excluded, Mapping):
        raise PatternInvalid(_ANYTHING_BUT)
    if not isinstance(excluded, list):
        if not isinstance(excluded, str):
            raise PatternInvalid(_EXCLUDABLE[name])
        if not excluded and name in _AFFIXES:
            raise PatternInvalid(_NO_AFFIX, "text")
        return [test for test in (build(excluded).test,) if test is not None]
    if not excluded:
        raise PatternInvalid("Empty arrays are not allowed", "end")
    tests = []
    for place, each in enumerate(excluded):
        if not isinstance(each, str):
            raise PatternInvalid(_EXCLUDABLE[name], times=2).within(place)
        if not each and name in _AFFIXES:
            raise PatternInvalid(_NO_AFFIX, "text", times=2).within(place)
        try:
            test = build(each).test
        except PatternInvalid as error:
            raise error.within(place) from None
        if test is not None:
            tests.append(test)
    return tests


_CONDITIONS: Mapping[str, Callable[[object], Condition]] = {
    "anything-but": _anything_but,
    "cidr": _cidr,
    "equals-ignore-case": _equals_ignore_case,
    "exists": _exists,
    "numeric": _numeric,
    "prefix": _prefix,
    "suffix": _suffix,
    "wildcard": _wildcard,
}
_AFFIXES = frozenset({"prefix", "suffix"})
_NO_AFFIX = "Null prefix/suffix not allowed"
# What may stand within anything-but, and AWS's words for what is no text there.
_EXCLUDABLE: Mapping[str, str] = {
    "equals-ignore-case": (
        "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported."
    ),
    "prefix": "prefix/suffix match pattern must be a string",
    "suffix": "prefix/suffix match pattern must be a string",
    "wildcard": "wildcard match pattern must be a string",
}
CONDITION_NAMES = frozenset(_CONDITIONS)
