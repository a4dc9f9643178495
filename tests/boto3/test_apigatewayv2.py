"""HTTP APIs as boto3 configures them, and as HTTP clients ask them."""

import io
import json
import zipfile
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

SOURCE = """
def handler(event, context):
    if event["rawPath"] == "/cookies":
        return {"statusCode": 200, "cookies": ["a=1", "b=2"], "body": "x"}
    return event
"""
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "sts:AssumeRole",
                "Principal": {"Service": "lambda.amazonaws.com"},
            }
        ],
    }
)


@pytest.fixture(scope="module")
def function(server: ServerProcess) -> str:
    role = server.client("iam").create_role(RoleName="http-api", AssumeRolePolicyDocument=TRUST)[
        "Role"
    ]["Arn"]
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("main.py", SOURCE)
    functions = server.client("lambda")
    made = functions.create_function(
        FunctionName="http-api",
        Runtime="python3.11",
        Role=role,
        Handler="main.handler",
        Code={"ZipFile": package.getvalue()},
    )
    functions.get_waiter("function_active_v2").wait(
        FunctionName="http-api", WaiterConfig={"Delay": 1}
    )
    return str(made["FunctionArn"])


@pytest.fixture
def apis(server: ServerProcess) -> Any:
    return server.client("apigatewayv2")


@pytest.fixture
def api(apis: Any, function: str) -> Iterator[dict[str, Any]]:
    """An API that was made by its target."""
    made = apis.create_api(Name="quick", ProtocolType="HTTP", Target=function)
    yield made
    apis.delete_api(ApiId=made["ApiId"])


def test_an_api_is_asked_by_its_host_and_by_its_path(
    server: ServerProcess, api: dict[str, Any]
) -> None:
    host = urlsplit(api["ApiEndpoint"]).netloc
    assert host == f"{api['ApiId']}.execute-api.us-east-1.localhost:{urlsplit(server.url).port}"
    headers = {"X-Mine": "1", "Cookie": "a=1"}

    by_host = httpx.post(
        f"{server.url}/pets?q=1", headers={**headers, "Host": host}, json={"id": 1}
    ).json()
    by_path = httpx.post(
        f"{server.url}/_lambent/execute-api/{api['ApiId']}/pets?q=1",
        headers=headers,
        json={"id": 1},
    ).json()

    for event in (by_host, by_path):
        assert (event["rawPath"], event["rawQueryString"]) == ("/pets", "q=1")
        assert (event["headers"]["x-mine"], event["cookies"]) == ("1", ["a=1"])
        assert json.loads(event["body"]) == {"id": 1}
        assert event["requestContext"]["domainPrefix"] == api["ApiId"]


def test_cookies_and_the_id_of_the_request_are_headers(
    server: ServerProcess, api: dict[str, Any]
) -> None:
    reply = httpx.get(f"{server.url}/_lambent/execute-api/{api['ApiId']}/cookies")

    assert reply.headers.get_list("set-cookie") == ["a=1", "b=2"]
    assert reply.headers["apigw-requestid"].endswith("=")
    assert reply.headers["content-type"] == "text/plain; charset=utf-8"


def test_dates_tags_and_settings_have_boto3s_types(apis: Any, api: dict[str, Any]) -> None:
    assert apis.get_api(ApiId=api["ApiId"])["CreatedDate"].tzinfo is not None
    arn = f"arn:aws:apigateway:us-east-1::/apis/{api['ApiId']}"
    apis.tag_resource(ResourceArn=arn, Tags={"team": "one", "stage": "two"})
    apis.untag_resource(ResourceArn=arn, TagKeys=["stage"])
    assert apis.get_tags(ResourceArn=arn)["Tags"] == {"team": "one"}
    stage = apis.update_stage(
        ApiId=api["ApiId"],
        StageName="$default",
        RouteSettings={"GET /pets": {"ThrottlingRateLimit": 2.5}},
    )
    assert stage["RouteSettings"]["GET /pets"]["ThrottlingRateLimit"] == 2.5
    apis.delete_route_settings(ApiId=api["ApiId"], StageName="$default", RouteKey="GET /pets")
    assert apis.get_stages(ApiId=api["ApiId"])["Items"][0]["RouteSettings"] == {}


def test_pages_are_followed_by_paginators(apis: Any, api: dict[str, Any]) -> None:
    integration = apis.get_integrations(ApiId=api["ApiId"])["Items"][0]["IntegrationId"]
    for number in range(3):
        apis.create_route(
            ApiId=api["ApiId"], RouteKey=f"GET /{number}", Target=f"integrations/{integration}"
        )

    pages = apis.get_paginator("get_routes").paginate(
        ApiId=api["ApiId"], PaginationConfig={"PageSize": 2}
    )

    assert len([route for page in pages for route in page["Items"]]) == 4


def test_an_api_goes_out_as_openapi_and_comes_in_again(apis: Any, api: dict[str, Any]) -> None:
    body = apis.export_api(ApiId=api["ApiId"], Specification="OAS30", OutputType="JSON")["body"]

    document = body.read() if hasattr(body, "read") else body
    again = apis.import_api(Body=document.decode())

    assert again["Name"] == "quick"
    [route] = apis.get_routes(ApiId=again["ApiId"])["Items"]
    assert route["RouteKey"] == "$default"
    apis.delete_api(ApiId=again["ApiId"])


def test_errors_have_aws_codes(apis: Any) -> None:
    with pytest.raises(apis.exceptions.NotFoundException):
        apis.get_api(ApiId="nothing")
    with pytest.raises(apis.exceptions.BadRequestException) as refusal:
        apis.create_api(Name="quick", ProtocolType="NONE")
    assert refusal.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    with pytest.raises(botocore.exceptions.ClientError) as unsupported:
        apis.create_vpc_link(Name="link", SubnetIds=["subnet-1"])
    assert unsupported.value.response["Error"]["Code"] == "NotSupportedByLambent"


def test_a_signed_request_is_verified(
    server: ServerProcess, apis: Any, api: dict[str, Any]
) -> None:
    [route] = apis.get_routes(ApiId=api["ApiId"])["Items"]
    apis.update_route(ApiId=api["ApiId"], RouteId=route["RouteId"], AuthorizationType="AWS_IAM")
    address = f"{server.url}/_lambent/execute-api/{api['ApiId']}/pets"
    user = server.client("iam").create_user(UserName="asks-apis")["User"]
    key = server.client("iam").create_access_key(UserName="asks-apis")["AccessKey"]
    good = Credentials(key["AccessKeyId"], key["SecretAccessKey"])
    bad = Credentials(key["AccessKeyId"], "x" * 40)

    unsigned, wrong = httpx.get(address), signed(address, bad)
    event = signed(address, good).json()

    assert (unsigned.status_code, unsigned.json()) == (403, {"message": "Forbidden"})
    assert (wrong.status_code, wrong.json()) == (403, {"message": "Forbidden"})
    iam = event["requestContext"]["authorizer"]["iam"]
    assert (iam["userArn"], iam["accessKey"]) == (user["Arn"], key["AccessKeyId"])
    assert signed(address, good, service="lambda").status_code == 403


def signed(address: str, credentials: Credentials, service: str = "execute-api") -> httpx.Response:
    request = AWSRequest("GET", address, headers={})
    SigV4Auth(credentials, service, "us-east-1").add_auth(request)
    return httpx.get(address, headers=dict(request.headers))
