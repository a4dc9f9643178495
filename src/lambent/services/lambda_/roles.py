"""Whether a role may be a function's: its trust policy must let Lambda assume it. Pure."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from lambent.core.arn import Arn
from lambent.services.lambda_.errors import AccessDenied

SERVICE = "lambda.amazonaws.com"


def role_name(role: str, account: str) -> str:
    """The name in a role's ARN, whose path does not belong to it; it must be of the account."""
    arn = Arn.parse(role)
    if arn.account != account:
        raise AccessDenied("Cross-account pass role is not allowed.")
    return arn.resource.rsplit("/", 1)[-1]


def trusts_lambda(document: str | Mapping[str, Any]) -> bool:
    """Whether an AssumeRolePolicyDocument allows Lambda; IAM gives it URL-encoded."""
    if isinstance(document, str):
        try:
            document = json.loads(document if document.startswith("{") else unquote(document))
        except ValueError:
            return False
    if not isinstance(document, Mapping):
        return False
    return any(
        statement.get("Effect") == "Allow"
        and any(action in _ASSUMING for action in _listed(statement.get("Action")))
        and _names_lambda(statement.get("Principal"))
        for statement in _listed(document.get("Statement"))
        if isinstance(statement, Mapping)
    )


_ASSUMING = ("sts:AssumeRole", "sts:*", "*")


def _names_lambda(principal: object) -> bool:
    if principal == "*":
        return True
    return isinstance(principal, Mapping) and SERVICE in _listed(principal.get("Service"))


def _listed(value: object) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]
