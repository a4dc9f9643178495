"""HTTP APIs as SAM CLI and the Serverless Framework deploy them."""

from pathlib import Path

import httpx
import pytest

from tests.clients.environments import node_environment, python_environment
from tests.clients.programs import Program, variables
from tests.processes import ServerProcess

SAM_TEMPLATE = """
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Globals:
  HttpApi:
    CorsConfiguration: { AllowOrigins: ["https://example.com"], AllowMethods: [GET] }
Resources:
  Pets:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.11
      Handler: main.handler
      CodeUri: pets
      Events:
        Get: { Type: HttpApi, Properties: { Path: "/pets/{id}", Method: get } }
Outputs:
  Api: { Value: !Ref ServerlessHttpApi }
"""
MAIN = """
def handler(event, context):
    return {"route": event["routeKey"], "id": event["pathParameters"]["id"]}
"""
SERVERLESS = """
service: shop
provider:
  name: aws
  runtime: python3.11
  httpApi:
    cors: true
    payload: "2.0"
    authorizers:
      lock:
        type: request
        functionName: lock
        enableSimpleResponses: true
        payloadVersion: "2.0"
        identitySource: [$request.header.x-key]
  logs: { httpApi: { format: "$context.routeKey $context.status" } }
package: { patterns: ["!**", main.py] }
functions:
  pets:
    handler: main.handler
    events:
      - httpApi: GET /pets/{id}
      - httpApi: { method: "*", path: "/locked/{id}", authorizer: { name: lock } }
  lock: { handler: main.lock }
"""
LOCK = """

def lock(event, context):
    return {"isAuthorized": event["headers"]["x-key"] == "secret"}
"""


@pytest.mark.xdist_group("sam")
def test_an_http_api_of_sam_is_deployed_and_answers(server: ServerProcess, tmp_path: Path) -> None:
    account = "333333333002"
    quiet = {"SAM_CLI_TELEMETRY": "0", **variables(server.url, account)}
    sam = Program((python_environment("sam") / "sam",), tmp_path, quiet)
    (tmp_path / "template.yaml").write_text(SAM_TEMPLATE)
    (tmp_path / "pets").mkdir()
    (tmp_path / "pets" / "main.py").write_text(MAIN)
    stack = ("--stack-name", "pets")

    sam.text("deploy", *stack, "--resolve-s3", "--capabilities", "CAPABILITY_IAM")

    [output] = sam.json("list", "stack-outputs", *stack, "--output", "json")
    address = f"{server.url}/_lambent/execute-api/{output['OutputValue']}"
    assert httpx.get(f"{address}/pets/7").json() == {"route": "GET /pets/{id}", "id": "7"}
    asked = {"Origin": "https://example.com", "Access-Control-Request-Method": "GET"}
    preflight = httpx.options(f"{address}/pets/7", headers=asked)
    assert preflight.status_code == 204
    assert preflight.headers["access-control-allow-origin"] == "https://example.com"
    sam.text("delete", *stack, "--no-prompts")
    assert httpx.get(f"{address}/pets/7").status_code == 403


@pytest.mark.xdist_group("serverless")
def test_an_http_api_of_serverless_is_deployed_and_answers(
    server: ServerProcess, tmp_path: Path
) -> None:
    account = "111111111112"
    osls = Program(
        (node_environment("serverless") / "node_modules" / ".bin" / "osls",),
        tmp_path,
        variables(server.url, account),
    )
    (tmp_path / "serverless.yml").write_text(SERVERLESS)
    (tmp_path / "main.py").write_text(MAIN + LOCK)

    osls.text("deploy")

    [api] = server.client("apigatewayv2", account=account).get_apis()["Items"]
    address = f"{server.url}/_lambent/execute-api/{api['ApiId']}"
    assert httpx.get(f"{address}/pets/7").json() == {"route": "GET /pets/{id}", "id": "7"}
    assert httpx.get(f"{address}/locked/7").status_code == 401
    assert httpx.get(f"{address}/locked/7", headers={"x-key": "no"}).status_code == 403
    opened = httpx.put(f"{address}/locked/7", headers={"x-key": "secret"})
    assert opened.json() == {"route": "ANY /locked/{id}", "id": "7"}
    logs = server.client("logs", account=account)
    found = logs.filter_log_events(logGroupName="/aws/http-api/shop-dev")["events"]
    assert sorted(event["message"] for event in found) == [
        "ANY /locked/{id} 200",
        "ANY /locked/{id} 401",
        "ANY /locked/{id} 403",
        "GET /pets/{id} 200",
    ]
    assert f"{api['ApiId']}.execute-api" in osls.text("info")
    osls.text("remove")
    assert server.client("apigatewayv2", account=account).get_apis()["Items"] == []
