"""
One state tried by itself: what TestState answers.

The state is performed by the same code as in an execution. What it would wait for is either
answered (`answer`: what the call gave, or a mock) or told as `command`, for the service to carry
out and to come back with.
"""

from dataclasses import dataclass, field, replace
from typing import Any, Literal

from lambent.languages.asl import tasks, walking
from lambent.languages.asl.build import build
from lambent.languages.asl.chance import Chance
from lambent.languages.asl.checks.definition import check_definition
from lambent.languages.asl.data import Data, TooDeep
from lambent.languages.asl.diagnostics import InvalidDefinition
from lambent.languages.asl.failing import fail, matches
from lambent.languages.asl.failures import StateFailed, runtime
from lambent.languages.asl.forks import finish_fork
from lambent.languages.asl.frames import ROOT
from lambent.languages.asl.inspection import inspect, inspect_map
from lambent.languages.asl.machine import (
    MapState,
    ParallelState,
    State,
    StateMachine,
    TaskState,
    WaitState,
)
from lambent.languages.asl.parse import parse_document
from lambent.languages.asl.run import Run
from lambent.languages.asl.transition import Execution, RunTask, StartTimer
from lambent.languages.asl.working import Walker

# AWS: what a state is called that comes without a name.
_NAMELESS = "StateName"


Status = Literal["SUCCEEDED", "FAILED", "RETRIABLE", "CAUGHT_ERROR", "WAITING"]


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
    context: dict[str, Any] | None = None
    """The whole context object; None: such as an Express execution has."""
    answer: Answer | None = None
    """A Map or Parallel state must have one: what is in it is not performed."""
    retry_count: int = 0
    """How often the retrier that matches has retried already."""
    failed_iterations: int = 0
    """Of a Map: how many of its iterations have failed."""
    read_items: Any = None
    """Of a Map: what its ItemReader has read."""


@dataclass(frozen=True, slots=True)
class TrialResult:
    status: Status
    """WAITING: `command` says for what; try again with its answer."""
    output: str | None = None
    error: str | None = None
    cause: str | None = None
    next_state: str | None = None
    inspection: dict[str, Any] = field(default_factory=dict)
    """As inspectionData: input, afterInputPath, …, errorDetails; values as JSON text."""
    command: RunTask | None = None
    items: int = 0
    """Of a Map: how many items it goes over."""


class NoSuchState(LookupError):
    """The definition has no state of that name."""


def parse_state(definition: str, state_name: str | None = None) -> tuple[StateMachine, State]:
    """
    One state and the machine around it: its own definition, or with a name, a whole machine's.

    Raises InvalidDefinition and NoSuchState. Where a lone state leads to need not exist.
    """
    document = parse_document(definition)
    if state_name is None:
        document = _around(document, _NAMELESS)
    elif "States" not in document:
        raise NoSuchState(state_name)
    found = check_definition(document, express=False)
    errors = [one for one in found if one.severity == "ERROR"]
    if errors:
        raise InvalidDefinition(errors)
    machine = build(document, definition)
    for region in machine.regions.values():
        if (name := state_name or _NAMELESS) in region.states:
            return machine, region.states[name]
    raise NoSuchState(name)


def _around(state: dict[str, Any], name: str) -> dict[str, Any]:
    """A definition of this state, with an end wherever it leads to."""
    targets = {state.get("Next"), state.get("Default")}
    for entries in (state.get("Choices"), state.get("Catch")):
        for entry in entries if isinstance(entries, list) else ():
            targets.add(entry.get("Next") if isinstance(entry, dict) else None)
    ends = {
        target: {"Type": "Succeed"}
        for target in targets
        if isinstance(target, str) and target != name
    }
    # What leads to itself alone must not be refused for having no end.
    ends = ends or {"End": {"Type": "Succeed"}} if _loops(state, name) else ends
    return {"StartAt": name, "States": {name: state, **ends}}


def _loops(state: dict[str, Any], name: str) -> bool:
    return state.get("Next") == name or state.get("Default") == name


def try_state(
    machine: StateMachine,
    state: State,
    execution: Execution,
    trial: Trial,
    now: float,
    chance: Chance,
) -> TrialResult:
    """Perform one state, and say what it did."""
    return _Attempt(Run(machine, execution, {}, now, chance), state, trial).result()


