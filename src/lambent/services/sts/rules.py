"""How long a session may last, and what it is called."""

import json

from lambent.core.arn import Arn
from lambent.core.errors import ValidationFailed
from lambent.services.sts.errors import AccessDenied, MalformedPolicyDocument, ValidationError

ROLE_SESSION_SECONDS = 3_600
TOKEN_SECONDS = 43_200
_ROOT_TOKEN_SECONDS = 3_600
_CHAINED_SECONDS = 3_600


def role_named_by(role_arn: str) -> Arn:
    """The role's ARN, taken apart; raises ValidationError where it is none."""
    try:
        arn = Arn.parse(role_arn)
    except ValidationFailed:
        raise ValidationError(f"{role_arn} is invalid") from None
    if arn.service != "iam" or not arn.account or not arn.resource.startswith("role/"):
        raise ValidationError(f"{role_arn} is invalid")
    return arn


def role_name(arn: Arn) -> str:
    """The name at the end of the role's path."""
    return arn.resource.rsplit("/", 1)[1]


def session_arn(account: str, role: str, session_name: str) -> str:
    # AWS: the role's path is not part of it.
    return f"arn:aws:sts::{account}:assumed-role/{role}/{session_name}"


def not_authorized(caller: str, role_arn: str) -> AccessDenied:
    # AWS: the same answer for a role that is not there and one that may not be assumed.
    return AccessDenied(
        f"User: {caller} is not authorized to perform: sts:AssumeRole on resource: {role_arn}"
    )


def role_session_seconds(asked: int | None, role_maximum: int, caller: str) -> int:
    seconds = ROLE_SESSION_SECONDS if asked is None else asked
    if seconds > role_maximum:
        raise ValidationError(
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
        )
    if ":assumed-role/" in caller and seconds > _CHAINED_SECONDS:
        raise ValidationError(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by"
            " role chaining."
        )
    return seconds


def token_seconds(asked: int | None, caller: str) -> int:
    # AWS: the root user gets an hour, whatever it asks for.
    most = _ROOT_TOKEN_SECONDS if caller.endswith(":root") else 129_600
    return min(TOKEN_SECONDS if asked is None else asked, most)


def check_session_policy(policy: str) -> None:
    try:
        document = json.loads(policy)
    except ValueError:
        document = None
    if not isinstance(document, dict) or "Statement" not in document:
        raise MalformedPolicyDocument("The policy is not in the valid JSON format.")
