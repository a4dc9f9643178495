"""Patterns of users: right where they are right, and never without an end."""

import re

import pytest

from lambent.languages.regular_expressions import TooSlow, matcher


@pytest.mark.parametrize(
    ("pattern", "text", "whole", "answer"),
    [
        ("abc", "xabcx", False, True),
        ("abc", "xabcx", True, False),
        ("[a-z]+", "abc", True, True),
        ("[a-z]+[0-9]+", "abc12", True, True),
        ("[a-z]+[0-9]+", "abc12!", True, False),
        ("[*+]a", "+a", True, True),
        (r"a/b+c*", "a/bb", True, True),
        (r"a\/b+c*", "a/bb", True, True),
        (r"(?=.*[a-z])(?=.*\d).{8,}", "abcdefg1", True, True),
        (r"(?=.*[a-z])(?=.*\d).{8,}", "abcdefgh", True, False),
        (r"(a+)-\1+", "aa-aa", True, True),
        ("(?i)ab+c+", "ABC", True, True),
        ("a*b*", "", True, True),
    ],
)
def test_a_pattern_says_what_it_always_said(
    pattern: str, text: str, whole: bool, answer: bool
) -> None:
    assert matcher(pattern, whole=whole)(text) is answer


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("(a+)+", "a" * 60 + "!"),
        ("(a|aa)+", "a" * 200 + "!"),
        ("(.*)*x", "a" * 5_000),
        (".*.*.*.*x", "a" * 50_000),
    ],
)
def test_a_pattern_without_an_end_is_ended(pattern: str, text: str) -> None:
    with pytest.raises(TooSlow):
        matcher(pattern, whole=True)(text)


@pytest.mark.parametrize("pattern", ["(", "[", "a**", "(?P<", "\\"])
def test_what_is_no_pattern_is_said_at_once(pattern: str) -> None:
    with pytest.raises(re.error):
        matcher(pattern)