class _Attempt:
    """One performance of the state, and what is seen of it."""

    def __init__(self, run: Run, state: State, trial: Trial) -> None:
        self.run = run
        self.trial = trial
        self.state: Any = state
        run.given_context = trial.context
        run.last_event_id = 1
        region = next(
            region
            for region in run.machine.regions.values()
            if region.states.get(state.name) is state
        )
        self.walker = Walker(ROOT, region, Data(trial.input), 0, fork=None, index=0)
        self.walker.state = state.name
        self.walker.variables = trial.variables
        self.walker.retry_count = trial.retry_count
        self.walker.retries = {str(i): trial.retry_count for i in range(len(state.retriers))}
        self.walker.entered_at = run.now
        self.walker.entered_event_id = 1
        self.run.add_walker(self.walker)
        self.items = 0
        self.found: dict[str, Any] = {"input": trial.input}
        self.failure: StateFailed | None = None

    def result(self) -> TrialResult:
        going = self._perform()
        for command in self.run.commands:
            if isinstance(command, RunTask):
                return TrialResult("WAITING", command=command)
        following = self.walker.state if going else None
        assigned = self.walker.variables
        self._inspect()
        result = self._succeeded() if self.failure is None else self._failed(self.failure)
        if result.output is not None:
            result = replace(result, next_state=following)
            if assigned:
                self.found["variables"] = Data(value=assigned).text
        return replace(result, inspection=self.found, items=self.items)

    def _inspect(self) -> None:
        trial, walker = self.trial, self.walker
        # With the same chances once more: what is shown is what was done.
        chance = Chance(self.run.chance.seed)
        run = Run(self.run.machine, self.run.execution, {}, self.run.now, chance)
        run.given_context = trial.context
        walker.state, walker.input = self.state.name, Data(trial.input)
        walker.variables = trial.variables
        result = None if trial.answer is None else trial.answer.result
        if isinstance(self.state, MapState) and self.failure is not None:
            result = None
        self.found |= inspect(run, walker, self.state, result)

    def _perform(self) -> bool:
        self.walker.waits("", 0)
        try:
            return self._performed()
        except StateFailed as failure:
            self.failure = failure
        except (TooDeep, RecursionError):
            self.failure = runtime("The data is nested too deeply.")
        # AWS: without the sentence that names the state and the event.
        self.failure.explained = False
        return fail(self.run, self.walker, self.state, self.failure)

    def _performed(self) -> bool:
        run, walker, state = self.run, self.walker, self.state
        match state:
            case TaskState():
                tasks.schedule(run, walker, state)
                if self.trial.answer is None:
                    return False
                run.commands.clear()
                return tasks.finish(run, walker, state, self._answered())
            case ParallelState():
                return finish_fork(run, walker, state, self._answered())
            case MapState():
                self._iterate(state)
                return finish_fork(run, walker, state, self._answered())
            case WaitState():
                # The time itself is not waited for.
                walking.perform_of(state)(run, walker, state)
                run.commands.clear()
                return walking.finish_wait(run, walker, state)
            case _:
                return walking.perform_of(state)(run, walker, state)

    def _iterate(self, state: MapState) -> None:
        found = self.found
        self.items = inspect_map(self.run, self.walker, state, self.trial.read_items, found)
        failed = self.trial.failed_iterations
        count = found.get("toleratedFailureCount")
        percentage = found.get("toleratedFailurePercentage")
        if (count is not None and failed > count) or (
            percentage is not None and failed * 100 > percentage * max(self.items, 1)
        ):
            raise StateFailed(
                "States.ExceedToleratedFailureThreshold",
                "The specified tolerated failure threshold was exceeded",
            )

    def _answered(self) -> Data:
        answer = self.trial.answer
        assert answer is not None, f"a {self.state.kind} state is tried with an answer only"
        self.walker.waits("", 0)
        if answer.result is None:
            raise StateFailed(answer.error, answer.cause)
        return Data(answer.result)

    def _succeeded(self) -> TrialResult:
        return TrialResult("SUCCEEDED", self._output())

    def _failed(self, failure: StateFailed) -> TrialResult:
        error, cause = failure.error, failure.cause
        details: dict[str, int] = {}
        index = _matching(self.state.retriers, failure)
        if index is not None and not failure.fatal:
            details["retryIndex"] = index
        retries = [one for one in self.run.commands if isinstance(one, StartTimer)]
        outcome = self.run.outcome
        output = None
        status: Status = "FAILED"
        if retries:
            status = "RETRIABLE"
            details["retryBackoffIntervalSeconds"] = int(retries[0].at - self.run.now)
        elif outcome is not None and outcome.status == "FAILED":
            # Not the state's own failure, but that of the catcher, where that fails too.
            error, cause = outcome.error, outcome.cause
        else:
            status, output = "CAUGHT_ERROR", self._output()
            details["catchIndex"] = _matching(self.state.catchers, failure) or 0
        if details:
            self.found["errorDetails"] = details
        return TrialResult(status, output, error, cause)

    def _output(self) -> str | None:
        for event in reversed(self.run.events):
            details = event.details.get("stateExitedEventDetails")
            if details is not None:
                output: str = details["output"]
                return output
        return None


def _matching(handlers: tuple[Any, ...], failure: StateFailed) -> int | None:
    found = (index for index, one in enumerate(handlers) if matches(one.errors, failure))
    return next(found, None)
