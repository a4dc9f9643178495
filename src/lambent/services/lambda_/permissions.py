"""Resource policies: AddPermission's params as a statement of a policy. Pure."""

from collections.abc import Mapping
from typing import Any

import orjson

from lambent.services.lambda_.errors import PolicyLengthExceeded

Params = Mapping[str, Any]

MOST_BYTES = 20_480

# Param → operator and key of the condition.
_CONDITIONS = {
    "SourceArn": ("ArnLike", "AWS:SourceArn"),
    "SourceAccount": ("StringEquals", "AWS:SourceAccount"),
    "EventSourceToken": ("StringEquals", "lambda:EventSourceToken"),
    "FunctionUrlAuthType": ("StringEquals", "lambda:FunctionUrlAuthType"),
    "PrincipalOrgID": ("StringEquals", "aws:PrincipalOrgID"),
    "InvokedViaFunctionUrl": ("Bool", "lambda:InvokedViaFunctionUrl"),
}


def new_statement(params: Params, resource: str) -> dict[str, Any]:
    statement: dict[str, Any] = {
        "Sid": params["StatementId"],
        "Effect": "Allow",
        "Principal": _principal(params["Principal"]),
        "Action": params["Action"],
        "Resource": resource,
    }
    conditions: dict[str, dict[str, str]] = {}
    for param, (operator, key) in _CONDITIONS.items():
        value = params.get(param)
        if value is not None:
            text = str(value).lower() if isinstance(value, bool) else str(value)
            conditions.setdefault(operator, {})[key] = text
    if conditions:
        statement["Condition"] = conditions
    return statement


def policy_document(statements: list[dict[str, Any]]) -> str:
    document = {"Version": "2012-10-17", "Id": "default", "Statement": statements}
    text = orjson.dumps(document).decode()
    if len(text) > MOST_BYTES:
        raise PolicyLengthExceeded("The final policy size is bigger than the limit (20480).")
    return text


def _principal(text: str) -> str | dict[str, str]:
    if text == "*":
        return text
    if text.isdigit():
        return {"AWS": f"arn:aws:iam::{text}:root"}
    if text.startswith("arn:"):
        return {"AWS": text}
    return {"Service": text}
