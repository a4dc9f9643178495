"""Event patterns: what matches, what does not, and what is no pattern."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambent.languages.event_patterns import PatternInvalid, compile_pattern

MATCHES: list[tuple[Any, Any]] = [
    ({"a": ["x"]}, {"a": "x", "b": 1}),
    ({"a": ["x", "y"]}, {"a": "y"}),
    ({"a": ["x"]}, {"a": ["z", "x"]}),
    ({"a": ["x"]}, {"a": [["z"], ["x"]]}),
    ({"a": [1]}, {"a": 1.0}),
    ({"a": [1.5]}, {"a": 1.5}),
    ({"a": [True]}, {"a": True}),
    ({"a": [None]}, {"a": None}),
    ({"a": {"b": ["x"]}}, {"a": {"b": "x"}}),
    ({"a": {"b": ["x"], "c": ["y"]}}, {"a": [{"b": "x", "c": "n"}, {"b": "x", "c": "y"}]}),
    ({"a": [{"prefix": "eu-"}]}, {"a": "eu-west-1"}),
    ({"a": [{"prefix": {"equals-ignore-case": "EU-"}}]}, {"a": "eu-west-1"}),
    ({"a": [{"suffix": ".png"}]}, {"a": "x.png"}),
    ({"a": [{"suffix": {"equals-ignore-case": ".PNG"}}]}, {"a": "x.png"}),
    ({"a": [{"equals-ignore-case": "Alice"}]}, {"a": "aLICE"}),
    ({"a": [{"anything-but": "x"}]}, {"a": "y"}),
    ({"a": [{"anything-but": ["x", "z"]}]}, {"a": ["x", "y"]}),
    ({"a": [{"anything-but": [1, 2]}]}, {"a": 3}),
    ({"a": [{"anything-but": {"prefix": "x"}}]}, {"a": "y"}),
    ({"a": [{"anything-but": {"suffix": ["x", "z"]}}]}, {"a": "y"}),
    ({"a": [{"anything-but": {"wildcard": "*/lib/*"}}]}, {"a": "/bin/x"}),
    ({"a": [{"anything-but": {"equals-ignore-case": ["X"]}}]}, {"a": "y"}),
    ({"a": [{"numeric": ["=", 301.8]}]}, {"a": 301.8}),
    ({"a": [{"numeric": [">", 0, "<=", 5]}]}, {"a": 5}),
    ({"a": [{"numeric": ["<", 10]}]}, {"a": -3.2}),
    ({"a": [{"exists": True}]}, {"a": ""}),
    ({"a": [{"exists": False}]}, {"b": 1}),
    ({"a": [{"exists": False}, "x"]}, {"a": "x"}),
    ({"a": {"b": [{"exists": False}]}}, {}),
    ({"a": {"b": [{"exists": False}]}}, {"a": [{"c": 1}]}),
    ({"a": [{"cidr": "10.0.0.0/24"}]}, {"a": "10.0.0.255"}),
    ({"a": [{"cidr": "2001:db8::/32"}]}, {"a": "2001:db8::1"}),
    ({"a": [{"wildcard": "dir/*.png"}]}, {"a": "dir/a.b.png"}),
    ({"a": [{"wildcard": "*a*b*c"}]}, {"a": "xaabbcbc"}),
    ({"a": [{"wildcard": "\\*star"}]}, {"a": "*star"}),
    ({"$or": [{"a": [1]}, {"b": [2]}]}, {"b": 2}),
    ({"c": ["x"], "$or": [{"a": [1]}, {"b": [2]}]}, {"a": 1, "c": "x"}),
    ({"a": {"$or": [{"b": [1]}, {"c": [{"exists": True}]}]}}, {"a": {"c": 0}}),
    ({"$or": [{"prefix": "x"}]}, {"$or": "xy"}),
]

DIFFERS: list[tuple[Any, Any]] = [
    ({"a": ["x"]}, {}),
    ({"a": ["x"]}, {"a": "X"}),
    ({"a": ["1"]}, {"a": 1}),
    ({"a": [1]}, {"a": True}),
    ({"a": [None]}, {}),
    ({"a": ["x"]}, {"a": {"b": "x"}}),
    ({"a": {"b": ["x"]}}, {"a": "x"}),
    ({"a": {"b": ["x"], "c": ["y"]}}, {"a": [{"b": "x"}, {"c": "y"}]}),
    ({"a": {"b": [{"exists": False}]}}, {"a": [{"b": 1}, {"c": 1}]}),
    ({"a": {"b": [{"exists": False}], "c": [1]}}, {"a": [{"b": 1}, {"c": 1}]}),
    ({"a": [{"prefix": "eu-"}]}, {"a": 1}),
    ({"a": [{"anything-but": "x"}]}, {}),
    ({"a": [{"anything-but": ["x", "z"]}]}, {"a": ["x", "z"]}),
    ({"a": [{"anything-but": {"prefix": ["x", "y"]}}]}, {"a": "yes"}),
    ({"a": [{"numeric": [">", 0, "<", 5]}]}, {"a": 5}),
    ({"a": [{"numeric": [">", 0]}]}, {"a": "1"}),
    ({"a": [{"numeric": [">=", 0]}]}, {"a": True}),
    ({"a": [{"exists": True}]}, {"a": []}),
    ({"a": [{"exists": True}]}, {"a": {"b": 1}}),
    ({"a": [{"exists": False}]}, {"a": None}),
    ({"a": [{"cidr": "10.0.0.0/24"}]}, {"a": "10.0.1.0"}),
    ({"a": [{"cidr": "10.0.0.0/24"}]}, {"a": "nonsense"}),
    ({"a": [{"wildcard": "dir/*.png"}]}, {"a": "dir/a.jpg"}),
    ({"a": [{"wildcard": "a*a"}]}, {"a": "a"}),
    ({"$or": [{"a": [1]}, {"b": [2]}]}, {"a": 2, "b": 1}),
]

INVALID: list[tuple[Any, str]] = [
    ([], "Filter is not an object"),
    ({}, "Empty objects are not allowed"),
    ({"a": {}}, "Empty objects are not allowed"),
    ({"a": []}, "Empty arrays are not allowed"),
    ({"a": "x"}, '"a" must be an object or an array'),
    ({"a": [["x"]]}, "Match value must be String, number, true, false, or null"),
    ({"a": [{"like": "x"}]}, "Unrecognized match type like"),
    ({"a": [{"prefix": "x", "suffix": "y"}]}, "Only one key allowed in match expression"),
    ({"a": [{"prefix": 1}]}, "prefix match pattern must be a string"),
    ({"a": [{"suffix": {"wildcard": "x"}}]}, "suffix match pattern must be a string"),
    ({"a": [{"exists": "yes"}]}, "exists match pattern must be either true or false."),
    ({"a": [{"numeric": 1}]}, "Value of numeric must be an array."),
    ({"a": [{"numeric": []}]}, "Invalid member in numeric match: ]"),
    ({"a": [{"numeric": [1]}]}, "Invalid member in numeric match: 1"),
    ({"a": [{"numeric": ["<"]}]}, "Value of < must be numeric"),
    ({"a": [{"numeric": ["<", "1"]}]}, "Value of < must be numeric"),
    ({"a": [{"numeric": ["~", 1]}]}, "Unrecognized numeric range operator: ~"),
    ({"a": [{"numeric": [">", 5, "<", 1]}]}, "Bottom must be less than top"),
    ({"a": [{"numeric": [">", 5, "=", 9]}]}, "Bad numeric range operator: ="),
    ({"a": [{"wildcard": "a**b"}]}, "Consecutive wildcard characters at pos 2"),
    ({"a": [{"wildcard": "a\\b"}]}, "Invalid escape character at pos 1"),
    ({"a": [{"cidr": "10.0.0.0"}]}, "Malformed CIDR, one '/' required"),
    ({"a": [{"anything-but": {"exists": True}}]}, "Unsupported anything-but pattern: exists"),
    (
        {"a": [{"anything-but": ["x", 1]}]},
        "Inside anything but list, either all values are number or string,"
        " mixed type is not supported",
    ),
    ({"a": [{"anything-but": {"prefix": ""}}]}, "Null prefix/suffix not allowed"),
    ({"a": [{"anything-but": {"suffix": ["x", ""]}}]}, "Null prefix/suffix not allowed"),
    ({"$or": [{"a": [1]}]}, "There must have at least 2 Objects in $or relationship."),
]


@pytest.mark.parametrize(("pattern", "event"), MATCHES)
def test_the_event_matches(pattern: Any, event: Any) -> None:
    assert compile_pattern(pattern)(event)


@pytest.mark.parametrize(("pattern", "event"), DIFFERS)
def test_the_event_does_not_match(pattern: Any, event: Any) -> None:
    assert not compile_pattern(pattern)(event)


@pytest.mark.parametrize(("pattern", "reason"), INVALID)
def test_what_is_no_pattern_is_refused_in_awss_words(pattern: Any, reason: str) -> None:
    with pytest.raises(PatternInvalid) as refused:
        compile_pattern(pattern)

    assert refused.value.reason == reason


def test_a_wildcard_takes_no_text_a_long_time() -> None:
    """
    Many stars and a text that almost matches: what backtracks would not end in our lifetime.
    """
    match = compile_pattern({"a": [{"wildcard": "*a" * 30 + "*b"}]})

    assert not match({"a": "a" * 5_000})


def test_a_pattern_nested_without_end_is_refused() -> None:
    pattern: Any = ["x"]
    for _ in range(150):
        pattern = {"a": pattern}

    with pytest.raises(PatternInvalid):
        compile_pattern(pattern)


_SCALARS = st.none() | st.booleans() | st.integers(-1000, 1000) | st.text(max_size=5)


@given(st.dictionaries(st.text(min_size=1, max_size=5), _SCALARS, min_size=1, max_size=5))
def test_an_event_matches_the_pattern_of_its_own_values(event: dict[str, Any]) -> None:
    assert compile_pattern({key: [value] for key, value in event.items()})(event)


@given(_SCALARS, st.lists(st.text(max_size=3), min_size=1, max_size=3))
def test_anything_but_is_the_opposite_of_the_values(value: Any, excluded: list[str]) -> None:
    same = compile_pattern({"a": excluded})({"a": value})
    other = compile_pattern({"a": [{"anything-but": excluded}]})({"a": value})

    assert same != other


@pytest.mark.parametrize(
    ("pattern", "event", "matches"),
    [
        ({"d": {"a.b": ["x"]}}, {"d": {"a": {"b": "x"}}}, True),
        ({"d": {"a": {"b": ["x"]}}}, {"d": {"a.b": "x"}}, True),
        ({"d.a.b": ["x"]}, {"d": {"a": {"b": "x"}}}, True),
        ({"d": {"a": {"b": {"c": ["x"]}}}}, {"d": {"a.b.c": "x"}}, True),
        ({"a.b": ["x"]}, {"a.b": "x"}, True),
        ({"a.b": ["x"]}, {"a.b": "y", "a": {"b": "x"}}, True),
        ({"a.b": [{"exists": False}]}, {"a": {"c": 1}}, True),
        ({"a.b": [{"exists": False}]}, {"a": {"b": 1}}, False),
        ({"d": {"a": {"b": ["x"]}}}, {"d": {"a.b": {"b": "x"}}}, False),
        ({"d": {"a.b": {"b": ["x"]}}}, {"d": {"a": {"b": "x"}}}, False),
        ({".": ["x"]}, {".": "x"}, True),
        ({"a.b.c": ["x"]}, {"a.b": {"c": "x"}}, True),
        ({"a.b": ["x"]}, {"a": [{"b": "y"}, {"b": "x"}]}, True),
        ({".".join("a" * 2_000): ["x"]}, {"a": "x"}, False),
    ],
)
def test_names_with_dots_are_paths(pattern: Any, event: Any, matches: bool) -> None:
    assert compile_pattern(pattern)(event) is matches
