"""
The query protocols' requests: `Action=…&Tags.member.1.Key=…` → params.

The pairs become a tree along their dots, then one closure a shape reads its branch.
"""

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import unquote_plus

from lambent.wire.errors import Unreadable
from lambent.wire.model import Shape
from lambent.wire.text_values import TextReader, text_reader

# A leaf is a text, a branch a dict.
Node = Any
NodeReader = Callable[[Node], Any]
_MAXIMUM_DEPTH = 100


def form_pairs(text: str) -> list[tuple[str, str]]:
    """The pairs of a form or a query string, decoded; a name without `=` has an empty value."""
    pairs = []
    for part in text.split("&"):
        if part:
            name, _, value = part.partition("=")
            if "%" in name or "+" in name:
                name = unquote_plus(name)
            if "%" in value or "+" in value:
                value = unquote_plus(value)
            pairs.append((name, value))
    return pairs


def tree_of(pairs: Iterable[tuple[str, str]]) -> dict[str, Node]:
    root: dict[str, Node] = {}
    for name, value in pairs:
        if "." not in name:
            root.setdefault(name, value)
            continue
        *path, last = name.split(".")
        if len(path) > _MAXIMUM_DEPTH:
            raise Unreadable("The request is nested too deeply")
        branch = root
        for step in path:
            below = branch.get(step)
            if type(below) is not dict:
                # `Tags=` beside `Tags.member.1=…`: the elements win.
                below = branch[step] = {}
            branch = below
        if type(branch.get(last)) is not dict:
            branch[last] = value
    return root


def _capitalised(name: str) -> str:
    return name[:1].upper() + name[1:]


def _numbered(node: dict[str, Node]) -> list[Node]:
    try:
        return [node[index] for index in sorted(node, key=int)]
    except ValueError:
        raise Unreadable("A list is numbered from 1") from None


class QueryReaders:
    """Readers of one service's shapes, for the query protocol or EC2's variant."""

    def __init__(self, *, ec2: bool = False) -> None:
        self._ec2 = ec2
        self._structures: dict[str, NodeReader] = {}

    def _name(self, shape: Shape, default: str) -> str:
        query_name: str | None = shape.traits.get("queryName")
        if query_name:
            return query_name
        if self._ec2:
            return _capitalised(shape.location_name or default)
        return shape.location_name or default

    def reader(self, shape: Shape) -> NodeReader:
        match shape.type:
            case "structure":
                return self._structure(shape)
            case "list":
                return self._list(shape)
            case "map":
                return self._map(shape)
        return _scalar(text_reader(shape))

    def _names(self, shape: Shape, name: str) -> list[str]:
        """Every name that clients give a member; a flattened list may go by its elements' name."""
        names = [self._name(shape, name)]
        if shape.type == "list" and shape.flattened and shape.member.location_name:
            names.insert(0, shape.member.location_name)
        if self._ec2 and name not in names:
            names.append(name)
        return names

    def _structure(self, shape: Shape) -> NodeReader:
        made = self._structures.get(shape.name)
        if made is not None:
            return made
        members: dict[str, tuple[str, NodeReader]] = {}

        def read(node: Node) -> dict[str, Any]:
            if type(node) is not dict:
                return {}
            result = {}
            for wire_name, below in node.items():
                member = members.get(wire_name)
                if member is not None:
                    result[member[0]] = member[1](below)
            return result

        self._structures[shape.name] = read
        for name, member in shape.members.items():
            reader = self.reader(member)
            for wire_name in self._names(member, name):
                members.setdefault(wire_name, (name, reader))
        return read

    def _list(self, shape: Shape) -> NodeReader:
        element = self.reader(shape.member)
        is_flat = self._ec2 or shape.flattened
        element_name = shape.member.location_name or "member"

        def read(node: Node) -> list[Any]:
            if type(node) is not dict:
                return [element(node)] if node else []
            if not is_flat:
                below = node.get(element_name)
                if below is None:
                    # Some clients say `member` whatever the model's name is, some say none.
                    below = node.get("member", node)
                if type(below) is not dict:
                    return []
                node = below
            return [element(below) for below in _numbered(node)]

        return read

    def _map(self, shape: Shape) -> NodeReader:
        is_flat = shape.flattened
        key_name = self._name(shape.key, "key")
        value_name = self._name(shape.value, "value")
        key = self.reader(shape.key)
        value: NodeReader | None = None

        def read(node: Node) -> dict[str, Any]:
            nonlocal value
            if value is None:
                value = self.reader(shape.value)
            if type(node) is not dict:
                return {}
            if not is_flat:
                node = node.get("entry", {})
            result = {}
            for entry in _numbered(node):
                if type(entry) is not dict or key_name not in entry:
                    raise Unreadable(f"An entry of a map has no {key_name}")
                result[key(entry[key_name])] = value(entry.get(value_name, ""))
            return result

        return read


def _scalar(read_text: TextReader) -> NodeReader:
    def read(node: Node) -> Any:
        if type(node) is dict:
            raise Unreadable("Start of structure or map found where not expected.")
        return read_text(node)

    return read
