"""
Path and method → endpoint. Pure.

A part of a path that is written out wins over a variable, and that over a greedy variable.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lambent.services.apigateway.records import Document


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A method of a resource, as it was deployed."""

    resource_id: str
    resource_path: str
    method: Document

    @property
    def http_method(self) -> str:
        """ANY where it takes every method."""
        return str(self.method["httpMethod"])

    @property
    def integration(self) -> Mapping[str, Any]:
        integration: Mapping[str, Any] = self.method["methodIntegration"]
        return integration


@dataclass(slots=True)
class Node:
    """A place in the tree of paths. `variable` and `greedy` are the names that are bound there."""

    endpoints: dict[str, Endpoint] = field(default_factory=dict)
    literals: dict[str, "Node"] = field(default_factory=dict)
    variable: tuple[str, "Node"] | None = None
    greedy: tuple[str, "Node"] | None = None


def tree(resources: Iterable[Document]) -> Node:
    root = Node()
    for resource in resources:
        methods = resource.get("resourceMethods")
        if not methods:
            continue
        node = root
        for part in _parts(resource["path"]):
            node = _below(node, part)
        for name, method in methods.items():
            node.endpoints[name] = Endpoint(resource["id"], resource["path"], method)
    return root


def find(root: Node, path: str, method: str) -> tuple[Endpoint, dict[str, str]] | None:
    """
    The endpoint and what the path's variables are.

    >>> find(tree([{"id": "r", "path": "/{a}", "resourceMethods": {"GET": {}}}]), "/x", "GET")[1]
    {'a': 'x'}
    """
    return _find(root, _parts(path), 0, method)


def _find(
    node: Node, parts: list[str], at: int, method: str
) -> tuple[Endpoint, dict[str, str]] | None:
    if at == len(parts):
        endpoint = node.endpoints.get(method) or node.endpoints.get("ANY")
        return None if endpoint is None else (endpoint, {})
    literal = node.literals.get(parts[at])
    if literal is not None and (found := _find(literal, parts, at + 1, method)):
        return found
    if node.variable is not None:
        name, below = node.variable
        if found := _find(below, parts, at + 1, method):
            found[1][name] = parts[at]
            return found
    if node.greedy is not None:
        name, below = node.greedy
        if found := _find(below, [], 0, method):
            found[1][name] = "/".join(parts[at:])
            return found
    return None


def _below(node: Node, part: str) -> Node:
    if not part.startswith("{"):
        return node.literals.setdefault(part, Node())
    name = part[1:-1]
    if name.endswith("+"):
        node.greedy = node.greedy or (name[:-1], Node())
        return node.greedy[1]
    node.variable = node.variable or (name, Node())
    return node.variable[1]


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part]
