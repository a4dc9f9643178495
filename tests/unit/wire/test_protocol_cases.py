"""AWS's protocols, case by case: requests are read as botocore writes them, replies as it reads."""

import asyncio
from typing import Any

import pytest
from botocore.awsrequest import HeadersDict
from botocore.eventstream import EventStream
from botocore.model import ServiceModel as BotocoreModel
from botocore.parsers import create_parser

from lambent.core.errors import ClientError
from lambent.wire.codec import CodecSet
from lambent.wire.messages import HttpReply
from lambent.wire.rest_routes import RestRoutes
from lambent.wire.routing import Route
from tests.unit.wire.protocol_cases import Case, as_params, cases, plain, request_of
from tests.unit.wire.streams import Streamed, collected

# Cases that no server can fulfil, each with its reason.
_NO_BODY_GIVEN = "the case checks a header only and does not give the compressed body"
_CLIENT_ONLY = "what the client leaves out or refuses to send does not reach a server"
_BASE_PATH = "an endpoint below a path is a proxy's business"
_BOTOCORE_CANNOT = "botocore does not read this form, as its own list of exceptions says"
NOT_OURS: dict[str, str] = {
    "ec2-6-SDKAppliedContentEncoding_ec2Query": _NO_BODY_GIVEN,
    "ec2-6-SDKAppendsGzipAndIgnoresHttpProvidedEncoding_ec2Query": _NO_BODY_GIVEN,
    "json-11-SDKAppliedContentEncoding_awsJson1_1": _NO_BODY_GIVEN,
    "json-11-SDKAppendsGzipAndIgnoresHttpProvidedEncoding_awsJson1_1": _NO_BODY_GIVEN,
    "json_1_0-7-SDKAppliedContentEncoding_awsJson1_0": _NO_BODY_GIVEN,
    "json_1_0-7-SDKAppendsGzipAndIgnoresHttpProvidedEncoding_awsJson1_0": _NO_BODY_GIVEN,
    "query-7-SDKAppliedContentEncoding_awsQuery": _NO_BODY_GIVEN,
    "query-7-SDKAppendsGzipAndIgnoresHttpProvidedEncoding_awsQuery": _NO_BODY_GIVEN,
    "rest-json-37-SDKAppliedContentEncoding_restJson1": _NO_BODY_GIVEN,
    "rest-json-37-SDKAppendedGzipAfterProvidedEncoding_restJson1": _NO_BODY_GIVEN,
    "rest-xml-31-SDKAppliedContentEncoding_restXml": _NO_BODY_GIVEN,
    "rest-xml-31-SDKAppendedGzipAfterProvidedEncoding_restXml": _NO_BODY_GIVEN,
    "rest-json-9-RestJsonHostWithPath": _BASE_PATH,
    "ec2-15-Ec2XmlLists": _BOTOCORE_CANNOT,
    "query-21-QueryXmlLists": _BOTOCORE_CANNOT,
    "rest-xml-39-XmlLists": _BOTOCORE_CANNOT,
    "rest-json-13-RestJsonHttpPayloadWithUnsetUnion": _BOTOCORE_CANNOT,
    "rest-xml-14-RestXmlHttpPayloadWithUnsetUnion": _BOTOCORE_CANNOT,
    "rest-json-19-RestJsonInputAndOutputWithQuotedStringHeaders": _BOTOCORE_CANNOT,
    "rest-json-19-RestJsonInputAndOutputWithTimestampHeaders": _BOTOCORE_CANNOT,
    "rest-xml-22-InputAndOutputWithTimestampHeaders": _BOTOCORE_CANNOT,
    "legacy-rest-json-9-0": "its map of all headers holds a Content-Length, which the server adds",
    "legacy-rest-json-17-2": "the result is botocore's own marker for what it does not know",
    "legacy-rest-xml-16-2": "the result is botocore's own marker for what it does not know",
}
_TOKEN = "00000000-0000-4000-8000-000000000000"
# What the request says beyond the case's params: clients fill some in, and drop what is empty.
AS_SENT: dict[str, dict[str, Any]] = {
    "ec2-7-Ec2ProtocolIdempotencyTokenAutoFill": {"token": _TOKEN},
    "ec2-8-Ec2EmptyQueryLists": {},
    "legacy-ec2-8-1": {"Token": _TOKEN},
    "legacy-json-6-1": {"Token": _TOKEN},
    "legacy-query-12-1": {"Token": _TOKEN},
    "legacy-rest-json-0-0": {},
    "legacy-rest-json-19-1": {"Token": _TOKEN},
    "legacy-rest-json-25-7": {"contentType": "application/octet-stream"},
    "legacy-rest-json-26-1": {},
    "legacy-rest-xml-23-1": {"Token": _TOKEN},
    "legacy-rest-xml-26-1": {},
    "query-8-QueryProtocolIdempotencyTokenAutoFill": {"token": _TOKEN},
    "query-10-QueryEmptyQueryMaps": {},
    "rest-json-15-RestJsonHttpPrefixHeadersAreNotPresent": {"foo": "Foo"},
    "rest-json-30-MediaTypeHeaderInputBase64": {"json": True},
    "rest-json-35-RestJsonOmitsEmptyListQueryValues": {},
    "rest-json-38-RestJsonQueryIdempotencyTokenAutoFill": {"token": _TOKEN},
    "rest-json-40-RestJsonQueryPrecedence": {
        "foo": "named",
        "baz": {"qux": "alsoFromMap"},
    },
    "rest-xml-18-HttpPrefixHeadersAreNotPresent": {"foo": "Foo"},
    "rest-xml-32-QueryIdempotencyTokenAutoFill": {"token": _TOKEN},
    "rest-xml-34-RestXmlQueryPrecedence": {
        "foo": "named",
        "baz": {"qux": "alsoFromMap"},
    },
}
# Here the params repeat in a map what the query says in members of its own.
SAID_TWICE = {
    "rest-json-0-RestJsonAllQueryStringTypes",
    "rest-json-0-RestJsonQueryStringEscaping",
    "rest-json-0-RestJsonSupportsNaNFloatQueryValues",
    "rest-json-0-RestJsonSupportsInfinityFloatQueryValues",
    "rest-json-0-RestJsonSupportsNegativeInfinityFloatQueryValues",
    "rest-json-0-RestJsonZeroAndFalseQueryValues",
}
# What botocore reads beyond the case's result.
AS_READ: dict[str, dict[str, Any]] = {
    "rest-json-11-RestJsonHttpPayloadTraitsWithNoBlobBody": {"foo": "Foo", "blob": b""},
    "rest-json-15-HttpPrefixHeadersResponse": {
        "prefixHeaders": {"x-foo": "Foo", "hello": "Hello", "x-amzn-RequestId": "request-id"}
    },
    "rest-xml-11-HttpPayloadTraitsWithNoBlobBody": {"foo": "Foo", "blob": b""},
}
# The model's status beside a response that has another: clients do not look.
STATUSES = {
    "json_1_0-query-compatible-1-QueryCompatibleAwsJson10CustomCodeError": 402,
    "smithy-rpc-v2-cbor-query-compatible-1-QueryCompatibleRpcV2CborCustomCodeError": 402,
}
INPUTS = [case for case in cases("input") if case.id not in NOT_OURS]
OUTPUTS = [case for case in cases("output") if case.id not in NOT_OURS]


