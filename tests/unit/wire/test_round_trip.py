"""
Every operation of the services that Lambent has, there and back again with botocore.

Params made from the shapes are serialised by botocore, routed and parsed by us; replies made
from the shapes are written by us and parsed by botocore.
"""

import asyncio
from functools import cache
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from botocore.awsrequest import AWSRequest, HeadersDict
from botocore.eventstream import EventStream
from botocore.loaders import Loader
from botocore.model import ServiceModel as BotocoreModel
from botocore.parsers import create_parser
from botocore.serialize import create_serializer

from lambent.wire.codec import codec
from lambent.wire.messages import HttpReply, HttpRequest
from lambent.wire.model import Shape, operation, service_model
from lambent.wire.routing import route
from tests.unit.wire.protocol_cases import as_params, plain
from tests.unit.wire.streams import Streamed, collected

SERVICES = frozenset(
    {
        *("apigateway", "apigatewayv2", "cloudformation", "cloudwatch", "dynamodb", "events"),
        *("iam", "kinesis", "kms", "lambda", "logs", "pipes", "s3", "scheduler"),
        *("secretsmanager", "sns", "sqs", "ssm", "stepfunctions", "sts", "xray"),
    }
)
PROTOCOLS = {"cloudwatch": ["json", "query", "smithy-rpc-v2-cbor"], "sqs": ["json", "query"]}
# botocore's client picks the newer of two operations with one path; so do we.
REPLACED = {
    ("s3", "GetBucketLifecycle"): "GetBucketLifecycleConfiguration",
    ("s3", "GetBucketNotification"): "GetBucketNotificationConfiguration",
    ("s3", "PutBucketLifecycle"): "PutBucketLifecycleConfiguration",
    ("s3", "PutBucketNotification"): "PutBucketNotificationConfiguration",
    ("s3", "ListDirectoryBuckets"): "ListBuckets",
}


def sample(shape: Shape, depth: int = 0, name: str = "") -> Any:
    """A value that has every member of its shape, down to some depth."""
    if shape.is_document:
        return {"any": ["document", 1, None]}
    match shape.type:
        case "structure":
            members = list(shape.members.items())
            if shape.traits.get("union"):
                members = members[:1]
            return {
                member: sample(of, depth + 1, member)
                for member, of in members
                if depth < 6 or of.type not in {"structure", "list", "map"}
            }
        case "list":
            return [sample(shape.member, depth + 1, name) for _ in range(2)]
        case "map":
            key = sample(shape.key, depth + 1, "key")
            return {key: sample(shape.value, depth + 1, name)}
        case "blob":
            return b"\x00 blob \xff"
        case "timestamp":
            return 1_700_000_000.0
        case "boolean":
            return True
        case "integer" | "long":
            return 7
        case "float" | "double":
            return 1.5
    allowed = shape.traits.get("enum")
    if allowed:
        return allowed[0]
    return f'{name or "a"} & <ü>, "q" +%/ z' if shape.location is None else "plain-value"


@cache
def botocore_model(service: str) -> BotocoreModel:
    return BotocoreModel(Loader().load_service_model(service, "service-2"), service)


def described() -> list[tuple[str, str, str]]:
    found = []
    for service in sorted(SERVICES):
        model = service_model(service)
        for protocol in PROTOCOLS.get(service, [model.metadata["protocol"]]):
            found += [(service, name, protocol) for name in model.operations]
    return found


