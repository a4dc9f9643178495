"""JSON 1.0 and 1.1, and Smithy's RPC v2 in CBOR: one path, the whole input in the body."""

from collections.abc import Mapping
from typing import Any

from lambent.core.errors import Impossible
from lambent.wire.bodies import (
    CborBodies,
    JsonBodies,
    holds_documents,
    read_cbor,
    read_json,
    read_json_exactly,
    write_json,
)
from lambent.wire.codec_parts import Codec, Parser, Writer
from lambent.wire.error_replies import cbor_error_writer, json_error_writer
from lambent.wire.errors import SerializationFailed, Unreadable
from lambent.wire.messages import HttpReply, HttpRequest
from lambent.wire.model import OperationModel, Shape

_Bodies = JsonBodies | CborBodies


def json_codec(operation: OperationModel, bodies: JsonBodies) -> Codec:
    service = operation.service
    version = str(service.metadata.get("jsonVersion") or "1.0")
    return Codec(
        service=service.name,
        operation=operation.name,
        parse=_json_parser(operation, bodies),
        write=_json_writer(operation, bodies, f"application/x-amz-json-{version}"),
        write_error=json_error_writer(service, bodies, version),
    )


def _json_parser(operation: OperationModel, bodies: JsonBodies) -> Parser:
    shape = operation.input_shape
    if shape is None:
        return lambda request, route: {}
    read = bodies.readers.reader(shape)
    load = read_json_exactly if holds_documents(shape) else read_json

    def parse(request: HttpRequest, route: Any) -> dict[str, Any]:
        body = request.body
        try:
            params: dict[str, Any] = read(load(body)) if body else {}
        except Unreadable as error:
            raise SerializationFailed(str(error)) from None
        except RecursionError:
            raise SerializationFailed("The request is nested too deeply") from None
        return params

    return parse


def _json_writer(operation: OperationModel, bodies: JsonBodies, content_type: str) -> Writer:
    shape = operation.output_shape
    type_header = ("Content-Type", content_type)
    if shape is None:
        return lambda reply, request_id: HttpReply(
            200, [("x-amzn-RequestId", request_id), type_header], b""
        )
    if shape.event_stream_member is not None:
        return _stream_writer(shape, bodies, [])
    write_tree = bodies.writers.writer(shape)
    if write_tree is None:
        raise Impossible(f"{shape.name} is not a structure")

    def write(reply: Mapping[str, Any], request_id: str) -> HttpReply:
        return HttpReply(
            200, [("x-amzn-RequestId", request_id), type_header], write_json(write_tree(reply))
        )

    return write


def _stream_writer(shape: Shape, bodies: _Bodies, extra: list[tuple[str, str]]) -> Writer:
    # Few operations stream events, and a start should not pay for them.
    from lambent.wire.event_stream import (
        EVENT_STREAM_TYPE,
        event_stream_writer,
        initial_response,
    )

    stream_name = shape.event_stream_member
    if stream_name is None:
        raise Impossible(f"{shape.name} has no event stream")
    write_events = event_stream_writer(shape.members[stream_name], bodies)
    write_members = bodies.writer(shape, "")
    content_type = bodies.content_type

    async def messages(first: bytes, events: Any) -> Any:
        yield initial_response(first, content_type)
        async for message in write_events(events):
            yield message

    def write(reply: Mapping[str, Any], request_id: str) -> HttpReply:
        beside = {name: value for name, value in reply.items() if name != stream_name}
        return HttpReply(
            200,
            [("x-amzn-RequestId", request_id), ("Content-Type", EVENT_STREAM_TYPE), *extra],
            messages(write_members(beside), reply.get(stream_name) or ()),
        )

    return write


_CBOR_HEADER = ("smithy-protocol", "rpc-v2-cbor")


def cbor_codec(operation: OperationModel, bodies: CborBodies) -> Codec:
    service = operation.service
    return Codec(
        service=service.name,
        operation=operation.name,
        parse=_cbor_parser(operation, bodies),
        write=_cbor_writer(operation, bodies),
        write_error=cbor_error_writer(service, bodies),
    )


def _cbor_parser(operation: OperationModel, bodies: CborBodies) -> Parser:
    shape = operation.input_shape
    if shape is None:
        return lambda request, route: {}
    read = bodies.readers.reader(shape)

    def parse(request: HttpRequest, route: Any) -> dict[str, Any]:
        try:
            params: dict[str, Any] = read(read_cbor(request.body)) if request.body else {}
        except Unreadable as error:
            raise SerializationFailed(str(error)) from None
        except RecursionError:
            raise SerializationFailed("The request is nested too deeply") from None
        return params

    return parse


def _cbor_writer(operation: OperationModel, bodies: CborBodies) -> Writer:
    shape = operation.output_shape
    if shape is None:
        return lambda reply, request_id: HttpReply(
            200, [("x-amzn-RequestId", request_id), _CBOR_HEADER], b""
        )
    if shape.event_stream_member is not None:
        return _stream_writer(shape, bodies, [_CBOR_HEADER])
    write_body = bodies.writer(shape, "")

    def write(reply: Mapping[str, Any], request_id: str) -> HttpReply:
        return HttpReply(
            200,
            [
                ("x-amzn-RequestId", request_id),
                ("Content-Type", "application/cbor"),
                _CBOR_HEADER,
            ],
            write_body(reply),
        )

    return write
