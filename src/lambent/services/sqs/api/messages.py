"""Sending, receiving, deleting and hiding messages."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

from lambent.core.errors import AwsError
from lambent.core.ids import new_uuid
from lambent.platform import Context, Params, Reply
from lambent.services.sqs import changes, message_store, metrics, rules
from lambent.services.sqs.api.addresses import place_in
from lambent.services.sqs.changes import Place
from lambent.services.sqs.records import Draft, Message, Queue
from lambent.storage.database import Tx

# Messages that other nodes send are found by looking.
_LOOK_AGAIN_SECONDS = 1.0

_TRACE_HEADER = "x-amzn-trace-id"

_Failed = list[dict[str, Any]]


async def send_message(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html"""
    place = place_in(context, params)
    draft = rules.traced(rules.draft(params), context.request.get(_TRACE_HEADER))
    message_id = new_uuid()
    sender = context.principal.user_id or context.account
    now = context.clock.now()

    def write(tx: Tx) -> tuple[str, str]:
        queue = place.queue(tx)
        metrics.use(tx, context, place, now)
        # One message in 256 looks for some that are too old, where nobody receives.
        if message_id.endswith("00"):
            changes.remove_expired(tx, queue, now)
        return changes.send(tx, queue, draft, message_id=message_id, sender=sender, now=now)

    sent_id, sequence = await context.db.write(write)
    metrics.count_sent(context, place, draft.size, repeats=sent_id != message_id, now=now)
    return rules.sent(draft, sent_id, sequence)


