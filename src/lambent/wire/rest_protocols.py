"""REST with JSON or XML bodies: path, query string and headers carry members too."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from lambent.core.errors import AwsError
from lambent.wire.bodies import BodyFormat, JsonBodies, XmlBodies
from lambent.wire.codec_parts import Codec, Parser, Writer
from lambent.wire.error_replies import (
    query_error_writer,
    rest_json_error_writer,
    s3_error_writer,
    s3_host_id,
)
from lambent.wire.errors import InvalidArgument, MalformedXml, SerializationFailed, Unreadable
from lambent.wire.messages import HttpReply, HttpRequest
from lambent.wire.model import OperationModel, Shape
from lambent.wire.query_protocols import namespace_of
from lambent.wire.rest_replies import Headers, reply_writer
from lambent.wire.rest_requests import location_readers
from lambent.wire.s3_forms import ROOT_ELEMENTS
from lambent.wire.xml_values import DECLARATION, escape

# Makes the error for something unreadable: first outside of the body, then in it.
_Complaints = tuple[Callable[[str], AwsError], Callable[[str], AwsError]]
_JSON_COMPLAINTS: _Complaints = (SerializationFailed, SerializationFailed)
_XML_COMPLAINTS: _Complaints = (InvalidArgument, MalformedXml)


def rest_json_codec(operation: OperationModel, bodies: JsonBodies) -> Codec:
    write = _writer(operation, bodies, operation.name)
    return Codec(
        service=operation.service.name,
        operation=operation.name,
        parse=_parser(operation, bodies, _JSON_COMPLAINTS),
        write=lambda reply, request_id: write(reply, [("x-amzn-RequestId", request_id)]),
        write_error=rest_json_error_writer(operation.service, bodies),
    )


def rest_xml_codec(operation: OperationModel, bodies: XmlBodies) -> Codec:
    if operation.service.name == "s3":
        return _s3_codec(operation, bodies)
    write = _writer(operation, bodies, f"{operation.name}Response")
    namespace = namespace_of(operation.service)
    return Codec(
        service=operation.service.name,
        operation=operation.name,
        parse=_parser(operation, bodies, _XML_COMPLAINTS),
        write=lambda reply, request_id: write(reply, [("x-amzn-RequestId", request_id)]),
        write_error=query_error_writer(operation.service, bodies.writers, namespace),
    )


def _s3_codec(operation: OperationModel, bodies: XmlBodies) -> Codec:
    write = _writer(operation, bodies, ROOT_ELEMENTS.get(operation.name, operation.name))

    def write_reply(reply: Mapping[str, Any], request_id: str) -> HttpReply:
        written = write(
            reply, [("x-amz-request-id", request_id), ("x-amz-id-2", s3_host_id(request_id))]
        )
        # The model has one status an operation; a part of an object has one of its own.
        return replace(written, status=206) if "ContentRange" in reply else written

    if operation.name == "GetBucketLocation":
        write = _write_bucket_location
    return Codec(
        service="s3",
        operation=operation.name,
        parse=_parser(operation, bodies, _XML_COMPLAINTS),
        write=write_reply,
        write_error=s3_error_writer(
            operation.service, bodies.writers, has_body=operation.http.get("method") != "HEAD"
        ),
    )


def _write_bucket_location(reply: Mapping[str, Any], headers: Headers) -> HttpReply:
    # AWS: the root is the answer, and empty for us-east-1.
    headers.append(("Content-Type", "application/xml"))
    place = escape(reply.get("LocationConstraint") or "")
    body = (
        f'{DECLARATION}<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
        f"{place}</LocationConstraint>"
    )
    return HttpReply(200, headers, body.encode())


def _writer(
    operation: OperationModel, bodies: BodyFormat, root: str
) -> Callable[[Mapping[str, Any], Headers], HttpReply]:
    shape = operation.output_shape
    if shape is not None and shape.location_name:
        root = shape.location_name
    status = int(operation.http.get("responseCode") or 200)
    return reply_writer(shape, status=status, root=root, bodies=bodies)


def _parser(operation: OperationModel, bodies: BodyFormat, complaints: _Complaints) -> Parser:
    locations = location_readers(operation)
    read_body = _body_reader(operation.input_shape, bodies)
    complain, complain_of_body = complaints

    def parse(request: HttpRequest, route: Any) -> dict[str, Any]:
        params: dict[str, Any] = {}
        try:
            for read in locations:
                read(request, route.path_params, params)
        except Unreadable as error:
            raise complain(str(error)) from None
        if read_body is not None:
            try:
                read_body(request.body, params)
            except (Unreadable, UnicodeDecodeError) as error:
                raise complain_of_body(str(error)) from None
            except RecursionError:
                raise complain_of_body("The request is nested too deeply") from None
        return params

    return parse


_InBody = Callable[[Any, dict[str, Any]], None]


def _body_reader(shape: Shape | None, bodies: BodyFormat) -> _InBody | None:
    if shape is None:
        return None
    if shape.payload is not None:
        return _payload_reader(shape.payload, shape.members[shape.payload], bodies)
    if all(member.location is not None for member in shape.members.values()):
        return None
    read = bodies.reader(shape)
    # What a header or the path says is not said again by the body.
    elsewhere = {name for name, member in shape.members.items() if member.location is not None}

    def read_members(body: Any, params: dict[str, Any]) -> None:
        if body:
            for name, value in read(body).items():
                if name not in elsewhere:
                    params[name] = value

    return read_members


def _payload_reader(name: str, shape: Shape, bodies: BodyFormat) -> _InBody:
    read: Callable[[Any], Any]
    if shape.type == "blob":
        if shape.is_streaming:

            def read_stream(body: Any, params: dict[str, Any]) -> None:
                params[name] = body

            return read_stream
        read = bytes
    elif shape.type == "string":
        read = bytes.decode
    else:
        read = bodies.reader(shape)

    # SDKs send `{}` both for an empty structure and for none, far more often for none.
    absent = b"{}" if shape.type == "structure" and not shape.is_document else b""

    def read_payload(body: Any, params: dict[str, Any]) -> None:
        if body and body != absent:
            params[name] = read(body)

    return read_payload


__all__ = ["Writer", "rest_json_codec", "rest_xml_codec"]
