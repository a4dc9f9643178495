"""Message move tasks: dead letters go back to where they came from, or elsewhere."""

import base64
from dataclasses import replace
from typing import Any

import orjson

from lambent.core.ids import new_uuid
from lambent.platform import Context, Params, Reply
from lambent.services.sqs import message_store, store
from lambent.services.sqs.errors import (
    InvalidParameterValue,
    ResourceNotFound,
    UnsupportedOperation,
)
from lambent.services.sqs.records import MoveTask, Queue
from lambent.storage.database import Tx

_NO_QUEUE = "The resource that you specified for the {} parameter doesn't exist."


async def start_message_move_task(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html"""
    source_arn, destination_arn = params["SourceArn"], params.get("DestinationArn", "")
    now = context.clock.now()
    task_id = new_uuid()

    def write(tx: Tx) -> str:
        source = _queue(tx, source_arn, "SourceArn")
        if not store.list_sources(tx, source_arn, after="", limit=1):
            raise InvalidParameterValue("Source queue must be configured as a Dead Letter Queue.")
        if destination_arn:
            _queue(tx, destination_arn, "DestinationArn")
        if any(task.status == "RUNNING" for task in store.list_move_tasks(tx, source_arn, 1)):
            raise UnsupportedOperation(
                "There is already a task running. Only one active task is allowed for a source"
                " queue arn at a given time."
            )
        task = MoveTask(
            handle=_handle(task_id, source_arn),
            account=source.account,
            region=source.region,
            source_arn=source_arn,
            destination_arn=destination_arn,
            per_second=params.get("MaxNumberOfMessagesPerSecond", 0),
            status="RUNNING",
            moved=0,
            to_move=message_store.counts(tx, source, now)[0],
            failure="",
            started_at=now,
        )
        store.put_move_task(tx, task)
        context.enqueue(tx, f"sqs/move/{task_id}", "sqs.move_messages", {"handle": task.handle})
        return task.handle

    return {"TaskHandle": await context.db.write(write)}


async def list_message_move_tasks(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListMessageMoveTasks.html"""
    source_arn = params["SourceArn"]

    def read(tx: Tx) -> list[MoveTask]:
        _queue(tx, source_arn, "SourceArn")
        return store.list_move_tasks(tx, source_arn, params.get("MaxResults", 1))

    return {"Results": [_shown(task) for task in await context.db.read(read)]}


async def cancel_message_move_task(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CancelMessageMoveTask.html"""
    handle = params["TaskHandle"]

    def write(tx: Tx) -> MoveTask:
        task = store.find_move_task(tx, handle)
        if task is None:
            raise ResourceNotFound("Task does not exist.")
        if task.status != "RUNNING":
            raise ResourceNotFound("Only active tasks can be cancelled.")
        store.put_move_task(tx, replace(task, status="CANCELLED"))
        return task

    task = await context.db.write(write)
    return {"ApproximateNumberOfMessagesMoved": task.moved}


def _queue(tx: Tx, arn: str, parameter: str) -> Queue:
    parts = arn.split(":")
    if len(parts) != 6 or parts[2] != "sqs":
        raise InvalidParameterValue(f"You must use this format to specify the {parameter}: <ARN>")
    queue = store.find_queue_by_arn(tx, arn)
    if queue is None:
        raise ResourceNotFound(_NO_QUEUE.format(parameter))
    return queue


def _handle(task_id: str, source_arn: str) -> str:
    return base64.b64encode(orjson.dumps({"taskId": task_id, "sourceArn": source_arn})).decode()


def _shown(task: MoveTask) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "Status": task.status,
        "SourceArn": task.source_arn,
        "ApproximateNumberOfMessagesMoved": task.moved,
        "ApproximateNumberOfMessagesToMove": task.to_move,
        "StartedTimestamp": int(task.started_at * 1000),
    }
    if task.status == "RUNNING":
        # AWS: only a task that can be cancelled shows its handle.
        shown["TaskHandle"] = task.handle
    if task.destination_arn:
        shown["DestinationArn"] = task.destination_arn
    if task.per_second:
        shown["MaxNumberOfMessagesPerSecond"] = task.per_second
    if task.failure:
        shown["FailureReason"] = task.failure
    return shown
