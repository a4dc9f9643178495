"""Signatures made by botocore are right, and nothing else is."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from lambent.core.errors import ClientError
from lambent.wire.messages import HttpRequest
from lambent.wire.signing import Credential, parse_credential, verify

SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"


def signed(auth: Any, method: str, url: str, body: bytes = b"", **headers: str) -> HttpRequest:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = AWSRequest(method=method, url=url, data=body, headers=named)
    auth.add_auth(request)
    parts = urlsplit(request.url)
    sent = {name.lower(): str(value) for name, value in request.headers.items()}
    return HttpRequest(method, parts.path, parts.query, {"host": parts.netloc, **sent}, body)


def credentials() -> Credentials:
    return Credentials("AKID/with/slashes", SECRET, "session-token")


def signed_at(request: HttpRequest) -> float:
    """The time of the signature, which botocore takes from its own clock."""
    text = request.headers.get("x-amz-date") or dict(parse_qsl(request.query))["X-Amz-Date"]
    return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()


HOST = "http://127.0.0.1:4566"
REQUESTS = [
    signed(SigV4Auth(credentials(), "sqs", "us-east-1"), "POST", HOST + "/", b"{}"),
    signed(
        SigV4Auth(credentials(), "lambda", "eu-west-1"),
        "GET",
        HOST + "/2017-03-31/tags/arn%3Aaws%3Alambda%3Af?b=2&a=%20x&a=1&empty=&flag",
    ),
    signed(SigV4Auth(credentials(), "lambda", "eu-west-1"), "GET", HOST + "/a/../b//c/./d/"),
    signed(
        S3SigV4Auth(credentials(), "s3", "us-east-1"),
        "PUT",
        HOST + "/b/a//b%20c%2B~(x)?partNumber=1&uploadId=a%2Fb",
        b"content",
        x_amz_meta_a="  several   spaces ",
    ),
    signed(S3SigV4QueryAuth(credentials(), "s3", "us-east-1", expires=60), "GET", HOST + "/b/k%20"),
    signed(
        SigV4QueryAuth(credentials(), "sts", "us-east-1", expires=60), "GET", HOST + "/?Action=X"
    ),
]


@pytest.mark.parametrize("request_", REQUESTS)
def test_what_botocore_signs_is_right(request_: HttpRequest) -> None:
    verify(request_, SECRET, signed_at(request_))


@pytest.mark.parametrize("request_", REQUESTS)
def test_another_key_is_wrong(request_: HttpRequest) -> None:
    with pytest.raises(ClientError, match="does not match the signature you provided"):
        verify(request_, "another", signed_at(request_))


def test_a_changed_request_is_wrong() -> None:
    request = REQUESTS[1]
    for changed in (
        replace(request, path=request.path + "x"),
        replace(request, query=request.query + "&c=3"),
        replace(request, method="PUT"),
        replace(request, headers={**request.headers, "host": "elsewhere"}),
    ):
        with pytest.raises(ClientError) as caught:
            verify(changed, SECRET, signed_at(request))
        assert caught.value.code == "InvalidSignatureException"


def test_a_changed_body_is_wrong() -> None:
    with pytest.raises(ClientError) as caught:
        verify(replace(REQUESTS[0], body=b"{ }"), SECRET, signed_at(REQUESTS[0]))
    assert caught.value.code == "SignatureDoesNotMatch"
    with pytest.raises(ClientError) as caught:
        verify(replace(REQUESTS[3], body=b"other"), SECRET, signed_at(REQUESTS[3]))
    assert caught.value.code == "XAmzContentSHA256Mismatch"


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (REQUESTS[0], "SignatureDoesNotMatch"),
        (REQUESTS[1], "InvalidSignatureException"),
        (REQUESTS[3], "RequestTimeTooSkewed"),
        (REQUESTS[4], "AccessDenied"),
    ],
)
def test_an_old_signature_is_refused(request_: HttpRequest, code: str) -> None:
    with pytest.raises(ClientError) as caught:
        verify(request_, SECRET, signed_at(request_) + 3600)
    assert caught.value.code == code


def test_a_presigned_url_lives_as_long_as_it_says() -> None:
    verify(REQUESTS[4], SECRET, signed_at(REQUESTS[4]) + 50)
    with pytest.raises(ClientError, match="Request has expired"):
        verify(REQUESTS[4], SECRET, signed_at(REQUESTS[4]) + 70)


@pytest.mark.parametrize("request_", [REQUESTS[3], REQUESTS[4]])
def test_who_asks_is_read_from_header_or_url(request_: HttpRequest) -> None:
    credential = parse_credential(request_)
    assert credential is not None
    assert credential == Credential("AKID/with/slashes", credential.date, "us-east-1", "s3")


def test_the_anonymous_have_no_credential() -> None:
    assert parse_credential(HttpRequest("GET", "/", "", {})) is None
    assert parse_credential(HttpRequest("GET", "/", "", {"authorization": "Bearer x"})) is None


@pytest.mark.parametrize(
    "authorization",
    [
        "AWS4-HMAC-SHA256 Credential=a/b/c",
        "AWS4-HMAC-SHA256 Credential=a/20250101/r/s/aws4_request, Signature=0",
        "Something else",
        "",
    ],
)
def test_half_a_signature_is_incomplete(authorization: str) -> None:
    request = HttpRequest("GET", "/", "", {"authorization": authorization})
    with pytest.raises(ClientError) as caught:
        verify(request, SECRET, 0.0)
    assert caught.value.code == "IncompleteSignature"
