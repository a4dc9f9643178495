"""
Messages of `application/vnd.amazon.eventstream`, and replies that stream events.

A message is: total length, headers' length, CRC of those eight bytes, headers, payload, CRC of
all before it. Lengths and CRCs are 32-bit, big-endian.
"""

import struct
import uuid
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zlib import crc32

from lambent.core.errors import AwsError
from lambent.wire.errors import Unreadable
from lambent.wire.model import Shape

if TYPE_CHECKING:
    from lambent.wire.bodies import BodyFormat

EVENT_STREAM_TYPE = "application/vnd.amazon.eventstream"
_PRELUDE = struct.Struct(">III")
_MAXIMUM_LENGTH = 24 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Milliseconds:
    """A timestamp header, which is not just a number on the wire."""

    value: int


@dataclass(frozen=True, slots=True)
class Message:
    headers: Mapping[str, Any]
    payload: bytes


def _encoded_value(value: Any) -> bytes:
    match value:
        case True:
            return b"\x00"
        case False:
            return b"\x01"
        case int():
            if -(2**31) <= value < 2**31:
                return struct.pack(">Bi", 4, value)
            return struct.pack(">Bq", 5, value)
        case bytes():
            return struct.pack(">BH", 6, len(value)) + value
        case str():
            encoded = value.encode()
            return struct.pack(">BH", 7, len(encoded)) + encoded
        case Milliseconds():
            return struct.pack(">Bq", 8, value.value)
        case uuid.UUID():
            return b"\x09" + value.bytes
    raise TypeError(f"An event's header cannot be {type(value).__name__}")


def encode_message(headers: Mapping[str, Any], payload: bytes) -> bytes:
    encoded = b"".join(
        bytes((len(name.encode()),)) + name.encode() + _encoded_value(value)
        for name, value in headers.items()
    )
    start = struct.pack(">II", 16 + len(encoded) + len(payload), len(encoded))
    message = start + struct.pack(">I", crc32(start)) + encoded + payload
    return message + struct.pack(">I", crc32(message))


_FIXED = {2: ">b", 3: ">h", 4: ">i", 5: ">q"}


def _decoded_headers(encoded: bytes) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    position = 0
    try:
        while position < len(encoded):
            end = position + 1 + encoded[position]
            name = encoded[position + 1 : end].decode()
            kind, position = encoded[end], end + 1
            if kind in (0, 1):
                headers[name] = kind == 0
            elif kind in _FIXED:
                (headers[name],) = struct.unpack_from(_FIXED[kind], encoded, position)
                position += struct.calcsize(_FIXED[kind])
            elif kind in (6, 7):
                (length,) = struct.unpack_from(">H", encoded, position)
                position += 2 + length
                if position > len(encoded):
                    raise Unreadable("A header of an event is cut short")
                value = encoded[position - length : position]
                headers[name] = value if kind == 6 else value.decode()
            elif kind == 8:
                headers[name] = Milliseconds(struct.unpack_from(">q", encoded, position)[0])
                position += 8
            elif kind == 9:
                headers[name] = uuid.UUID(bytes=encoded[position : position + 16])
                position += 16
            else:
                raise Unreadable(f"An event's header has the unknown type {kind}")
    except (IndexError, struct.error, ValueError):
        raise Unreadable("A header of an event is cut short") from None
    return headers


class MessageDecoder:
    """Bytes in, in pieces of any size; whole messages out."""

    def __init__(self) -> None:
        self._pending = bytearray()

    @property
    def is_empty(self) -> bool:
        """Has every byte become part of a message?"""
        return not self._pending

    def feed(self, received: bytes) -> list[Message]:
        self._pending += received
        messages = []
        while (message := self._next()) is not None:
            messages.append(message)
        return messages

    def _next(self) -> Message | None:
        if len(self._pending) < 12:
            return None
        total, headers_length, prelude_crc = _PRELUDE.unpack_from(self._pending)
        if crc32(self._pending[:8]) != prelude_crc:
            raise Unreadable("The checksum of an event's prelude does not match")
        if not 16 + headers_length <= total <= _MAXIMUM_LENGTH:
            raise Unreadable("The lengths of an event do not fit each other")
        if len(self._pending) < total:
            return None
        whole = bytes(self._pending[:total])
        del self._pending[:total]
        if crc32(whole[:-4]) != int.from_bytes(whole[-4:], "big"):
            raise Unreadable("The checksum of an event does not match")
        headers = _decoded_headers(whole[12 : 12 + headers_length])
        return Message(headers, whole[12 + headers_length : -4])


