"""Where in a pattern something is wrong: the columns that AWS has answered."""

import json

import pytest

from lambent.languages.event_patterns import (
    PatternInvalid,
    compile_pattern,
    reason_in,
    syntax_reason,
)

_NO_TEXT = "match pattern must be a string"
_IN_ANYTHING_BUT = "Value of anything-but must be an array or single string/number value."
_NOT_IGNORING_CASE = (
    "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported."
)

ANSWERED = [
    ('{"int": 42}', '"int" must be an object or an array', 11),
    ('{"string": "my-value"}', '"string" must be an object or an array', 13),
    ('["not", "a", "dict", "but valid json"]', "Filter is not an object", 2),
    ('{"resources": []}', "Empty arrays are not allowed", 17),
    ('{"my_key": [{"EXISTS": true}]}', "Unrecognized match type EXISTS", 28),
    ('{"detail": {"equal": [{"NUMERIC": ["=", 5]}]}}', "Unrecognized match type NUMERIC", 36),
    (
        '{"detail": {"c-count": [{"numeric": [">", 0, ">", 0]}]}}',
        "Bad numeric range operator: >",
        49,
    ),
    (
        '{"detail": {"c-count": [{"numeric": [">", 0, "<"]}]}}',
        "Value of < must be numeric",
        50,
    ),
    (
        '{"detail-type": [{"equals-ignore-case": ["ec2 instance state-change notification"]}]}',
        f"equals-ignore-case {_NO_TEXT}",
        42,
    ),
    ('{"time": [{"prefix": ["2022-07-13"]}]}', f"prefix {_NO_TEXT}", 23),
    ('{"time": [{"prefix": 123}]}', f"prefix {_NO_TEXT}", 25),
    ('{"FileName": [{"suffix": 123}]}', f"suffix {_NO_TEXT}", 29),
    ('{"EventBusArn": [{"wildcard": 123}]}', f"wildcard {_NO_TEXT}", 34),
    (
        '{"EventBusArn": [{"wildcard": "arn:aws:events:us-east-1:**:event-bus/*"}]}',
        "Consecutive wildcard characters at pos 26",
        72,
    ),
    (
        '{"detail": {"state": [{"anything-but": {"equals-ignore-case": 123}}]}}',
        _NOT_IGNORING_CASE,
        66,
    ),
    (
        '{"detail": {"FilePath": [{"anything-but": {"wildcard": 123}}]}}',
        f"wildcard {_NO_TEXT}",
        59,
    ),
    (
        '{"detail": {"state": [{"anything-but": {"prefix": 123}}]}}',
        f"prefix/suffix {_NO_TEXT}",
        54,
    ),
    (
        '{"detail": {"FileName": [{"anything-but": {"suffix": {"equals-ignore-case": ".png"}}}]}}',
        _IN_ANYTHING_BUT,
        55,
    ),
    ('{"detail": {"sourceIPAddress": [{"cidr": ["bad-type"]}]}}', f"prefix {_NO_TEXT}", 43),
]

ANSWERED_TWICE = [
    (
        '{"detail": {"state": [{"anything-but": {"equals-ignore-case": [123, 456]}}]}}',
        _NOT_IGNORING_CASE,
        67,
    ),
    (
        '{"detail": {"state": [{"anything-but": {"wildcard": [123, "*/dir/*"]}}]}}',
        f"wildcard {_NO_TEXT}",
        57,
    ),
    (
        '{"detail": {"FileName": [{"anything-but": {"suffix": [123, ".txt"]}}]}}',
        f"prefix/suffix {_NO_TEXT}",
        58,
    ),
]

WITHOUT_A_PLACE = [
    ('{"a": [{"cidr": "10.0.0.0"}]}', "Malformed CIDR, one '/' required"),
    ('{"a": [{"cidr": "10.0.0.0/xx"}]}', "Malformed CIDR, mask bits must be an integer"),
    ('{"a": [{"cidr": "xx.11.xx/8"}]}', "Nonstandard IP address: xx.11.xx"),
]

NO_JSON = [
    (
        "this is valid json but not a dict",
        "Unrecognized token 'this': was expecting (JSON String, Number, Array, Object or token"
        " 'null', 'true' or 'false')",
        5,
    ),
    (
        "{'bad': 'quotation'}",
        "Unexpected character (''' (code 39)): was expecting double-quote to start field name",
        2,
    ),
    (
        '{"not": closed mark"',
        "Unrecognized token 'closed': was expecting (JSON String, Number, Array, Object or token"
        " 'null', 'true' or 'false')",
        15,
    ),
]


def refusal(text: str) -> str:
    with pytest.raises(PatternInvalid) as refused:
        compile_pattern(json.loads(text))
    return reason_in(text, refused.value)


def place(text: str, column: int, line: int = 1) -> str:
    return f'\n at [Source: (String)"{text}"; line: {line}, column: {column}]'


@pytest.mark.parametrize(("text", "reason", "column"), ANSWERED)
def test_the_reader_s_place_is_named(text: str, reason: str, column: int) -> None:
    assert refusal(text) == reason + place(text, column)


@pytest.mark.parametrize(("text", "reason", "column"), ANSWERED_TWICE)
def test_a_list_in_anything_but_names_it_twice(text: str, reason: str, column: int) -> None:
    assert refusal(text) == reason + place(text, column) * 2


@pytest.mark.parametrize(("text", "reason"), WITHOUT_A_PLACE)
def test_a_wrong_address_has_no_place(text: str, reason: str) -> None:
    assert refusal(text) == reason


@pytest.mark.parametrize(("text", "reason", "column"), NO_JSON)
def test_what_is_no_json_is_refused_as_aws_s_reader_does(
    text: str, reason: str, column: int
) -> None:
    assert syntax_reason(text) == reason + place(text, column)


def test_lines_are_counted() -> None:
    text = '{\n  "a": [],\n  "b": "x"\n}'
    assert refusal(text) == "Empty arrays are not allowed" + place(text, 10, line=2)


def test_nonsense_of_any_depth_has_a_reason() -> None:
    for text in ("", "{", "[" * 100_000, '{"a":' * 100_000, '"', "{]", '{"a" 1}', "{,}"):
        assert syntax_reason(text)
