"""
Which states an execution has been through, from its frames and the history of a transition; pure.

A visit is known by the id of its …StateEntered event. States of a Map's or Parallel's lines lie
within the visit of that state.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lambent.languages.asl import Frame, HistoryEvent
from lambent.languages.asl.frames import Fork, Line

_ENTERED = "StateEntered"
_FORKED = ("MapStateStarted", "ParallelStateStarted")
_FORK_FAILED = ("MapStateFailed", "ParallelStateFailed")


@dataclass(slots=True)
class Visit:
    number: int
    state: str
    began: float
    within: int  # the visit of the Map or Parallel around it, or 0
    is_fork: bool = False  # a Map or Parallel
    forks: bool = False  # whose lines have begun
    failure: tuple[str, str] | None = None  # error and cause, as far as they are known


# Of an event: the visit around the line that it is of, and the visit that the line is in.
_Place = tuple[int, int]


def visit_of(line: Line) -> int:
    """The visit that a line is in; 0 before its next state is entered."""
    if line.waits_for == "ready" and "again" not in line.detail:
        return 0
    return line.entered_event_id


def within(frames: Mapping[str, Frame], line: Line) -> int:
    """The visit of the Map or Parallel that a line runs in."""
    fork = frames.get(line.fork) if line.fork is not None else None
    above = frames.get(fork.line) if isinstance(fork, Fork) else None
    return visit_of(above) if isinstance(above, Line) else 0


def ended(
    frames: Mapping[str, Frame],
    changed: Mapping[str, Frame | None],
    history: Sequence[HistoryEvent],
    *,
    over: bool,
) -> list[Visit]:
    """
    The visits that a transition has ended. `frames` are those before it, `changed` what it puts
    and removes; `over` says whether the execution is.
    """
    return list(_Reading(frames, changed, over).ended(history))


class _Reading:
    def __init__(
        self, frames: Mapping[str, Frame], changed: Mapping[str, Frame | None], over: bool
    ) -> None:
        self._frames = frames
        self._visits: dict[int, Visit] = {}
        self._places: dict[int, _Place] = {}
        self._open: set[int] = set()
        for frame_id in list(frames) if over else changed:
            line = frames.get(frame_id)
            if isinstance(line, Line):
                self._remember(line)
        if not over:
            lines = (frame for frame in changed.values() if isinstance(frame, Line))
            self._open = {visit_of(line) for line in lines}

    def ended(self, history: Sequence[HistoryEvent]) -> Iterator[Visit]:
        for event in history:
            place = self._place(event)
            self._places[event.id] = place
            for details in event.details.values():
                failed = self._visits.get(place[1])
                if failed is not None and isinstance(details, dict) and "error" in details:
                    failed.failure = str(details["error"]), str(details.get("cause") or "")
        for visit in self._visits.values():
            if visit.number not in self._open:
                yield visit

    def _remember(self, line: Line) -> None:
        number, around = visit_of(line), within(self._frames, line)
        waits = line.waits_for in ("fork", "map_run")
        if number:
            self._visits[number] = Visit(number, line.state, line.entered_at, around, waits, waits)
        place = (number, 0) if waits else (around, number)
        self._places[line.previous_event_id] = place
        if waits:
            self._places[line.number] = place

    def _place(self, event: HistoryEvent) -> _Place:
        around, inside = self._places.get(event.previous_event_id, (0, 0))
        if event.type.endswith(_ENTERED):
            name = str(event.details["stateEnteredEventDetails"]["name"])
            is_fork = event.type.startswith(("Map", "Parallel"))
            self._visits[event.id] = Visit(event.id, name, event.timestamp, around, is_fork)
            return around, event.id
        if event.type in _FORKED:
            if inside in self._visits:
                self._visits[inside].forks = True
            return inside, 0
        if event.type == "MapIterationStarted":
            return around, 0
        if event.type in _FORK_FAILED:
            return self._fork_failed(around, inside)
        exited = event.details.get("stateExitedEventDetails")
        # AWS: what a Map or Parallel goes on from is the last event within it.
        if exited is not None and self._is_named(around, exited["name"]):
            return self._climbed(around, inside)
        return around, inside

    def _climbed(self, around: int, inside: int) -> _Place:
        visit = self._visits.get(around)
        return (around, inside) if visit is None else (visit.within, around)

    def _is_named(self, number: int, name: str) -> bool:
        visit = self._visits.get(number)
        return visit is not None and visit.state == name

    def _fork_failed(self, around: int, inside: int) -> _Place:
        """With what failed within it; it may have failed before its lines began, too."""
        outer, inner = self._visits.get(around), self._visits.get(inside)
        if outer is None or (inner is not None and inner.is_fork and not inner.forks):
            return around, inside
        if inner is not None:
            # A Fail state's error is written down only where it ends the execution.
            inner.failure = inner.failure or ("", "")
            outer.failure = inner.failure
        return outer.within, around
