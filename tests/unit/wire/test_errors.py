"""Errors, as the clients of each protocol expect them; and requests that cannot be read."""

import gzip
from typing import Any
from xml.etree import ElementTree

import cbor2
import orjson
import pytest

from lambent.core.errors import AwsError, ClientError, Conflict, NotFound, NotSupported, Throttled
from lambent.wire.codec import codec, error_reply
from lambent.wire.messages import HttpReply, HttpRequest
from lambent.wire.routing import Route, route
from tests.unit.wire.requests import SERVICES, form, rest, targeted


def written(service: str, operation: str, protocol: str, error: AwsError) -> HttpReply:
    return codec(service, operation, protocol).write_error(error, "request-id")


def header(reply: HttpReply, name: str) -> str | None:
    found = [value for key, value in reply.headers if key.lower() == name.lower()]
    return found[0] if found else None


def texts(reply: HttpReply) -> dict[str, str | None]:
    assert isinstance(reply.body, bytes)
    root = ElementTree.fromstring(reply.body)
    return {node.tag.rpartition("}")[2]: node.text for node in root.iter()}


def test_sqs_says_its_former_code_beside_the_new_one() -> None:
    missing = NotFound("The specified queue does not exist.", code="QueueDoesNotExist")
    reply = written("sqs", "SendMessage", "json", missing)
    assert reply.status == 400
    assert header(reply, "x-amzn-query-error") == "AWS.SimpleQueueService.NonExistentQueue;Sender"
    assert orjson.loads(reply.body) == {  # type: ignore[arg-type]
        "__type": "QueueDoesNotExist",
        "message": "The specified queue does not exist.",
    }


def test_the_former_code_names_the_same_error() -> None:
    missing = NotFound("gone", code="AWS.SimpleQueueService.NonExistentQueue")
    reply = written("sqs", "SendMessage", "json", missing)
    assert header(reply, "x-amzn-errortype") == "QueueDoesNotExist"


def test_in_the_query_protocol_sqs_says_the_former_code() -> None:
    missing = NotFound("gone", code="QueueDoesNotExist")
    said = texts(written("sqs", "SendMessage", "query", missing))
    assert said["Code"] == "AWS.SimpleQueueService.NonExistentQueue"
    assert (said["Type"], said["Message"], said["RequestId"]) == ("Sender", "gone", "request-id")


def test_json_errors_are_400_but_our_own_are_500() -> None:
    missing = NotFound("gone", code="StateMachineDoesNotExist")
    assert written("stepfunctions", "StartExecution", "json", missing).status == 400
    assert written("stepfunctions", "StartExecution", "json", AwsError("oh")).status == 500


def test_lambda_says_whose_fault_it_was() -> None:
    missing = NotFound("Function not found: f", code="ResourceNotFoundException")
    reply = written("lambda", "GetFunction", "rest-json", missing)
    assert reply.status == 404
    assert header(reply, "x-amzn-errortype") == "ResourceNotFoundException"
    assert orjson.loads(reply.body) == {  # type: ignore[arg-type]
        "Message": "Function not found: f",
        "Type": "User",
    }


def test_members_of_an_error_go_where_the_model_says() -> None:
    throttled = Throttled(
        "Rate Exceeded.",
        code="TooManyRequestsException",
        members={
            "retryAfterSeconds": "3",
            "Reason": "ReservedFunctionConcurrentInvocationLimitExceeded",
        },
    )
    reply = written("lambda", "Invoke", "rest-json", throttled)
    assert (reply.status, header(reply, "Retry-After")) == (429, "3")
    assert orjson.loads(reply.body)["message"] == "Rate Exceeded."  # type: ignore[arg-type]


def test_query_errors_use_the_code_of_the_model() -> None:
    conflict = Conflict("Role r exists.", code="EntityAlreadyExistsException")
    reply = written("iam", "CreateRole", "query", conflict)
    assert (reply.status, texts(reply)["Code"]) == (409, "EntityAlreadyExists")


def test_s3_errors_are_s3s() -> None:
    missing = NotFound(
        "The specified key does not exist.", code="NoSuchKey", members={"Key": "a&b"}
    )
    reply = written("s3", "GetObject", "rest-xml", missing)
    said = texts(reply)
    assert reply.status == 404
    assert (said["Code"], said["Key"], said["RequestId"]) == ("NoSuchKey", "a&b", "request-id")
    assert header(reply, "x-amz-request-id") == "request-id"


def test_an_answer_to_head_has_no_body() -> None:
    reply = written("s3", "HeadObject", "rest-xml", NotFound("Not Found", code="404"))
    assert (reply.status, reply.body) == (404, b"")


def test_cbor_errors_are_cbor() -> None:
    missing = NotFound("gone", code="ResourceNotFoundException")
    reply = written("cloudwatch", "GetDashboard", "smithy-rpc-v2-cbor", missing)
    assert isinstance(reply.body, bytes)
    assert cbor2.loads(reply.body)["message"] == "gone"
    assert header(reply, "smithy-protocol") == "rpc-v2-cbor"


@pytest.mark.parametrize(
    "request_",
    [
        targeted("Textract.DetectDocumentText", {}),
        rest("eks", "GET", "/clusters"),
        form("autoscaling", {"Action": "X"}),
        rest(None, "PATCH", "/bucket"),
        HttpRequest("POST", "/service/X/operation/Y", "", {"smithy-protocol": "rpc-v2-cbor"}),
    ],
)
def test_a_request_that_leads_nowhere_is_answered_in_its_own_protocol(
    request_: HttpRequest,
) -> None:
    error = NotSupported("Lambent does not have the service textract")
    reply = error_reply(request_, error, "request-id")
    assert reply.status == 501
    assert b"NotSupportedByLambent" in b"".join(
        [reply.body, *(value.encode() for _, value in reply.headers)]  # type: ignore[list-item]
    )


