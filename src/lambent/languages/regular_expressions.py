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


def replaced(pattern: str, text: str, replacement: str, *, once: bool = False) -> str:
    """
    Every part that matches, or the first, replaced. `$1` in the replacement is the first group.

    Raises re.error and TooSlow.

    >>> replaced("(a)b", "ab ab", "$1", once=True)
    'a ab'
    """
    if _is_cheap(pattern, text):
        # Compiled here, so that its groups are known.
        compiled = re.compile(pattern)
        return compiled.sub(_python_replacement(replacement), text, count=int(once))
    limit = ", 1" if once else ""
    found = _asked(f"$replace($text, /{_source(pattern)}/, $new{limit})", text, replacement)
    return str(found)


def parts_between(pattern: str, text: str) -> list[str]:
    """
    The parts of a text between what matches. Raises re.error and TooSlow.

    >>> parts_between(", *", "a, b,c")
    ['a', 'b', 'c']
    """
    if _is_cheap(pattern, text):
        compiled = re.compile(pattern)
        ends = [0, *(end for match in compiled.finditer(text) for end in match.span()), len(text)]
        return [text[begin:end] for begin, end in zip(ends[::2], ends[1::2], strict=True)]
    found = _asked(f"$split($text, /{_source(pattern)}/)", text, "")
    return [str(part) for part in found] if isinstance(found, list) else [str(found)]


def _is_cheap(pattern: str, text: str) -> bool:
    costly = [found[1] for found in _COSTLY.finditer(pattern) if found[1]]
    if set(costly) <= {"("}:
        return True
    return len(costly) == 1 and len(text) <= _SHORT


def _python_replacement(text: str) -> Callable[[re.Match[str]], str]:
    parts = re.split(r"\\(.)|\$(\d)|\$\{(\w+)\}", text)

    def filled(match: re.Match[str]) -> str:
        pieces = [parts[0]]
        for place in range(1, len(parts), 4):
            literal, number, name, after = parts[place : place + 4]
            group = None if literal is not None else match[int(number) if number else name]
            pieces += [literal if literal is not None else group or "", after]
        return "".join(pieces)

    return filled


def _asked(expression: str, text: str, replacement: str) -> Any:
    import jlens

    try:
        engine = _expression(expression)
        found = engine.evaluate_json(None, {"text": text, "new": replacement}, timeout=_SECONDS)
    except jlens.JlensError as error:
        if error.code != _TIMED_OUT:
            raise re.error(str(error)) from None
        raise TooSlow("The pattern takes too long.") from None
    return json.loads(found or '""')


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
    return _expression(f"$contains($text, /{_source(pattern)}/{'i' if ignore_case else ''})")


@lru_cache(maxsize=256)
def _expression(text: str) -> Any:
    # Not needed to start the server, so not paid for then.
    import jlens

    try:
        return jlens.Expression(text)
    except jlens.JlensError as error:
        raise re.error(str(error)) from None


def _source(pattern: str) -> str:
    return re.sub(r"\\.|/", lambda found: "\\/" if found[0] == "/" else found[0], pattern)
