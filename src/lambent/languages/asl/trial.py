"""
One state tried by itself: what TestState answers.

The state is performed by the same code as in an execution. What it would wait for is either
answered (`answer`: what the call gave, or a mock) or told as `command`, for the service to carry
out and to come back with.
"""

from dataclasses import dataclass, field
from typing import Any, Literal

from lambent.languages.asl import tasks, walking
from lambent.languages.asl.build import build
from lambent.languages.asl.chance import Chance
from lambent.languages.asl.checks.definition import check_definition
from lambent.languages.asl.checks.fields import FOLLOWED
from lambent.languages.asl.data import Data
from lambent.languages.asl.diagnostics import InvalidDefinition
from lambent.languages.asl.failing import attempt, matches
from lambent.languages.asl.failures import StateFailed
from lambent.languages.asl.forks import finish_fork
from lambent.languages.asl.frames import ROOT
from lambent.languages.asl.inspection import inspect
from lambent.languages.asl.machine import State, StateMachine, TaskState, WaitState
from lambent.languages.asl.parse import parse_document
from lambent.languages.asl.run import Run
from lambent.languages.asl.transition import Command, Execution, RunTask, StartTimer
from lambent.languages.asl.working import Walker


@dataclass(frozen=True, slots=True)
class Answer:
    """What the state's work gave: a result, or an error."""

    result: str | None = None
    """As JSON text."""
    error: str | None = None
    cause: str | None = None


@dataclass(frozen=True, slots=True)
class Trial:
    """What is tried, and with what around it."""

    input: str = "{}"
    variables: dict[str, Any] = field(default_factory=dict)
    context: dict[str, Any] = field(default_factory=dict)
    answer: Answer | None = None
    retry_count: int = 0
    """How often the retrier that matches has retried already."""


@dataclass(frozen=True, slots=True)
class TrialResult:
    status: Literal["SUCCEEDED", "FAILED", "RETRIABLE", "CAUGHT_ERROR", "WAITING"]
    """WAITING: `command` says for what; try again with its answer."""
    output: str | None = None
    error: str | None = None
    cause: str | None = None
    next_state: str | None = None
    inspection: dict[str, Any] = field(default_factory=dict)
    """As inspectionData: input, afterInputPath, …, errorDetails; values as JSON text."""
    command: Command | None = None


def parse_state(definition: str, state_name: str | None = None) -> tuple[StateMachine, str]:
    """
    The machine around one state: its own definition, or a whole one with `state_name` in it.

    Raises InvalidDefinition. Where a lone state leads to need not exist.
    """
    document = parse_document(definition)
    if "States" in document:
        name = state_name or document.get("StartAt", "")
    else:
        name = state_name or "State"
        document = _around(document, name)
    found = check_definition(document, express=False)
    errors = [one for one in found if one.severity == "ERROR"]
    if errors:
        raise InvalidDefinition(errors)
    return build(document, definition), name


def _around(state: dict[str, Any], name: str) -> dict[str, Any]:
    """A definition of this state, with an end wherever it leads to."""
    if state.get("Type") in FOLLOWED and "Next" not in state:
        state = {**state, "End": True}
    targets = {state.get("Next"), state.get("Default")}
    for entries in (state.get("Choices"), state.get("Catch")):
        for entry in entries if isinstance(entries, list) else ():
            targets.add(entry.get("Next") if isinstance(entry, dict) else None)
    ends = {
        target: {"Type": "Succeed"}
        for target in targets
        if isinstance(target, str) and target != name
    }
    around: dict[str, Any] = {"StartAt": name, "States": {name: state, **ends}}
    if state.get("QueryLanguage") == "JSONata":
        around["QueryLanguage"] = "JSONata"
    return around


