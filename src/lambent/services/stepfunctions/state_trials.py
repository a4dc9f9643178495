"""
TestState: one state, tried alone; pure.

The state is put into a machine of its own: before it a Pass state that assigns the variables,
behind it, under the names of what may follow, states that end at once. What it came to is
read from the history that the language writes.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from lambent.languages import asl
from lambent.languages.asl.frames import ROOT, Line
from lambent.services.stepfunctions import errors, rules

_FIRST = "__variables"
_ARN = "arn:aws:states:us-east-1:000000000000:"


@dataclass(frozen=True, slots=True)
class StateTrial:
    """What is tried: the state under its name, what it is given."""

    name: str
    state: dict[str, Any]
    input: str
    machine: asl.StateMachine
    execution: asl.Execution


@dataclass(slots=True)
class Trial:
    """How far it has come. Told what happened until `is_over`."""

    subject: StateTrial
    now: float
    seed: int
    retries: int = 0
    """How many of its retries have been made before, as the caller says."""
    context: dict[str, Any] = field(default_factory=dict)
    """Members of the context object, as the caller gives them."""
    frames: dict[str, asl.Frame] = field(default_factory=dict)
    history: list[asl.HistoryEvent] = field(default_factory=list)
    task: asl.RunTask | None = None
    outcome: asl.Outcome | None = None
    backoff: float | None = None

    @property
    def is_over(self) -> bool:
        return self.outcome is not None or self.backoff is not None


def subject(
    definition: str, name: str | None, given: str, variables: str | None, role_arn: str, now: float
) -> StateTrial:
    """Raises InvalidDefinition, as CreateStateMachine does."""
    try:
        state = rules.parse_json(definition)
    except ValueError as error:
        raise errors.InvalidDefinition(
            f"Invalid State Machine Definition: 'INVALID_JSON_DESCRIPTION: {error}'"
        ) from None
    if isinstance(state, dict) and "States" in state:
        state = _chosen(state, name)
    if not isinstance(state, dict):
        raise errors.InvalidDefinition(
            "Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: The state must be a JSON"
            " object'"
        )
    name = name or "State"
    assigned = rules.parse_json(variables) if variables else {}
    first: dict[str, Any] = {"Type": "Pass", "QueryLanguage": "JSONPath", "Next": name}
    if assigned:
        first["Assign"] = assigned
    followers = {target: {"Type": "Succeed"} for target in _targets(state) if target != name}
    text = json.dumps({"StartAt": _FIRST, "States": {_FIRST: first, name: state, **followers}})
    try:
        machine = asl.parse(text)
    except asl.InvalidDefinition as error:
        raise errors.InvalidDefinition(str(error)) from None
    execution = asl.Execution(
        id=f"{_ARN}execution:TestState:{name}",
        name=name,
        input=given,
        role_arn=role_arn,
        started_at=now,
        state_machine_id=f"{_ARN}stateMachine:TestState",
        state_machine_name="TestState",
    )
    return StateTrial(name, state, given, machine, execution)


def _chosen(definition: dict[str, Any], name: str | None) -> Any:
    """The state called `name`, at whatever depth, with the machine's query language."""
    if name is None:
        raise errors.ValidationFailed(
            "stateName must be specified when the definition is that of a state machine."
        )
    for found, state in _states(definition):
        if found == name:
            language = definition.get("QueryLanguage")
            return {"QueryLanguage": language, **state} if language else state
    raise errors.ValidationFailed(f"The state '{name}' is not in the definition.")


