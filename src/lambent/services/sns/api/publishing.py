"""
Publishing, one message or ten.

https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
"""

from collections.abc import Callable, Mapping
from typing import Any

from lambent.core.arn import Arn
from lambent.core.errors import AwsError, NotSupported
from lambent.core.ids import new_uuid
from lambent.platform import Context, Params, Reply
from lambent.services.sns import changes, filters, metrics, publishing_rules, rules, store
from lambent.services.sns.errors import InvalidParameter
from lambent.services.sns.records import Message, Subscription, Topic
from lambent.storage.database import Tx

_Addressed = tuple[Message, list[Subscription]]


async def publish(context: Context, params: Params) -> Reply:
    """
    Send a message to a topic's subscriptions.

    https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
    """
    topic, subscriptions = await context.db.read(_reader(_asked_topic(params)))
    addressed = _addressed(context, topic, subscriptions, params)
    (message,) = await _published(context, topic, [addressed])
    _count(context, topic, subscriptions, params, addressed)
    return _receipt(message)


async def publish_batch(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html"""
    entries = params["PublishBatchRequestEntries"]
    arn = rules.topic_arn_in(params["TopicArn"])
    topic, subscriptions = await context.db.read(_reader(arn))
    publishing_rules.check_batch(topic, entries)
    accepted: dict[str, _Addressed] = {}
    failed: list[dict[str, Any]] = []
    for entry in entries:
        try:
            accepted[entry["Id"]] = _addressed(context, topic, subscriptions, entry)
        except AwsError as error:
            failed.append(
                {
                    "Id": entry["Id"],
                    "Code": error.code,
                    "Message": error.message,
                    "SenderFault": True,
                }
            )
    messages = await _published(context, topic, list(accepted.values()))
    for entry in entries:
        if entry["Id"] in accepted:
            _count(context, topic, subscriptions, entry, accepted[entry["Id"]])
    successful = [
        {"Id": entry_id, **_receipt(message)}
        for entry_id, message in zip(accepted, messages, strict=True)
    ]
    return {"Successful": successful, "Failed": failed}


def _asked_topic(params: Params) -> Arn:
    if "PhoneNumber" in params:
        raise NotSupported("Lambent does not send text messages to phones.")
    if "TopicArn" in params:
        return rules.topic_arn_in(params["TopicArn"])
    if "TargetArn" not in params:
        raise InvalidParameter("TopicArn or TargetArn Reason: no value for required parameter")
    target = rules.arn_in(params["TargetArn"], "TargetArn")
    if target.service == "sns" and target.resource.startswith("endpoint/"):
        raise NotSupported("Lambent does not send to mobile devices.")
    return rules.topic_arn_in(params["TargetArn"], "TargetArn")


def _reader(arn: Arn) -> Callable[[Tx], tuple[Topic, list[Subscription]]]:
    def read(tx: Tx) -> tuple[Topic, list[Subscription]]:
        topic = changes.get_topic(tx, arn)
        return topic, store.list_confirmed(tx, topic.arn)

    return read


def _addressed(
    context: Context,
    topic: Topic,
    subscriptions: list[Subscription],
    asked: Mapping[str, Any],
) -> _Addressed:
    """The message, and the subscriptions that want it."""
    message = publishing_rules.new_message(
        topic, asked, message_id=new_uuid(), now=context.clock.now()
    )
    return message, [each for each in subscriptions if filters.wants(each, message)]


async def _published(context: Context, topic: Topic, addressed: list[_Addressed]) -> list[Message]:
    if not topic.is_fifo and not any(recipients for _, recipients in addressed):
        return [message for message, _ in addressed]

    def write(tx: Tx) -> list[Message]:
        return [
            changes.publish(tx, context, topic, recipients, message)
            for message, recipients in addressed
        ]

    return await context.db.write(write)


def _count(
    context: Context,
    topic: Topic,
    subscriptions: list[Subscription],
    asked: Mapping[str, Any],
    addressed: _Addressed,
) -> None:
    filtered_out = len(subscriptions) - len(addressed[1])
    metrics.count_published(context, topic, publishing_rules.size_of(asked), filtered_out)


def _receipt(message: Message) -> dict[str, str]:
    number = publishing_rules.sequence_number(message)
    return {"MessageId": message.id} | ({} if number is None else {"SequenceNumber": number})
