"""Versions of functions as the runtime is given them, for tests in which none of them runs."""

from pathlib import Path
from typing import Any

from lambent.runtime.api import FunctionVersion


def function_version(name: str, **configured: Any) -> FunctionVersion:
    given: dict[str, Any] = {
        "key": name,
        "arn": f"arn:aws:lambda:us-east-1:000000000000:function:{name}",
        "function_name": name,
        "version": "$LATEST",
        "runtime": "python3.11",
        "handler": "app.handler",
        "memory_size": 128,
        "timeout": 3,
        "ephemeral_storage": 512,
        "environment": {},
        "code": Path("/nowhere"),
        "layers": (),
        "log_group": f"/aws/lambda/{name}",
        "account": "000000000000",
        "region": "us-east-1",
    }
    return FunctionVersion(**{**given, **configured})
