"""
The machine that walks a stack's operation, forward and, if it must, back.

It is told what happened and says which steps begin and which status the stack takes; it
carries nothing out. A step is one resource's: steps that do not need each other run together.

CREATE   forward ──▶ ended                    UPDATE   forward ──▶ cleanup ──▶ ended
           └─fails─▶ rollback ──▶ ended                  └─fails─▶ rollback ──▶ cleanup ──▶ ended
DELETE   forward ──▶ ended
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from lambent.core.errors import Impossible
from lambent.languages.templates.graph import Graph, needed_by_among, needs_among


class Kind(StrEnum):
    CREATE = "CREATE"
    UPDATE = "UPDATE"
    DELETE = "DELETE"


class Phase(StrEnum):
    FORWARD = "forward"
    CLEANUP = "cleanup"
    ROLLBACK = "rollback"
    ROLLBACK_CLEANUP = "rollback_cleanup"
    ENDED = "ended"


class Action(StrEnum):
    # Make the resource what the template says: create it, update it in place or replace it.
    APPLY = "apply"
    # Delete the resource.
    REMOVE = "remove"
    # Delete what a replacement has left over, the old one or (after a rollback) the new one.
    DISCARD = "discard"
    # Give the resource back what it had before the operation.
    REVERT = "revert"


class State(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Outcome(StrEnum):
    """What a step did to its resource, or had begun to do when it failed."""

    NOTHING = ""
    CREATED = "created"
    UPDATED = "updated"
    REPLACED = "replaced"
    REMOVED = "removed"


class OnFailure(StrEnum):
    ROLLBACK = "ROLLBACK"
    DELETE = "DELETE"
    DO_NOTHING = "DO_NOTHING"


@dataclass(frozen=True, slots=True)
class Step:
    logical_id: str
    action: Action
    needs: tuple[str, ...] = ()
    state: State = State.WAITING
    outcome: Outcome = Outcome.NOTHING


@dataclass(frozen=True, slots=True)
class Operation:
    """
    What is being done to a stack. `graph` says what each resource needs, those that are to be
    removed included; `removals` are the resources that the wanted template no longer has.
    """

    kind: Kind
    graph: Graph
    removals: tuple[str, ...] = ()
    on_failure: OnFailure = OnFailure.ROLLBACK
    phase: Phase = Phase.FORWARD
    steps: Mapping[str, Step] = field(default_factory=dict)
    # What the forward steps did, kept for the way back.
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    cancelled: bool = False

    @property
    def is_failing(self) -> bool:
        """Nothing further begins, and what is under way is not wanted any more."""
        if self.phase not in (Phase.FORWARD, Phase.ROLLBACK):
            return False
        if self.cancelled and self.phase is Phase.FORWARD:
            return True
        return any(step.state is State.FAILED for step in self.steps.values())


@dataclass(frozen=True, slots=True)
class Started:
    """The operation begins."""


@dataclass(frozen=True, slots=True)
class StepDone:
    logical_id: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class StepFailed:
    logical_id: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class CancelRequested:
    """The operation is to be undone: the user wants it, or its time is over."""


Told = Started | StepDone | StepFailed | CancelRequested


@dataclass(frozen=True, slots=True)
class StatusChange:
    status: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Transition:
    operation: Operation
    begun: tuple[Step, ...] = ()
    statuses: tuple[StatusChange, ...] = ()


def creation(graph: Graph, on_failure: OnFailure = OnFailure.ROLLBACK) -> Operation:
    """The operation that makes every resource of a stack that has none."""
    steps = _applied(graph, graph)
    return Operation(Kind.CREATE, graph, on_failure=on_failure, steps=steps)


def update(
    graph: Graph,
    touched: Iterable[str],
    removals: Graph,
    on_failure: OnFailure = OnFailure.ROLLBACK,
) -> Operation:
    """
    The operation that turns what stands into what is wanted. `touched` are the resources that
    may change; `removals` those that go, each with what it needed.
    """
    return Operation(
        Kind.UPDATE,
        {**removals, **graph},
        removals=tuple(removals),
        on_failure=on_failure,
        steps=_applied(graph, touched),
    )


def deletion(graph: Graph, kept: Iterable[str] = ()) -> Operation:
    """The operation that removes every resource but those that the caller wants kept."""
    going = set(graph) - set(kept)
    steps = _backwards(graph, {name: Action.REMOVE for name in graph if name in going})
    return Operation(Kind.DELETE, graph, steps=steps)


def _applied(graph: Graph, touched: Iterable[str]) -> dict[str, Step]:
    needs = needs_among(graph, touched)
    return {name: Step(name, Action.APPLY, needs[name]) for name in needs}


def _backwards(graph: Graph, actions: Mapping[str, Action]) -> dict[str, Step]:
    needed_by = needed_by_among(graph, actions)
    return {name: Step(name, action, needed_by[name]) for name, action in actions.items()}


def advance(operation: Operation, told: Told) -> Transition:
    """Move the operation on with what it was told."""
    match told:
        case Started():
            return _go_on(operation)
        case StepDone(logical_id, outcome):
            return _go_on(_with_step(operation, logical_id, State.DONE, outcome))
        case StepFailed(logical_id, outcome):
            return _go_on(_with_step(operation, logical_id, State.FAILED, outcome))
        case CancelRequested():
            if operation.kind is Kind.DELETE or operation.phase is not Phase.FORWARD:
                raise Impossible(f"cancelling a {operation.kind} in phase {operation.phase}")
            return _go_on(replace(operation, cancelled=True))


def _with_step(operation: Operation, logical_id: str, state: State, outcome: Outcome) -> Operation:
    step = operation.steps[logical_id]
    if step.state is not State.RUNNING:
        raise Impossible(f"the step of {logical_id} ended while it was {step.state}")
    steps = dict(operation.steps)
    steps[logical_id] = replace(step, state=state, outcome=outcome)
    return replace(operation, steps=steps)


def _go_on(operation: Operation) -> Transition:
    """Begin what can begin; when nothing is left to do in this phase, enter the next."""
    statuses: list[StatusChange] = []
    while operation.phase is not Phase.ENDED:
        ready = [] if operation.is_failing else _ready(operation)
        if ready:
            steps = {**operation.steps, **{step.logical_id: step for step in ready}}
            return Transition(replace(operation, steps=steps), tuple(ready), tuple(statuses))
        if any(step.state is State.RUNNING for step in operation.steps.values()):
            break
        operation, change = _next_phase(operation)
        statuses.append(change)
    return Transition(operation, (), tuple(statuses))


def _ready(operation: Operation) -> list[Step]:
    steps = operation.steps
    return [
        replace(step, state=State.RUNNING)
        for step in steps.values()
        if step.state is State.WAITING and _may_begin(operation, step)
    ]


def _may_begin(operation: Operation, step: Step) -> bool:
    states = [operation.steps[need].state for need in step.needs]
    if operation.phase in (Phase.CLEANUP, Phase.ROLLBACK_CLEANUP):
        # AWS: what cannot be cleaned up is left behind, and the rest is tried all the same.
        return all(state in (State.DONE, State.FAILED) for state in states)
    return all(state is State.DONE for state in states)


def _next_phase(operation: Operation) -> tuple[Operation, StatusChange]:
    match operation.kind, operation.phase:
        case Kind.CREATE, Phase.FORWARD:
            return _after_creation(operation)
        case Kind.CREATE, Phase.ROLLBACK:
            ends = "DELETE" if operation.on_failure is OnFailure.DELETE else "ROLLBACK"
            return _ended(operation, f"{ends}_COMPLETE", f"{ends}_FAILED")
        case Kind.UPDATE, Phase.FORWARD:
            return _after_update(operation)
        case Kind.UPDATE, Phase.CLEANUP:
            return _ended(operation, "UPDATE_COMPLETE", "UPDATE_COMPLETE")
        case Kind.UPDATE, Phase.ROLLBACK:
            return _after_rollback(operation)
        case Kind.UPDATE, Phase.ROLLBACK_CLEANUP:
            return _ended(operation, "UPDATE_ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_COMPLETE")
        case Kind.DELETE, Phase.FORWARD:
            return _ended(operation, "DELETE_COMPLETE", "DELETE_FAILED")
        case _:
            raise Impossible(f"a {operation.kind} in phase {operation.phase}")


def _ended(operation: Operation, well: str, badly: str) -> tuple[Operation, StatusChange]:
    failed = bool(_failed(operation)) or any(
        step.state is State.WAITING for step in operation.steps.values()
    )
    change = (
        StatusChange(badly, _why(operation)) if failed and badly != well else StatusChange(well)
    )
    return replace(operation, phase=Phase.ENDED), change


def _enter(operation: Operation, phase: Phase, actions: Mapping[str, Action]) -> Operation:
    outcomes = {
        name: step.outcome
        for name, step in operation.steps.items()
        if step.outcome is not Outcome.NOTHING
    }
    return replace(
        operation,
        phase=phase,
        steps=_backwards(operation.graph, actions),
        outcomes=outcomes if operation.phase is Phase.FORWARD else operation.outcomes,
    )


def _after_creation(operation: Operation) -> tuple[Operation, StatusChange]:
    if not operation.is_failing:
        return replace(operation, phase=Phase.ENDED), StatusChange("CREATE_COMPLETE")
    why = _why(operation)
    if operation.on_failure is OnFailure.DO_NOTHING:
        return replace(operation, phase=Phase.ENDED), StatusChange("CREATE_FAILED", why)
    begun = {
        name: Action.REMOVE
        for name, step in operation.steps.items()
        if step.state is not State.WAITING
    }
    status = "DELETE" if operation.on_failure is OnFailure.DELETE else "ROLLBACK"
    return (
        _enter(operation, Phase.ROLLBACK, begun),
        StatusChange(f"{status}_IN_PROGRESS", f"{why}{_REQUESTED}"),
    )


# AWS: the words are the same when nobody requested anything.
_REQUESTED = "Rollback requested by user."


def _after_update(operation: Operation) -> tuple[Operation, StatusChange]:
    if not operation.is_failing:
        leftovers = {
            name: Action.DISCARD
            for name, step in operation.steps.items()
            if step.outcome is Outcome.REPLACED
        } | dict.fromkeys(operation.removals, Action.REMOVE)
        return (
            _enter(operation, Phase.CLEANUP, leftovers),
            StatusChange("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"),
        )
    why = _why(operation)
    if operation.on_failure is OnFailure.DO_NOTHING and not operation.cancelled:
        return replace(operation, phase=Phase.ENDED), StatusChange("UPDATE_FAILED", why)
    back = {
        name: Action.REVERT
        for name, step in operation.steps.items()
        if step.outcome in (Outcome.UPDATED, Outcome.REPLACED)
    }
    return (
        _enter(operation, Phase.ROLLBACK, back),
        StatusChange("UPDATE_ROLLBACK_IN_PROGRESS", why or "User Initiated"),
    )


def _after_rollback(operation: Operation) -> tuple[Operation, StatusChange]:
    if operation.is_failing:
        return (
            replace(operation, phase=Phase.ENDED),
            StatusChange("UPDATE_ROLLBACK_FAILED", _why(operation)),
        )
    leftovers = {
        name: Action.REMOVE if outcome is Outcome.CREATED else Action.DISCARD
        for name, outcome in operation.outcomes.items()
        if outcome in (Outcome.CREATED, Outcome.REPLACED)
    }
    return (
        _enter(operation, Phase.ROLLBACK_CLEANUP, leftovers),
        StatusChange("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"),
    )


def rollback_again(operation: Operation, skipped: Iterable[str]) -> Operation:
    """After UPDATE_ROLLBACK_FAILED: the way back once more, without the resources skipped."""
    left_out = set(skipped)
    steps = {
        name: replace(step, state=State.DONE)
        if name in left_out
        else replace(step, state=State.WAITING)
        if step.state is State.FAILED
        else step
        for name, step in operation.steps.items()
    }
    return replace(operation, phase=Phase.ROLLBACK, steps=steps, cancelled=False)


def failed_steps(operation: Operation) -> tuple[str, ...]:
    return tuple(_failed(operation))


def _failed(operation: Operation) -> list[str]:
    return [name for name, step in operation.steps.items() if step.state is State.FAILED]


def _why(operation: Operation) -> str:
    """Which resources failed at what, as the stack's status reason says it."""
    by_verb: dict[str, list[str]] = {}
    for name in _failed(operation):
        by_verb.setdefault(_verb(operation.steps[name]), []).append(name)
    return "".join(
        f"The following resource(s) failed to {verb}: [{', '.join(sorted(names))}]. "
        for verb, names in sorted(by_verb.items())
    )


def _verb(step: Step) -> str:
    if step.action in (Action.REMOVE, Action.DISCARD):
        return "delete"
    return "create" if step.outcome is Outcome.CREATED else "update"
