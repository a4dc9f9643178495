"""Layers, function URLs and streams over the wire, as boto3 and a browser see them."""

import io
import json
import urllib.request
import zipfile
from typing import Any

import httpx
import pytest

from tests.processes import ServerProcess
from tests.trust import TRUST

ACCOUNT = "555555555555"
QUICKLY = {"Delay": 1, "MaxAttempts": 20}
STREAMING = """
exports.handler = awslambda.streamifyResponse(async (event, stream, context) => {
  stream = awslambda.HttpResponseStream.from(stream, {
    statusCode: 201, headers: {"content-type": "text/plain"}, cookies: ["a=1"],
  });
  stream.write("first ");
  stream.write("second");
  stream.end();
});
"""


def zipped(**files: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, text in files.items():
            archive.writestr(name.replace("__", "/").replace("_dot_", "."), text)
    return file.getvalue()


@pytest.fixture(scope="module")
def functions(server: ServerProcess) -> Any:
    iam = server.client("iam", account=ACCOUNT)
    iam.create_role(RoleName="function", AssumeRolePolicyDocument=json.dumps(TRUST))
    return server.client("lambda", account=ACCOUNT)


def create(functions: Any, name: str, package: bytes, **more: Any) -> None:
    functions.create_function(
        **{
            "FunctionName": name,
            "Runtime": "python3.11",
            "Role": f"arn:aws:iam::{ACCOUNT}:role/function",
            "Handler": "main.handler",
            "Code": {"ZipFile": package},
            **more,
        }
    )
    functions.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig=QUICKLY)


def by_path(server: ServerProcess, url: str) -> str:
    """The same URL for a machine whose resolver does not know hosts below localhost."""
    host = url.removeprefix("http://")
    return f"{server.url}/_lambent/lambda/url/{host.partition('.')[0]}/"


def test_a_layer_is_published_used_and_fetched(functions: Any) -> None:
    package = zipped(python__shared_dot_py="WHO = 'layer'\n")
    layer = functions.publish_layer_version(
        LayerName="shared", Content={"ZipFile": package}, CompatibleRuntimes=["python3.11"]
    )
    with urllib.request.urlopen(layer["Content"]["Location"]) as reply:
        assert reply.read() == package
    source = "import shared\ndef handler(event, context):\n    return shared.WHO\n"
    create(
        functions,
        "layered",
        zipped(main_dot_py=source),
        Layers=[layer["LayerVersionArn"]],
    )
    assert json.load(functions.invoke(FunctionName="layered")["Payload"]) == "layer"
    pages = functions.get_paginator("list_layer_versions").paginate(LayerName="shared")
    assert [one["Version"] for page in pages for one in page["LayerVersions"]] == [1]
    with pytest.raises(functions.exceptions.ResourceNotFoundException):
        functions.get_layer_version(LayerName="shared", VersionNumber=7)


def test_a_function_answers_at_its_url(server: ServerProcess, functions: Any) -> None:
    source = (
        "def handler(event, context):\n"
        "    return {'statusCode': 201, 'headers': {'x-own': 'yes'},\n"
        "            'body': event['requestContext']['http']['method'] + event['rawPath']}\n"
    )
    create(functions, "page", zipped(main_dot_py=source))
    config = functions.create_function_url_config(FunctionName="page", AuthType="NONE")
    url = config["FunctionUrl"]
    port = server.url.rpartition(":")[2]
    assert url.endswith(f".lambda-url.us-east-1.localhost:{port}/")

    host = url.removeprefix("http://").rstrip("/")
    reply = httpx.post(f"{server.url}/a/b", headers={"host": host})
    assert (reply.status_code, reply.text) == (201, "POST/a/b")
    assert reply.headers["x-own"] == "yes"
    assert httpx.get(by_path(server, url) + "c").text == "GET/c"
    assert (
        httpx.get(server.url, headers={"host": f"nobody.{host.partition('.')[2]}"}).status_code
        == 404
    )


def test_a_streamed_answer_has_its_own_status_and_cookies(
    server: ServerProcess, functions: Any
) -> None:
    create(
        functions,
        "streamer",
        zipped(index_dot_js=STREAMING),
        Runtime="nodejs20.x",
        Handler="index.handler",
    )
    config = functions.create_function_url_config(
        FunctionName="streamer", AuthType="NONE", InvokeMode="RESPONSE_STREAM"
    )
    reply = httpx.get(by_path(server, config["FunctionUrl"]))
    assert (reply.status_code, reply.text) == (201, "first second")
    assert (reply.headers["content-type"], reply.cookies["a"]) == ("text/plain", "1")
    # AWS: the same function behind a URL that does not stream.
    functions.update_function_url_config(FunctionName="streamer", InvokeMode="BUFFERED")
    reply = httpx.get(by_path(server, config["FunctionUrl"]))
    assert (reply.status_code, reply.text) == (201, "first second")

    events = functions.invoke_with_response_stream(FunctionName="streamer")["EventStream"]
    chunks = [event["PayloadChunk"]["Payload"] for event in events if "PayloadChunk" in event]
    assert b"".join(chunks).endswith(b"\0" * 8 + b"first second")


def test_the_configurations_keep_their_shapes(functions: Any) -> None:
    create(functions, "configured", zipped(main_dot_py="def handler(e, c):\n    return e\n"))
    put = functions.put_function_event_invoke_config(
        FunctionName="configured", MaximumRetryAttempts=1, MaximumEventAgeInSeconds=120
    )
    assert put["LastModified"].year > 2000
    assert put["DestinationConfig"] == {"OnSuccess": {}, "OnFailure": {}}
    assert functions.get_function_recursion_config(FunctionName="configured")["RecursiveLoop"] == (
        "Terminate"
    )
    with pytest.raises(functions.exceptions.ResourceNotFoundException):
        functions.get_function_url_config(FunctionName="configured")


def test_a_header_of_a_function_cannot_become_a_reply_of_its_own(
    server: ServerProcess, functions: Any
) -> None:
    """
    A connection is shared with other calls: what follows a line break would answer the next one.
    """
    source = (
        "def handler(event, context):\n"
        "    forged = 'a\\r\\nContent-Length: 0\\r\\n\\r\\nHTTP/1.1 200 OK\\r\\nX-Forged: yes'\n"
        "    return {'statusCode': 200, 'headers': {'x-own': forged}, 'body': 'well'}\n"
    )
    create(functions, "forges", zipped(main_dot_py=source))
    url = functions.create_function_url_config(FunctionName="forges", AuthType="NONE")
    with httpx.Client() as client:
        for _ in range(3):
            reply = client.get(by_path(server, url["FunctionUrl"]))
            assert "x-forged" not in reply.headers
            assert (reply.status_code, reply.text) == (200, "well")
