"""What the policy of a form allows."""

import base64
import json
from typing import Any

import pytest

from lambent.core.errors import AwsError
from lambent.services.s3 import post_policies

EXPIRATION = "2026-01-01T00:00:00Z"
BEFORE = 1_767_225_599.0


def encoded(*conditions: Any, **others: Any) -> str:
    document = {"expiration": EXPIRATION, "conditions": list(conditions), **others}
    return base64.b64encode(json.dumps(document).encode()).decode()


def refusal(policy: str, fields: dict[str, str], now: float = BEFORE) -> tuple[str, str] | None:
    try:
        post_policies.check(post_policies.parse(policy), fields, "pictures", now)
    except AwsError as error:
        return error.code, error.message
    return None


def denied(reason: str) -> tuple[str, str]:
    return "AccessDenied", f"Invalid according to Policy: {reason}"


@pytest.mark.parametrize(
    ("condition", "fields"),
    [
        ({"key": "a"}, {"key": "a"}),
        ({"KeY": "a"}, {"key": "a"}),
        (["eq", "$key", "a"], {"key": "a"}),
        (["starts-with", "$key", "user/"], {"key": "user/1"}),
        (["StArTs-WiTh", "$KEY", ""], {"key": "user/1"}),
        ({"bucket": "pictures"}, {}),
        ({"bucket": "pictures"}, {"bucket": "another"}),
        (["content-length-range", "5", 10], {}),
        ({"key": "a"}, {"key": "a", "x-ignore-me": "1", "policy": "…", "x-amz-signature": "…"}),
    ],
)
def test_fields_that_the_conditions_name_pass(condition: Any, fields: dict[str, str]) -> None:
    assert refusal(encoded(condition), fields) is None


@pytest.mark.parametrize(
    ("condition", "fields", "reason"),
    [
        ({"key": "a"}, {"key": "b"}, 'Policy Condition failed: ["eq", "$key", "a"]'),
        (["eq", "$key", "a"], {"key": "A"}, 'Policy Condition failed: ["eq", "$key", "a"]'),
        (["eq", "key", "a"], {"key": "a"}, 'Policy Condition failed: ["eq", "key", "a"]'),
        (
            ["starts-with", "$key", "user/"],
            {"key": "users/1"},
            'Policy Condition failed: ["starts-with", "$key", "user/"]',
        ),
        (
            ["starts-with", "$content-type", ""],
            {},
            'Policy Condition failed: ["starts-with", "$content-type", ""]',
        ),
        ({"bucket": "b"}, {"bucket": "b"}, 'Policy Condition failed: ["eq", "$bucket", "b"]'),
        ({"key": "a"}, {"key": "a", "acl": "private"}, "Extra input fields: acl"),
        (
            ["content-length-range", "few", 10],
            {},
            'Policy Condition failed: ["content-length-range", "few", 10]',
        ),
    ],
)
def test_fields_that_do_not_fit_are_refused(
    condition: Any, fields: dict[str, str], reason: str
) -> None:
    assert refusal(encoded(condition), fields) == denied(reason)


def test_a_policy_ends() -> None:
    assert refusal(encoded(), {}, BEFORE + 1) is None
    assert refusal(encoded(), {}, BEFORE + 2) == denied("Policy expired.")


@pytest.mark.parametrize(
    ("policy", "reason"),
    [
        ("%%%", "Invalid JSON."),
        (encoded(1.5), "Invalid JSON."),
        (base64.b64encode(b"[]").decode(), "Invalid JSON."),
        (encoded(Version="2012-10-17"), "Unexpected: 'version'"),
        (base64.b64encode(b'{"conditions": []}').decode(), "Policy missing expiration."),
        (
            base64.b64encode(b'{"expiration": "2026-01-01T00:00:00Z"}').decode(),
            "Policy missing conditions.",
        ),
        (encoded(conditions={}), "Invalid 'conditions' value: must be a List."),
        (
            encoded(expiration="2026-01-01 00:00:00"),
            "Invalid 'expiration' value: '2026-01-01 00:00:00'",
        ),
        (
            encoded({"a": "1", "b": "2"}),
            "Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.",
        ),
        (encoded({"a": 1}), "Invalid Simple-Condition: value must be a string."),
        (encoded(["ends-with", "$key", "a"]), "Invalid Condition."),
        (encoded(["content-length-range", 0]), "Invalid Content-Length-Range."),
        (encoded(["content-length-range", -1, 0]), "Invalid Content-Length-Range."),
    ],
)
def test_a_document_that_is_no_policy_is_refused(policy: str, reason: str) -> None:
    assert refusal(policy, {}) == ("InvalidPolicyDocument", f"Invalid Policy: {reason}")
