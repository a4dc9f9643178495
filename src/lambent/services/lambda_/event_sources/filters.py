"""
FilterCriteria: which records go to the function. Pure; the patterns are those of EventBridge.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
"""

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from lambent.languages.event_patterns import PatternInvalid, compile_pattern
from lambent.services.lambda_.errors import InvalidParameterValue

Filter = Callable[[Mapping[str, Any]], bool]

_MOST_FILTERS = 10


def compile_filters(criteria: Mapping[str, Any] | None, content: str) -> Filter | None:
    """
    What FilterCriteria let through; None where everything goes.

    `content` is the member of a record that the sender wrote (`body` of a message): a pattern
    for it that is an object asks for JSON, one that is a list for plain text.
    """
    filters = (criteria or {}).get("Filters") or []
    if not filters:
        return None
    if len(filters) > _MOST_FILTERS:
        raise InvalidParameterValue(
            f"Number of filters must be less than or equal to {_MOST_FILTERS}."
        )
    compiled = [_compile(one.get("Pattern", ""), content) for one in filters]
    return lambda record: any(matches(record) for matches in compiled)


def _compile(text: str, content: str) -> Filter:
    try:
        pattern = orjson.loads(text)
        matches = compile_pattern(pattern)
    except (orjson.JSONDecodeError, PatternInvalid):
        raise InvalidParameterValue("Invalid filter pattern definition.") from None
    if not _asks_for_json(pattern, content):
        return matches

    def matches_json(record: Mapping[str, Any]) -> bool:
        try:
            value = orjson.loads(record[content])
        except orjson.JSONDecodeError:
            # AWS: what is not of the pattern's format is dropped.
            return False
        return isinstance(value, Mapping) and matches({**record, content: value})

    return matches_json


def _asks_for_json(pattern: Mapping[str, Any], content: str) -> bool:
    alternatives = pattern.get("$or") or []
    return any(isinstance(one.get(content), Mapping) for one in (pattern, *alternatives))
