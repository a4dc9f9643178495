"""`ERROR -"retry in" ?a ?b %[0-9]{3}%`: terms that the text of an event has or has not."""

import re
from collections.abc import Callable

from lambent.services.logs.filter_patterns.scanner import Scanner
from lambent.services.logs.filter_patterns.values import contains_regex, is_regex

Test = Callable[[str], bool]

_END = re.compile(r"\s")


def terms_matcher(pattern: str) -> Test:
    """A message has all plain terms, none of the excluded ones, and one of the optional ones."""
    scanner = Scanner(pattern)
    wanted: list[Test] = []
    unwanted: list[Test] = []
    optional: list[Test] = []
    while not scanner.at_end():
        kind = wanted
        if scanner.take("-"):
            kind = unwanted
        elif scanner.take("?"):
            kind = optional
        kind.append(_term(*scanner.value(_END)))
    if wanted or unwanted:
        # AWS: a question mark among terms of another kind is ignored.
        wanted += optional
        optional = []

    if len(wanted) == 1 and not unwanted:
        # By far the most frequent pattern.
        return wanted[0]

    def matches(message: str) -> bool:
        return (
            all(has(message) for has in wanted)
            and not any(has(message) for has in unwanted)
            and (not optional or any(has(message) for has in optional))
        )

    return matches


def _term(text: str, quoted: bool) -> Test:
    if not quoted and is_regex(text):
        return contains_regex(text[1:-1])
    return lambda message: text in message
