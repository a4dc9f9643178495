"""
Patterns → closures that say whether an event matches.

An event's array matches where one of its elements does. In an array of objects one and the same
object must match all that is asked of it; only for `exists: false` no object may have the key.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from lambent.languages.event_patterns.conditions import (
    CONDITION_NAMES,
    Condition,
    compile_condition,
)
from lambent.languages.event_patterns.errors import PatternInvalid

Matcher = Callable[[Mapping[str, Any]], bool]
# What is asked of the value of a key; absent keys are asked about as ABSENT.
_Field = Callable[[Any], bool]
_Built = TypeVar("_Built")


class _Absent:
    __slots__ = ()


_ABSENT = _Absent()
_OR = "$or"
# A name with more dots is a name.
_MOST_PARTS = 20
# Deeper than any event that a service takes; Python's own limit would be met first.
_MOST_DEPTH = 100


def compile_pattern(pattern: object) -> Matcher:
    """
    The matcher of a pattern, as JSON was read; raises PatternInvalid.

    >>> compile_pattern({"price": [{"numeric": [">", 10]}]})({"price": 12})
    True
    """
    if not isinstance(pattern, Mapping):
        raise PatternInvalid("Filter is not an object")
    return _object(pattern, 0)


def _object(pattern: Mapping[str, Any], depth: int) -> Matcher:
    if not pattern:
        raise PatternInvalid("Empty objects are not allowed", "end")
    if depth > _MOST_DEPTH:
        raise PatternInvalid("The pattern is nested too deep")
    fields: list[tuple[str, _Field]] = []
    nested: list[tuple[str, _Field]] = []
    dotted: list[tuple[tuple[str, ...], _Field]] = []
    alternatives: list[Sequence[Matcher]] = []
    for key, asked in pattern.items():
        try:
            if key == _OR and _is_or(asked):
                alternatives.append(_each(asked, lambda one: _object(one, depth + 1)))
                continue
            field = _field(key, asked, depth)
        except PatternInvalid as error:
            raise error.within(key) from None
        parts = tuple(key.split("."))
        if 1 < len(parts) <= _MOST_PARTS and all(parts):
            dotted.append((parts, field))
        else:
            (nested if isinstance(asked, Mapping) else fields).append((key, field))

    def match(event: Mapping[str, Any]) -> bool:
        for name, field in fields:
            if not field(event.get(name, _ABSENT)):
                return False
        for name, field in nested:
            value = event.get(name, _ABSENT)
            if not field(_joined(event, name) if value is _ABSENT else value):
                return False
        for parts, field in dotted:
            values = list(_at(event, parts))
            if not (any(map(field, values)) if values else field(_ABSENT)):
                return False
        return all(any(one(event) for one in several) for several in alternatives)

    return match


def _joined(event: Mapping[str, Any], name: str) -> Any:
    """AWS: `"a": {"b": …}` and `"a.b": …` are the same, in events as in patterns."""
    start = f"{name}."
    found = {key[len(start) :]: value for key, value in event.items() if key.startswith(start)}
    return found or _ABSENT


def _at(value: Any, parts: tuple[str, ...]) -> Iterator[Any]:
    """What stands at a dotted name, however many of its dots are in the event's own names."""
    if not parts:
        yield value
        return
    objects = _flat(value) if isinstance(value, list) else [value]
    for one in objects:
        if isinstance(one, Mapping):
            for count in range(1, len(parts) + 1):
                name = ".".join(parts[:count])
                if name in one:
                    yield from _at(one[name], parts[count:])


def _is_or(asked: object) -> bool:
    """Whether `$or` is the operator: with operators' own names inside, it is a key like others."""
    if not isinstance(asked, list) or not all(isinstance(each, Mapping) for each in asked):
        return False
    if any(CONDITION_NAMES & set(each) for each in asked):
        return False
    if len(asked) < 2:
        raise PatternInvalid("There must have at least 2 Objects in $or relationship.", "end")
    return True


def _field(key: str, asked: object, depth: int) -> _Field:
    if isinstance(asked, Mapping):
        return _nested(asked, depth + 1)
    if not isinstance(asked, list):
        raise PatternInvalid(f'"{key}" must be an object or an array')
    if not asked:
        raise PatternInvalid("Empty arrays are not allowed", "end")
    return _leaf(_each(asked, compile_condition))


def _each(asked: list[Any], build: Callable[[Any], _Built]) -> list[_Built]:
    built: list[_Built] = []
    for place, one in enumerate(asked):
        try:
            built.append(build(one))
        except PatternInvalid as error:
            raise error.within(place) from None
    return built


def _nested(pattern: Mapping[str, Any], depth: int) -> _Field:
    if not pattern:
        raise PatternInvalid("Empty objects are not allowed", "end")
    asked, absent = _apart(pattern)
    has_asked = _object(asked, depth) if asked else _anything
    lacks_absent = _object(absent, depth) if absent else _anything

    def test(value: Any) -> bool:
        objects: list[Mapping[str, Any]] = []
        if isinstance(value, Mapping):
            objects = [value]
        elif isinstance(value, list):
            objects = [each for each in _flat(value) if isinstance(each, Mapping)]
        # AWS: what has no keys is as good as a missing key.
        objects = objects or [{}]
        return any(map(has_asked, objects)) and all(map(lacks_absent, objects))

    return test


def _apart(pattern: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What must be there, and the keys that must not: those of `[{"exists": false}]`."""
    asked: dict[str, Any] = {}
    absent: dict[str, Any] = {}
    for key, value in pattern.items():
        if value == [{"exists": False}] and value[0]["exists"] is False:
            absent[key] = value
        elif isinstance(value, Mapping) and value:
            for part, whole in zip(_apart(value), (asked, absent), strict=True):
                if part:
                    whole[key] = part
        else:
            asked[key] = value
    return asked, absent


def _anything(event: Mapping[str, Any]) -> bool:
    return True


def _leaf(conditions: Sequence[Condition]) -> _Field:
    wants_absence = any(condition.when_absent for condition in conditions)
    wants_presence = any(condition.when_present for condition in conditions)
    exact = frozenset().union(*(condition.exact for condition in conditions))
    tests = [condition.test for condition in conditions if condition.test is not None]

    def matches_one(value: Any) -> bool:
        if wants_presence:
            return True
        if isinstance(value, str):
            if value in exact:
                return True
        elif (type(value), value) in exact:
            return True
        return any(test(value) for test in tests)

    def match(value: Any) -> bool:
        if value is _ABSENT:
            return wants_absence
        if isinstance(value, list):
            elements = [each for each in _flat(value) if not isinstance(each, Mapping)]
            return any(map(matches_one, elements)) if elements else wants_absence
        if isinstance(value, Mapping):
            # AWS: conditions are of leaves; an object in a leaf's place is no value.
            return wants_absence
        return matches_one(value)

    return match


def _flat(values: list[Any]) -> list[Any]:
    """Arrays in arrays are one array; without recursion, for events nested however deep."""
    flat: list[Any] = []
    waiting = values[::-1]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting.extend(reversed(value))
        else:
            flat.append(value)
    return flat
