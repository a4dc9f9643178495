"""
A trace put together from its documents: one tree, as far as the parents are known. Pure.

AWS: subsegments that were sent by themselves stand in the document of the segment they belong to.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import orjson

Document = dict[str, Any]


@dataclass(frozen=True)
class Service:
    """Who did a part of the work. Equal ones are one node of a graph."""

    name: str
    type: str
    account: str

    @property
    def reply(self) -> dict[str, Any]:
        known = {"AccountId": self.account, "Type": self.type}
        return {
            "Name": self.name,
            "Names": [self.name],
            **{member: value for member, value in known.items() if value},
        }


class Trace:
    """The segments of one trace, the earliest first."""

    def __init__(self, trace_id: str, segments: Sequence[Document], account: str = "") -> None:
        self.id = trace_id
        self.segments = segments
        # As they were sent.
        self.documents: Sequence[str] = ()
        self._account = account

    @classmethod
    def parse(cls, trace_id: str, documents: Sequence[str], account: str = "") -> "Trace":
        trace = cls(trace_id, _assembled([orjson.loads(text) for text in documents]), account)
        trace.documents = documents
        return trace

    @cached_property
    def root(self) -> Document | None:
        """The segment that has no parent among the others."""
        known = {part["id"] for segment in self.segments for part in parts(segment)}
        for segment in self.segments:
            if segment.get("parent_id") not in known:
                return segment
        return None

    @cached_property
    def started(self) -> float:
        return min(float(segment["start_time"]) for segment in self.segments)

    @cached_property
    def ended(self) -> float:
        return max(end_of(segment) for segment in self.segments)

    @property
    def duration(self) -> float:
        return round(self.ended - self.started, 3)

    @property
    def response_time(self) -> float:
        return 0.0 if self.root is None else duration_of(self.root)

    @property
    def is_partial(self) -> bool:
        return any(part.get("in_progress") for one in self.segments for part in parts(one))

    def service(self, segment: Document) -> Service:
        account = member(segment, "aws").get("account_id") or self._account
        return Service(segment["name"], str(segment.get("origin") or ""), str(account))

    def services(self) -> list[Service]:
        return list(dict.fromkeys(self.service(segment) for segment in self.segments))


def parts(segment: Document) -> Iterator[Document]:
    """The segment and all of its subsegments."""
    waiting = [segment]
    while waiting:
        part = waiting.pop()
        yield part
        below = part.get("subsegments")
        if isinstance(below, list):
            waiting.extend(one for one in reversed(below) if isinstance(one, dict))


def member(part: Document, name: str) -> dict[str, Any]:
    """A member that is an object; documents may say anything, and what is none says nothing."""
    value = part.get(name)
    return value if isinstance(value, dict) else {}


def annotations(part: Document) -> dict[str, str | float | bool]:
    found = member(part, "annotations")
    return {name: one for name, one in found.items() if isinstance(one, str | int | float | bool)}


def exceptions(part: Document) -> list[dict[str, Any]]:
    listed = member(part, "cause").get("exceptions")
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []


def end_of(part: Document) -> float:
    return float(part.get("end_time") or part["start_time"])


def duration_of(part: Document) -> float:
    return round(end_of(part) - float(part["start_time"]), 3)


def http_status(part: Document) -> int | None:
    status = member(member(part, "http"), "response").get("status")
    return status if isinstance(status, int) else None


def _assembled(documents: list[Document]) -> list[Document]:
    """Segments with the subsegments in them that came by themselves."""
    homes: dict[str, tuple[Document, Document]] = {}
    for document in documents:
        for part in parts(document):
            if "id" in part:
                homes[part["id"]] = part, document
    moved: dict[str, Document] = {}
    segments = []
    for document in documents:
        parent, home = homes.get(str(document.get("parent_id")), (None, document))
        is_own = document.get("type") != "subsegment"
        if parent is None or is_own or _is_within(home, document, moved):
            segments.append(document)
        else:
            parent.setdefault("subsegments", []).append(document)
            moved[document["id"]] = home
    return segments


def _is_within(home: Document, document: Document, moved: dict[str, Document]) -> bool:
    """Whether `home` has found its place in `document`: rings of parents are nobody's children."""
    while home is not document:
        above = moved.get(home["id"])
        if above is None:
            return False
        home = above
    return True
