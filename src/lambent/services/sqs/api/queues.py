"""Queues, their attributes and tags."""

from typing import Any

import orjson

from lambent.core.ids import uuid_from
from lambent.core.pages import key_in, token_after
from lambent.platform import Context, Params, Reply
from lambent.services.sqs import changes, message_store, queue_attributes, store
from lambent.services.sqs.api.addresses import place_in, url_of
from lambent.services.sqs.errors import (
    InvalidAttributeName,
    InvalidParameterValue,
    QueueNameExists,
)
from lambent.services.sqs.records import Queue
from lambent.storage.database import Tx
from lambent.work import signals

_PAGE = 1_000


async def create_queue(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html"""
    name, asked = params["QueueName"], dict(params.get("Attributes", {}))
    if asked.get("FifoQueue") == "false":
        # AWS: refused, and yet sent by many; it means what leaving it out means.
        del asked["FifoQueue"]
    queue_attributes.check_queue_name(name, asked)
    queue_attributes.check(asked, is_fifo=asked.get("FifoQueue") == "true")
    attributes = queue_attributes.merged({}, asked)
    _, settings = queue_attributes.read(orjson.dumps(attributes).decode())
    now = context.clock.now()
    new = Queue(0, context.account, context.region, name, attributes, settings, now, now)

    def write(tx: Tx) -> Queue:
        existing = store.find_queue(tx, context.account, context.region, name)
        if existing is not None:
            _check_same(existing, asked)
            return existing
        _check_redrive(tx, new, attributes)
        queue = store.add_queue(tx, new)
        store.put_tags(tx, queue, dict(params.get("tags", {})))
        return queue

    return {"QueueUrl": url_of(context, await context.db.write(write))}


async def get_queue_url(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueUrl.html"""
    account = params.get("QueueOwnerAWSAccountId") or context.account
    queue = await context.db.read(
        lambda tx: store.get_queue(tx, account, context.region, params["QueueName"])
    )
    return {"QueueUrl": url_of(context, queue)}


async def list_queues(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListQueues.html"""
    after, limit = _page_in(params)
    queues = await context.db.read(
        lambda tx: store.list_queues(
            tx,
            context.account,
            context.region,
            prefix=params.get("QueueNamePrefix", ""),
            after=after,
            limit=limit + 1,
        )
    )
    return _page(context, "QueueUrls", queues, limit, with_token="MaxResults" in params)


async def list_dead_letter_source_queues(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListDeadLetterSourceQueues.html"""
    after, limit = _page_in(params)
    place = place_in(context, params)
    queues = await context.db.read(
        lambda tx: store.list_sources(tx, place.queue(tx).arn, after=after, limit=limit + 1)
    )
    return _page(context, "queueUrls", queues, limit, with_token="MaxResults" in params)


async def delete_queue(context: Context, params: Params) -> Reply:
    """
    At once; the name is free again. AWS keeps it for a minute.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteQueue.html
    """
    place = place_in(context, params)

    def write(tx: Tx) -> None:
        queue = place.queue(tx)
        store.remove_queue(tx, queue)
        _empty(tx, context, queue)
        signals.announce(tx, queue.topic)

    await context.db.write(write)
    return {}


async def purge_queue(context: Context, params: Params) -> Reply:
    """
    At once, and as often as one likes; AWS takes up to a minute, and refuses another in it.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_PurgeQueue.html
    """
    place = place_in(context, params)
    await context.db.write(lambda tx: _empty(tx, context, place.queue(tx)))
    return {}


async def get_queue_attributes(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html"""
    names = set(params.get("AttributeNames", ()))
    for name in names - queue_attributes.NAMES - {"All"}:
        raise InvalidAttributeName(f"Unknown Attribute {name}.")
    place = place_in(context, params)
    now = context.clock.now()

    def read(tx: Tx) -> dict[str, str]:
        queue = place.queue(tx)
        shown = queue_attributes.with_defaults(queue.attributes)
        shown["QueueArn"] = queue.arn
        shown["CreatedTimestamp"] = str(int(queue.created_at))
        shown["LastModifiedTimestamp"] = str(int(queue.modified_at))
        if "All" in names or any(name.startswith("Approximate") for name in names):
            visible, in_flight, delayed = message_store.counts(tx, queue, now)
            shown["ApproximateNumberOfMessages"] = str(visible)
            shown["ApproximateNumberOfMessagesNotVisible"] = str(in_flight)
            shown["ApproximateNumberOfMessagesDelayed"] = str(delayed)
        return shown

    shown = await context.db.read(read)
    if "All" not in names:
        shown = {name: value for name, value in shown.items() if name in names}
    # AWS: no member at all where nothing was asked for.
    return {"Attributes": shown} if shown else {}


async def set_queue_attributes(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html"""
    place = place_in(context, params)
    asked: dict[str, str] = dict(params["Attributes"])
    now = context.clock.now()

    def write(tx: Tx) -> None:
        queue = place.queue(tx)
        is_fifo = queue.settings.is_fifo
        if is_fifo != (asked.get("FifoQueue", "true" if is_fifo else "false") == "true"):
            raise InvalidAttributeName("Unknown Attribute FifoQueue.")
        queue_attributes.check(asked, is_fifo=is_fifo)
        attributes = queue_attributes.merged(queue.attributes, asked)
        _check_redrive(tx, queue, asked)
        store.put_attributes(tx, queue, attributes, now)
        signals.announce(tx, queue.topic)

    await context.db.write(write)
    return {}


async def tag_queue(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_TagQueue.html"""
    place = place_in(context, params)
    tags = dict(params["Tags"])

    def write(tx: Tx) -> None:
        queue = place.queue(tx)
        if len({**store.list_tags(tx, queue), **tags}) > 50:
            raise InvalidParameterValue(f"Too many tags added for queue {queue.name}.")
        store.put_tags(tx, queue, tags)

    await context.db.write(write)
    return {}


async def untag_queue(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_UntagQueue.html"""
    place = place_in(context, params)
    await context.db.write(
        lambda tx: store.remove_tags(tx, place.queue(tx), list(params["TagKeys"]))
    )
    return {}


async def list_queue_tags(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListQueueTags.html"""
    place = place_in(context, params)
    tags = await context.db.read(lambda tx: store.list_tags(tx, place.queue(tx)))
    return {"Tags": tags} if tags else {}


def _check_same(existing: Queue, asked: dict[str, str]) -> None:
    """CreateQueue may be repeated, but not with other attributes."""
    shown = queue_attributes.with_defaults(existing.attributes)
    for name, value in asked.items():
        if shown.get(name, "") != value:
            raise QueueNameExists(
                "A queue already exists with the same name and a different value for attribute"
                f" {name}"
            )


def _check_redrive(tx: Tx, queue: Queue, asked: dict[str, str]) -> None:
    policy = asked.get("RedrivePolicy")
    if not policy:
        return
    target = store.find_queue_by_arn(tx, orjson.loads(policy)["deadLetterTargetArn"])
    if target is None:
        raise queue_attributes.redrive_policy_invalid(policy, "Dead letter target does not exist.")
    if target.settings.is_fifo != queue.settings.is_fifo:
        raise queue_attributes.redrive_policy_invalid(
            policy, "Dead-letter queue must be same type of queue as the source."
        )
    queue_attributes.check_allows_redrive(target.attributes, queue.arn)


def _empty(tx: Tx, context: Context, queue: Queue) -> None:
    if changes.remove_messages(tx, queue.id):
        now = context.clock.now()
        item_id = f"sqs/empty/{uuid_from(queue.arn, str(queue.id), str(now))}"
        context.enqueue(tx, item_id, "sqs.empty", {"queue": queue.id})


def _page_in(params: Params) -> tuple[str, int]:
    limit = params.get("MaxResults", _PAGE)
    if not 1 <= limit <= _PAGE:
        raise InvalidParameterValue(
            f"Value {limit} for parameter MaxResults is invalid. Reason: MaxResults must be an"
            f" integer between 1 and {_PAGE}."
        )
    token = params.get("NextToken")
    return ("" if not token else str(key_in(token)[0])), limit


def _page(
    context: Context, member: str, queues: list[Queue], limit: int, *, with_token: bool
) -> dict[str, Any]:
    reply: dict[str, Any] = {member: [url_of(context, queue) for queue in queues[:limit]]}
    if len(queues) > limit and with_token:
        reply["NextToken"] = token_after(queues[limit - 1].name)
    # AWS: no member at all where there are no queues.
    return reply if queues or member == "queueUrls" else {}
