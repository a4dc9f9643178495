"""XML ↔ params and replies: elements are read by one closure a shape, and written as text."""

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from lambent.wire.errors import Unreadable
from lambent.wire.model import Shape
from lambent.wire.text_values import text_reader, text_writer
from lambent.wire.tree_values import unknown_member

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

ElementReader = Callable[["Element"], Any]
Emit = Callable[[str], Any]
ElementWriter = Callable[[Any, Emit], None]

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
_PLAIN, _FLAT_LIST, _FLAT_MAP = range(3)
# Where a reply's members can be but in the body; a location of requests says nothing here.
_OUTSIDE = frozenset({"header", "headers", "statusCode"})


def parse_xml(body: bytes) -> "Element":
    from xml.etree.ElementTree import ParseError, XMLParser

    # No AWS document has a DTD, and entities are how small documents become large ones.
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        raise Unreadable("A document type is not allowed")
    parser = XMLParser()
    try:
        parser.feed(body)
        root: Element = parser.close()
    except (ParseError, ValueError, LookupError) as error:
        raise Unreadable(str(error)) from None
    return root


def local_name(tag: str) -> str:
    return tag.rpartition("}")[2]


class XmlReaders:
    """Readers of one service's shapes."""

    def __init__(self) -> None:
        self._structures: dict[str, ElementReader] = {}

    def reader(self, shape: Shape) -> ElementReader:
        match shape.type:
            case "structure":
                return self._structure(shape)
            case "list":
                element = self.reader(shape.member)
                return lambda node: [element(child) for child in node]
            case "map":
                return self._map(shape)
        read_text = text_reader(shape)
        return lambda node: read_text(node.text or "")

    def _structure(self, shape: Shape) -> ElementReader:
        made = self._structures.get(shape.name)
        if made is not None:
            return made
        members: dict[str, tuple[str, int, ElementReader]] = {}
        attributes: dict[str, str] = {}

        def read(node: "Element") -> dict[str, Any]:
            result: dict[str, Any] = {}
            for child in node:
                tag = child.tag
                member = members.get(tag[tag.rfind("}") + 1 :])
                if member is None:
                    continue
                name, kind, reader = member
                if kind == _PLAIN:
                    result[name] = reader(child)
                elif kind == _FLAT_LIST:
                    result.setdefault(name, []).append(reader(child))
                else:
                    result.setdefault(name, {}).update(reader(child))
            if attributes:
                for tag, value in node.attrib.items():
                    if local_name(tag) in attributes:
                        result[attributes[local_name(tag)]] = value
            return result

        self._structures[shape.name] = read
        for name, member in shape.members.items():
            wire_name = member.location_name or name
            if member.traits.get("xmlAttribute"):
                attributes[wire_name.rpartition(":")[2]] = name
            elif member.type == "list" and member.flattened:
                entry = (name, _FLAT_LIST, self.reader(member.member))
                members[wire_name] = entry
                if member.member.location_name:
                    members.setdefault(member.member.location_name, entry)
            elif member.type == "map" and member.flattened:
                members[wire_name] = (name, _FLAT_MAP, self._map_entry(member))
            else:
                members[wire_name] = (name, _PLAIN, self.reader(member))
                if member.type == "structure":
                    # The name of a structure as a root is not its name as a member.
                    members.setdefault(name, members[wire_name])
        return read

    def _map_entry(self, shape: Shape) -> ElementReader:
        key_name = shape.key.location_name or "key"
        value_name = shape.value.location_name or "value"
        read_key = self.reader(shape.key)
        value_shape = shape.value

        def read(node: "Element") -> dict[Any, Any]:
            key = value = None
            for child in node:
                match local_name(child.tag):
                    case name if name == key_name:
                        key = read_key(child)
                    case name if name == value_name:
                        value = self.reader(value_shape)(child)
            return {key: value}

        return read

    def _map(self, shape: Shape) -> ElementReader:
        read_entry = self._map_entry(shape)

        def read(node: "Element") -> dict[Any, Any]:
            result: dict[Any, Any] = {}
            for child in node:
                result.update(read_entry(child))
            return result

        return read


_UNSAFE = re.compile('[&<>\r"\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]')
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;", '"': "&quot;"}
_needs_escape = _UNSAFE.search


def escape(text: str) -> str:
    """XML 1.0 has no way to say most control characters: they become the replacement character."""
    if _needs_escape(text) is None:
        return text
    return _UNSAFE.sub(lambda found: _ESCAPES.get(found.group(), "\ufffd"), text)


