"""
The paths of a REST service, as one tree.

Literal segments win over labels, labels over greedy ones; among the operations of one place
the query string decides (`?versioning`), then the required query members and headers.

AWS: SDKs encode the slashes of an ARN in a path; where nothing fits, an ARN that has them as they
are is taken whole.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from urllib.parse import unquote

from lambent.wire.messages import HttpRequest
from lambent.wire.model import OperationModel, ServiceModel, service_model
from lambent.wire.query_values import form_pairs

# Of a path that an ARN with slashes is looked for in; each may be its end.
_MOST_SEGMENTS = 20
_LABEL = re.compile(r"\{([^}+]+)(\+?)\}$")


@dataclass(frozen=True, slots=True)
class _Candidate:
    """An operation at a place, and what the request must have beside the path."""

    operation: str
    labels: tuple[str, ...]
    literals: tuple[tuple[str, str], ...]
    query: frozenset[str]
    headers: frozenset[str]

    @property
    def asks_nothing(self) -> bool:
        return not (self.literals or self.query or self.headers)

    def fits_literals(self, pairs: Mapping[str, str]) -> bool:
        return all(
            name in pairs and (not value or pairs[name] == value) for name, value in self.literals
        )

    def missing(self, pairs: Mapping[str, str], headers: Mapping[str, str]) -> int:
        return sum(name not in pairs for name in self.query) + sum(
            name not in headers for name in self.headers
        )


@dataclass(slots=True)
class _Candidates:
    """The operations of one method at one place."""

    all: list[_Candidate] = field(default_factory=list)
    # Those that no query string can be asked for, the ones that want headers first.
    plain: list[_Candidate] = field(default_factory=list)

    def add(self, candidate: _Candidate, position: int) -> None:
        self.all.insert(position, candidate)
        self.plain = [one for one in self.all if not (one.literals or one.query)]
        self.plain.sort(key=lambda one: -len(one.headers))

    def chosen(self, request: HttpRequest) -> _Candidate | None:
        if not request.query or (request.query.startswith("x-id=") and "&" not in request.query):
            # SDKs of JavaScript name the operation in x-id, and it decides nothing.
            for candidate in self.plain:
                if all(name in request.headers for name in candidate.headers):
                    return candidate
        elif len(self.all) == 1 and self.all[0].asks_nothing:
            return self.all[0]
        return _most_specific(self.all, request)


@dataclass(slots=True)
class _Place:
    literals: dict[str, "_Place"] = field(default_factory=dict)
    label: "_Place | None" = None
    greedy: "_Place | None" = None
    operations: dict[str, _Candidates] = field(default_factory=dict)

    @property
    def goes_on(self) -> bool:
        return bool(self.literals or self.label or self.greedy)


_Found = tuple["_Candidates", tuple[str, ...]]


class RestRoutes:
    """The operations of one service by method and path."""

    def __init__(self, service: ServiceModel) -> None:
        self._is_s3 = service.name == "s3"
        self._root = _Place()
        # A deprecated operation shares its path with the one that replaced it: it comes last.
        for name in sorted(service.operations):
            self._add(service.operations[name])

    def _add(self, operation: OperationModel) -> None:
        path, _, query = str(operation.http.get("requestUri", "/")).partition("?")
        place = self._root
        labels = []
        for segment in path.strip("/").split("/") if path.strip("/") else ():
            label = _LABEL.match(segment)
            if label is None:
                place = place.literals.setdefault(unquote(segment), _Place())
                continue
            labels.append(label[1])
            if label[2]:
                place.greedy = place = place.greedy or _Place()
            else:
                place.label = place = place.label or _Place()
        shape = operation.input_shape
        required = () if shape is None else shape.required_members
        members = {} if shape is None else shape.members
        wire_names = [
            (members[name].location, members[name].location_name or name) for name in required
        ]
        candidate = _Candidate(
            operation.name,
            tuple(labels),
            tuple((name, value) for name, value in form_pairs(query)),
            frozenset(name for location, name in wire_names if location == "querystring"),
            frozenset(name.lower() for location, name in wire_names if location == "header"),
        )
        method = str(operation.http.get("method", "POST"))
        here = place.operations.setdefault(method, _Candidates())
        here.add(
            candidate,
            len(here.all)
            if operation.is_deprecated
            else _before_deprecated(here.all, operation.service),
        )

    def find(
        self, request: HttpRequest, bucket: str | None = None
    ) -> tuple[str, Mapping[str, str]] | None:
        """The operation's name and the labels' values, or None."""
        path = request.path
        segments = path[1:].split("/") if path.startswith("/") else path.split("/")
        if bucket is not None:
            segments.insert(0, bucket)
        if self._is_s3:
            # A key keeps all its slashes; `/bucket/` is the bucket.
            if len(segments) == 2 and not segments[1]:
                segments.pop()
        elif segments and not segments[-1]:
            segments.pop()
        if segments == [""]:
            segments = []
        found = self._chosen(request, segments, arns=False)
        if found is None and not self._is_s3 and len(segments) <= _MOST_SEGMENTS:
            found = self._chosen(request, segments, arns=True)
        return found

    def _chosen(
        self, request: HttpRequest, segments: list[str], *, arns: bool
    ) -> tuple[str, Mapping[str, str]] | None:
        for candidates, values in self._walk(self._root, segments, request.method, arns):
            candidate = candidates.chosen(request)
            if candidate is not None:
                return candidate.operation, dict(zip(candidate.labels, values, strict=True))
        return None

    def _walk(
        self, place: _Place, segments: list[str], method: str, arns: bool
    ) -> Iterator[_Found]:
        """With `arns`, a label may be an ARN whose slashes are not encoded."""
        if not segments:
            if method in place.operations:
                yield place.operations[method], ()
            return
        first, rest = segments[0], segments[1:]
        if "%" in first:
            first = unquote(first)
        below = place.literals.get(first)
        if below is not None:
            yield from self._walk(below, rest, method, arns)
        if place.label is not None:
            for candidates, values in self._walk(place.label, rest, method, arns):
                yield candidates, (first, *values)
            if arns and _begins_arn(first):
                # The shortest first: what follows an ARN in a path is no part of it.
                for end in range(2, len(segments) + 1):
                    arn = unquote("/".join(segments[:end]))
                    for candidates, values in self._walk(place.label, segments[end:], method, arns):
                        yield candidates, (arn, *values)
        if place.greedy is not None:
            # Only a path that goes on after the greedy label needs other ends tried.
            shortest = 0 if place.greedy.goes_on else len(segments) - 1
            for end in range(len(segments), shortest, -1):
                for candidates, values in self._walk(place.greedy, segments[end:], method, arns):
                    yield candidates, (unquote("/".join(segments[:end])), *values)


def _begins_arn(segment: str) -> bool:
    return segment[:4] == "arn:" or segment[:6].lower() == "arn%3a"


def _before_deprecated(listed: list[_Candidate], service: ServiceModel) -> int:
    for position, candidate in enumerate(listed):
        if service.operations[candidate.operation].is_deprecated:
            return position
    return len(listed)


def _most_specific(candidates: list[_Candidate], request: HttpRequest) -> _Candidate | None:
    pairs = dict(form_pairs(request.query)) if request.query else {}
    best: _Candidate | None = None
    best_rank: tuple[bool, int, int] | None = None
    for candidate in candidates:
        if candidate.literals and not candidate.fits_literals(pairs):
            continue
        missing = candidate.missing(pairs, request.headers)
        asked = len(candidate.query) + len(candidate.headers)
        # What has all that it asks for, and asks for most; else what misses least.
        rank = (
            missing == 0,
            len(candidate.literals),
            asked if missing == 0 else -missing,
        )
        if best_rank is None or rank > best_rank:
            best, best_rank = candidate, rank
    return best


@cache
def rest_routes(service: str) -> RestRoutes:
    return RestRoutes(service_model(service))
