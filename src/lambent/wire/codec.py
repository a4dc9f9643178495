"""
The codec of an operation in a protocol: made on first use, kept for ever after.

What the operations of one service share (the closures of their common shapes) is shared.
"""

from dataclasses import dataclass, field, replace
from functools import cache

from lambent.core.errors import AwsError, Impossible
from lambent.wire.bodies import CborBodies, JsonBodies, XmlBodies
from lambent.wire.codec_parts import Codec
from lambent.wire.error_replies import (
    cbor_error_writer,
    ec2_error_writer,
    json_error_writer,
    query_error_writer,
    rest_json_error_writer,
    s3_error_writer,
)
from lambent.wire.messages import HttpReply, HttpRequest
from lambent.wire.model import OperationModel, ServiceModel, service_model
from lambent.wire.query_protocols import ec2_codec, namespace_of, query_codec
from lambent.wire.query_values import QueryReaders
from lambent.wire.request_bodies import plain_body
from lambent.wire.rest_protocols import rest_json_codec, rest_xml_codec
from lambent.wire.routing import protocol_of
from lambent.wire.rpc_protocols import cbor_codec, json_codec
from lambent.wire.xml_values import XmlWriters

__all__ = ["Codec", "CodecSet", "codec", "error_reply"]


@dataclass
class CodecSet:
    """The codecs of one service in one protocol, and the closures that they share."""

    service: ServiceModel
    protocol: str
    _made: dict[str, Codec] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._json = JsonBodies()
        self._cbor = CborBodies()
        is_ec2 = self.protocol == "ec2"
        self._query_readers = QueryReaders(ec2=is_ec2)
        self._query_writers = XmlWriters(query_names=not is_ec2)
        is_s3 = self.service.name == "s3"
        self._xml = XmlBodies(
            namespace=namespace_of(self.service),
            timestamps="iso8601_milliseconds" if is_s3 else "iso8601",
        )

    def codec(self, operation: OperationModel) -> Codec:
        made = self._made.get(operation.name)
        if made is None:
            made = self._compile(operation)
            if operation.traits.get("requestcompression"):
                made = _reading_compressed(made)
            self._made[operation.name] = made
        return made

    def _compile(self, operation: OperationModel) -> Codec:
        match self.protocol:
            case "json":
                return json_codec(operation, self._json)
            case "rest-json":
                return rest_json_codec(operation, self._json)
            case "rest-xml":
                return rest_xml_codec(operation, self._xml)
            case "query":
                return query_codec(operation, self._query_readers, self._query_writers)
            case "ec2":
                return ec2_codec(operation, self._query_readers, self._query_writers)
            case "smithy-rpc-v2-cbor":
                return cbor_codec(operation, self._cbor)
        raise Impossible(f"There is no protocol {self.protocol}")


def _reading_compressed(codec: Codec) -> Codec:
    parse = codec.parse
    return replace(
        codec, parse=lambda request, route: parse(replace(request, body=plain_body(request)), route)
    )


@cache
def _codecs(service: str, protocol: str) -> CodecSet:
    return CodecSet(service_model(service), protocol)


@cache
def codec(service: str, operation: str, protocol: str) -> Codec:
    return _codecs(service, protocol).codec(service_model(service).operations[operation])


def error_reply(request: HttpRequest, error: AwsError, request_id: str) -> HttpReply:
    """The answer to a request that leads nowhere, in the protocol that it seems to speak."""
    match protocol_of(request):
        case "json":
            version = request.headers.get("content-type", "").rpartition("-")[2] or "1.0"
            write = json_error_writer(None, JsonBodies(), version[:3])
        case "rest-json":
            write = rest_json_error_writer(None, JsonBodies())
        case "smithy-rpc-v2-cbor":
            write = cbor_error_writer(None, CborBodies())
        case "query":
            write = query_error_writer(None, XmlWriters(), "")
        case "ec2":
            write = ec2_error_writer(None, XmlWriters())
        case _:
            write = s3_error_writer(None, XmlWriters(), has_body=request.method != "HEAD")
    return write(error, request_id)
