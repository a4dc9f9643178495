"""
Regular expressions that somebody else wrote: they end in time or not at all.

Python's engine cannot be stopped, and one bad pattern would hold the whole server. It is used where
it cannot take long; everything else goes to JSONata's engine, which ends at a time limit.
"""

import json
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

# AWS names no limit; a pattern that has a purpose needs microseconds.
_SECONDS = 0.5
# With one repetition a search is quadratic at worst: some milliseconds for so many characters.
_SHORT = 4_096
_COSTLY = re.compile(r"\\.|\[(?:\\.|[^\]\\])*\]|([*+{(])", re.DOTALL)
_IGNORE_CASE = "(?i)"
_TIMED_OUT = "D1012"


class TooSlow(Exception):
    """The pattern takes too long on this text."""


def matcher(
    pattern: str, *, whole: bool = False, ignore_case: bool = False
) -> Callable[[str], bool]:
    """
    Does a text match, as a `whole` or in some part? Raises re.error for a pattern that is none.

    What comes back raises TooSlow.

    >>> matcher("a+", whole=True)("aab")
    False
    """
    if pattern.startswith(_IGNORE_CASE):
        pattern, ignore_case = pattern.removeprefix(_IGNORE_CASE), True
    compiled = re.compile(pattern, re.IGNORECASE if ignore_case else 0)
    quick = compiled.fullmatch if whole else compiled.search
    costly = [found[1] for found in _COSTLY.finditer(pattern) if found[1]]
    if set(costly) <= {"("}:
        return lambda text: quick(text) is not None
    # What is repeated may be a group, in which anything may stand.
    is_simple = len(costly) == 1
    limited = f"^(?:{pattern})$" if whole else pattern

    def matches(text: str) -> bool:
        if is_simple and len(text) <= _SHORT:
            return quick(text) is not None
        return _limited(limited, ignore_case, text)

    return matches


def _limited(pattern: str, ignore_case: bool, text: str) -> bool:
    import jlens

    engine = _compiled(pattern, ignore_case)
    try:
        found = engine.evaluate_json(None, {"text": text}, timeout=_SECONDS)
    except jlens.JlensError as error:
        if error.code != _TIMED_OUT:
            raise re.error(str(error)) from None
        raise TooSlow(f"The pattern {pattern} takes too long.") from None
    return bool(json.loads(found or "false"))


@lru_cache(maxsize=256)
def _compiled(pattern: str, ignore_case: bool) -> Any:
    # Not needed to start the server, so not paid for then.
    import jlens

    source = re.sub(r"\\.|/", lambda found: "\\/" if found[0] == "/" else found[0], pattern)
    try:
        return jlens.Expression(f"$contains($text, /{source}/{'i' if ignore_case else ''})")
    except jlens.JlensError as error:
        raise re.error(str(error)) from None
