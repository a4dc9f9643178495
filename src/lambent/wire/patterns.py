"""
The models' regular expressions, which are Java's, for Python.

Where the two differ, what Python makes of a pattern is at most more permissive: refusing what
AWS accepts is worse than accepting what it refuses. A pattern that Python cannot read is dropped.
"""

import re
import warnings
from collections.abc import Callable
from functools import cache

# Beyond this length a pattern is not tried: backtracking over it could take for ever.
_LONGEST = 4_096
_ASTRAL_PAIRS = re.compile(r"\\u[dD]800\\u[dD][cC]00-\\u[dD][bB][fF][fF]\\u[dD][fF][fF][fF]")
_CODE_POINT = re.compile(r"\\[xu]\{([0-9A-Fa-f]{1,6})\}")
_PROPERTY = re.compile(r"\\p\{(?:Is)?(\w+)\}")
_CLASS_BEFORE_DASH = re.compile(r"(\\[wdsWDS])-(?=[^\]])")
_PROPERTIES = {
    "Alnum": "a-zA-Z0-9",
    "Alpha": "a-zA-Z",
    "ASCII": "\\x00-\\x7f",
    "Digit": "0-9",
    "Graph": "\\x21-\\x7e",
    "Lower": "a-z",
    "Print": "\\x20-\\x7e",
    "Punct": "\\x21-\\x2f\\x3a-\\x40\\x5b-\\x60\\x7b-\\x7e",
    "Space": "\\s",
    "Upper": "A-Z",
}
# Unicode categories by what Python has nearest, never narrower.
_CATEGORIES = {
    "L": "\\w",
    "N": "\\w",
    "M": "\\w\\W",
    "Z": "\\s\\x85\\xa0",
    "S": "\\W",
    "P": "\\W_",
    "C": "\\W",
}


def _property(found: re.Match[str]) -> str:
    name = found[1]
    if name in _PROPERTIES:
        return _PROPERTIES[name]
    if name[:1] in _CATEGORIES and len(name) <= 2:
        return _CATEGORIES[name[0]]
    return "\\w\\W"


def _in_python(pattern: str) -> str:
    pattern = _ASTRAL_PAIRS.sub(r"\\U00010000-\\U0010ffff", pattern)
    pattern = _CODE_POINT.sub(lambda found: f"\\U{int(found[1], 16):08x}", pattern)
    pattern = pattern.replace("\\z", "\\Z").replace("\\h", "[ \\t]")
    if "\\p" in pattern:
        pattern = _with_properties(pattern)
    return _CLASS_BEFORE_DASH.sub(r"\1\\-", pattern)


def _with_properties(pattern: str) -> str:
    """`\\p{L}` is a class of its own outside of brackets and a part of the class inside."""
    parts: list[str] = []
    position, in_class = 0, False
    while position < len(pattern):
        found = _PROPERTY.match(pattern, position)
        if found:
            translated = _property(found)
            parts.append(translated if in_class else f"[{translated}]")
            position = found.end()
            continue
        character = pattern[position]
        if character == "\\":
            parts.append(pattern[position : position + 2])
            position += 2
            continue
        if character == "[":
            in_class = True
        elif character == "]":
            in_class = False
        parts.append(character)
        position += 1
    return "".join(parts)


@cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    with warnings.catch_warnings():
        # Python warns where a later version will read a set as Java does: not today's meaning.
        warnings.simplefilter("error", FutureWarning)
        try:
            return re.compile(_in_python(pattern))
        except (re.error, FutureWarning, OverflowError, RecursionError):
            return None


_QUANTIFIER = re.compile(r"[*+{?]")


def matcher(pattern: str) -> Callable[[str], bool]:
    """
    Does a text satisfy the pattern? Compiled when first asked.

    AWS: older services match the whole text, so their patterns have no anchors; newer ones
    search, and anchor where they mean the whole. A single character can only be searched.
    """
    is_anchored = pattern.startswith(("^", "(^")) or pattern.endswith("$")
    is_searched = is_anchored or not _QUANTIFIER.search(pattern)
    test: Callable[[str], object] | None = None

    def matches(text: str) -> bool:
        nonlocal test
        if test is None:
            compiled = _compiled(pattern)
            if compiled is None:
                test = _always
            else:
                test = compiled.search if is_searched else compiled.fullmatch
        return len(text) > _LONGEST or bool(test(text))

    return matches


def _always(text: str) -> bool:
    return True
