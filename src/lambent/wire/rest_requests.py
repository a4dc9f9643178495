"""REST requests → params: what stands in the path, the query string and the headers."""

import base64
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from lambent.wire.errors import Unreadable
from lambent.wire.messages import HttpRequest
from lambent.wire.model import OperationModel, Shape
from lambent.wire.query_values import form_pairs
from lambent.wire.text_values import TextReader, text_reader

Params = dict[str, Any]
LocationReader = Callable[[HttpRequest, Mapping[str, str], Params], None]


def _quoted_list(text: str) -> list[str]:
    """The elements of a comma-separated header; quotes protect commas and other quotes."""
    if '"' not in text:
        return [part.strip() for part in text.split(",")]
    elements, current, is_quoted = [], [], False
    characters = iter(text)
    for character in characters:
        if is_quoted and character == "\\":
            current.append(next(characters, ""))
        elif character == '"':
            is_quoted = not is_quoted
        elif character == "," and not is_quoted:
            elements.append("".join(current).strip())
            current = []
        else:
            current.append(character)
    elements.append("".join(current).strip())
    return elements


def _date_list(text: str) -> list[str]:
    """An HTTP date has a comma of its own."""
    parts = [part.strip() for part in text.split(",")]
    if any(part[:1].isalpha() for part in parts):
        return [", ".join(parts[start : start + 2]) for start in range(0, len(parts), 2)]
    return parts


def _header_list_reader(shape: Shape) -> TextReader:
    read = text_reader(shape.member)
    split = _date_list if shape.member.type == "timestamp" else _quoted_list

    def read_list(text: str) -> Any:
        return [read(part) for part in split(text)] if text.strip() else []

    return read_list


def _read_json_header(text: str) -> Any:
    try:
        return orjson.loads(base64.b64decode(text, validate=True))
    except ValueError:
        raise Unreadable("A header is not JSON in base64") from None


def _header_reader(shape: Shape) -> TextReader:
    if shape.traits.get("jsonvalue"):
        return _read_json_header
    if shape.type == "list":
        return _header_list_reader(shape)
    return text_reader(shape)


def _named(name: str, read: TextReader, text: str) -> Any:
    try:
        return read(text)
    except Unreadable as error:
        raise Unreadable(f"{name}: {error}") from None


def _members_at(shape: Shape, location: str) -> dict[str, tuple[str, Shape]]:
    """The members at a location, by their names on the wire."""
    return {
        member.location_name or name: (name, member)
        for name, member in shape.members.items()
        if member.location == location
    }


def _path_reader(shape: Shape) -> LocationReader | None:
    readers = {
        wire: (name, text_reader(member))
        for wire, (name, member) in _members_at(shape, "uri").items()
    }
    if not readers:
        return None

    def read(request: HttpRequest, path_params: Mapping[str, str], params: Params) -> None:
        for wire_name, text in path_params.items():
            member = readers.get(wire_name)
            if member is not None:
                params[member[0]] = _named(wire_name, member[1], text)

    return read


def _query_reader(shape: Shape, literals: frozenset[str]) -> LocationReader | None:
    single: dict[str, tuple[str, TextReader]] = {}
    several: dict[str, tuple[str, TextReader]] = {}
    rest: tuple[str, bool] | None = None
    for wire, (name, member) in _members_at(shape, "querystring").items():
        if member.type == "map":
            rest = (name, member.value.type == "list")
        elif member.type == "list":
            several[wire] = (name, text_reader(member.member))
        else:
            single[wire] = (name, text_reader(member))
    if not single and not several and rest is None:
        return None

    def read(request: HttpRequest, path_params: Mapping[str, str], params: Params) -> None:
        if not request.query:
            return
        for wire_name, text in form_pairs(request.query):
            if wire_name in single:
                name, reader = single[wire_name]
                if name not in params:
                    params[name] = _named(wire_name, reader, text)
            elif wire_name in several:
                name, reader = several[wire_name]
                params.setdefault(name, []).append(_named(wire_name, reader, text))
            elif rest is not None and wire_name not in literals:
                name, is_multiple = rest
                found = params.setdefault(name, {})
                if is_multiple:
                    found.setdefault(wire_name, []).append(text)
                else:
                    found.setdefault(wire_name, text)

    return read


def _headers_reader(shape: Shape) -> LocationReader | None:
    readers = {
        wire.lower(): (name, _header_reader(member))
        for wire, (name, member) in _members_at(shape, "header").items()
    }
    prefixes = [
        (prefix.lower() if member.location_name else "", name)
        for prefix, (name, member) in _members_at(shape, "headers").items()
    ]
    if not readers and not prefixes:
        return None
    find = readers.get

    def read(request: HttpRequest, path_params: Mapping[str, str], params: Params) -> None:
        for wire_name, text in request.headers.items():
            member = find(wire_name)
            if member is not None:
                params[member[0]] = _named(wire_name, member[1], text)
                continue
            for prefix, name in prefixes:
                if wire_name.startswith(prefix):
                    params.setdefault(name, {})[wire_name[len(prefix) :]] = text

    return read


def location_readers(operation: OperationModel) -> list[LocationReader]:
    """What fills params from everything but the body."""
    shape = operation.input_shape
    if shape is None:
        return []
    uri = str(operation.http.get("requestUri", ""))
    literals = frozenset(name for name, _ in form_pairs(uri.partition("?")[2]))
    made = (_path_reader(shape), _query_reader(shape, literals), _headers_reader(shape))
    return [reader for reader in made if reader is not None]
