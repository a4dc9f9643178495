"""
The policy of a form: until when it may be sent, and what may stand in it; pure.

https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html has the language.
Where S3's own answers differ from that page these are S3's.
"""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn

from lambent.services.s3.errors import AccessDenied, InvalidPolicyDocument

_EXPIRATION = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
# Fields that no condition need name.
_ALWAYS = frozenset({"x-amz-signature", "file", "policy", "awsaccesskeyid", "signature"})
_IGNORED = "x-ignore-"


@dataclass(frozen=True, slots=True)
class Condition:
    """`operator` is `eq` or `starts-with`; the name of the field is in small letters."""

    operator: str
    field: str
    value: str
    # As it is told when it fails.
    shown: str


@dataclass(frozen=True, slots=True)
class Policy:
    expires_at: float
    conditions: tuple[Condition, ...]
    # How many bytes the file may have, where the policy says it.
    least: int | None = None
    most: int | None = None


def parse(encoded: str) -> Policy:
    """Raises InvalidPolicyDocument."""
    document = _document(encoded)
    for name in document:
        if name not in ("expiration", "conditions"):
            raise _invalid(f"Unexpected: '{name.lower()}'")
    if "expiration" not in document:
        raise _invalid("Policy missing expiration.")
    if "conditions" not in document:
        raise _invalid("Policy missing conditions.")
    if not isinstance(document["conditions"], list):
        raise _invalid("Invalid 'conditions' value: must be a List.")
    conditions = []
    least = most = None
    for one in document["conditions"]:
        if isinstance(one, list) and one and str(one[0]).lower() == "content-length-range":
            least, most = _range(one)
        else:
            conditions.append(_condition(one))
    return Policy(_expiration(document["expiration"]), tuple(conditions), least, most)


def check(policy: Policy, fields: Mapping[str, str], bucket: str, now: float) -> None:
    """Raise AccessDenied unless a form with these fields (names in small letters) may be sent."""
    if now > policy.expires_at:
        raise _denied("Policy expired.")
    # AWS: the bucket is the one that is asked, whatever a field says.
    values = {**fields, "bucket": bucket}
    for condition in policy.conditions:
        value = values.get(condition.field)
        if value is None or not _holds(condition, value):
            raise _denied(f"Policy Condition failed: {condition.shown}")
    named = {condition.field for condition in policy.conditions} | _ALWAYS
    extra = [name for name in fields if name not in named and not name.startswith(_IGNORED)]
    if extra:
        raise _denied(f"Extra input fields: {', '.join(extra)}")


def _holds(condition: Condition, value: str) -> bool:
    if condition.operator == "eq":
        return value == condition.value
    return value.startswith(condition.value)


def _document(encoded: str) -> dict[str, Any]:
    def refuse_number(text: str) -> NoReturn:
        raise ValueError(text)

    try:
        text = base64.b64decode(encoded).decode()
        document = json.loads(text, parse_float=refuse_number, parse_constant=refuse_number)
    except (ValueError, binascii.Error, RecursionError):
        raise _invalid("Invalid JSON.") from None
    if not isinstance(document, dict):
        raise _invalid("Invalid JSON.")
    return document


def _expiration(value: Any) -> float:
    try:
        if isinstance(value, str) and _EXPIRATION.fullmatch(value):
            return datetime.fromisoformat(value).timestamp()
    except ValueError:
        pass
    raise _invalid(f"Invalid 'expiration' value: '{value}'")


def _condition(one: Any) -> Condition:
    if isinstance(one, dict):
        if len(one) != 1:
            raise _invalid(
                "Invalid Simple-Condition: Simple-Conditions must have exactly one property"
                " specified."
            )
        [(name, value)] = one.items()
        if not isinstance(value, str):
            raise _invalid("Invalid Simple-Condition: value must be a string.")
        return Condition("eq", name.lower(), value, json.dumps(["eq", f"${name}", value]))
    if not isinstance(one, list) or len(one) != 3 or not all(isinstance(part, str) for part in one):
        raise _invalid("Invalid Condition.")
    operator, name, value = one
    if operator.lower() not in ("eq", "starts-with"):
        raise _invalid("Invalid Condition.")
    # AWS: a name without its dollar is no mistake of the document, but nothing has it.
    field = name[1:].lower() if name.startswith("$") else ""
    return Condition(operator.lower(), field, value, json.dumps(one))


def _range(one: list[Any]) -> tuple[int, int]:
    if len(one) != 3:
        raise _invalid("Invalid Content-Length-Range.")
    bounds = []
    for bound in one[1:]:
        # AWS: bounds may be texts, and what is none of a number fails as conditions do.
        if isinstance(bound, str) and not bound.isdecimal():
            raise _denied(f"Policy Condition failed: {json.dumps(one)}")
        if isinstance(bound, bool) or not isinstance(bound, int | str) or int(bound) < 0:
            raise _invalid("Invalid Content-Length-Range.")
        bounds.append(int(bound))
    return bounds[0], bounds[1]


def _invalid(reason: str) -> InvalidPolicyDocument:
    return InvalidPolicyDocument(f"Invalid Policy: {reason}")


def _denied(reason: str) -> AccessDenied:
    return AccessDenied(f"Invalid according to Policy: {reason}")
