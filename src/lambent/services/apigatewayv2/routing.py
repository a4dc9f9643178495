"""
Which route a request takes. Pure.

AWS: the full match of a path comes before one by a greedy variable, and that before `$default`;
a route of the method comes before one of ANY, a literal before a variable.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar
from urllib.parse import unquote

from lambent.services.apigatewayv2.route_rules import method_and_path
from lambent.services.apigatewayv2.rules import DEFAULT_ROUTE

Route = TypeVar("Route")


@dataclass(frozen=True, slots=True)
class Match(Generic[Route]):
    route: Route
    path_parameters: Mapping[str, str]


@dataclass(slots=True)
class _Place(Generic[Route]):
    """What may follow at one place of a path. Variables of different names are different places."""

    routes: dict[str, Route] = field(default_factory=dict)
    literals: "dict[str, _Place[Route]]" = field(default_factory=dict)
    variables: "dict[str, _Place[Route]]" = field(default_factory=dict)
    greedy: dict[str, dict[str, Route]] = field(default_factory=dict)


class RouteTable(Generic[Route]):
    """Routes by their keys."""

    def __init__(self, routes: Iterable[tuple[str, Route]]) -> None:
        self._root: _Place[Route] = _Place()
        self._default: Route | None = None
        for key, route in routes:
            method, path = method_and_path(key)
            if path == DEFAULT_ROUTE:
                self._default = route
            else:
                self._add(method, path[1:].split("/"), route)

    def find(self, method: str, path: str) -> Match[Route] | None:
        """The route of a request for `path`, as it came."""
        segments = [unquote(segment) for segment in path[1:].split("/")]
        found = _find(self._root, method, segments, 0, greedy=False)
        if found is None:
            found = _find(self._root, method, segments, 0, greedy=True)
        if found is None and self._default is not None:
            found = Match(self._default, {})
        return found

    def _add(self, method: str, segments: list[str], route: Route) -> None:
        place = self._root
        for segment in segments:
            if segment.endswith("+}"):
                place.greedy.setdefault(segment[1:-2], {})[method] = route
                return
            if segment.startswith("{"):
                place = place.variables.setdefault(segment[1:-1], _Place())
            else:
                place = place.literals.setdefault(segment, _Place())
        place.routes[method] = route


def _find(
    place: _Place[Route], method: str, segments: list[str], at: int, *, greedy: bool
) -> Match[Route] | None:
    if at == len(segments):
        route = None if greedy else _of_method(place.routes, method)
        return None if route is None else Match(route, {})
    segment = segments[at]
    literal = place.literals.get(segment)
    if literal is not None:
        found = _find(literal, method, segments, at + 1, greedy=greedy)
        if found is not None:
            return found
    for name, following in place.variables.items() if segment else ():
        found = _find(following, method, segments, at + 1, greedy=greedy)
        if found is not None:
            return Match(found.route, {name: segment, **found.path_parameters})
    for name, routes in place.greedy.items() if greedy else ():
        route = _of_method(routes, method)
        if route is not None:
            # AWS: it takes nothing, too, where the path ends in a slash.
            return Match(route, {name: "/".join(segments[at:])})
    return None


def _of_method(routes: Mapping[str, Route], method: str) -> Route | None:
    return routes.get(method) or routes.get("ANY")
