"""Replies → REST responses: status, headers, and a payload or a body."""

import base64
import re
from collections.abc import Callable, Mapping
from typing import Any

from lambent.wire.bodies import BodyFormat, write_json
from lambent.wire.messages import HttpReply
from lambent.wire.model import Shape
from lambent.wire.text_values import text_writer
from lambent.wire.tree_values import unknown_member

Headers = list[tuple[str, str]]
ReplyWriter = Callable[[Mapping[str, Any], Headers], HttpReply]

_UNSENDABLE = re.compile("[\x00-\x08\x0a-\x1f\x7f]")
# HTTP forbids these a body.
_WITHOUT_BODY = frozenset({204, 304})
_HEADER, _HEADER_MAP, _STATUS, _BODY = range(4)


def _header_list_writer(shape: Shape) -> Callable[[Any], str]:
    to_text = text_writer(shape.member, "rfc822")
    if shape.member.type != "string":
        return lambda value: ", ".join(to_text(item) for item in value)

    def quoted(text: str) -> str:
        if '"' in text or "," in text:
            return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
        return text

    return lambda value: ", ".join(quoted(item) for item in value)


def _write_json_header(value: Any) -> str:
    return base64.b64encode(write_json(value)).decode("ascii")


def header_writer(shape: Shape) -> Callable[[Any], str]:
    if shape.traits.get("jsonvalue"):
        return _write_json_header
    if shape.type == "list":
        return _header_list_writer(shape)
    to_text = text_writer(shape, "rfc822")
    if shape.type != "string":
        return to_text
    # A header is one line, whatever a user stored in it.
    return lambda value: (
        value if not _UNSENDABLE.search(value) else " ".join(_UNSENDABLE.sub(" ", value).split())
    )


_Table = dict[str, tuple[int, str, Callable[[Any], str]]]


def member_table(shape: Shape) -> _Table:
    """Where each member of a reply goes, and how."""
    table: _Table = {}
    for name, member in shape.members.items():
        wire_name = member.location_name or name
        match member.location:
            case "header":
                table[name] = (_HEADER, wire_name, header_writer(member))
            case "headers":
                table[name] = (_HEADER_MAP, member.location_name or "", str)
            case "statusCode":
                table[name] = (_STATUS, wire_name, str)
            case _:
                table[name] = (_BODY, wire_name, str)
    return table


def reply_writer(shape: Shape | None, *, status: int, root: str, bodies: BodyFormat) -> ReplyWriter:
    if shape is None or not shape.members:
        return lambda reply, headers: HttpReply(status, headers, b"")
    table = member_table(shape)
    to_body = _body_writer(shape, table, root, bodies)
    shape_name = shape.name

    def write(reply: Mapping[str, Any], headers: Headers) -> HttpReply:
        code = status
        in_body: dict[str, Any] = {}
        try:
            for name, item in reply.items():
                if item is None:
                    continue
                kind, wire_name, to_text = table[name]
                if kind == _BODY:
                    in_body[name] = item
                elif kind == _HEADER:
                    headers.append((wire_name, to_text(item)))
                elif kind == _HEADER_MAP:
                    headers.extend((wire_name + key, str(text)) for key, text in item.items())
                else:
                    code = int(item)
        except KeyError:
            raise unknown_member(shape_name, reply, table) from None
        if code in _WITHOUT_BODY:
            return HttpReply(code, headers, b"")
        return HttpReply(code, headers, to_body(in_body, headers))

    return write


def _body_writer(
    shape: Shape, table: _Table, root: str, bodies: BodyFormat
) -> Callable[[dict[str, Any], Headers], Any]:
    if shape.payload is not None:
        return _payload_writer(shape.payload, shape.members[shape.payload], bodies)
    if not any(kind == _BODY for kind, _, _ in table.values()):
        return lambda in_body, headers: b""
    write = bodies.writer(shape, root)
    content_type = ("Content-Type", bodies.content_type)

    def write_members(in_body: dict[str, Any], headers: Headers) -> bytes:
        headers.append(content_type)
        return write(in_body)

    return write_members


def _payload_writer(
    name: str, shape: Shape, bodies: BodyFormat
) -> Callable[[dict[str, Any], Headers], Any]:
    content_type = bodies.content_type
    to_body: Callable[[Any], Any]
    empty: Any = b""
    if shape.is_event_stream:
        # Few operations stream events, and a start should not pay for them.
        from lambent.wire.event_stream import EVENT_STREAM_TYPE, event_stream_writer

        content_type = EVENT_STREAM_TYPE
        to_body = event_stream_writer(shape, bodies)
    elif shape.type == "blob":
        # AWS: Lambda's payloads are JSON though their shape is a blob.
        content_type = (
            "application/json" if content_type == "application/json" else "binary/octet-stream"
        )
        to_body = _as_bytes
    elif shape.type == "string":
        content_type = "text/plain"
        to_body = str.encode
    else:
        to_body = bodies.writer(shape, shape.location_name or shape.name)
        if bodies.content_type == "application/json" and not shape.is_document:
            empty = b"{}"
    own_type = ("Content-Type", content_type)

    def write(in_body: dict[str, Any], headers: Headers) -> Any:
        if name not in in_body:
            return empty
        if not any(header.lower() == "content-type" for header, _ in headers):
            headers.append(own_type)
        return to_body(in_body[name])

    return write


def _as_bytes(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, (bytearray, memoryview)):
        return bytes(value)
    return value
