"""Makes functions for tests: a role that Lambda may assume, a zip, a call or two."""

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

import orjson
import pytest

from lambent.core.errors import AwsError
from lambent.platform import Context

ROLE = "arn:aws:iam::000000000000:role/function"
ARN = "arn:aws:lambda:us-east-1:000000000000:function:"
ECHO = "def handler(event, context):\n    return event\n"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "lambda.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)


def zipped(source: str, name: str = "main.py", **more: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(name, source)
        for other, text in more.items():
            archive.writestr(other, text)
    return file.getvalue()


def answering(value: object) -> bytes:
    """A package whose handler always answers `value`."""
    return zipped(f"def handler(event, context):\n    return {value!r}\n")


async def call(context: Context, operation: str, **params: Any) -> Any:
    return await context.call("lambda", operation, params)


async def refused(context: Context, operation: str, **params: Any) -> tuple[str, str]:
    with pytest.raises(AwsError) as refusal:
        await context.call("lambda", operation, params)
    return refusal.value.code, refusal.value.message


async def make_role(context: Context, name: str = "function", trust: str = TRUST) -> str:
    try:
        await context.call(
            "iam", "CreateRole", {"RoleName": name, "AssumeRolePolicyDocument": trust}
        )
    except AwsError as error:
        assert error.code == "EntityAlreadyExists"
    return f"arn:aws:iam::{context.account}:role/{name}"


async def create(context: Context, name: str = "orders", **params: Any) -> Any:
    """A function that answers its event, unless `params` say otherwise; None leaves one out."""
    await make_role(context)
    defaults = {
        "FunctionName": name,
        "Runtime": "python3.11",
        "Role": f"arn:aws:iam::{context.account}:role/function",
        "Handler": "main.handler",
        "Code": {"ZipFile": zipped(ECHO)},
    }
    chosen = {**defaults, **params}
    given = {name: value for name, value in chosen.items() if value is not None}
    return await call(context, "CreateFunction", **given)


async def status(context: Context, name: str = "orders") -> tuple[str, str]:
    """Its State and its LastUpdateStatus."""
    reply = await call(context, "GetFunctionConfiguration", FunctionName=name)
    return reply["State"], reply.get("LastUpdateStatus", "")


async def invoke(context: Context, name: str = "orders", event: object = None, **more: Any) -> Any:
    """The answer of a handler, as a value."""
    reply: Mapping[str, Any] = await call(
        context, "Invoke", FunctionName=name, Payload=orjson.dumps(event), **more
    )
    assert "FunctionError" not in reply, reply["Payload"]
    return orjson.loads(reply["Payload"])
