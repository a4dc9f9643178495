"""Who may put events on a bus: the bus's resource policy; pure."""

import json
from collections.abc import Mapping
from typing import Any

from lambent.services.events.errors import (
    PolicyLengthExceeded,
    ResourceNotFound,
    ValidationFailed,
    is_not_valid,
)
from lambent.services.events.rules import MOST_POLICY_BYTES

Policy = Mapping[str, Any]


def with_permission(policy: Policy, params: Mapping[str, Any], bus_arn: str) -> dict[str, Any]:
    """The policy once PutPermission was called."""
    if "Policy" in params:
        changed = _read(params["Policy"])
    else:
        statement = _statement(params, bus_arn)
        others = [one for one in statements(policy) if one.get("Sid") != statement["Sid"]]
        changed = {"Version": "2012-10-17", "Statement": [*others, statement]}
    if len(json.dumps(changed)) > MOST_POLICY_BYTES:
        raise PolicyLengthExceeded("The policy length exceeds the limit of 10240 characters.")
    return changed


def without_permission(policy: Policy, statement_id: str | None) -> dict[str, Any]:
    kept = [one for one in statements(policy) if one.get("Sid") != statement_id]
    if statement_id is None or len(kept) == len(statements(policy)):
        raise ResourceNotFound("Statement with the provided id does not exist.")
    return {**policy, "Statement": kept} if kept else {}


def statements(policy: Policy) -> list[Any]:
    found = policy.get("Statement", [])
    return [one for one in (found if isinstance(found, list) else [found]) if isinstance(one, dict)]


def _read(text: str) -> dict[str, Any]:
    try:
        policy = json.loads(text)
    except (ValueError, RecursionError):
        policy = None
    if not isinstance(policy, dict) or "Statement" not in policy:
        raise is_not_valid("Policy", "The policy is not valid JSON.")
    return policy


def _statement(params: Mapping[str, Any], bus_arn: str) -> dict[str, Any]:
    missing = [name for name in ("Action", "Principal", "StatementId") if params.get(name) is None]
    if missing:
        raise ValidationFailed(f"Parameter(s) {', '.join(missing)} must be specified.")
    principal = params["Principal"]
    statement: dict[str, Any] = {
        "Sid": params["StatementId"],
        "Effect": "Allow",
        "Principal": "*" if principal == "*" else {"AWS": f"arn:aws:iam::{principal}:root"},
        "Action": params["Action"],
        "Resource": bus_arn,
    }
    if "Condition" in params:
        condition = params["Condition"]
        statement["Condition"] = {condition["Type"]: {condition["Key"]: condition["Value"]}}
    return statement
