"""
Whether the policy that an authorizer returned lets a method be invoked. Pure.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

_ACTION = "execute-api:invoke"


def verdict(policy: Any, method_arn: str) -> str:
    """`Allow`, `Deny` where a statement says so, or empty where none speaks of the method."""
    statements = policy.get("Statement") if isinstance(policy, Mapping) else None
    if isinstance(statements, Mapping):
        statements = [statements]
    found = ""
    for statement in statements or ():
        if not isinstance(statement, Mapping) or not _speaks_of(statement, method_arn):
            continue
        if statement.get("Effect") == "Deny":
            return "Deny"
        if statement.get("Effect") == "Allow":
            found = "Allow"
    return found


def is_policy(policy: Any) -> bool:
    return isinstance(policy, Mapping) and isinstance(policy.get("Statement"), list | Mapping)


def _speaks_of(statement: Mapping[str, Any], method_arn: str) -> bool:
    actions = [action.lower() for action in _list(statement.get("Action"))]
    return any(_wild(action).fullmatch(_ACTION) for action in actions) and any(
        _wild(resource).fullmatch(method_arn) for resource in _list(statement.get("Resource"))
    )


def _list(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [each for each in values if isinstance(each, str)]


@lru_cache(maxsize=1_024)
def _wild(pattern: str) -> re.Pattern[str]:
    # Stars in a row would only make it slow.
    pattern = re.sub(r"\*+", "*", pattern)
    return re.compile(
        "".join({"*": ".*", "?": "."}.get(char) or re.escape(char) for char in pattern), re.DOTALL
    )
