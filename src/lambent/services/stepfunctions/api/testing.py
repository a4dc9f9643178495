"""TestState: one state, tried without a state machine."""

from dataclasses import replace

from lambent.core.ids import new_uuid
from lambent.languages import asl
from lambent.platform import Context, Params, Reply
from lambent.services.stepfunctions import rules, trials
from lambent.services.stepfunctions.integrations import calls, http_invoke
from lambent.services.stepfunctions.seeds import new_seed


async def test_state(context: Context, params: Params) -> Reply:
    """
    Run one state and answer with what it came to.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_TestState.html
    """
    rules.check_input(params.get("input", "{}"))
    if "roleArn" in params:
        rules.check_role_arn(params["roleArn"])
    machine, state = trials.parse_state(params)
    trials.check(params, state)
    trial = trials.trial(params, state)
    execution = _execution(context, params, trial.input)
    now, seed = context.clock.now(), new_seed()
    tried = asl.try_state(machine, state, execution, trial, now, asl.Chance(seed))
    made: http_invoke.Exchange | None = None
    if tried.command is not None:
        if tried.command.resource == http_invoke.RESOURCE:
            caller = context.acting_as(params["roleArn"])
            made = await http_invoke.exchange(caller, tried.command.parameters_text)
            answer = _answer(made)
        else:
            answer = await _call(context, params, execution, tried.command)
        trial = replace(trial, answer=answer)
        tried = asl.try_state(machine, state, execution, trial, now, asl.Chance(seed))
    trials.check_iterations(params, tried, state)
    level = params.get("inspectionLevel", "INFO")
    reply = trials.reply(tried, level)
    if made is not None and level == "TRACE":
        seen = http_invoke.inspected(made, reveal=params.get("revealSecrets", False))
        reply["inspectionData"] = {**reply.get("inspectionData", {}), **seen}
    return reply


def _answer(made: http_invoke.Exchange) -> asl.Answer:
    if made.failure is not None:
        return asl.Answer(error=made.failure.error, cause=made.failure.cause)
    return asl.Answer(result=rules.write_json(made.output))


def _execution(context: Context, params: Params, given: str) -> asl.Execution:
    """AWS: the state runs as in an Express execution of a state machine without a name."""
    name, machine = new_uuid(), new_uuid()
    return asl.Execution(
        id=context.arn("states", f"express:{machine}:{name}"),
        name=name,
        input=given,
        role_arn=params.get("roleArn", ""),
        started_at=context.clock.now(),
        state_machine_id=context.arn("states", f"stateMachine:{machine}"),
        state_machine_name=machine,
        express=True,
    )


async def _call(
    context: Context, params: Params, execution: asl.Execution, task: asl.RunTask
) -> asl.Answer:
    payload = {
        "execution": execution.id,
        "frame": task.frame,
        "number": task.number,
        "resource": task.resource,
        "pattern": task.pattern,
        "parameters": task.parameters_text,
    }
    told = await calls.call(context.acting_as(params["roleArn"]), payload)
    if isinstance(told, asl.TaskRefused):
        return asl.Answer(error="States.Runtime", cause=told.cause)
    if isinstance(told, asl.TaskFailed):
        return asl.Answer(error=told.error, cause=told.cause)
    assert isinstance(told, asl.TaskSucceeded), f"{task.resource} was not answered at once"
    text = told.output_text
    return asl.Answer(result=rules.write_json(told.output) if text is None else text)
