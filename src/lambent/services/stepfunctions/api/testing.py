"""TestState: one state, tried without a state machine."""

from collections.abc import Mapping
from typing import Any

from lambent.core.errors import ValidationFailed
from lambent.languages import asl
from lambent.platform import Context, Params, Reply
from lambent.services.stepfunctions import rules, state_trials
from lambent.services.stepfunctions.integrations import calls
from lambent.services.stepfunctions.seeds import new_seed

# Not a fact about executions, but a bound on states that go on calling.
_MOST_TASKS = 1_000


async def test_state(context: Context, params: Params) -> Reply:
    """
    Run one state and answer with what it came to.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_TestState.html
    """
    given = params.get("input", "{}")
    rules.check_input(given)
    if "roleArn" in params:
        rules.check_role_arn(params["roleArn"])
    now = context.clock.now()
    subject = state_trials.subject(
        params["definition"],
        params.get("stateName"),
        given,
        params.get("variables"),
        params.get("roleArn", ""),
        now,
    )
    retries = params.get("stateConfiguration", {}).get("retrierRetryCount", 0)
    trial = state_trials.begin(subject, now, new_seed(), retries, _context(params.get("context")))
    for _ in range(_MOST_TASKS):
        if trial.is_over or trial.task is None:
            break
        state_trials.tell(trial, await _answer(context, params, trial.task))
    return state_trials.reply(trial, params.get("inspectionLevel", "INFO"))


def _context(text: str | None) -> dict[str, Any]:
    """The context object that the caller gives."""
    if text is None:
        return {}
    try:
        given = rules.parse_json(text)
    except ValueError as error:
        raise ValidationFailed(f"The context is not valid JSON: {error}") from None
    if not isinstance(given, dict):
        raise ValidationFailed("The context must be a JSON object.")
    return given


async def _answer(context: Context, params: Params, task: asl.RunTask) -> asl.Resumption:
    if "mock" in params:
        return _mocked(params["mock"], task)
    if "roleArn" not in params:
        raise ValidationFailed("roleArn must be specified for a Task state without a mock.")
    if task.pattern != "request_response" or task.kind == "activity":
        raise ValidationFailed(
            "TestState does not support activities, .sync and .waitForTaskToken without a mock."
        )
    payload = {
        "execution": "arn:aws:states:us-east-1:000000000000:execution:TestState:test",
        "frame": task.frame,
        "number": task.number,
        "resource": task.resource,
        "pattern": task.pattern,
        "parameters": task.parameters_text,
    }
    return await calls.call(context.acting_as(params["roleArn"]), payload)


def _mocked(mock: Mapping[str, Any], task: asl.RunTask) -> asl.Resumption:
    if "errorOutput" in mock:
        failure = mock["errorOutput"]
        return asl.TaskFailed(task.frame, task.number, failure.get("error"), failure.get("cause"))
    rules.check_output(mock.get("result", "{}"))
    return asl.TaskSucceeded(task.frame, task.number, output_text=mock.get("result", "{}"))
