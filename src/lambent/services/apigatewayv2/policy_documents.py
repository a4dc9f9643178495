"""
Whether a policy that a Lambda authorizer gives lets a route be called. Pure.

AWS: conditions may stand in it; here one that has some counts only where it denies.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

_ACTION = "execute-api:Invoke"


class MalformedPolicy(Exception):
    """What an authorizer gave is no policy."""


def allows(policy: object, arn: str) -> bool:
    """Raises MalformedPolicy."""
    statements = policy.get("Statement") if isinstance(policy, Mapping) else None
    if isinstance(statements, Mapping):
        statements = [statements]
    if not isinstance(statements, list) or not all(isinstance(one, Mapping) for one in statements):
        raise MalformedPolicy("The policy has no statements")
    allowed = False
    for statement in statements:
        effect = statement.get("Effect")
        if effect not in ("Allow", "Deny"):
            raise MalformedPolicy("Effect is neither Allow nor Deny")
        if not _is_about(statement, arn):
            continue
        if effect == "Deny":
            return False
        allowed = allowed or not statement.get("Condition")
    return allowed


def _is_about(statement: Mapping[str, Any], arn: str) -> bool:
    if "NotAction" in statement:
        acts = not _matches(statement["NotAction"], _ACTION.lower(), lowered=True)
    else:
        acts = _matches(statement.get("Action"), _ACTION.lower(), lowered=True)
    if "NotResource" in statement:
        return acts and not _matches(statement["NotResource"], arn)
    return acts and _matches(statement.get("Resource"), arn)


def _matches(patterns: object, text: str, *, lowered: bool = False) -> bool:
    listed = patterns if isinstance(patterns, list) else [patterns]
    return any(
        _pattern(one.lower() if lowered else one).fullmatch(text) is not None
        for one in listed
        if isinstance(one, str)
    )


@lru_cache(maxsize=1024)
def _pattern(text: str) -> re.Pattern[str]:
    # Neighbouring stars are one: several could take very long.
    text = re.sub(r"\*+", "*", text)
    return re.compile(
        "".join({"*": ".*", "?": "."}.get(letter, re.escape(letter)) for letter in text), re.DOTALL
    )
