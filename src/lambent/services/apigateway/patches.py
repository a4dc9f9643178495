"""
Patches of documents: what the `patchOperations` of API Gateway's updates mean. Pure.

Each kind of part has a table: the paths that may be changed, in which ways, and what type their
values have (in a patch everything is text).

https://docs.aws.amazon.com/apigateway/latest/api/patch-operations.html
"""

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lambent.services.apigateway.errors import BadRequest
from lambent.services.apigateway.records import Document

REPLACE = frozenset({"replace"})
ADD_REMOVE = frozenset({"add", "remove"})
ALL = frozenset({"add", "remove", "replace"})


def truth(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError(text)
    return text.lower() == "true"


@dataclass(frozen=True, slots=True)
class Place:
    """
    What may be done at a path.

    `at` says where in the document that is, where this differs from the path itself; `{0}` is the
    first of the path's free segments. A list is changed by `listed`: "path" if the item is the last
    segment, "value" if it is the operation's value.
    """

    ops: frozenset[str] = REPLACE
    value: Callable[[str], Any] = str
    at: tuple[str, ...] = ()
    listed: str = ""


Places = Mapping[str, Place]


def patched(
    document: Document, operations: Sequence[Mapping[str, str]], places: Places
) -> Document:
    """
    The document after every operation in turn. Raises BadRequest for what may not be changed.

    >>> patched({}, [{"op": "replace", "path": "/name", "value": "b"}], {"/name": Place()})
    {'name': 'b'}
    """
    changed = copy.deepcopy(dict(document))
    for operation in operations:
        _apply(changed, operation, places)
    return changed


def segments(path: str) -> list[str]:
    """
    >>> segments("/requestTemplates/application~1json")
    ['requestTemplates', 'application/json']
    """
    parts = path.removeprefix("/").split("/")
    return [part.replace("~1", "/").replace("~0", "~") for part in parts]


def escaped(text: str) -> str:
    """A segment of a path, from what it stands for."""
    return text.replace("~", "~0").replace("/", "~1")


def _apply(document: dict[str, Any], operation: Mapping[str, str], places: Places) -> None:
    op, path = operation.get("op", ""), operation.get("path", "")
    place, where = _find(path, places, op)
    if op == "copy":
        value = _read(document, segments(operation.get("from", "")))
    else:
        value = None if op == "remove" else _value(place, operation)
    if place.listed:
        _change_list(document, op, where, place, operation.get("value", ""))
    elif op == "remove":
        _remove(document, where)
    else:
        _parent(document, where)[where[-1]] = value


def _find(path: str, places: Places, op: str) -> tuple[Place, list[str]]:
    parts = segments(path)
    for pattern, place in places.items():
        free = _matched(pattern.removeprefix("/").split("/"), parts)
        if free is not None and op in place.ops:
            return place, [part.format(*free) for part in place.at] if place.at else parts
    may = ", ".join(pattern for pattern, place in places.items() if op in place.ops)
    raise BadRequest(
        f"Invalid patch path  '{path}' specified for op '{op}'. Must be one of: [{may}]"
    )


def _matched(pattern: Sequence[str], parts: Sequence[str]) -> list[str] | None:
    if len(pattern) != len(parts):
        return None
    free = []
    for expected, part in zip(pattern, parts, strict=True):
        if expected.startswith("{"):
            free.append(part)
        elif expected != part:
            return None
    return free


def _value(place: Place, operation: Mapping[str, str]) -> Any:
    text = operation.get("value")
    if text is None:
        # AWS: an empty text is sent as none.
        text = ""
    try:
        return place.value(text)
    except ValueError:
        raise BadRequest(
            f"Invalid patch value  '{text}' specified for op '{operation.get('op')}' and path"
            f" '{operation.get('path')}'"
        ) from None


def _parent(document: dict[str, Any], where: Sequence[str]) -> dict[str, Any]:
    for name in where[:-1]:
        inner = document.get(name)
        if not isinstance(inner, dict):
            inner = document[name] = {}
        document = inner
    return document


def _remove(document: dict[str, Any], where: Sequence[str]) -> None:
    parents = [document]
    for name in where[:-1]:
        parents.append(parents[-1].get(name) or {})
    if where[-1] not in parents[-1]:
        return
    del parents[-1][where[-1]]
    # AWS: a map without entries is not shown.
    if len(where) == 2 and not parents[-1]:
        del document[where[0]]


def _read(document: Mapping[str, Any], where: Sequence[str]) -> Any:
    value: Any = document
    for name in where:
        value = value.get(name) if isinstance(value, dict) else None
    if value is None:
        raise BadRequest(f"Invalid patch path  '/{'/'.join(where)}' specified for 'from'")
    return copy.deepcopy(value)


def _change_list(
    document: dict[str, Any], op: str, where: list[str], place: Place, value: str
) -> None:
    item = value
    if place.listed == "path":
        *where, item = where
    parent = _parent(document, where)
    items: list[str] = list(parent.get(where[-1]) or [])
    if op == "replace" and place.listed == "path":
        index = int(item) if item.isdigit() else items.index(item) if item in items else -1
        if not 0 <= index < len(items):
            raise BadRequest(f"Invalid patch path: there is no '{item}'")
        items[index] = value
    elif op == "replace":
        items = [value] if value else []
    elif op == "add" and item not in items:
        items.append(item)
    elif op == "remove":
        items = [known for known in items if known != item] if item else []
    parent[where[-1]] = items
    if not items:
        del parent[where[-1]]
