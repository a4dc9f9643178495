"""Lines and forks while they are worked on: loaded from frames, changed in place, written back."""

from typing import Any

from lambent.languages.asl.data import Data
from lambent.languages.asl.frames import Fork, Line
from lambent.languages.asl.machine import Region, State, StateMachine


class Walker:
    """A Line while it is worked on."""

    __slots__ = (
        "before_entering",
        "detail",
        "entered_at",
        "entered_event_id",
        "failed",
        "fork",
        "id",
        "index",
        "input",
        "item",
        "item_key",
        "number",
        "previous",
        "region",
        "retries",
        "retry_count",
        "state",
        "variables",
        "waits_for",
    )

    def __init__(
        self, id: str, region: Region, input: Data, previous: int, *, fork: str | None, index: int
    ) -> None:
        self.id = id
        self.region = region
        self.state = region.start_at
        self.input = input
        self.previous = previous
        self.fork = fork
        self.index = index
        self.before_entering = previous
        """The event before …StateEntered; known as long as nothing has happened since then."""
        self.entered_event_id = 0
        self.entered_at = 0.0
        self.waits_for: Any = "ready"
        self.number = 0
        self.item: str | None = None
        self.item_key: str | None = None
        self.variables: dict[str, Any] = {}
        self.retries: dict[str, int] = {}
        self.retry_count = 0
        self.detail: dict[str, Any] = {}
        self.failed = False

    @property
    def current(self) -> State:
        return self.region.states[self.state]

    def waits(self, waits_for: str, number: int, detail: dict[str, Any] | None = None) -> None:
        self.waits_for = waits_for
        self.number = number
        self.detail = detail or {}

    def is_ready(self, *, again: bool = False) -> None:
        """To enter its state, or to perform it `again` without entering it."""
        self.waits("ready", 0, {"again": True} if again else None)


def load_walker(line: Line, machine: StateMachine) -> Walker:
    walker = Walker(
        line.id,
        machine.regions[line.region],
        Data(line.input),
        line.previous_event_id,
        fork=line.fork,
        index=line.index,
    )
    walker.state = line.state
    walker.entered_event_id = line.entered_event_id
    walker.entered_at = line.entered_at
    walker.waits_for = line.waits_for
    walker.number = line.number
    walker.item = line.item
    walker.item_key = line.item_key
    walker.variables = line.variables
    walker.retries = dict(line.retries)
    walker.retry_count = line.retry_count
    walker.detail = dict(line.detail)
    walker.failed = line.failed
    return walker


def line_of(walker: Walker) -> Line:
    return Line(
        id=walker.id,
        region=walker.region.path,
        state=walker.state,
        input=walker.input.text,
        entered_event_id=walker.entered_event_id,
        entered_at=walker.entered_at,
        previous_event_id=walker.previous,
        waits_for=walker.waits_for,
        number=walker.number,
        fork=walker.fork,
        index=walker.index,
        item=walker.item,
        item_key=walker.item_key,
        variables=walker.variables,
        retries=walker.retries,
        retry_count=walker.retry_count,
        detail=walker.detail,
        failed=walker.failed,
    )


class WorkingFork:
    """A Fork while it is worked on."""

    __slots__ = (
        "begun",
        "chunk_size",
        "done",
        "id",
        "item_keys",
        "line",
        "map_state",
        "max_concurrency",
        "previous",
        "region",
        "total",
    )

    def __init__(self, fork: Fork) -> None:
        self.id = fork.id
        self.line = fork.line
        self.map_state = fork.map_state
        self.total = fork.total
        self.begun = fork.begun
        self.done = fork.done
        self.previous = fork.previous_event_id
        self.region = fork.region
        self.max_concurrency = fork.max_concurrency
        self.chunk_size = fork.chunk_size
        self.item_keys = fork.item_keys

    def frame(self) -> Fork:
        return Fork(
            id=self.id,
            line=self.line,
            map_state=self.map_state,
            total=self.total,
            begun=self.begun,
            done=self.done,
            previous_event_id=self.previous,
            region=self.region,
            max_concurrency=self.max_concurrency,
            chunk_size=self.chunk_size,
            item_keys=self.item_keys,
        )

    def child(self, index: int) -> str:
        return f"{self.id}/{index}"

    def chunk(self, number: int) -> str:
        return f"{self.id}/items/{number}"

    @property
    def chunks(self) -> int:
        return -(-self.total // self.chunk_size) if self.chunk_size else 0
