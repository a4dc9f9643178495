"""AWS's X-Ray SDK for Python, unmodified, inside a function."""

import io
import json
import time
import zipfile
from typing import Any

import pytest

from tests.clients.environments import HERE, python_environment
from tests.processes import ServerProcess
from tests.trust import TRUST

ACCOUNT = "444444444077"


def package() -> bytes:
    """The function with the SDK beside it, as people deploy it."""
    environment = python_environment("xray-python").parent
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(HERE / "xray" / "traced.py", "traced.py")
        for name in ("aws_xray_sdk", "wrapt"):
            [library] = environment.glob(f"lib/python3*/site-packages/{name}")
            for file in library.rglob("*"):
                if file.suffix in (".py", ".so", ".json"):
                    archive.write(file, file.relative_to(library.parent))
    return body.getvalue()


def names(part: dict[str, Any]) -> list[str]:
    below = [name for one in part.get("subsegments", ()) for name in names(one)]
    return [part["name"], *below]


@pytest.mark.xdist_group("xray-python")
def test_the_sdk_for_python_records_what_a_function_does(server: ServerProcess) -> None:
    functions = server.client("lambda", account=ACCOUNT)
    queues = server.client("sqs", account=ACCOUNT)
    xray = server.client("xray", account=ACCOUNT)
    url = queues.create_queue(QueueName="prices")["QueueUrl"]
    role = server.client("iam", account=ACCOUNT).create_role(
        RoleName="function", AssumeRolePolicyDocument=json.dumps(TRUST)
    )
    functions.create_function(
        FunctionName="traced",
        Runtime="python3.11",
        Role=role["Role"]["Arn"],
        Handler="traced.handler",
        Code={"ZipFile": package()},
        Timeout=20,
        TracingConfig={"Mode": "Active"},
        Environment={"Variables": {"QUEUE": url}},
    )
    functions.get_waiter("function_active_v2").wait(FunctionName="traced")
    reply = functions.invoke(FunctionName="traced", Payload=b'{"order": 7}')
    assert json.loads(reply["Payload"].read()) == 21

    now = time.time()
    (summary,) = xray.get_trace_summaries(
        StartTime=now - 300,
        EndTime=now + 300,
        FilterExpression='service("traced") AND annotation.order = 7',
    )["TraceSummaries"]
    (trace,) = xray.batch_get_traces(TraceIds=[summary["Id"]])["Traces"]
    segments = [json.loads(one["Document"]) for one in trace["Segments"]]
    (function,) = [one for one in segments if one["origin"] == "AWS::Lambda::Function"]
    assert {"## price", "sqs"} <= set(names(function))
    (invocation,) = [one for one in function["subsegments"] if one["name"] == "Invocation"]
    (sent,) = [one for one in invocation["subsegments"] if one["name"] == "sqs"]
    assert sent["aws"]["operation"] == "SendMessage"

    (message,) = queues.receive_message(
        QueueUrl=url, MessageSystemAttributeNames=["AWSTraceHeader"]
    )["Messages"]
    header = message["Attributes"]["AWSTraceHeader"]
    assert f"Root={summary['Id']};Parent={sent['id']};Sampled=1" in header