def try_state(
    machine: StateMachine,
    name: str,
    execution: Execution,
    trial: Trial,
    now: float,
    chance: Chance,
) -> TrialResult:
    """Perform one state, and say what it did."""
    region = next(region for region in machine.regions.values() if name in region.states)
    run = Run(machine, execution, {}, now, chance)
    run.given_context = trial.context
    walker = Walker(ROOT, region, Data(trial.input), 0, fork=None, index=0)
    walker.state = name
    walker.variables = trial.variables
    walker.retry_count = trial.retry_count
    walker.retries = {str(index): trial.retry_count for index in range(10)}
    walker.entered_at = now
    walker.entered_event_id = 1
    run.last_event_id = 1
    run.add_walker(walker)
    state = walker.current
    going = _perform(run, walker, state, trial.answer)
    waits = [command for command in run.commands if not isinstance(command, StartTimer)]
    if waits:
        return TrialResult("WAITING", command=waits[0])
    return _result(run, walker, state, trial, going)


def _perform(run: Run, walker: Walker, state: State, answer: Answer | None) -> bool:
    walker.waits("", 0)
    if answer is None:
        going = attempt(run, walker, state, walking.perform_of(state))
        if isinstance(state, WaitState) and walker.waits_for == "timer":
            # The time itself is not waited for.
            run.commands.clear()
            return attempt(run, walker, state, walking.finish_wait)
        return going
    if isinstance(state, TaskState):
        # What is sent must be right also where the answer is a mock.
        attempt(run, walker, state, tasks.schedule)
        if walker.waits_for != "task":
            return False
        run.commands = [command for command in run.commands if not isinstance(command, RunTask)]
    return attempt(run, walker, state, lambda *_: _answered(run, walker, state, answer))


def _answered(run: Run, walker: Walker, state: Any, answer: Answer) -> bool:
    walker.waits("", 0)
    if answer.result is None:
        raise StateFailed(answer.error, answer.cause, explained=False)
    result = Data(answer.result)
    if isinstance(state, TaskState):
        return tasks.finish(run, walker, state, result)
    return finish_fork(run, walker, state, result)


def _result(run: Run, walker: Walker, state: State, trial: Trial, going: bool) -> TrialResult:
    result = None if trial.answer is None else trial.answer.result
    inspection = inspect(run, walker, state, trial.input, result)
    failed = run.outcome is not None and run.outcome.status == "FAILED"
    retries = [c for c in run.commands if isinstance(c, StartTimer) and c.purpose == "retry"]
    error, cause = _failure_of(run, trial)
    if retries:
        delay = int(retries[0].at - run.now)
        index = _matching(state.retriers, error)
        inspection["errorDetails"] = {"retryIndex": index, "retryBackoffIntervalSeconds": delay}
        return TrialResult("RETRIABLE", error=error, cause=cause, inspection=inspection)
    if failed and run.outcome is not None:
        return TrialResult(
            "FAILED", error=run.outcome.error, cause=run.outcome.cause, inspection=inspection
        )
    output = _output(run)
    if walker.variables:
        inspection["variables"] = Data(value=walker.variables).text
    if error is not None:
        inspection["errorDetails"] = {"catchIndex": _matching(state.catchers, error)}
        return TrialResult(
            "CAUGHT_ERROR", output, error, cause, walker.state if going else None, inspection
        )
    return TrialResult(
        "SUCCEEDED", output, next_state=walker.state if going else None, inspection=inspection
    )


def _failure_of(run: Run, trial: Trial) -> tuple[str | None, str | None]:
    """The error that the state met, whatever became of it."""
    for event in run.events:
        details = event.details.get("evaluationFailedEventDetails")
        if details is not None:
            return details.get("error"), details.get("cause")
    if trial.answer is not None and trial.answer.result is None:
        return trial.answer.error or "", trial.answer.cause
    return None, None


def _matching(handlers: tuple[Any, ...], error: str | None) -> int:
    failure = StateFailed(error, None)
    return next((index for index, one in enumerate(handlers) if matches(one.errors, failure)), 0)


def _output(run: Run) -> str | None:
    for event in reversed(run.events):
        details = event.details.get("stateExitedEventDetails")
        if details is not None:
            output: str = details["output"]
            return output
    return None
