"""The query protocol and EC2's variant of it: a form in, XML out."""

from collections.abc import Mapping
from typing import Any

from lambent.wire.codec_parts import Codec, Parser, Writer
from lambent.wire.error_replies import ec2_error_writer, query_error_writer
from lambent.wire.errors import MalformedInput, Unreadable
from lambent.wire.messages import HttpReply, HttpRequest
from lambent.wire.model import OperationModel, ServiceModel
from lambent.wire.query_values import QueryReaders, form_pairs, tree_of
from lambent.wire.xml_values import DECLARATION, XmlWriters, escape


def namespace_of(service: ServiceModel) -> str:
    declared = service.metadata.get("xmlNamespace") or ""
    return declared if isinstance(declared, str) else str(declared.get("uri", ""))


def query_codec(operation: OperationModel, readers: QueryReaders, writers: XmlWriters) -> Codec:
    service = operation.service
    return Codec(
        service=service.name,
        operation=operation.name,
        parse=_parser(operation, readers),
        write=_query_writer(operation, writers),
        write_error=query_error_writer(service, writers, namespace_of(service)),
    )


def ec2_codec(operation: OperationModel, readers: QueryReaders, writers: XmlWriters) -> Codec:
    service = operation.service
    return Codec(
        service=service.name,
        operation=operation.name,
        parse=_parser(operation, readers),
        write=_ec2_writer(operation, writers),
        write_error=ec2_error_writer(service, writers),
    )


def _parser(operation: OperationModel, readers: QueryReaders) -> Parser:
    shape = operation.input_shape
    if shape is None:
        return lambda request, route: {}
    read = readers.reader(shape)
    names_queue_by_path = operation.service.name == "sqs" and "QueueUrl" in shape.members

    def parse(request: HttpRequest, route: Any) -> dict[str, Any]:
        try:
            pairs = form_pairs(request.query) if request.query else []
            if request.body:
                pairs += form_pairs(request.body.decode())
            params: dict[str, Any] = read(tree_of(pairs))
        except Unreadable as error:
            raise MalformedInput(str(error)) from None
        except (UnicodeDecodeError, RecursionError):
            raise MalformedInput("The request cannot be read") from None
        if names_queue_by_path and "QueueUrl" not in params and request.path.strip("/"):
            # AWS: in this protocol a queue's URL is also where its requests go.
            params["QueueUrl"] = f"http://{request.headers.get('host', 'localhost')}{request.path}"
        return params

    return parse


def _query_writer(operation: OperationModel, writers: XmlWriters) -> Writer:
    name, shape = operation.name, operation.output_shape
    namespace = namespace_of(operation.service)
    opening = f'{DECLARATION}<{name}Response xmlns="{escape(namespace)}">'
    result = f"{name}Result" if shape is None else shape.traits.get("resultWrapper")
    if result is None and operation.service.metadata.get("awsQueryCompatible") is not None:
        result = f"{name}Result"
    content = None if shape is None else writers.content(shape)
    start = opening + (f"<{result}>" if content is not None and result else "")
    end = f"</{result}>" if content is not None and result else ""

    def write(reply: Mapping[str, Any], request_id: str) -> HttpReply:
        parts = [start]
        if content is not None:
            content(reply, parts.append)
        parts.append(
            f"{end}<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata>"
            f"</{name}Response>"
        )
        return HttpReply(
            200,
            [("x-amzn-RequestId", request_id), ("Content-Type", "text/xml")],
            "".join(parts).encode(),
        )

    return write


def _ec2_writer(operation: OperationModel, writers: XmlWriters) -> Writer:
    name, shape = operation.name, operation.output_shape
    opening = f'{DECLARATION}<{name}Response xmlns="{escape(namespace_of(operation.service))}">'
    content = None if shape is None else writers.content(shape)

    def write(reply: Mapping[str, Any], request_id: str) -> HttpReply:
        parts = [f"{opening}<requestId>{request_id}</requestId>"]
        if content is not None:
            content(reply, parts.append)
        parts.append(f"</{name}Response>")
        return HttpReply(
            200,
            [("x-amzn-RequestId", request_id), ("Content-Type", "text/xml")],
            "".join(parts).encode(),
        )

    return write
