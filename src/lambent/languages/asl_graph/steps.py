"""
A history as a tree: states, the branches of Parallel, the items of Map, and what is in them.

`History.add` takes events as they come, so that a run can be watched without reading it again.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NamedTuple

Event = dict[str, Any]
Kind = Literal["execution", "state", "branch", "item"]

RUNNING = "RUNNING"
SUCCEEDED = "SUCCEEDED"
FAILED = "FAILED"
CAUGHT = "CAUGHT"
ABORTED = "ABORTED"
TIMED_OUT = "TIMED_OUT"

_EXECUTION_ENDS = {
    "ExecutionSucceeded": SUCCEEDED,
    "ExecutionFailed": FAILED,
    "ExecutionAborted": ABORTED,
    "ExecutionTimedOut": TIMED_OUT,
}
_ITEM_ENDS = {
    "MapIterationSucceeded": SUCCEEDED,
    "MapIterationFailed": FAILED,
    "MapIterationAborted": ABORTED,
}
# A try that begins, or one that went well, settles the error of the try before.
_SETTLES_ERROR = ("Scheduled", "Started", "Submitted", "Succeeded")


class Moment(NamedTuple):
    seconds: float
    event_id: int


@dataclass(slots=True, eq=False)
class Step:
    """
    An execution, a state that was entered, a branch or an item.

    It changes while the history is read, which is why it is not frozen like other records.
    """

    kind: Kind
    name: str
    parent: "Step | None"
    event_id: int
    began: float
    type: str = ""
    index: int = 0
    ended: float | None = None
    # The event that ended it.
    ended_by: int | None = None
    status: str = RUNNING
    error: str = ""
    cause: str = ""
    # How often it was tried again, and the error that was the reason.
    retries: int = 0
    retried_error: str = ""
    tried: bool = False
    input: str | None = None
    output: str | None = None
    # Of a Map: how many items there are.
    length: int | None = None
    # Something in it failed: what one looks for among ten thousand items.
    troubled: bool = False
    children: list["Step"] = field(default_factory=list)
    items: dict[int, "Step"] = field(default_factory=dict)

    @property
    def seconds(self) -> float | None:
        return None if self.ended is None else self.ended - self.began


class History:
    """What the events so far say."""

    def __init__(self) -> None:
        self.execution = Step("execution", "", None, 0, 0.0)
        self.last_id = 0
        # From which state to which state it went.
        self.transitions: set[tuple[str, str]] = set()
        # Event → the step that the next event is about, unless it opens one of its own.
        self._places: dict[int, Step] = {0: self.execution}
        # StateExited event → the state that was left.
        self._left: dict[int, str] = {}
        # Of a redrive: the states that may go on.
        self._unsettled: list[Step] = []

    @property
    def ended(self) -> bool:
        return self.execution.status != RUNNING

    def add(self, events: Iterable[Event]) -> None:
        """Take events in the order of their ids; what is known already is passed over."""
        for event in events:
            if event["id"] > self.last_id:
                self.last_id = event["id"]
                place = self._places.get(event["previousEventId"], self.execution)
                moment = Moment(_seconds(event["timestamp"]), event["id"])
                self._places[event["id"]] = self._take(place, event, moment)

    def _take(self, place: Step, event: Event, now: Moment) -> Step:
        """The step that is open after the event."""
        kind: str = event["type"]
        if self._unsettled and place is self.execution:
            place = self._going_on(event) or place
        if kind.endswith("StateEntered"):
            return self._entered(place, event, now)
        if kind.endswith("StateExited"):
            return self._exited(place, event, now)
        if kind == "MapIterationStarted":
            return _item_started(place, event, now)
        if kind in _ITEM_ENDS:
            return _item_ended(place, event, now)
        if kind.startswith("Execution"):
            return self._execution_event(place, event, now)
        return _noted(place, event, now)

    def _entered(self, place: Step, event: Event, now: Moment) -> Step:
        details = event["stateEnteredEventDetails"]
        parent = place
        if place.type == "Parallel":
            index = len(place.children)
            parent = Step("branch", f"branch {index}", place, event["id"], now.seconds, index=index)
            place.children.append(parent)
        elif place.kind == "state":
            # A state that failed without leaving, and was caught.
            parent = place.parent or self.execution
        step = Step("state", details["name"], parent, event["id"], now.seconds)
        step.type = event["type"].removesuffix("StateEntered")
        step.input = details.get("input")
        parent.children.append(step)
        left = self._left.get(event["previousEventId"])
        if left is not None:
            self.transitions.add((left, step.name))
        return step

    def _exited(self, place: Step, event: Event, now: Moment) -> Step:
        details = event["stateExitedEventDetails"]
        step = _enclosing(place, lambda each: each.kind == "state" and each.name == details["name"])
        if step is None:
            return place
        _end(step, CAUGHT if step.error else SUCCEEDED, now)
        step.output = details.get("output")
        self._left[event["id"]] = step.name
        return step.parent or self.execution

    def _going_on(self, event: Event) -> Step | None:
        """
        The state that an event after a redrive is about.

        AWS: such an event follows the redrive itself, and may name no state.
        """
        name = _details(event).get("name")
        for step in self._unsettled:
            if step.name == name or (name is None and step.type == "Task"):
                self._unsettled.remove(step)
                _reopen(step)
                return step
        return None

    def _execution_event(self, place: Step, event: Event, now: Moment) -> Step:
        kind = event["type"]
        execution = self.execution
        if kind == "ExecutionStarted":
            execution.began = now.seconds
            execution.input = _details(event).get("input")
        elif kind == "ExecutionRedriven":
            execution.status, execution.ended = RUNNING, None
            execution.ended_by = None
            execution.error = execution.cause = ""
            self._unsettled = _ended_badly(execution)
            return execution
        elif kind in _EXECUTION_ENDS:
            details = _details(event)
            status = _EXECUTION_ENDS[kind]
            execution.error = details.get("error", "")
            execution.cause = details.get("cause", "")
            execution.output = details.get("output")
            if status == FAILED and place.kind == "state" and place.ended is None:
                _fail(place, details)
            _end(execution, status, now)
        return place


def _noted(place: Step, event: Event, now: Moment) -> Step:
    """What happens inside a state: its tries, its errors."""
    kind: str = event["type"]
    details = _details(event)
    if kind.endswith("StateAborted"):
        return place
    if kind.startswith(("MapState", "ParallelState")):
        type_ = kind.partition("State")[0]
        container = _enclosing(place, lambda each: each.type == type_ and each.ended is None)
        return place if container is None else _container_event(container, place, event, now)
    if kind.endswith(_SETTLES_ERROR):
        if kind.endswith("Scheduled"):
            _begin_try(place)
        place.error = place.cause = ""
    if "error" in details or kind.endswith(("Failed", "TimedOut")):
        _fail(place, details)
    return place


def _container_event(container: Step, place: Step, event: Event, now: Moment) -> Step:
    if event["type"].endswith("Started"):
        _begin_try(container)
        if container.retries:
            # The branches and items of the try before are not part of this one.
            container.children, container.items = [], {}
        container.error = container.cause = ""
        container.length = _details(event).get("length", container.length)
    elif event["type"].endswith("Failed"):
        _fail(container, {"error": place.error, "cause": place.cause, **_details(event)})
        for child in container.children:
            _end(child, FAILED if _is_failed(child) else ABORTED, now)
    return container


def _begin_try(step: Step) -> None:
    if step.tried:
        step.retries += 1
        step.retried_error = step.error or step.retried_error
    step.tried = True


def _fail(step: Step, details: Event) -> None:
    step.error = details.get("error") or step.error or "States.TaskFailed"
    step.cause = details.get("cause") or ""
    for each in _with_enclosing(step):
        each.troubled = True


def _reopen(step: Step) -> None:
    """A redrive goes on inside what had ended."""
    for each in _with_enclosing(step):
        each.status, each.ended, each.ended_by = RUNNING, None, None
        each.retried_error = each.error or each.retried_error
        each.error = each.cause = ""


def _ended_badly(execution: Step) -> list[Step]:
    """The innermost states that did not leave, those that failed first."""
    found = [step for step in states(execution) if step.status in (FAILED, ABORTED, TIMED_OUT)]
    inner = [step for step in found if not step.children]
    return sorted(inner, key=lambda step: step.status != FAILED)


def _end(step: Step, status: str, now: Moment) -> None:
    """End a step, and what is still open inside it."""
    if step.ended is not None:
        return
    step.status, step.ended, step.ended_by = status, now.seconds, now.event_id
    for child in step.children:
        if child.ended is not None:
            continue
        if status == SUCCEEDED:
            # Nothing is told when a branch ends; it ended with its last state.
            _end(child, SUCCEEDED, _last_moment(child) or now)
        elif _is_failed(child):
            _end(child, FAILED, now)
        else:
            _end(child, TIMED_OUT if status == TIMED_OUT else ABORTED, now)


def _last_moment(step: Step) -> Moment | None:
    last = step.children[-1] if step.children else None
    if last is None or last.ended is None or last.ended_by is None:
        return None
    return Moment(last.ended, last.ended_by)


def _is_failed(step: Step) -> bool:
    if step.kind == "state":
        return bool(step.error) or step.type == "Fail"
    return bool(step.children) and _is_failed(step.children[-1])


def _item_started(place: Step, event: Event, now: Moment) -> Step:
    details = event["mapIterationStartedEventDetails"]
    container = _map_named(place, details["name"])
    if container is None:
        return place
    index = details["index"]
    item = Step("item", f"item {index}", container, event["id"], now.seconds, index=index)
    if index in container.items:
        container.children.remove(container.items[index])
    container.children.append(item)
    container.items[index] = item
    return item


def _item_ended(place: Step, event: Event, now: Moment) -> Step:
    kind = event["type"]
    details = event[f"{kind[0].lower()}{kind[1:]}EventDetails"]
    container = _map_named(place, details["name"])
    if container is None:
        return place
    item = container.items.get(details["index"])
    if item is not None:
        if _ITEM_ENDS[kind] == FAILED:
            item.error, item.cause = place.error, place.cause
        _end(item, _ITEM_ENDS[kind], now)
        if _ITEM_ENDS[kind] != SUCCEEDED:
            # AWS: what follows a failed item is told as following its failure.
            return place
    return container


def _map_named(place: Step, name: str) -> Step | None:
    return _enclosing(place, lambda each: each.type == "Map" and each.name == name)


def _enclosing(step: Step, fits: Any) -> Step | None:
    return next((each for each in _with_enclosing(step) if fits(each)), None)


def _with_enclosing(step: Step) -> Iterator[Step]:
    each: Step | None = step
    while each is not None:
        yield each
        each = each.parent


def _details(event: Event) -> Event:
    """The details, whichever member of the event has them."""
    kind = event["type"]
    for shared in ("StateEntered", "StateExited"):
        if kind.endswith(shared):
            kind = shared
    details: Event = event.get(f"{kind[0].lower()}{kind[1:]}EventDetails") or {}
    return details


def _seconds(timestamp: datetime | float) -> float:
    return timestamp.timestamp() if isinstance(timestamp, datetime) else timestamp


def states(step: Step) -> Iterator[Step]:
    """Every state that was entered, in the order of entering within each branch."""
    stack = [step]
    while stack:
        each = stack.pop()
        if each.kind == "state":
            yield each
        stack.extend(reversed(each.children))
