"""Answers to task tokens: of callbacks and of activities."""

from lambent.languages import asl
from lambent.platform import Context, Params, Reply
from lambent.services.stepfunctions import changes, commands, errors, rules
from lambent.services.stepfunctions.seeds import new_seed
from lambent.services.stepfunctions.store import executions
from lambent.storage.database import Tx
from lambent.work import queue


async def send_task_success(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html"""
    rules.check_output(params["output"])
    task = _reference(params["taskToken"])
    told = asl.TaskSucceeded(task.frame, task.number, output_text=params["output"])
    return await _answer(context, task, told)


async def send_task_failure(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskFailure.html"""
    task = _reference(params["taskToken"])
    told = asl.TaskFailed(task.frame, task.number, params.get("error"), params.get("cause"))
    return await _answer(context, task, told)


async def send_task_heartbeat(context: Context, params: Params) -> Reply:
    """
    A sign of life: the heartbeat's time begins again.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskHeartbeat.html
    """
    task = _reference(params["taskToken"])
    now = context.clock.now()

    def write(tx: Tx) -> None:
        execution = _execution(tx, task)
        if not executions.waits_for_task(tx, execution, task.frame, task.number):
            raise _too_late()
        seconds = executions.find_heartbeat(tx, execution, task.frame, task.number)
        if seconds is not None:
            item_id = commands.wait_id(execution, task.frame, task.number, "heartbeat_timeout")
            queue.postpone(tx, item_id, now + seconds)

    await context.db.write(write)
    return {}


async def _answer(
    context: Context, task: asl.TaskReference, told: asl.TaskSucceeded | asl.TaskFailed
) -> Reply:
    seed = new_seed()

    def write(tx: Tx) -> None:
        _execution(tx, task)
        if not changes.answer(tx, context, task.execution_id, told, seed):
            raise _too_late()

    await context.db.write(write)
    return {}


def _reference(token: str) -> asl.TaskReference:
    task = asl.read_task_token(token)
    if task is None:
        raise errors.InvalidToken("Invalid Token: 'Invalid token'")
    return task


def _execution(tx: Tx, task: asl.TaskReference) -> int:
    """The number of the execution that a token belongs to."""
    execution = executions.find_execution(tx, task.execution_id)
    if execution is None:
        raise errors.TaskDoesNotExist("Task does not exist")
    return execution.number


def _too_late() -> errors.TaskTimedOut:
    # AWS: the same words, whether the task was answered, timed out, or its execution ended.
    return errors.TaskTimedOut("Task Timed Out: 'Provided task does not exist anymore'")
