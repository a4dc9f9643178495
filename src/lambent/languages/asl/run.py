"""
The working memory of one call of `advance`.

Lines and forks are loaded from the frames when they are first touched, changed in place, and
written back as frames at the end. What was only looked at is not written.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lambent.languages.asl.chance import Chance
from lambent.languages.asl.data import Data
from lambent.languages.asl.failures import StateFailed
from lambent.languages.asl.frames import ROOT, Fork, Frame, ItemChunk, Line, Ready, Result
from lambent.languages.asl.machine import State, StateMachine
from lambent.languages.asl.scope import Scope
from lambent.languages.asl.timestamps import format_timestamp
from lambent.languages.asl.transition import (
    Command,
    ContinueLater,
    Execution,
    Frames,
    HistoryEvent,
    Outcome,
    Transition,
)
from lambent.languages.asl.working import Walker, WorkingFork, line_of, load_walker

MAX_EVENTS = 25_000

# How many states one transition enters at most; others shall have their turn.
BUDGET = 500

# Which states have a retry count in the context object: those that can retry.
_RETRYING = frozenset({"Task", "Parallel", "Map"})


class HistoryFull(Exception):
    """One event more would be the 25,000th, which is kept for the failure."""


@dataclass(frozen=True, slots=True)
class LineEnded:
    """A branch or an iteration is done. `previous` is its last state's last event."""

    fork: str
    previous: int


@dataclass(frozen=True, slots=True)
class LineFailed:
    """A branch or an iteration has failed, and did not catch it."""

    line: str
    failure: StateFailed