async def send_message_batch(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html"""
    place = place_in(context, params)
    entries = params["Entries"]
    rules.check_batch(entries, "SendMessageBatchRequestEntry")
    failed: _Failed = []
    drafts: list[tuple[str, Draft, str]] = []
    for entry in entries:
        try:
            draft = rules.traced(rules.draft(entry), context.request.get(_TRACE_HEADER))
            drafts.append((entry["Id"], draft, new_uuid()))
        except AwsError as error:
            failed.append(_failure(entry["Id"], error))
    rules.check_batch_size(sum(draft.size for _, draft, _ in drafts))
    sender = context.principal.user_id or context.account
    now = context.clock.now()

    def write(tx: Tx) -> tuple[list[dict[str, Any]], _Failed]:
        queue = place.queue(tx)
        metrics.use(tx, context, place, now)
        sent: list[dict[str, Any]] = []
        refused: _Failed = []
        for entry_id, draft, message_id in drafts:
            try:
                sent_id, sequence = changes.send(
                    tx, queue, draft, message_id=message_id, sender=sender, now=now
                )
                sent.append({"Id": entry_id, **rules.sent(draft, sent_id, sequence)})
            except AwsError as error:
                refused.append(_failure(entry_id, error))
        return sent, refused

    sent, refused = await context.db.write(write)
    given = {entry_id: (draft.size, message_id) for entry_id, draft, message_id in drafts}
    for one in sent:
        size, message_id = given[one["Id"]]
        repeats = one["MessageId"] != message_id
        metrics.count_sent(context, place, size, repeats=repeats, now=now)
    return _outcome(sent, failed + refused)


async def receive_message(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html"""
    rules.check_receive(params)
    system_names = rules.system_attribute_names(params)
    place = place_in(context, params)
    queue, messages = await _received(context, place, params)
    metrics.count_received(context, place, len(messages))
    if not messages:
        return {}  # AWS: no member at all
    names = params.get("MessageAttributeNames", ())
    return {"Messages": [rules.received(one, queue, system_names, names) for one in messages]}


async def delete_message(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessage.html"""
    place = place_in(context, params)
    receipt = rules.receipt_in(params["ReceiptHandle"])
    now = context.clock.now()
    await context.db.write(lambda tx: changes.delete(tx, place.queue(tx), receipt, now))
    metrics.count_deleted(context, place, 1, now)
    return {}


async def delete_message_batch(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessageBatch.html"""
    rules.check_batch(params["Entries"], "DeleteMessageBatchRequestEntry")
    now = context.clock.now()

    def change(tx: Tx, queue: Queue, entry: Params) -> None:
        changes.delete(tx, queue, rules.receipt_in(entry["ReceiptHandle"]), now)

    reply = await _each(context, params, change)
    metrics.count_deleted(context, place_in(context, params), len(reply["Successful"]), now)
    return reply


async def change_message_visibility(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html"""
    place = place_in(context, params)
    receipt = rules.receipt_in(params["ReceiptHandle"])
    seconds = params["VisibilityTimeout"]
    rules.check_visibility_timeout(seconds)
    now = context.clock.now()
    await context.db.write(
        lambda tx: changes.change_visibility(tx, place.queue(tx), receipt, seconds=seconds, now=now)
    )
    return {}


async def change_message_visibility_batch(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibilityBatch.html"""
    rules.check_batch(params["Entries"], "ChangeMessageVisibilityBatchRequestEntry")
    now = context.clock.now()

    def change(tx: Tx, queue: Queue, entry: Params) -> None:
        seconds = entry.get("VisibilityTimeout", queue.settings.visibility_timeout)
        rules.check_visibility_timeout(seconds)
        receipt = rules.receipt_in(entry["ReceiptHandle"])
        changes.change_visibility(tx, queue, receipt, seconds=seconds, now=now)

    return await _each(context, params, change)


async def _received(context: Context, place: Place, params: Params) -> tuple[Queue, list[Message]]:
    """What the queue gives; where it has nothing, what it gives within the time to wait."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    while True:
        now = context.clock.now()
        queue, visible_at = await context.db.read(lambda tx: _look(tx, place))
        wait = params.get("WaitTimeSeconds", queue.settings.wait_seconds)
        left = wait - (loop.time() - began)
        if visible_at is not None and visible_at <= now:
            messages = await context.db.write(partial(_take, place=place, params=params, now=now))
            if messages or left <= 0:
                return queue, messages
        if left <= 0 or context.platform.signals.ended:
            return queue, []
        if visible_at is not None:
            left = min(left, max(0.001, visible_at - now))
        if context.settings.store:
            left = min(left, _LOOK_AGAIN_SECONDS)
        await context.platform.signals.wait(queue.topic, left)


def _look(tx: Tx, place: Place) -> tuple[Queue, float | None]:
    queue = place.queue(tx)
    return queue, message_store.next_visible(tx, queue)


def _take(tx: Tx, place: Place, params: Params, now: float) -> list[Message]:
    queue = place.queue(tx)
    timeout = params.get("VisibilityTimeout", queue.settings.visibility_timeout)
    limit = params.get("MaxNumberOfMessages", 1)
    return changes.receive(tx, queue, now=now, visibility_timeout=timeout, limit=limit)


async def _each(
    context: Context, params: Params, change: Callable[[Tx, Queue, Params], None]
) -> Reply:
    """Do the same with every entry of a batch; one that fails does not stop the others."""
    place = place_in(context, params)

    def write(tx: Tx) -> tuple[list[dict[str, Any]], _Failed]:
        queue = place.queue(tx)
        done: list[dict[str, Any]] = []
        failed: _Failed = []
        for entry in params["Entries"]:
            try:
                change(tx, queue, entry)
                done.append({"Id": entry["Id"]})
            except AwsError as error:
                failed.append(_failure(entry["Id"], error))
        return done, failed

    return _outcome(*await context.db.write(write))


def _failure(entry_id: str, error: AwsError) -> dict[str, Any]:
    return {
        "Id": entry_id,
        "SenderFault": error.status < 500,
        "Code": error.code,
        "Message": error.message,
    }


def _outcome(done: list[dict[str, Any]], failed: _Failed) -> Reply:
    reply: dict[str, Any] = {"Successful": done}
    if failed:
        reply["Failed"] = failed
    return reply
