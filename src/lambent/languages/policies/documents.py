"""
What a policy document says of an action on a resource. Pure.

Conditions are not read: a statement that has some counts only where it denies.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Literal

Effect = Literal["Allow", "Deny"]


class MalformedPolicy(Exception):
    """It is no policy document."""


def effect(policy: object, action: str, resource: str) -> Effect | None:
    """
    None where no statement speaks of it; any that denies comes before all that allow. Raises
    MalformedPolicy.

    >>> effect({"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}, "s3:Get", "x")
    'Allow'
    """
    found: Effect | None = None
    for statement in _statements(policy):
        if not _is_about(statement, action, resource):
            continue
        if statement["Effect"] == "Deny":
            return "Deny"
        if not statement.get("Condition"):
            found = "Allow"
    return found


def is_policy(document: object) -> bool:
    try:
        _statements(document)
    except MalformedPolicy:
        return False
    return True


def _statements(policy: object) -> list[Mapping[str, Any]]:
    listed = policy.get("Statement") if isinstance(policy, Mapping) else None
    statements = [listed] if isinstance(listed, Mapping) else listed
    if not isinstance(statements, list):
        raise MalformedPolicy("The policy has no statements")
    for statement in statements:
        if not isinstance(statement, Mapping) or statement.get("Effect") not in ("Allow", "Deny"):
            raise MalformedPolicy("The effect of a statement is neither Allow nor Deny")
    return statements


def _is_about(statement: Mapping[str, Any], action: str, resource: str) -> bool:
    # AWS: actions have no case.
    if "NotAction" in statement:
        acts = not _matches(statement["NotAction"], action, re.IGNORECASE)
    else:
        acts = _matches(statement.get("Action"), action, re.IGNORECASE)
    if "NotResource" in statement:
        return acts and not _matches(statement["NotResource"], resource)
    return acts and _matches(statement.get("Resource"), resource)


def _matches(patterns: object, text: str, flags: int = 0) -> bool:
    listed = patterns if isinstance(patterns, list) else [patterns]
    return any(
        _pattern(one, flags).fullmatch(text) is not None for one in listed if isinstance(one, str)
    )


@lru_cache(maxsize=1024)
def _pattern(text: str, flags: int) -> re.Pattern[str]:
    # Neighbouring stars are one: several could take very long.
    text = re.sub(r"\*+", "*", text)
    pattern = "".join({"*": ".*", "?": "."}.get(letter, re.escape(letter)) for letter in text)
    return re.compile(pattern, re.DOTALL | flags)