def _namespace(shape: Shape) -> str:
    declared = shape.traits.get("xmlNamespace")
    if not declared:
        return ""
    if isinstance(declared, str):
        return f' xmlns="{escape(declared)}"'
    prefix = declared.get("prefix")
    return f' xmlns{":" + prefix if prefix else ""}="{escape(declared["uri"])}"'


class XmlWriters:
    """Writers of one service's shapes. `query_names` is for services that once spoke query only."""

    def __init__(self, *, timestamps: str = "iso8601", query_names: bool = False) -> None:
        self._timestamps = timestamps
        self._query_names = query_names
        self._contents: dict[str, ElementWriter] = {}

    def _name(self, shape: Shape, default: str) -> str:
        if self._query_names and "queryName" in shape.traits:
            return str(shape.traits["queryName"])
        return shape.location_name or default

    def element(self, shape: Shape, name: str) -> ElementWriter:
        """Writes a value as the element, or elements, called `name`."""
        match shape.type:
            case "structure":
                return self._structure(shape, name)
            case "list":
                return self._list(shape, name)
            case "map":
                return self._map(shape, name)
        return self._scalar(shape, name)

    def _scalar(self, shape: Shape, name: str) -> ElementWriter:
        opening, closing = f"<{name}{_namespace(shape)}>", f"</{name}>"
        if shape.type == "string":

            def write_string(value: Any, emit: Emit) -> None:
                emit(f"{opening}{escape(value)}{closing}")

            return write_string
        to_text = text_writer(shape, self._timestamps)

        def write(value: Any, emit: Emit) -> None:
            emit(f"{opening}{to_text(value)}{closing}")

        return write

    def _structure(self, shape: Shape, name: str) -> ElementWriter:
        content = self.content(shape)
        opening, closing = f"<{name}{_namespace(shape)}", f"</{name}>"
        attributes = {
            member_name: member.location_name or member_name
            for member_name, member in shape.members.items()
            if member.traits.get("xmlAttribute")
        }

        def write(value: Mapping[str, Any], emit: Emit) -> None:
            emit(opening)
            for member_name, wire_name in attributes.items():
                if value.get(member_name) is not None:
                    emit(f' {wire_name}="{escape(str(value[member_name]))}"')
            emit(">")
            content(value, emit)
            emit(closing)

        return write

    def content(self, shape: Shape) -> ElementWriter:
        """Writes the members of a structure that stand in its body, one element after the other."""
        made = self._contents.get(shape.name)
        if made is not None:
            return made
        members: dict[str, ElementWriter | None] = {}

        def write(value: Mapping[str, Any], emit: Emit) -> None:
            for name, item in value.items():
                if item is None:
                    continue
                if name not in members:
                    raise unknown_member(shape.name, value, members)
                writer = members[name]
                if writer is not None:
                    writer(item, emit)

        self._contents[shape.name] = write
        for name, member in shape.members.items():
            if member.location in _OUTSIDE or member.traits.get("xmlAttribute"):
                members[name] = None
            else:
                members[name] = self.element(member, self._member_name(member, name))
        return write

    def _member_name(self, shape: Shape, default: str) -> str:
        if shape.type == "list" and shape.flattened and shape.member.location_name:
            # A flattened list goes by its elements' name where they have one.
            return shape.member.location_name
        return self._name(shape, default)

    def _list(self, shape: Shape, name: str) -> ElementWriter:
        if shape.flattened:
            element = self.element(shape.member, name)

            def write_flat(value: Any, emit: Emit) -> None:
                for item in value:
                    element(item, emit)

            return write_flat
        element = self.element(shape.member, shape.member.location_name or "member")
        opening, closing = f"<{name}{_namespace(shape)}>", f"</{name}>"

        def write(value: Any, emit: Emit) -> None:
            emit(opening)
            for item in value:
                element(item, emit)
            emit(closing)

        return write

    def _map(self, shape: Shape, name: str) -> ElementWriter:
        key = self.element(shape.key, self._name(shape.key, "key"))
        value_writer: ElementWriter | None = None
        is_flat = shape.flattened
        opening, closing = f"<{name}{_namespace(shape)}>", f"</{name}>"
        entry_opening, entry_closing = (opening, closing) if is_flat else ("<entry>", "</entry>")

        def write(value: Mapping[str, Any], emit: Emit) -> None:
            nonlocal value_writer
            if value_writer is None:
                value_writer = self.element(shape.value, self._name(shape.value, "value"))
            if not is_flat:
                emit(opening)
            for entry_key, item in value.items():
                emit(entry_opening)
                key(entry_key, emit)
                if item is not None:
                    value_writer(item, emit)
                emit(entry_closing)
            if not is_flat:
                emit(closing)

        return write