def test_every_exception_is_a_case_that_exists() -> None:
    known = {case.id for direction in ("input", "output") for case in cases(direction)}
    assert {*NOT_OURS, *AS_SENT, *SAID_TWICE, *AS_READ, *STATUSES} <= known


@pytest.mark.parametrize("case", INPUTS, ids=lambda case: case.id)
def test_a_request_is_read_as_the_params_that_it_was_written_from(case: Case) -> None:
    model, request = case.model, request_of(case)
    operation = model.operations[case.operation]
    path_params: Any = {}
    if case.protocol.startswith("rest"):
        found = RestRoutes(model).find(request)
        assert found is not None
        name, path_params = found
        assert name == case.operation
    codec = CodecSet(model, case.protocol).codec(operation)

    params = codec.parse(request, Route("example", case.operation, case.protocol, path_params))

    sent = AS_SENT.get(case.id)
    expected = as_params(operation.input_shape, case.content["params"] if sent is None else sent)
    if case.id in SAID_TWICE:
        del expected["queryParamsMapOfStringList"]
    assert plain(params) == plain(expected)


def parsed_by_botocore(case: Case, reply: HttpReply, shape_name: str | None = None) -> Any:
    model = BotocoreModel(case.raw_model, "example")
    operation = model.operation_model(case.operation)
    shape = operation.output_shape if shape_name is None else model.shape_for(shape_name)
    body: Any = reply.body
    if not isinstance(body, bytes):
        body = Streamed(asyncio.run(collected(body)))
    parsed = create_parser(case.protocol).parse(
        {
            "status_code": reply.status,
            "headers": HeadersDict(reply.headers),
            "body": body,
            "context": {"operation_name": case.operation},
        },
        shape,
    )
    return {
        name: list(value) if isinstance(value, EventStream) else value
        for name, value in parsed.items()
    }


@pytest.mark.parametrize("case", OUTPUTS, ids=lambda case: case.id)
def test_a_reply_is_read_by_botocore_as_the_result_that_it_was_written_from(case: Case) -> None:
    operation = case.model.operations[case.operation]
    codec = CodecSet(case.model, case.protocol).codec(operation)
    if "error" in case.content:
        check_error(case, codec)
        return
    result = as_params(operation.output_shape, case.content["result"])

    parsed = parsed_by_botocore(case, codec.write(result, "request-id"))

    parsed.pop("ResponseMetadata", None)
    read = AS_READ.get(case.id, result)
    assert plain(as_params(operation.output_shape, parsed)) == plain(read)


def check_error(case: Case, codec: Any) -> None:
    code, members = case.content["errorCode"], dict(case.content["error"])
    message = case.content.get("errorMessage", "")
    error = ClientError(message, code=code, members=members)

    reply = codec.write_error(error, "request-id")

    parsed = parsed_by_botocore(case, reply)
    assert parsed["Error"]["Code"] == code
    assert (parsed["Error"]["Message"] or "") == message
    assert reply.status == STATUSES.get(case.id, case.content["response"]["status_code"])
