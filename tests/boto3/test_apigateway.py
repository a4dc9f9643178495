"""REST APIs as boto3 configures them, and as HTTP clients ask them."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import botocore.exceptions
import httpx
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.processes import ServerProcess

TEMPLATE = (
    '{"path": "$context.path", "who": "$context.identity.userArn", "q": "$input.params(\'q\')"}'
)


@pytest.fixture(scope="module")
def api(server: ServerProcess) -> Iterator[str]:
    """Anybody may GET /open/{proxy+}, and POST /signed only with a signature."""
    client = server.client("apigateway")
    made = client.create_rest_api(name="wire")
    root = {"restApiId": made["id"], "parentId": made["rootResourceId"]}
    opened = client.create_resource(**root, pathPart="open")
    below = client.create_resource(restApiId=made["id"], parentId=opened["id"], pathPart="{proxy+}")
    signed = client.create_resource(**root, pathPart="signed")
    for resource, method, kind in (
        (below["id"], "GET", "NONE"),
        (signed["id"], "POST", "AWS_IAM"),
    ):
        named = {"restApiId": made["id"], "resourceId": resource, "httpMethod": method}
        client.put_method(**named, authorizationType=kind)
        client.put_integration(
            **named,
            type="MOCK",
            requestTemplates={"application/json": '{"statusCode": 200}'},
        )
        client.put_method_response(**named, statusCode="200")
        client.put_integration_response(
            **named, statusCode="200", responseTemplates={"application/json": TEMPLATE}
        )
    client.create_deployment(restApiId=made["id"], stageName="live")
    yield made["id"]
    client.delete_rest_api(restApiId=made["id"])


def test_an_api_answers_at_its_host_and_at_its_path(server: ServerProcess, api: str) -> None:
    port = urlsplit(server.url).port
    for host in (
        f"{api}.execute-api.localhost:{port}",
        f"{api}.execute-api.us-east-1.amazonaws.com",
    ):
        reply = httpx.get(f"{server.url}/live/open/a/b?q=1", headers={"host": host})
        assert reply.json()["path"] == "/live/open/a/b"
        assert reply.json()["q"] == "1"
    reply = httpx.get(f"{server.url}/_lambent/execute-api/{api}/live/open/x")
    assert reply.json()["path"] == "/live/open/x"
    assert reply.headers["x-amzn-requestid"]


def test_a_page_from_elsewhere_may_ask_an_api(server: ServerProcess, api: str) -> None:
    url = f"{server.url}/_lambent/execute-api/{api}/live/open/x"

    assert httpx.get(url, headers={"origin": "https://example.com"}).status_code == 200


def test_a_signature_says_who_asks(server: ServerProcess, api: str) -> None:
    iam = server.client("iam")
    iam.create_user(UserName="rest-caller")
    key = iam.create_access_key(UserName="rest-caller")["AccessKey"]
    url = f"{server.url}/_lambent/execute-api/{api}/live/signed"

    def ask(secret: str, service: str = "execute-api") -> httpx.Response:
        request = AWSRequest("POST", url, data=b'{"a": 1}')
        keys = Credentials(key["AccessKeyId"], secret)
        SigV4Auth(keys, service, "us-east-1").add_auth(request)
        return httpx.post(url, content=b'{"a": 1}', headers=dict(request.headers.items()))

    reply = ask(key["SecretAccessKey"])

    assert reply.json()["who"] == "arn:aws:iam::000000000000:user/rest-caller"
    wrong = ask("wrong")
    assert wrong.status_code == 403
    assert "The request signature we calculated does not match" in wrong.json()["message"]
    assert ask(key["SecretAccessKey"], "lambda").status_code == 403
    assert httpx.post(url).json() == {"message": "Missing Authentication Token"}


def test_an_api_outlives_the_power_cut(tmp_path: Any) -> None:
    server = ServerProcess(tmp_path / "data")
    server.start()
    client = server.client("apigateway")
    document = {
        "openapi": "3.0.1",
        "info": {"title": "kept", "version": "1"},
        "paths": {
            "/": {
                "get": {
                    "responses": {},
                    "x-amazon-apigateway-integration": {
                        "type": "mock",
                        "requestTemplates": {"application/json": '{"statusCode": 200}'},
                        "responses": {
                            "default": {
                                "statusCode": "200",
                                "responseTemplates": {"application/json": '"kept"'},
                            }
                        },
                    },
                }
            }
        },
    }
    made = client.import_rest_api(body=json.dumps(document).encode())
    client.create_deployment(restApiId=made["id"], stageName="live")
    server.kill()
    server.start()
    try:
        reply = httpx.get(f"{server.url}/_lambent/execute-api/{made['id']}/live")
        assert reply.json() == "kept"
    finally:
        server.stop()


def test_errors_have_the_codes_of_the_model(server: ServerProcess) -> None:
    client = server.client("apigateway")
    with pytest.raises(client.exceptions.NotFoundException) as missing:
        client.get_rest_api(restApiId="nothing")
    assert missing.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404
    with pytest.raises(client.exceptions.BadRequestException):
        client.create_usage_plan(name="x", quota={"limit": 1, "period": "YEAR"})
    with pytest.raises(botocore.exceptions.ClientError) as unsupported:
        client.create_vpc_link(name="x", targetArns=["a"])
    assert unsupported.value.response["Error"]["Code"] == "NotSupportedByLambent"


def test_lists_are_paged_by_boto3(server: ServerProcess) -> None:
    client = server.client("apigateway")
    keys = [client.create_api_key(name=f"page-{number}")["id"] for number in range(5)]

    pages = client.get_paginator("get_api_keys").paginate(
        nameQuery="page-", PaginationConfig={"PageSize": 2}
    )

    assert [key["id"] for page in pages for key in page["items"]] == keys
    for key in keys:
        client.delete_api_key(apiKey=key)
