"""The filter pattern language, mostly by the examples of its documentation."""

import pytest

from lambent.services.logs.errors import InvalidParameter
from lambent.services.logs.filter_patterns import matcher

MATCHES = [
    ("", "anything", True),
    # Terms.
    ("ERROR", "[ERROR 400] BAD REQUEST", True),
    ("ERROR", "Exiting with ERRORCODE: -1", True),
    ("ERROR", "error in lower case", False),
    ("ERROR ARGUMENTS", "[ERROR 419] MISSING ARGUMENTS", True),
    ("ERROR ARGUMENTS", "[ERROR 400] BAD REQUEST", False),
    ("?ERROR ?ARGUMENTS", "[WARN] odd ARGUMENTS", True),
    ("?ERROR ?ARGUMENTS", "[WARN] odd", False),
    ('"INTERNAL SERVER ERROR"', "[ERROR 500] INTERNAL SERVER ERROR", True),
    ('"INTERNAL SERVER ERROR"', "ERROR: SERVER, INTERNAL", False),
    ("ERROR -ARGUMENTS", "[ERROR 400] BAD REQUEST", True),
    ("ERROR -ARGUMENTS", "[ERROR 419] MISSING ARGUMENTS", False),
    ('ERROR -"BAD REQUEST"', "[ERROR 400] BAD REQUEST", False),
    ("%AUTHORIZED%", "[ERROR 401] UNAUTHORIZED REQUEST", True),
    ("%[45][0-9]{2}%", "[ERROR 419] MISSING", True),
    ("%[45][0-9]{2}%", "[OK 200]", False),
    # Fields of JSON.
    ('{ $.eventType = "UpdateTrail" }', '{"eventType": "UpdateTrail"}', True),
    ('{ $.eventType = "UpdateTrail" }', '{"eventType": "CreateTrail"}', False),
    ('{ $.eventType = "UpdateTrail" }', "no JSON", False),
    ("{ $.eventType = * }", '{"eventType": ""}', True),
    ("{ $.eventType = * }", '{"other": 1}', False),
    ("{ $.sourceIPAddress != 123.123.* }", '{"sourceIPAddress": "123.123.1.1"}', False),
    ("{ $.sourceIPAddress != 123.123.* }", '{"sourceIPAddress": "111.111.1.1"}', True),
    ("{ $.sourceIPAddress != 123.123.* }", "{}", False),
    ('{ $.arrayKey[0] = "value" }', '{"arrayKey": ["value", "other"]}', True),
    ('{ $.arrayKey[1] = "value" }', '{"arrayKey": ["value", "other"]}', False),
    ("{ $.objectList[1].id = 2 }", '{"objectList": [{"id": 1}, {"id": 2}]}', True),
    ("{ $.objectList[*].id = 2 }", '{"objectList": [{"id": 1}, {"id": 2}]}', True),
    ("{ $.bandwidth > 75 }", '{"bandwidth": 76}', True),
    ("{ $.bandwidth >= 75 }", '{"bandwidth": 75}', True),
    ("{ $.bandwidth < 75 }", '{"bandwidth": "wide"}', False),
    ("{ $.latency = 1e3 }", '{"latency": 1000}', True),
    ("{ $.statusCode = 4* }", '{"statusCode": 404}', True),
    ("{ $.eventType = %Trail% }", '{"eventType": "UpdateTrail"}', True),
    ("{ $.SomeOtherObject IS NULL }", '{"SomeOtherObject": null}', True),
    ("{ $.SomeOtherObject IS NULL }", "{}", False),
    ("{ $.SomeObject NOT EXISTS }", "{}", True),
    ("{ $.SomeObject NOT EXISTS }", '{"SomeObject": null}', False),
    ("{ $.ThisFlag IS TRUE }", '{"ThisFlag": true}', True),
    ("{ $.ThisFlag IS FALSE }", '{"ThisFlag": true}', False),
    ('{ $.["cluster.name"] = "c" }', '{"cluster.name": "c"}', True),
    ("{ $['a b'] = 1 }", '{"a b": 1}', True),
    (
        '{ ($.user.id = 1) && ($.users[0].email = "John.Doe@example.com") }',
        '{"user": {"id": 1}, "users": [{"email": "John.Doe@example.com"}]}',
        True,
    ),
    ("{ $.a = 1 || $.b = 2 && $.c = 3 }", '{"a": 1}', True),
    ("{ ($.a = 1 || $.b = 2) && $.c = 3 }", '{"a": 1}', False),
    ("{ $.big = 123456789012345678901 }", '{"big": 123456789012345678901}', True),
    # Words.
    (
        "[ip, user, username, timestamp, request, status_code, bytes > 1000]",
        '127.0.0.1 Prod frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534',
        True,
    ),
    (
        "[ip, user, username, timestamp, request, status_code, bytes > 2000]",
        '127.0.0.1 Prod frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534',
        False,
    ),
    ("[ip, ..., status_code=4*, bytes]", "127.0.0.1 - frank 404 1534", True),
    ("[..., status_code=4* || status_code=5*, bytes]", "a b 503 1", True),
    ("[w1=ERROR || w1=%WARN%, w2]", "WARNING odd", True),
    ("[w1=ERROR, w2]", "ERROR two words", False),
    ("[w1!=ERROR && w1!=WARN, w2]", "INFO fine", True),
    ('[request = "GET *", ...]', '"GET /index.html" 200', True),
]


@pytest.mark.parametrize(("pattern", "message", "expected"), MATCHES)
def test_a_pattern_matches_what_the_documentation_says(
    pattern: str, message: str, expected: bool
) -> None:
    assert matcher(pattern)(message) is expected


@pytest.mark.parametrize(
    "pattern",
    [
        "{ $.a }",
        "{ $.a = }",
        "{ $.a = 1",
        "{ $.a = 1 } more",
        "{ a = 1 }",
        "{ $.a > wide }",
        "{ $.a IS WIDE }",
        "{ $.a[ = 1 }",
        '{ $.a = "open }',
        "[a, b",
        "[a, ..., b, ...]",
        "[a = ]",
        '"open',
        "%(%",
    ],
)
def test_what_is_not_a_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(InvalidParameter, match="Invalid filter pattern"):
        matcher(pattern)