def read(request: HttpRequest) -> dict[str, Any]:
    found = route(request, SERVICES)
    return codec(found.service, found.operation, found.protocol).parse(request, found)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"{", "Unable to parse the JSON"),
        (b"[]", "Start of list found where not expected"),
        (b'"x"', "Unexpected field type"),
        (b'{"QueueUrl": 1}', "NUMBER_VALUE can not be converted to a String"),
        (b'{"DelaySeconds": "5"}', "STRING_VALUE can not be converted to an Integer"),
        (b'{"DelaySeconds": 1.5}', "DECIMAL_VALUE can not be converted to an Integer"),
        (b'{"DelaySeconds": 99999999999}', "NUMBER_VALUE can not be converted to an Integer"),
        (b'{"MessageAttributes": {"a": {"BinaryValue": "%%%"}}}', "Invalid base64"),
        (b'{"QueueUrl": "\xff"}', "Unable to parse the JSON"),
        (b"[" * 100_000, "Unable to parse the JSON"),
    ],
)
def test_json_that_cannot_be_read_is_a_serialization_error(body: bytes, message: str) -> None:
    with pytest.raises(ClientError, match=message.replace("(", r"\(")) as caught:
        read(targeted("AmazonSQS.SendMessage", body))
    assert caught.value.code == "SerializationException"


def test_json_nested_as_deep_as_it_goes_is_an_error_and_no_crash() -> None:
    deep = (
        b'{"TableName":"abc","Item":{"a":'
        + b'{"M":{"a":' * 400
        + b'{"S":"x"}'
        + b"}}" * 400
        + b"}}"
    )
    try:
        read(targeted("DynamoDB_20120810.PutItem", deep))
    except ClientError as error:
        assert error.code == "SerializationException"


@pytest.mark.parametrize(
    "body",
    [
        b"<Tagging><TagSet>",
        b"not xml",
        b'<!DOCTYPE x [<!ENTITY a "b">]><Tagging><TagSet/></Tagging>',
        b"\xff\xfe",
    ],
)
def test_xml_that_cannot_be_read_is_malformed(body: bytes) -> None:
    with pytest.raises(ClientError) as caught:
        read(rest("s3", "PUT", "/b", "tagging", body))
    assert caught.value.code == "MalformedXML"


def test_a_number_in_the_query_string_must_be_one() -> None:
    with pytest.raises(ClientError) as caught:
        read(rest("s3", "GET", "/b", "list-type=2&max-keys=many"))
    assert caught.value.code == "InvalidArgument"


def test_unknown_members_and_nulls_are_left_out() -> None:
    body = {"QueueUrl": "u", "MessageBody": None, "New": {"x": [1]}}
    assert read(targeted("AmazonSQS.SendMessage", body)) == {"QueueUrl": "u"}


def test_metrics_may_come_compressed() -> None:
    request = targeted(
        "GraniteServiceVersion20100801.PutMetricData", gzip.compress(b'{"Namespace": "n"}')
    )
    compressed = HttpRequest(
        "POST", "/", "", {**request.headers, "content-encoding": "gzip"}, request.body
    )
    assert read(compressed) == {"Namespace": "n"}


def test_the_query_form_of_sqs_still_works() -> None:
    request = form(
        "sqs",
        {
            "Action": "SendMessage",
            "Version": "2012-11-05",
            "MessageBody": "a+b c",
            "MessageAttribute.1.Name": "n",
            "MessageAttribute.1.Value.DataType": "String",
            "MessageAttribute.1.Value.StringValue": "v",
            "DelaySeconds": "5",
        },
    )
    at_queue = HttpRequest("POST", "/000000000000/q", "", request.headers, request.body)
    assert read(at_queue) == {
        "QueueUrl": "http://127.0.0.1:4566/000000000000/q",
        "MessageBody": "a+b c",
        "MessageAttributes": {"n": {"DataType": "String", "StringValue": "v"}},
        "DelaySeconds": 5,
    }
    reply = codec("sqs", "ReceiveMessage", "query").write(
        {"Messages": [{"MessageId": "m", "Attributes": {"SentTimestamp": "1"}}]}, "request-id"
    )
    assert (
        b"<ReceiveMessageResult><Message><MessageId>m</MessageId><Attribute><Name>SentTimestamp"
        b"</Name><Value>1</Value></Attribute></Message></ReceiveMessageResult>" in reply.body  # type: ignore[operator]
    )


def test_empty_lists_of_the_query_protocol_are_empty_lists() -> None:
    fields = {"Action": "CreateStack", "StackName": "s", "Tags": "", "NotificationARNs": ""}
    assert read(form("cloudformation", fields)) == {
        "StackName": "s",
        "Tags": [],
        "NotificationARNs": [],
    }


def test_a_stream_is_handed_through_as_it_is() -> None:
    stream = object()
    assert read(rest("s3", "PUT", "/b/k", body=stream))["Body"] is stream


def test_a_route_may_be_written_by_hand() -> None:
    request = rest("lambda", "POST", "/2015-03-31/functions/f/invocations", body=b"{}")
    params = codec("lambda", "Invoke", "rest-json").parse(
        request, Route("lambda", "Invoke", "rest-json", {"FunctionName": "f"})
    )
    assert params == {"FunctionName": "f", "Payload": b"{}"}
