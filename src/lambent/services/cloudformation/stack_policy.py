"""Stack policies: which resources an update may touch. Pure."""

import json
import re
from typing import Any

from lambent.services.cloudformation.errors import ValidationError

_MOST_BYTES = 16_384


def check_policy(text: str) -> None:
    """The policy's form."""
    if len(text.encode()) > _MOST_BYTES:
        raise ValidationError(f"Stack policy may not exceed {_MOST_BYTES} bytes in size.")
    try:
        policy = json.loads(text)
    except (ValueError, RecursionError):
        raise ValidationError("Error validating stack policy: Invalid stack policy") from None
    statements = policy.get("Statement") if isinstance(policy, dict) else None
    if not isinstance(statements, list) or not all(_is_statement(one) for one in statements):
        raise ValidationError("Error validating stack policy: Invalid stack policy")


def _is_statement(statement: Any) -> bool:
    return (
        isinstance(statement, dict)
        and statement.get("Effect") in ("Allow", "Deny")
        and ("Action" in statement or "NotAction" in statement)
        and ("Resource" in statement or "NotResource" in statement)
    )


def check_update(policy: str, logical_id: str, action: str, type_name: str = "") -> None:
    """May an update do `action` (Update:Modify, …) to the resource?"""
    if not policy:
        return
    allowed = False
    for number, statement in enumerate(json.loads(policy)["Statement"], start=1):
        if not _applies(statement, logical_id, action, type_name):
            continue
        if statement["Effect"] == "Deny":
            raise _denied(f"Statement [#{number}] does not allow", action, logical_id)
        allowed = True
    if not allowed:
        raise _denied("no statement allows", action, logical_id)


def _denied(why: str, action: str, logical_id: str) -> ValidationError:
    return ValidationError(
        f"Action denied by stack policy: {why} [{action}] for resource"
        f" [LogicalResourceId/{logical_id}]"
    )


def _applies(statement: Any, logical_id: str, action: str, type_name: str) -> bool:
    resource = f"LogicalResourceId/{logical_id}"
    if "NotAction" in statement:
        acts = not _matches(statement["NotAction"], action)
    else:
        acts = _matches(statement["Action"], action)
    if "NotResource" in statement:
        meant = not _matches(statement["NotResource"], resource)
    else:
        meant = _matches(statement["Resource"], resource)
    types = [
        pattern
        for test in statement.get("Condition", {}).values()
        for pattern in _listed(test.get("ResourceType", []))
    ]
    return acts and meant and (not types or _matches(types, type_name))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _matches(patterns: Any, text: str) -> bool:
    return any(
        re.fullmatch(re.escape(str(pattern)).replace(r"\*", ".*"), text)
        for pattern in _listed(patterns)
    )