def _states(definition: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    states = definition.get("States")
    for name, state in states.items() if isinstance(states, dict) else ():
        yield name, state
        if isinstance(state, dict):
            branches = state.get("Branches")
            listed = branches if isinstance(branches, list) else []
            inner = [*listed, state.get("ItemProcessor"), state.get("Iterator")]
            for region in inner:
                if isinstance(region, dict):
                    yield from _states(region)


def _targets(state: Mapping[str, Any]) -> list[str]:
    """Every state that may follow."""
    rows = [state, *state.get("Choices", ()), *state.get("Catch", ())]
    found = [row.get("Next") for row in rows if isinstance(row, dict)]
    return [name for name in [*found, state.get("Default")] if isinstance(name, str)]


def begin(
    subject: StateTrial, now: float, seed: int, retries: int, context: dict[str, Any]
) -> Trial:
    trial = Trial(subject, now, seed, retries, context)
    tell(trial, asl.ExecutionStarted())
    return trial


def tell(trial: Trial, told: asl.Resumption) -> None:
    """Take the state as far as it goes; afterwards it is over, or a task waits for its answer."""
    waiting: list[asl.Resumption] = [told]
    while waiting:
        transition = asl.advance(
            trial.subject.machine,
            trial.subject.execution,
            trial.frames,
            waiting.pop(0),
            trial.now,
            asl.Chance(trial.seed),
            trial.context,
        )
        trial.subject = replace(
            trial.subject,
            execution=replace(trial.subject.execution, last_event_id=transition.last_event_id),
        )
        trial.history += transition.history
        trial.outcome = transition.outcome
        for frame_id, frame in transition.frames.items():
            if frame is None:
                trial.frames.pop(frame_id, None)
            else:
                trial.frames[frame_id] = frame
        for command in transition.commands:
            waiting += _follow(trial, command)


def _follow(trial: Trial, command: asl.Command) -> list[asl.Resumption]:
    match command:
        case asl.RunTask():
            trial.task = command
        case asl.StartTimer(frame, number, at, "retry"):
            if _retries_made(trial) > trial.retries:
                trial.backoff = at - trial.now
            else:
                return [asl.TimerFired(frame, number)]
        case asl.StartTimer(frame, number):
            return [asl.TimerFired(frame, number)]
        case asl.ContinueLater():
            return [asl.Continue()]
        case asl.StartMapRun():
            raise errors.ValidationFailed(
                "TestState does not support Map states in Distributed mode."
            )
    return []


def _retries_made(trial: Trial) -> int:
    line = trial.frames.get(ROOT)
    return sum(line.retries.values()) if isinstance(line, Line) else 0


def reply(trial: Trial, level: str) -> dict[str, Any]:
    """As TestState answers it."""
    failure = _failure(trial)
    found: dict[str, Any] = {}
    details: dict[str, Any] = {}
    following = _following(trial)
    if trial.backoff is not None:
        status = "RETRIABLE"
        details["retryBackoffIntervalSeconds"] = round(trial.backoff)
        details["retryIndex"] = _retry_index(trial)
    elif trial.outcome is None or trial.outcome.status != "SUCCEEDED":
        status = "FAILED"
        if trial.outcome is not None:
            failure = (trial.outcome.error, trial.outcome.cause)
    else:
        status = "SUCCEEDED" if failure is None else "CAUGHT_ERROR"
        found["output"] = trial.outcome.output
    found["status"] = status
    if following is not None:
        found["nextState"] = following
    if failure is not None:
        found |= {
            name: text for name, text in zip(("error", "cause"), failure, strict=True) if text
        }
    if status == "CAUGHT_ERROR":
        details["catchIndex"] = _catch_index(trial, following)
    if level != "INFO":
        found["inspectionData"] = _inspected(trial)
        if details:
            found["inspectionData"]["errorDetails"] = details
    return found


def _entered(trial: Trial) -> list[str]:
    return [
        event.details["stateEnteredEventDetails"]["name"]
        for event in trial.history
        if "stateEnteredEventDetails" in event.details
    ]


def _following(trial: Trial) -> str | None:
    last = _entered(trial)[-1]
    return last if last in _targets(trial.subject.state) and last != trial.subject.name else None


_FAILURES = (
    "taskFailedEventDetails",
    "lambdaFunctionFailedEventDetails",
    "activityFailedEventDetails",
    "taskTimedOutEventDetails",
    "lambdaFunctionTimedOutEventDetails",
    "activityTimedOutEventDetails",
    "evaluationFailedEventDetails",
)


def _failure(trial: Trial) -> tuple[str | None, str | None] | None:
    for event in reversed(trial.history):
        for name in _FAILURES:
            if name in event.details:
                detail = event.details[name]
                return detail.get("error"), detail.get("cause")
    return None


def _retry_index(trial: Trial) -> int:
    line = trial.frames.get(ROOT)
    assert isinstance(line, Line)
    return max(int(index) for index in line.retries)


def _catch_index(trial: Trial, following: str | None) -> int:
    catchers = trial.subject.state.get("Catch", ())
    return next(
        (index for index, catcher in enumerate(catchers) if catcher.get("Next") == following), 0
    )


# Inspection -----------------------------------------------------------------------------------


def _inspected(trial: Trial) -> dict[str, Any]:
    """
    The data between the state's steps: each is what a Pass state of the same fields answers.
    """
    state = trial.subject.state
    found: dict[str, Any] = {"input": trial.subject.input}
    result = _result(trial)
    if state.get("QueryLanguage") == "JSONata":
        if trial.task is not None:
            found["afterArguments"] = trial.task.parameters_text
        if result is not None:
            found["result"] = result
        return found
    path = {name: state[name] for name in ("InputPath",) if name in state}
    found["afterInputPath"] = _passed(trial, path, trial.subject.input)
    if "Parameters" in state:
        fields = {**path, "Parameters": state["Parameters"]}
        found["afterParameters"] = (
            trial.task.parameters_text
            if trial.task is not None
            else _passed(trial, fields, trial.subject.input)
        )
    else:
        found["afterParameters"] = found["afterInputPath"]
    if result is not None:
        found["result"] = result
        selected: str | None = result
        if "ResultSelector" in state:
            selected = _passed(trial, {"Parameters": state["ResultSelector"]}, result)
        found["afterResultSelector"] = selected
        if selected is not None:
            found["afterResultPath"] = _placed(trial, state, selected)
    return {name: text for name, text in found.items() if text is not None}


def _result(trial: Trial) -> str | None:
    for event in reversed(trial.history):
        for name in (
            "taskSucceededEventDetails",
            "lambdaFunctionSucceededEventDetails",
            "activitySucceededEventDetails",
        ):
            if name in event.details:
                return str(event.details[name].get("output"))
    state = trial.subject.state
    if state.get("Type") == "Pass" and "Result" in state:
        return rules.write_json(state["Result"])
    return None


def _placed(trial: Trial, state: Mapping[str, Any], selected: str) -> str | None:
    if "ResultPath" not in state:
        return selected
    fields = {"Result": rules.parse_json(selected), "ResultPath": state["ResultPath"]}
    return _passed(trial, fields, trial.subject.input)


def _passed(trial: Trial, fields: Mapping[str, Any], given: str) -> str | None:
    """What a Pass state with these fields makes of `given`; None where it fails."""
    definition = {"StartAt": "Pass", "States": {"Pass": {"Type": "Pass", "End": True, **fields}}}
    try:
        machine = asl.parse(json.dumps(definition))
    except asl.InvalidDefinition:
        return None
    transition = asl.advance(
        machine,
        replace(trial.subject.execution, input=given, last_event_id=0),
        {},
        asl.ExecutionStarted(),
        trial.now,
        asl.Chance(trial.seed),
        trial.context,
    )
    return None if transition.outcome is None else transition.outcome.output
