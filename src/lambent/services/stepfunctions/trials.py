"""What TestState refuses, and what it reads of its params; pure."""

from collections.abc import Mapping
from typing import Any

from lambent.core.errors import ValidationFailed
from lambent.languages import asl
from lambent.languages.asl.machine import MapState, ParallelState, State, TaskState
from lambent.services.stepfunctions import errors, rules
from lambent.services.stepfunctions.integrations.mocks import check_mocked_result

Given = Mapping[str, Any]

_MOCKED = (TaskState, MapState, ParallelState)
# AWS: no more than the context object has may be given, and of that not the Map.
_CONTEXT: Mapping[str, Mapping[str, type]] = {
    "Execution": {
        "Id": str, "Input": object, "Name": str, "RoleArn": str, "StartTime": str,
        "RedriveCount": int, "RedriveTime": str,
    },
    "State": {"EnteredTime": str, "Name": str, "RetryCount": int},
    "StateMachine": {"Id": str, "Name": str},
    "Task": {"Token": str},
}  # fmt: skip
_WORDS = {str: "a string", int: "a number"}


def parse_state(params: Given) -> tuple[asl.StateMachine, State]:
    try:
        return asl.parse_state(params["definition"], params.get("stateName"))
    except asl.InvalidDefinition as error:
        raise errors.InvalidDefinition(str(error)) from None
    except asl.NoSuchState:
        raise ValidationFailed("State not found in definition") from None


def check(params: Given, state: State) -> None:
    """Raise what AWS says of params that do not fit the state, or each other."""
    if "mock" in params:
        _check_mock(params, params["mock"], state)
        return
    if isinstance(state, MapState | ParallelState):
        raise errors.InvalidDefinition(
            "TestState API does not support Map or Parallel states. Supported state types include:"
            " [Task, Wait, Pass, Succeed, Fail, Choice]"
        )
    if "context" in params:
        raise ValidationFailed("A Context object is only supported when a mock is specified.")
    if params.get("stateConfiguration"):
        raise ValidationFailed("State configuration is only supported when a mock is specified.")
    if isinstance(state, TaskState):
        if "roleArn" not in params:
            raise ValidationFailed("RoleArn must be specified when testing a Task state")
        if state.pattern != "request_response" or state.task_kind == "activity":
            raise ValidationFailed(
                "TestState does not support activities, .sync and .waitForTaskToken without a mock."
            )


def _check_mock(params: Given, mock: Given, state: State) -> None:
    if not isinstance(state, _MOCKED):
        raise ValidationFailed(
            f"State type '{state.kind}' is not supported when a mock is specified"
        )
    if ("result" in mock) == ("errorOutput" in mock):
        raise ValidationFailed(
            "A test mock should have only one of the following fields: [result, errorOutput]."
        )
    if params.get("revealSecrets"):
        raise ValidationFailed("TestState does not support RevealSecrets when a mock is specified.")
    if "result" in mock:
        result = _json(mock["result"], "Mocked result")
        mode = mock.get("fieldValidationMode", "STRICT")
        if mode != "NONE":
            _check_result(state, result, whole=mode == "STRICT")


def _check_result(state: State, result: Any, *, whole: bool) -> None:
    match state:
        case TaskState():
            check_mocked_result(state.resource, state.pattern, result, whole=whole)
        case MapState(distributed=distributed) if distributed is not None and distributed.writer:
            if not isinstance(result, dict):
                raise ValidationFailed("Mocked result must be a JSON object.")
        case _ if not isinstance(result, list):
            raise ValidationFailed("Mocked result must be an array.")
        case ParallelState(branches=branches) if len(result) != len(branches):
            raise ValidationFailed(
                "Mocked result must contain the same number of items as number of Parallel"
                " branches."
            )


def trial(params: Given, state: State) -> asl.Trial:
    """What is to be tried, with the mock as its answer."""
    mock = params.get("mock")
    configuration = params.get("stateConfiguration") or {}
    cause = configuration.get("errorCausedByState")
    if cause is not None and not isinstance(state, MapState | ParallelState):
        raise ValidationFailed("errorCausedByState is only supported for Map and Parallel states.")
    return asl.Trial(
        input=params.get("input", "{}"),
        variables=_object(params.get("variables"), "variables") or {},
        context=_context(params.get("context"), state),
        answer=None if mock is None else _answer(mock),
        retry_count=configuration.get("retrierRetryCount", 0),
        failed_iterations=configuration.get("mapIterationFailureCount", 0),
        read_items=_json(configuration.get("mapItemReaderData"), "mapItemReaderData"),
    )


def _answer(mock: Given) -> asl.Answer:
    if "errorOutput" in mock:
        failure = mock["errorOutput"]
        return asl.Answer(error=failure.get("error"), cause=failure.get("cause"))
    return asl.Answer(result=mock["result"])


def _context(text: str | None, state: State) -> dict[str, Any] | None:
    context = _object(text, "Context object")
    if context is None:
        return None
    if "Map" in context:
        raise _bad_context("'Map' field is not supported when mocking a Context object")
    for name, value in context.items():
        if name not in _CONTEXT:
            raise _bad_context(f"Field '{name}' is not allowed")
        if not isinstance(value, dict):
            raise _bad_context(f"{name} must be an object")
        _check_members(name, value, _CONTEXT[name])
    waits = isinstance(state, TaskState) and state.pattern != "request_response"
    if "Task" in context and not waits:
        raise _bad_context(
            "Context object contains 'Task' when state is not a Task state with a '.sync' or"
            " '.waitForTaskToken' service integration pattern"
        )
    return context


def _check_members(name: str, given: Given, known: Mapping[str, type]) -> None:
    for member, value in given.items():
        if member not in known:
            raise _bad_context(f"Field '{member}' is not allowed")
        kind = known[member]
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise _bad_context(f"{name}.{member} must be {_WORDS[kind]}")


def _bad_context(reason: str) -> ValidationFailed:
    return ValidationFailed(f"Invalid Context object provided: {reason}")


def _object(text: str | None, what: str) -> dict[str, Any] | None:
    found = _json(text, what)
    if found is not None and not isinstance(found, dict):
        raise ValidationFailed(f"The {what} must be a JSON object.")
    return found


def _json(text: str | None, what: str) -> Any:
    if text is None:
        return None
    try:
        return rules.parse_json(text)
    except ValueError as error:
        raise ValidationFailed(f"{what} is not valid JSON: {error}") from None


def check_iterations(params: Given, tried: asl.TrialResult, state: State) -> None:
    """The failures of a Map's iterations cannot be more than it has items."""
    failed = (params.get("stateConfiguration") or {}).get("mapIterationFailureCount", 0)
    if isinstance(state, MapState) and failed > tried.items > 0:
        raise ValidationFailed(
            "mapIterationFailureCount must not exceed the number of items of the Map state."
        )


def reply(tried: asl.TrialResult, level: str) -> dict[str, Any]:
    """As TestState answers it."""
    members = {
        "status": tried.status,
        "output": tried.output,
        "error": tried.error,
        "cause": tried.cause,
        "nextState": tried.next_state,
        "inspectionData": None if level == "INFO" else tried.inspection,
    }
    return {name: value for name, value in members.items() if value is not None}
