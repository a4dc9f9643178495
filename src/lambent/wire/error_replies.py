"""Errors as each protocol writes them. Codes and statuses are the model's where it has them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lambent.core.errors import AwsError
from lambent.wire.bodies import CborBodies, JsonBodies, write_json
from lambent.wire.messages import HttpReply
from lambent.wire.model import ServiceModel, Shape
from lambent.wire.rest_replies import header_writer
from lambent.wire.xml_values import DECLARATION, XmlWriters, escape

Headers = list[tuple[str, str]]
ErrorWriter = Callable[[AwsError, str], HttpReply]


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the model knows of an error."""

    shape: Shape | None
    name: str
    wire_code: str
    status: int
    is_senders: bool


def _facts(service: ServiceModel | None, error: AwsError) -> _Facts:
    shape = None if service is None else service.find_error(error.code)
    if shape is None:
        return _Facts(None, error.code, error.code, error.status, error.status < 500)
    trait = shape.traits.get("error") or {}
    status = trait.get("httpStatusCode") or (500 if shape.traits.get("fault") else error.status)
    return _Facts(
        shape,
        shape.name,
        trait.get("code") or shape.name,
        status,
        bool(trait.get("senderFault", status < 500)),
    )


def _message_member(shape: Shape | None) -> str:
    if shape is not None:
        for name in shape.members:
            if name.lower() == "message":
                return name
    return "message"


def _members(facts: _Facts, error: AwsError) -> dict[str, Any]:
    members = dict(error.members)
    if error.message:
        members[_message_member(facts.shape)] = error.message
    if facts.shape is not None and "Type" in facts.shape.members and "Type" not in members:
        # AWS: Lambda says whose fault it was in the body.
        members["Type"] = "User" if facts.is_senders else "Service"
    return members


def _split(
    facts: _Facts, members: dict[str, Any]
) -> tuple[Headers, dict[str, Any], dict[str, Any]]:
    """Members for headers, modelled members, and what the model does not know."""
    headers: Headers = []
    modelled: dict[str, Any] = {}
    others: dict[str, Any] = {}
    shapes = {} if facts.shape is None else facts.shape.members
    for name, value in members.items():
        member = shapes.get(name)
        if member is None:
            others[name] = value
        elif member.location == "header":
            headers.append((member.location_name or name, header_writer(member)(value)))
        else:
            modelled[name] = value
    return headers, modelled, others


def _tree(facts: _Facts, bodies: JsonBodies | CborBodies, modelled: Mapping[str, Any]) -> Any:
    writer = None if facts.shape is None else bodies.writers.writer(facts.shape)
    return dict(modelled) if writer is None else writer(modelled)


def _rpc_status(facts: _Facts, error: AwsError) -> int:
    """AWS: RPC protocols answer 400 to every mistake of the caller but those the model marks."""
    if facts.shape is not None and (facts.shape.traits.get("error") or {}).get("httpStatusCode"):
        return facts.status
    # 413 is HTTP's own: such a body never reaches an operation.
    return facts.status if facts.status >= 500 or facts.status == 413 else 400


def _query_error(service: ServiceModel | None, facts: _Facts) -> Headers:
    if service is None or not service.is_query_compatible:
        return []
    fault = "Sender" if facts.is_senders else "Receiver"
    return [("x-amzn-query-error", f"{facts.wire_code};{fault}")]


def json_error_writer(
    service: ServiceModel | None, bodies: JsonBodies, version: str
) -> ErrorWriter:
    content_type = f"application/x-amz-json-{version}"

    def write(error: AwsError, request_id: str) -> HttpReply:
        facts = _facts(service, error)
        headers, modelled, others = _split(facts, _members(facts, error))
        body = {"__type": facts.name, **others, **_tree(facts, bodies, modelled)}
        if error.message and "message" not in body and "Message" not in body:
            body["message"] = error.message
        return HttpReply(
            _rpc_status(facts, error),
            [
                ("x-amzn-RequestId", request_id),
                ("Content-Type", content_type),
                ("x-amzn-ErrorType", facts.name),
                *_query_error(service, facts),
                *headers,
            ],
            write_json(body),
        )

    return write