def decode_messages(encoded: bytes) -> list[Message]:
    decoder = MessageDecoder()
    messages = decoder.feed(encoded)
    if not decoder.is_empty:
        raise Unreadable("The last event is cut short")
    return messages


EventWriter = Callable[[Mapping[str, Any]], bytes]


def _header_value(shape: Shape, value: Any) -> Any:
    if shape.type == "timestamp":
        from lambent.wire.timestamps import seconds_of

        return Milliseconds(round(seconds_of(value) * 1000))
    return value


def _event_writer(name: str, shape: Shape, bodies: "BodyFormat") -> EventWriter:
    headers = [member for member, of in shape.members.items() if of.traits.get("eventheader")]
    payload = next(
        (member for member, of in shape.members.items() if of.traits.get("eventpayload")), None
    )
    content_type: str | None = bodies.content_type
    to_payload: Callable[[Any], bytes] = bytes
    if payload is None:
        write_members = bodies.writer(shape, name)
        has_members = any(member not in headers for member in shape.members)
        if not has_members:
            content_type = None
    else:
        payload_shape = shape.members[payload]
        if payload_shape.type == "blob":
            content_type = "application/octet-stream"
        elif payload_shape.type == "string":
            content_type, to_payload = "text/plain", str.encode
        else:
            to_payload = bodies.writer(payload_shape, payload)
    kind = "exception" if shape.traits.get("exception") else "event"

    def write(event: Mapping[str, Any]) -> bytes:
        fields: dict[str, Any] = {":message-type": kind, f":{kind}-type": name}
        if content_type is not None:
            fields[":content-type"] = content_type
        for member in headers:
            if event.get(member) is not None:
                fields[member] = _header_value(shape.members[member], event[member])
        if payload is not None:
            value = event.get(payload)
            return encode_message(fields, b"" if value is None else to_payload(value))
        rest = {member: value for member, value in event.items() if member not in headers}
        return encode_message(fields, write_members(rest) if content_type else b"")

    return write


def _error_message(shape: Shape, error: AwsError, bodies: "BodyFormat") -> bytes:
    """A stream that has begun can only end with an error of its own."""
    member = shape.members.get(error.code)
    if member is None:
        return encode_message(
            {
                ":message-type": "error",
                ":error-code": error.code,
                ":error-message": error.message,
            },
            b"",
        )
    names = {name.lower(): name for name in member.members}
    event = {**error.members, names.get("message", "message"): error.message}
    return _event_writer(error.code, member, bodies)(
        {name: value for name, value in event.items() if name in member.members}
    )


def event_stream_writer(
    shape: Shape, bodies: "BodyFormat", initial: Callable[[], bytes] | None = None
) -> Callable[
    [AsyncIterable[Mapping[str, Any]] | Iterable[Mapping[str, Any]]], AsyncIterator[bytes]
]:
    """Writes `{EventName: {...}}` after `{EventName: {...}}` as messages."""
    writers = {
        member_name: _event_writer(member_name, member, bodies)
        for member_name, member in shape.members.items()
    }

    async def write(events: Any) -> AsyncIterator[bytes]:
        try:
            async for event in _each(events):
                for name, members in event.items():
                    yield writers[name](members)
        except AwsError as error:
            yield _error_message(shape, error, bodies)

    return write


async def _each(events: Any) -> AsyncIterator[Mapping[str, Any]]:
    if isinstance(events, AsyncIterable):
        async for event in events:
            yield event
    else:
        for event in events:
            yield event


def initial_response(payload: bytes, content_type: str) -> bytes:
    """The members beside the stream, which the RPC protocols send as its first message."""
    return encode_message(
        {
            ":message-type": "event",
            ":event-type": "initial-response",
            ":content-type": content_type,
        },
        payload,
    )
