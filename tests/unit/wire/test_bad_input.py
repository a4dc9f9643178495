"""Whatever comes, the answer is params or an error of AWS's: never a crash."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambent.core.errors import AwsError
from lambent.wire.codec import codec, error_reply
from lambent.wire.messages import HttpRequest
from lambent.wire.routing import route
from tests.unit.wire.requests import SERVICES, form, rest, targeted

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
PATHS = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=40)


def answered(request: HttpRequest) -> None:
    try:
        found = route(request, SERVICES)
        of = codec(found.service, found.operation, found.protocol)
    except AwsError as error:
        assert error_reply(request, error, "request-id").status >= 400
        return
    try:
        of.check(of.parse(request, found))
    except AwsError as error:
        assert of.write_error(error, "request-id").status >= 400


@given(JSON)
def test_any_json_for_a_queue(value: object) -> None:
    body = value if isinstance(value, dict) else {"QueueUrl": value, "MessageAttributes": value}
    answered(targeted("AmazonSQS.SendMessage", json.dumps(body).encode()))


@given(JSON)
def test_any_json_for_a_table(value: object) -> None:
    body = json.dumps({"TableName": value, "Item": {"a": value}}).encode()
    answered(targeted("DynamoDB_20120810.PutItem", body))


@given(JSON)
def test_any_json_for_a_function(value: object) -> None:
    body = {"Environment": value, "Code": {"ZipFile": value}, "Layers": [value]}
    answered(rest("lambda", "POST", "/2015-03-31/functions", body=json.dumps(body).encode()))


@given(st.binary(max_size=200))
def test_any_bytes_in_any_protocol(body: bytes) -> None:
    answered(targeted("AWSStepFunctions.StartExecution", body))
    answered(rest("s3", "PUT", "/b", "notification", body))
    answered(rest("iam", "POST", "/", "Action=CreateRole", body))
    answered(rest("lambda", "POST", "/2015-03-31/functions", body=body))
    path = "/service/GraniteServiceVersion20100801/operation/PutMetricData"
    answered(HttpRequest("POST", path, "", {"smithy-protocol": "rpc-v2-cbor"}, body))


@given(st.lists(st.tuples(PATHS, st.text(max_size=10)), max_size=6))
def test_any_form(fields: list[tuple[str, str]]) -> None:
    answered(form("cloudformation", {"Action": "CreateStack", **dict(fields)}))
    numbered = {f"Tags.member.{name}": value for name, value in fields}
    answered(form("cloudformation", {"Action": "CreateStack", **numbered}))


@given(st.sampled_from(["GET", "PUT", "POST", "DELETE", "HEAD", "PATCH"]), PATHS, PATHS)
def test_any_path(method: str, path: str, query: str) -> None:
    for service in ("s3", "lambda", "apigateway", "xray", None):
        answered(rest(service, method, "/" + path, query))


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=60))
def test_any_headers(authorization: str, host: str, target: str) -> None:
    headers = {"authorization": authorization, "host": host}
    answered(HttpRequest("GET", "/", "", headers))
    answered(HttpRequest("POST", "/", "", {**headers, "x-amz-target": target}, b"{}"))
    answered(HttpRequest("GET", "/", "", {"authorization": f"AWS4 Credential={authorization}"}))


DEEP = 200_000


@pytest.mark.parametrize(
    "request_",
    [
        targeted("AmazonSQS.SendMessage", b'{"MessageAttributes":' * DEEP),
        targeted("DynamoDB_20120810.PutItem", b'{"Item":{"a":' + b'{"L":[' * DEEP),
        rest("s3", "PUT", "/b", "tagging", b"<Tagging>" + b"<TagSet>" * DEEP + b"</TagSet>" * DEEP),
        rest("s3", "PUT", "/b", "tagging", b"<a>" * DEEP + b"</a>" * DEEP),
        form("iam", {"Action": "CreateRole", "a" + ".b" * DEEP: "c"}),
        form("iam", {"Action": "CreateRole", "Tags.member." + "9" * 10_000: "c"}),
        HttpRequest(
            "POST",
            "/service/GraniteServiceVersion20100801/operation/PutMetricData",
            "",
            {},
            b"\x81" * DEEP,
        ),
        rest("s3", "GET", "/b/" + "a/" * DEEP),
        rest("s3", "PATCH", "/b/" + "a/" * DEEP),
        rest("lambda", "GET", "/2015-03-31/functions/" + "a/" * DEEP),
    ],
    ids=lambda request: request.path[:40] + request.body[:20].decode("latin-1"),
)
def test_what_is_nested_too_deeply_is_refused_or_read(request_: HttpRequest) -> None:
    answered(request_)
