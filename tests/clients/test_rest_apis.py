"""REST APIs as SAM's `Api` events and the Serverless Framework's `http` events make them."""

import json
from pathlib import Path

import httpx
import pytest

from tests.clients.environments import node_environment, python_environment
from tests.clients.programs import Program, variables
from tests.processes import ServerProcess

FUNCTION = """
import json


def handler(event, context):
    return {"statusCode": 200, "body": json.dumps({"path": event["path"], "body": event["body"]})}
"""
SAM = """
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Globals:
  Api:
    Cors: "'*'"
Resources:
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.11
      Handler: main.handler
      CodeUri: .
      Events:
        List:
          Type: Api
          Properties: { Path: "/orders/{id}", Method: get }
        Add:
          Type: Api
          Properties: { Path: /orders, Method: post, Auth: { ApiKeyRequired: true } }
Outputs:
  Api:
    Value: !Sub "${ServerlessRestApi}"
"""
SERVERLESS = """
service: shop
provider:
  name: aws
  runtime: python3.11
package:
  patterns: ["!**", main.py]
functions:
  orders:
    handler: main.handler
    events:
      - http: { path: "orders/{id}", method: get, cors: true }
      - http: { path: orders, method: post }
      - http: { path: "mapped/{id}", method: post, integration: lambda }
"""


def _write(folder: Path, name: str, text: str) -> None:
    (folder / "main.py").write_text(FUNCTION)
    (folder / name).write_text(text)


def _path_form(server: ServerProcess, api: str, stage: str) -> str:
    return f"{server.url}/_lambent/execute-api/{api}/{stage}"


@pytest.mark.xdist_group("sam")
def test_an_api_event_of_sam_answers(server: ServerProcess, tmp_path: Path) -> None:
    account = "333333333002"
    _write(tmp_path, "template.yaml", SAM)
    quiet = {"SAM_CLI_TELEMETRY": "0", **variables(server.url, account)}
    sam = Program((python_environment("sam") / "sam",), tmp_path, quiet)
    stack = ("--stack-name", "shop")

    sam.text("deploy", *stack, "--resolve-s3", "--capabilities", "CAPABILITY_IAM")

    outputs = sam.json("list", "stack-outputs", *stack, "--output", "json")
    url = _path_form(server, outputs[0]["OutputValue"], "Prod")
    reply = httpx.get(f"{url}/orders/7")
    assert (reply.status_code, reply.json()) == (200, {"path": "/orders/7", "body": None})
    assert httpx.post(f"{url}/orders", content="{}").status_code == 403
    preflight = httpx.options(f"{url}/orders", headers={"origin": "https://example.com"})
    assert preflight.headers["access-control-allow-origin"] == "*"
    sam.text("delete", *stack, "--no-prompts")
    assert httpx.get(f"{url}/orders/7").status_code == 403


@pytest.mark.xdist_group("serverless")
def test_an_http_event_of_serverless_answers(server: ServerProcess, tmp_path: Path) -> None:
    account = "333333333003"
    _write(tmp_path, "serverless.yml", SERVERLESS)
    modules = node_environment("serverless") / "node_modules"
    (tmp_path / "node_modules").symlink_to(modules)
    osls = Program((modules / ".bin" / "osls",), tmp_path, variables(server.url, account))

    osls.text("deploy")

    client = server.client("apigateway", account=account)
    [api] = client.get_rest_apis()["items"]
    assert api["name"] == "dev-shop"
    url = _path_form(server, api["id"], "dev")
    assert httpx.get(f"{url}/orders/7").json() == {"path": "/orders/7", "body": None}
    assert httpx.post(f"{url}/orders", content="{}").json()["body"] == "{}"
    # Through the framework's own mapping templates.
    mapped = json.loads(httpx.post(f"{url}/mapped/7", json={"a": 1}).json()["body"])
    assert mapped == {"path": {"id": "7"}, "body": {"a": 1}}
    preflight = httpx.options(f"{url}/orders/7")
    assert preflight.headers["access-control-allow-origin"] == "*"
    (tmp_path / "main.py").write_text(FUNCTION.replace('"body": event["body"]', '"new": 1'))
    osls.text("deploy")
    assert httpx.get(f"{url}/orders/7").json() == {"path": "/orders/7", "new": 1}
    assert f"GET - https://{api['id']}.execute-api.us-east-1.amazonaws.com" in osls.text("info")
    osls.text("remove")
    assert client.get_rest_apis()["items"] == []
