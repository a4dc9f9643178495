"""Functions and their role, as the scenarios make them over the network."""

import io
import zipfile
from typing import Any

from tests.processes import ServerProcess

ROLE = "arn:aws:iam::000000000000:role/r"
TRUST = """{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
 "Principal": {"Service": ["lambda.amazonaws.com", "states.amazonaws.com"]}}]}"""


def make_role(server: ServerProcess) -> None:
    server.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=TRUST)


def zipped(source: str, name: str = "index.py") -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        archive.writestr(name, source)
    return body.getvalue()


def make_function(server: ServerProcess, source: str, name: str = "f", **params: Any) -> str:
    """The ARN of a function, or of its version, that has the role and can be invoked."""
    functions = server.client("lambda")
    asked = {
        "FunctionName": name,
        "Runtime": "python3.11",
        "Handler": "index.handler",
        "Role": ROLE,
        "Code": {"ZipFile": zipped(source)},
        "Timeout": 30,
        **params,
    }
    made = functions.create_function(**asked)
    functions.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})
    return str(made["FunctionArn"])


def permit(server: ServerProcess, principal: str, **params: str) -> None:
    """Let a service invoke the function `f`."""
    server.client("lambda").add_permission(
        FunctionName="f",
        StatementId="permitted",
        Action="lambda:InvokeFunction",
        Principal=principal,
        **params,
    )