def request_by_botocore(service: str, name: str, protocol: str, params: Any) -> HttpRequest:
    model = botocore_model(service).operation_model(name)
    if service == "sqs" and protocol == "query":
        pytest.fail("botocore has no query names for SQS any more")
    serializer = create_serializer(protocol, include_validation=False)
    serialized = serializer.serialize_to_request(params, model)
    url = urlsplit("http://127.0.0.1:4566" + serialized["url_path"])
    request = AWSRequest(
        method=serialized["method"],
        url=url.geturl(),
        headers=serialized["headers"],
        params=serialized["query_string"],
        data=serialized["body"],
    ).prepare()
    prepared = urlsplit(request.url)
    body = request.body or b""
    if isinstance(body, dict):
        body = urlencode(body).encode()
    headers = {key.lower(): as_text(value) for key, value in request.headers.items()}
    headers["host"] = "127.0.0.1:4566"
    headers.setdefault(
        "authorization",
        "AWS4-HMAC-SHA256 Credential=test/20250101/us-east-1/"
        f"{service_model(service).signing_name}/aws4_request, SignedHeaders=host, Signature=0",
    )
    if isinstance(body, str):
        body = body.encode()
    return HttpRequest(serialized["method"], prepared.path, prepared.query, headers, body)


def as_text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


@pytest.mark.parametrize(
    ("service", "name", "protocol"),
    [case for case in described() if (case[0], case[2]) != ("sqs", "query")],
)
def test_what_botocore_sends_arrives_as_it_was_given(
    service: str, name: str, protocol: str
) -> None:
    shape = operation(service, name).input_shape
    params = {} if shape is None else sample(shape)
    request = request_by_botocore(service, name, protocol, params)

    found = route(request, SERVICES)

    assert (found.service, found.protocol) == (service, protocol)
    if (service, name) in REPLACED:
        assert found.operation == REPLACED[service, name]
        return
    assert found.operation == name
    received = codec(service, name, protocol).parse(request, found)
    assert plain(received) == plain(as_params(shape, params))


@pytest.mark.parametrize(("service", "name", "protocol"), described())
def test_what_lambent_answers_is_read_by_botocore_as_it_was_meant(
    service: str, name: str, protocol: str
) -> None:
    shape = operation(service, name).output_shape
    reply = {} if shape is None else sample(shape)
    if shape is not None and shape.event_stream_member is not None:
        stream = shape.members[shape.event_stream_member]
        reply[shape.event_stream_member] = [
            {event: sample(of)}
            for event, of in stream.members.items()
            if not of.traits.get("exception")
        ]
    written = codec(service, name, protocol).write(reply, "request-id")

    if service == "sqs" and protocol == "query":
        assert b"<RequestId>request-id</RequestId>" in written.body  # type: ignore[operator]
        return
    if name in {"GetBucketNotification"}:
        # Superseded; its list of one goes by a name that botocore reads as a structure's.
        assert b"<TopicConfiguration>" in written.body  # type: ignore[operator]
        return
    if name == "GetBucketLocation":
        assert b">" + reply["LocationConstraint"].encode() + b"</LocationConstraint>" in (
            written.body  # type: ignore[operator]
        )
        return
    parsed = parsed_by_botocore(service, name, protocol, written)
    metadata = parsed.pop("ResponseMetadata", None)
    # botocore looks at nothing when a reply in CBOR has no members.
    if shape is not None or protocol != "smithy-rpc-v2-cbor":
        assert metadata["RequestId"] == "request-id"
    assert plain(as_params(shape, parsed)) == plain(as_params(shape, reply))


def parsed_by_botocore(service: str, name: str, protocol: str, reply: HttpReply) -> Any:
    body: Any = reply.body
    shape = botocore_model(service).operation_model(name).output_shape
    payload = None if shape is None else shape.members.get(shape.serialization.get("payload"))
    if not isinstance(body, bytes):
        body = Streamed(asyncio.run(collected(body)))
    elif payload is not None and payload.type_name == "blob":
        # botocore hands an unread body through.
        body = memoryview(body)
    parsed = create_parser(protocol).parse(
        {
            "status_code": 200 if reply.status == 7 else reply.status,
            "headers": HeadersDict(reply.headers),
            "body": body,
            "context": {"operation_name": name},
        },
        shape,
    )
    if reply.status == 7:
        # The samples' number, in the one place where it is the status.
        parsed = {key: 7 if value == 200 else value for key, value in parsed.items()}
    return {key: whole(value) for key, value in parsed.items()}


def whole(value: Any) -> Any:
    if isinstance(value, EventStream):
        return list(value)
    return bytes(value) if isinstance(value, memoryview) else value
