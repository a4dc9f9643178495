"""Bodies of the two REST protocols and of events: a value of a shape ↔ bytes."""

import json
from collections.abc import Callable
from typing import Any, Protocol

import orjson

from lambent.wire.errors import Unreadable
from lambent.wire.model import Shape
from lambent.wire.tree_values import TreeReaders, TreeWriters
from lambent.wire.xml_values import DECLARATION, XmlReaders, XmlWriters, parse_xml

BodyReader = Callable[[bytes], Any]
BodyWriter = Callable[[Any], bytes]


def read_json(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Unreadable(f"Unable to parse the JSON: {error}") from None


def read_json_exactly(body: bytes) -> Any:
    """As `read_json`, but integers of any size keep all their digits, as documents need."""
    read_json(body)
    return json.loads(body)


def write_json(value: Any) -> bytes:
    try:
        return orjson.dumps(value)
    except TypeError:
        # Integers beyond 64 bits and lone surrogates, which orjson refuses.
        return json.dumps(value, separators=(",", ":")).encode()


def holds_documents(shape: Shape, seen: set[str] | None = None) -> bool:
    """Is there a document type anywhere in this shape?"""
    seen = set() if seen is None else seen
    if shape.is_document:
        return True
    if shape.name in seen:
        return False
    seen.add(shape.name)
    match shape.type:
        case "structure":
            return any(holds_documents(member, seen) for member in shape.members.values())
        case "list":
            return holds_documents(shape.member, seen)
        case "map":
            return holds_documents(shape.value, seen)
    return False


class BodyFormat(Protocol):
    """Reads and writes a body by its shape."""

    content_type: str

    def reader(self, shape: Shape) -> BodyReader: ...

    def writer(self, shape: Shape, root: str) -> BodyWriter: ...


class JsonBodies:
    content_type = "application/json"

    def __init__(self) -> None:
        self.readers = TreeReaders()
        self.writers = TreeWriters()

    def reader(self, shape: Shape) -> BodyReader:
        read = self.readers.reader(shape)
        if holds_documents(shape):
            return lambda body: read(read_json_exactly(body))
        return lambda body: read(read_json(body))

    def writer(self, shape: Shape, root: str = "") -> BodyWriter:
        write = self.writers.writer(shape)
        if write is None:
            return write_json
        return lambda value: write_json(write(value))


class CborBodies:
    content_type = "application/cbor"

    def __init__(self) -> None:
        self.readers = TreeReaders(cbor=True)
        self.writers = TreeWriters(cbor=True)

    def reader(self, shape: Shape) -> BodyReader:
        read = self.readers.reader(shape)
        return lambda body: read(read_cbor(body))

    def writer(self, shape: Shape, root: str = "") -> BodyWriter:
        import cbor2

        write = self.writers.writer(shape)
        if write is None:
            return cbor2.dumps
        return lambda value: cbor2.dumps(write(value))


def read_cbor(body: bytes) -> Any:
    import cbor2

    try:
        return _plain(cbor2.loads(body))
    except (cbor2.CBORDecodeError, ValueError, OverflowError, TypeError) as error:
        raise Unreadable(f"Unable to parse the CBOR: {error}") from None


def _plain(value: Any) -> Any:
    """The decoded tree with times as epoch seconds and what is undefined as absent."""
    import datetime

    import cbor2

    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, datetime.datetime):
        return value.timestamp()
    if value is cbor2.undefined:
        return None
    return value


class XmlBodies:
    content_type = "application/xml"

    def __init__(self, *, namespace: str = "", timestamps: str = "iso8601") -> None:
        self._namespace = f' xmlns="{namespace}"' if namespace else ""
        self.readers = XmlReaders()
        self.writers = XmlWriters(timestamps=timestamps)

    def reader(self, shape: Shape) -> BodyReader:
        read = self.readers.reader(shape)
        return lambda body: read(parse_xml(body))

    def writer(self, shape: Shape, root: str) -> BodyWriter:
        has_attributes = any(of.traits.get("xmlAttribute") for of in shape.members.values())
        if has_attributes or "xmlNamespace" in shape.traits:
            write = self.writers.element(shape, root)
            opening = DECLARATION
            closing = ""
        else:
            write = self.writers.content(shape)
            opening = f"{DECLARATION}<{root}{self._namespace}>"
            closing = f"</{root}>"

        def write_body(value: Any) -> bytes:
            parts = [opening]
            write(value, parts.append)
            parts.append(closing)
            return "".join(parts).encode()

        return write_body
