"""
What a process remembers of a mapping between two looks at its source, and may forget.
"""

from dataclasses import dataclass, field

from lambent.platform import Context
from lambent.services.lambda_.event_sources.records import (
    Batch,
    EventSourceMapping,
    Received,
    StreamBatch,
)
from lambent.services.lambda_.event_sources.stream_windows import Window
from lambent.work.backoff import exponential

_CACHE = "lambda.event_sources"
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 300.0
# A shard waits behind a batch that fails.
_LANE_PAUSE = 60.0


@dataclass(slots=True)
class LaneState:
    """
    One lane of a shard. `read_to` is the last record that was read, None before the first look;
    `gathered` is a batch that is not full and goes at `due`; `waiting` are batches that are to be
    tried again, before anything else is. `window` is the tumbling window that is open.
    """

    read_to: str | None = None
    gathered: list[Received] = field(default_factory=list)
    due: float = 0.0
    waiting: list[StreamBatch] = field(default_factory=list)
    window: Window | None = None
    has_done: bool = False
    failures: int = 0
    paused_until: float = 0.0

    def pause(self, now: float) -> None:
        self.failures += 1
        self.paused_until = now + exponential(self.failures, first=_FIRST_PAUSE, most=_LANE_PAUSE)

    def go_on(self) -> None:
        self.has_done = True
        self.failures = 0
        self.paused_until = 0.0


@dataclass(slots=True)
class Remembered:
    """
    `waiting` are batches that are not full, and those that the function was too busy for;
    `refusals` counts how often in a row it took nothing at all.
    """

    revision: int
    waiting: list[Batch] = field(default_factory=list)
    refusals: int = 0
    paused_until: float = 0.0
    timer_at: float = 0.0
    lanes: dict[tuple[str, int], LaneState] = field(default_factory=dict)

    def pause(self, now: float) -> float:
        """Take nothing for a while, longer each time; until when."""
        self.refusals += 1
        self.paused_until = now + exponential(
            self.refusals, first=_FIRST_PAUSE, most=_LONGEST_PAUSE
        )
        return self.paused_until

    def go_on(self) -> None:
        self.refusals = 0
        self.paused_until = 0.0


def of(context: Context, mapping: EventSourceMapping) -> Remembered:
    known: dict[str, Remembered] = context.platform.caches.setdefault(_CACHE, {})
    remembered = known.get(mapping.id)
    if remembered is None or remembered.revision != mapping.revision:
        remembered = known[mapping.id] = Remembered(mapping.revision)
    return remembered


def last_result(context: Context, mapping: EventSourceMapping) -> str:
    """What has become of a stream's records, in AWS's words, as far as this process knows."""
    known: dict[str, Remembered] = context.platform.caches.get(_CACHE, {})
    lanes = known[mapping.id].lanes.values() if mapping.id in known else ()
    if any(lane.failures for lane in lanes):
        return "PROBLEM: Function call failed"
    return "OK" if any(lane.has_done for lane in lanes) else "No records processed"


def forget(context: Context, mapping_id: str) -> None:
    context.platform.caches.get(_CACHE, {}).pop(mapping_id, None)