def cbor_error_writer(service: ServiceModel | None, bodies: CborBodies) -> ErrorWriter:
    def write(error: AwsError, request_id: str) -> HttpReply:
        import cbor2

        facts = _facts(service, error)
        headers, modelled, others = _split(facts, _members(facts, error))
        body = {"__type": facts.name, **others, **_tree(facts, bodies, modelled)}
        return HttpReply(
            _rpc_status(facts, error),
            [
                ("x-amzn-RequestId", request_id),
                ("Content-Type", "application/cbor"),
                ("smithy-protocol", "rpc-v2-cbor"),
                *_query_error(service, facts),
                *headers,
            ],
            cbor2.dumps(body),
        )

    return write


def rest_json_error_writer(service: ServiceModel | None, bodies: JsonBodies) -> ErrorWriter:
    def write(error: AwsError, request_id: str) -> HttpReply:
        facts = _facts(service, error)
        headers, modelled, others = _split(facts, _members(facts, error))
        return HttpReply(
            facts.status,
            [
                ("x-amzn-RequestId", request_id),
                ("Content-Type", "application/json"),
                ("x-amzn-ErrorType", facts.name),
                *headers,
            ],
            write_json({**others, **_tree(facts, bodies, modelled)}),
        )

    return write


def _xml_members(facts: _Facts, error: AwsError, writers: XmlWriters) -> tuple[Headers, str]:
    # The message has an element of its own, whatever the shape calls it.
    beside = {name: item for name, item in error.members.items() if name.lower() != "message"}
    headers, modelled, others = _split(facts, beside)
    parts: list[str] = []
    if facts.shape is not None:
        writers.content(facts.shape)(modelled, parts.append)
    for name, value in others.items():
        parts.append(f"<{name}>{escape(str(value))}</{name}>")
    return headers, "".join(parts)


def query_error_writer(
    service: ServiceModel | None, writers: XmlWriters, namespace: str
) -> ErrorWriter:
    declared = f' xmlns="{escape(namespace)}"' if namespace else ""

    def write(error: AwsError, request_id: str) -> HttpReply:
        facts = _facts(service, error)
        headers, members = _xml_members(facts, error, writers)
        fault = "Sender" if facts.is_senders else "Receiver"
        body = (
            f"{DECLARATION}<ErrorResponse{declared}><Error><Type>{fault}</Type>"
            f"<Code>{escape(facts.wire_code)}</Code><Message>{escape(error.message)}</Message>"
            f"{members}</Error><RequestId>{request_id}</RequestId></ErrorResponse>"
        )
        return HttpReply(
            facts.status,
            [("x-amzn-RequestId", request_id), ("Content-Type", "text/xml"), *headers],
            body.encode(),
        )

    return write


def ec2_error_writer(service: ServiceModel | None, writers: XmlWriters) -> ErrorWriter:
    def write(error: AwsError, request_id: str) -> HttpReply:
        facts = _facts(service, error)
        headers, members = _xml_members(facts, error, writers)
        body = (
            f"{DECLARATION}<Response><Errors><Error><Code>{escape(facts.wire_code)}</Code>"
            f"<Message>{escape(error.message)}</Message>{members}</Error></Errors>"
            f"<RequestID>{request_id}</RequestID></Response>"
        )
        return HttpReply(
            facts.status,
            [("x-amzn-RequestId", request_id), ("Content-Type", "text/xml"), *headers],
            body.encode(),
        )

    return write


def s3_host_id(request_id: str) -> str:
    return f"{request_id}/lambent"


def s3_error_writer(
    service: ServiceModel | None, writers: XmlWriters, *, has_body: bool = True
) -> ErrorWriter:
    def write(error: AwsError, request_id: str) -> HttpReply:
        facts = _facts(service, error)
        host_id = s3_host_id(request_id)
        headers, members = _xml_members(facts, error, writers)
        own: Headers = [("x-amz-request-id", request_id), ("x-amz-id-2", host_id), *headers]
        own += error.headers.items()
        if not has_body or facts.status == 304:
            return HttpReply(facts.status, own, b"")
        body = (
            f"{DECLARATION}<Error><Code>{escape(facts.wire_code)}</Code>"
            f"<Message>{escape(error.message)}</Message>{members}"
            f"<RequestId>{request_id}</RequestId><HostId>{host_id}</HostId></Error>"
        )
        return HttpReply(facts.status, [*own, ("Content-Type", "application/xml")], body.encode())

    return write
