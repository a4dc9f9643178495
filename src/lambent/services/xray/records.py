"""What X-Ray remembers, in frozen records."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment, or a subsegment that was sent by itself; `document` is its JSON."""

    trace: str
    id: str
    started: float
    ended: float | None  # None while it is in progress
    document: str


@dataclass(frozen=True, slots=True)
class TraceRow:
    """A trace as lists need it: `moment` is the time that it was asked for by."""

    id: str
    started: float
    moment: float
    revision: int


@dataclass(frozen=True, slots=True)
class SamplingRule:
    rule: Mapping[str, Any]
    created: float
    modified: float
