"""
The frames of an execution: what is remembered between two transitions.

An execution is a tree. A Line runs through the states of one `States` object: the top level
(id "root"), a branch of a Parallel or an iteration of a Map. A Fork stands for a running Parallel
or Map: how many lines it has, how many are done. What a finished line gave is a Result of its own,
and the items of a Map wait in ItemChunks, so that no step rewrites what ten thousand others wrote.
A frame is saved with `dump_frame` and read back with `load_frame`; nothing else is promised.
"""

from dataclasses import dataclass, field, fields
from typing import Any, Literal

import orjson

from lambent.languages.asl.data import read, write

ROOT = "root"

Waiting = Literal["", "task", "timer", "retry", "fork", "map_run", "ready"]


@dataclass(frozen=True, slots=True)
class Line:
    """One run through one `States` object. Its id is "root" or "<fork id>/<index>"."""

    id: str
    region: str
    """Which `States` object: a path such as "/States/M/ItemProcessor"; "" is the top."""
    state: str
    input: str
    """The raw input of the state, as JSON text."""
    entered_event_id: int
    entered_at: float
    previous_event_id: int
    """The last event of this line."""
    waits_for: Waiting = ""
    number: int = 0
    """Of the wait: a resumption with another number is too late."""
    fork: str | None = None
    index: int = 0
    item: str | None = None
    """In a Map: the item, as JSON text, for `$$.Map.Item.Value`."""
    item_key: str | None = None
    variables: dict[str, Any] = field(default_factory=dict)
    retries: dict[str, int] = field(default_factory=dict)
    """By the index of the retrier: how often it has retried this visit of the state."""
    retry_count: int = 0
    detail: dict[str, Any] = field(default_factory=dict)
    """What the kind of wait needs to remember."""
    failed: bool = False
    """Where the execution ended badly: a redrive begins here."""
    kind: Literal["line"] = "line"


@dataclass(frozen=True, slots=True)
class Fork:
    """A Parallel or an inline Map that runs. Its id is that of its …StateStarted event."""

    id: str
    line: str
    """The line that waits for it."""
    map_state: bool
    total: int
    begun: int
    done: int
    previous_event_id: int
    region: str
    max_concurrency: int = 0
    chunk_size: int = 0
    item_keys: bool = False
    kind: Literal["fork"] = "fork"


@dataclass(frozen=True, slots=True)
class ItemChunk:
    """Items of a Map, not begun or begun: ids "<fork id>/items/<chunk>"."""

    id: str
    items: list[Any]
    kind: Literal["items"] = "items"


@dataclass(frozen=True, slots=True)
class Result:
    """The output of a finished line, under the line's id."""

    id: str
    output: str
    kind: Literal["result"] = "result"


@dataclass(frozen=True, slots=True)
class Ready:
    """The lines that can go on at once, when one transition was not enough: id "ready"."""

    lines: list[str]
    id: str = "ready"
    kind: Literal["ready"] = "ready"


Frame = Line | Fork | ItemChunk | Result | Ready

_KINDS: dict[str, type[Frame]] = {
    "line": Line,
    "fork": Fork,
    "items": ItemChunk,
    "result": Result,
    "ready": Ready,
}


def dump_frame(frame: Frame) -> str:
    try:
        return orjson.dumps(frame).decode()
    except TypeError:
        # A variable or an item holds what orjson does not know: see `write`.
        return write({member.name: getattr(frame, member.name) for member in fields(frame)})


def load_frame(text: str) -> Frame:
    members = read(text)
    return _KINDS[members["kind"]](**members)