class Run:
    """Everything that one transition reads and writes."""

    def __init__(
        self,
        machine: StateMachine,
        execution: Execution,
        frames: Frames,
        now: float,
        chance: Chance,
    ) -> None:
        self.machine = machine
        self.execution = execution
        self.frames = frames
        self.now = now
        self.chance = chance
        self.last_event_id = execution.last_event_id
        self.limit = 1 << 62 if execution.express else MAX_EVENTS
        self.events: list[HistoryEvent] = []
        self.commands: list[Command] = []
        self.ready: deque[str] = deque()
        self.happenings: deque[LineEnded | LineFailed] = deque()
        self.budget = BUDGET
        self.outcome: Outcome | None = None
        self.walkers: dict[str, Walker] = {}
        self.forks: dict[str, WorkingFork] = {}
        self.changed: dict[str, Frame | None] = {}
        self.given_context: dict[str, Any] | None = None
        """The context object that a test of a state gives, in place of the execution's own."""

    # History

    def event(
        self, previous: int, type: str, details: dict[str, Any], at: float | None = None
    ) -> int:
        """Write an event down; answers its id."""
        id = self.last_event_id + 1
        if id >= self.limit:
            raise HistoryFull
        self.last_event_id = id
        self.events.append(
            HistoryEvent(id, previous, self.now if at is None else at, type, details)
        )
        return id

    def last_event(self, previous: int, type: str, details: dict[str, Any]) -> None:
        """The event that ends the execution: it always has room."""
        self.last_event_id += 1
        self.events.append(HistoryEvent(self.last_event_id, previous, self.now, type, details))

    # Frames

    def frame(self, id: str) -> Frame | None:
        """As it stands now; of lines and forks that are worked on, only whether they exist."""
        if id in self.changed:
            return self.changed[id]
        return self.frames.get(id)

    def find_walker(self, id: str) -> Walker | None:
        """The line, to be changed; None when it is gone or done."""
        walker = self.walkers.get(id)
        if walker is None:
            line = self.frame(id)
            if not isinstance(line, Line):
                return None
            walker = self.walkers[id] = load_walker(line, self.machine)
        return walker

    def walker(self, id: str) -> Walker:
        walker = self.find_walker(id)
        assert walker is not None, f"the line {id} is gone"
        return walker

    def look_at(self, id: str) -> Walker | Line:
        """The line, to be read only."""
        walker = self.walkers.get(id)
        if walker is not None:
            return walker
        line = self.frame(id)
        assert isinstance(line, Line), f"the line {id} is gone"
        return line

    def fork(self, id: str) -> WorkingFork:
        fork = self.forks.get(id)
        if fork is None:
            frame = self.frame(id)
            assert isinstance(frame, Fork), f"the fork {id} is gone"
            fork = self.forks[id] = WorkingFork(frame)
        return fork

    def parent_of(self, walker: Walker | Line) -> Walker | Line | None:
        if walker.fork is None:
            return None
        fork = self.forks.get(walker.fork) or self.frame(walker.fork)
        assert isinstance(fork, Fork | WorkingFork), f"the fork {walker.fork} is gone"
        return self.look_at(fork.line)

    def add_walker(self, walker: Walker) -> None:
        self.walkers[walker.id] = walker
        # A retried state may use the place of one that was removed in this same transition.
        self.changed.pop(walker.id, None)

    def put(self, frame: ItemChunk | Result) -> None:
        self.walkers.pop(frame.id, None)
        self.changed[frame.id] = frame

    def remove(self, id: str) -> None:
        self.walkers.pop(id, None)
        self.forks.pop(id, None)
        self.changed[id] = None

    # Surroundings

    def scope(self, walker: Walker, state: State, token: str | None = None) -> Scope:
        return Scope(
            walker.input,
            lambda: self._context(walker, state, token),
            lambda: self.variables(walker),
            self.now,
            self.chance,
        )

    def variables(self, walker: Walker | Line) -> Mapping[str, Any]:
        """The line's own, and those of the lines around it."""
        parent = self.parent_of(walker)
        if parent is None:
            return walker.variables
        around = self.variables(parent)
        return {**around, **walker.variables} if walker.variables else around

    def _context(self, walker: Walker, state: State, token: str | None) -> dict[str, Any]:
        if self.given_context is not None:
            return self.given_context
        execution = self.execution
        about_execution: dict[str, Any] = {
            "Id": execution.id,
            "Input": Data(execution.input).value,
            "StartTime": format_timestamp(execution.started_at),
            "Name": execution.name,
            "RoleArn": execution.role_arn or None,
        }
        # AWS: what cannot be redriven has no count of it.
        if not execution.express:
            about_execution["RedriveCount"] = execution.redrive_count
        if execution.redriven_at is not None:
            about_execution["RedriveTime"] = format_timestamp(execution.redriven_at)
        about_state: dict[str, Any] = {
            "Name": state.name,
            "EnteredTime": format_timestamp(walker.entered_at),
        }
        if state.kind in _RETRYING:
            about_state["RetryCount"] = walker.retry_count
        context: dict[str, Any] = {
            "Execution": about_execution,
            "StateMachine": {
                "Id": execution.state_machine_id,
                "Name": execution.state_machine_name,
            },
            "State": about_state,
        }
        item = self._item_around(walker)
        if item is not None:
            context["Map"] = {"Item": item}
        if token is not None:
            context["Task"] = {"Token": token}
        return context

    def _item_around(self, walker: Walker | Line) -> dict[str, Any] | None:
        at: Walker | Line | None = walker
        while at is not None:
            if at.item is not None:
                item = {"Index": at.index, "Value": Data(at.item).value}
                return item if at.item_key is None else {**item, "Key": at.item_key}
            at = self.parent_of(at)
        return None

    # The end

    def transition(self) -> Transition:
        frames = self.changed
        for walker in self.walkers.values():
            frames[walker.id] = line_of(walker)
        for fork in self.forks.values():
            frames[fork.id] = fork.frame()
        if self.outcome is None and self.ready:
            self._leave_for_later(frames)
        return Transition(
            last_event_id=self.last_event_id,
            # What came and went within this transition was never there.
            frames={
                id: frame
                for id, frame in frames.items()
                if frame is not None or self.frames.get(id) is not None
            },
            history=tuple(self.events),
            commands=tuple(self.commands),
            outcome=self.outcome,
        )

    def _leave_for_later(self, frames: dict[str, Frame | None]) -> None:
        before = self.frame("ready")
        if isinstance(before, Ready):
            # A Continue is on its way already.
            frames["ready"] = Ready([*before.lines, *self.ready])
        else:
            frames["ready"] = Ready(list(self.ready))
            self.commands.append(ContinueLater())


def root_of(run: Run) -> Walker | None:
    return run.find_walker(ROOT)
