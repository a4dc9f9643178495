"""Function URLs that ask for signatures (AuthType AWS_IAM), signed by botocore."""

import io
import json
import zipfile
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.processes import ServerProcess

SOURCE = """
def handler(event, context):
    return {"path": event["rawPath"], "query": event["rawQueryString"], "body": event.get("body"),
            "iam": event["requestContext"]["authorizer"]["iam"]}
"""
INVALID_TOKEN = "The security token included in the request is invalid."
WRONG = (
    "The request signature we calculated does not match the signature you provided. Check your AWS"
    " Secret Access Key and signing method. Consult the service documentation for details."
)


def trust(**principal: str) -> str:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture(scope="module")
def url(server: ServerProcess) -> str:
    """The function's address for a client that cannot resolve its host."""
    role = server.client("iam").create_role(
        RoleName="signed", AssumeRolePolicyDocument=trust(Service="lambda.amazonaws.com")
    )["Role"]["Arn"]
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("main.py", SOURCE)
    functions = server.client("lambda")
    functions.create_function(
        FunctionName="signed",
        Runtime="python3.11",
        Role=role,
        Handler="main.handler",
        Code={"ZipFile": package.getvalue()},
    )
    functions.get_waiter("function_active_v2").wait(
        FunctionName="signed", WaiterConfig={"Delay": 1}
    )
    config = functions.create_function_url_config(FunctionName="signed", AuthType="AWS_IAM")
    host = urlsplit(config["FunctionUrl"]).netloc
    return f"{server.url}/_lambent/lambda/url/{host.partition('.')[0]}"


@pytest.fixture(scope="module")
def session(server: ServerProcess) -> Credentials:
    """The keys of a role."""
    iam, sts = server.client("iam"), server.client("sts")
    role = iam.create_role(RoleName="caller", AssumeRolePolicyDocument=trust(AWS="*"))["Role"]
    keys = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="tests")["Credentials"]
    return Credentials(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])


def user_key(server: ServerProcess, name: str) -> tuple[str, Credentials]:
    iam = server.client("iam")
    arn = iam.create_user(UserName=name)["User"]["Arn"]
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return arn, Credentials(key["AccessKeyId"], key["SecretAccessKey"])


def signed(
    url: str,
    keys: Credentials,
    *,
    method: str = "GET",
    body: str = "",
    service: str = "lambda",
    region: str = "us-east-1",
) -> AWSRequest:
    request = AWSRequest(method, url, data=body)
    SigV4Auth(keys, service, region).add_auth(request)
    return request


def send(request: AWSRequest, body: str | None = None) -> httpx.Response:
    content = request.data if body is None else body
    return httpx.request(
        request.method, request.url, headers=dict(request.headers), content=content
    )


def refusal(reply: httpx.Response) -> tuple[int, str, Any]:
    return reply.status_code, reply.headers["x-amzn-errortype"], reply.json()


def test_a_request_that_is_not_signed_is_forbidden(url: str) -> None:
    assert refusal(httpx.get(url + "/")) == (
        403,
        "AccessDeniedException",
        {"Message": "Forbidden"},
    )


def test_the_session_of_a_role_is_let_in(url: str, session: Credentials) -> None:
    request = signed(f"{url}/a/b?x=1&y=a%20b", session, method="POST", body='{"n": 1}')
    event = send(request).json()
    assert (event["path"], event["query"]) == ("/a/b", "x=1&y=a%20b")
    assert event["iam"]["accessKey"] == session.access_key
    assert event["iam"]["userArn"].endswith(":assumed-role/caller/tests")


def test_a_user_is_let_in_as_long_as_the_key_is_active(server: ServerProcess, url: str) -> None:
    arn, keys = user_key(server, "ada")
    assert send(signed(url + "/", keys)).json()["iam"]["userArn"] == arn
    server.client("iam").update_access_key(
        UserName="ada", AccessKeyId=keys.access_key, Status="Inactive"
    )
    assert refusal(send(signed(url + "/", keys))) == (
        403,
        "UnrecognizedClientException",
        {"message": INVALID_TOKEN},
    )


def test_a_wrong_secret_is_refused(url: str, session: Credentials) -> None:
    wrong = Credentials(session.access_key, "wrong", session.token)
    assert refusal(send(signed(url + "/", wrong))) == (
        403,
        "InvalidSignatureException",
        {"message": WRONG},
    )


def test_what_was_changed_after_signing_is_refused(url: str, session: Credentials) -> None:
    request = signed(url + "/", session, method="POST", body="one")
    assert send(request, body="two").status_code == 403
    request = signed(url + "/", session)
    request.url += "?more=1"
    assert send(request).status_code == 403


@pytest.mark.parametrize("token", [None, "another"])
def test_temporary_keys_need_their_token(url: str, session: Credentials, token: str | None) -> None:
    keys = Credentials(session.access_key, session.secret_key, token)
    assert refusal(send(signed(url + "/", keys))) == (
        403,
        "UnrecognizedClientException",
        {"message": INVALID_TOKEN},
    )


def test_keys_that_nobody_here_issued_will_do_while_authorization_is_off(url: str) -> None:
    reply = send(signed(url + "/", Credentials("any", "thing")))
    assert reply.json()["iam"]["userArn"] == "arn:aws:iam::000000000000:root"


@pytest.mark.parametrize(
    ("service", "region", "words"),
    [
        ("execute-api", "us-east-1", "Credential should be scoped to correct service: 'lambda'."),
        ("lambda", "eu-west-1", "Credential should be scoped to a valid region."),
    ],
)
def test_a_signature_for_something_else_is_refused(
    url: str, session: Credentials, service: str, region: str, words: str
) -> None:
    request = signed(url + "/", session, service=service, region=region)
    assert refusal(send(request)) == (403, "InvalidSignatureException", {"message": words})


def test_a_presigned_url_is_let_in(url: str, session: Credentials) -> None:
    request = AWSRequest("GET", url + "/shared")
    SigV4QueryAuth(session, "lambda", "us-east-1", expires=60).add_auth(request)
    assert httpx.get(request.url).json()["path"] == "/shared"
    tampered = request.url.replace("/shared", "/other")
    assert httpx.get(tampered).status_code == 403


def test_a_host_of_its_own_is_signed_as_well(server: ServerProcess, url: str) -> None:
    _, keys = user_key(server, "grace")
    port = server.url.rpartition(":")[2]
    host = f"{url.rpartition('/')[2]}.lambda-url.us-east-1.localhost:{port}"
    request = signed(f"http://{host}/page", keys)
    headers = {**dict(request.headers), "host": host}
    assert httpx.get(f"{server.url}/page", headers=headers).json()["path"] == "/page"
