"""
The filter pattern language of CloudWatch Logs, as a pure package.

Three languages by their first character: `{` asks for fields of a JSON event, `[` for the words
of a space-delimited one, anything else is terms that the text has or has not.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

from collections.abc import Callable
from functools import lru_cache

from lambent.services.logs.filter_patterns.json_events import json_matcher
from lambent.services.logs.filter_patterns.space_delimited import space_delimited_matcher
from lambent.services.logs.filter_patterns.terms import terms_matcher

Matches = Callable[[str], bool]


@lru_cache(maxsize=256)
def matcher(pattern: str) -> Matches:
    """Whether a message matches `pattern`. Raises InvalidParameter for what is not a pattern."""
    pattern = pattern.strip()
    if pattern.startswith("{"):
        return json_matcher(pattern)
    if pattern.startswith("["):
        return space_delimited_matcher(pattern)
    return terms_matcher(pattern)
