"""
Topics: their attributes, permissions and tags.

https://docs.aws.amazon.com/sns/latest/api/API_Operations.html
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from lambent.core.arn import Arn
from lambent.platform import Context, Params, Reply
from lambent.services.sns import changes, rules, store, topic_rules
from lambent.services.sns.api.paging import page_of, page_start
from lambent.services.sns.errors import NotFound, ResourceNotFound
from lambent.services.sns.records import Topic
from lambent.storage.database import Tx


async def create_topic(context: Context, params: Params) -> Reply:
    """
    Make a topic; again with the same words is the same topic.

    https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html
    """
    topic = topic_rules.new_topic(
        params, account=context.account, region=context.region, now=context.clock.now()
    )

    def write(tx: Tx) -> None:
        known = store.find_topic(tx, topic.account, topic.region, topic.name)
        if known is None:
            store.put_topic(tx, topic)
        else:
            topic_rules.check_same(known, topic, tags_given="Tags" in params)

    await context.db.write(write)
    return {"TopicArn": topic.arn}


async def delete_topic(context: Context, params: Params) -> Reply:
    """
    Delete a topic and its subscriptions. AWS: one that does not exist is as good.

    https://docs.aws.amazon.com/sns/latest/api/API_DeleteTopic.html
    """
    arn = rules.topic_arn_in(params["TopicArn"])

    def delete(tx: Tx) -> None:
        topic = store.find_topic(tx, arn.account, arn.region, arn.resource)
        if topic is not None:
            store.remove_topic(tx, topic)

    await context.db.write(delete)
    return {}


async def list_topics(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/sns/latest/api/API_ListTopics.html"""
    found = await context.db.read(
        partial(
            store.list_topics,
            account=context.account,
            region=context.region,
            after=page_start(params),
            limit=rules.PAGE + 1,
        )
    )
    shown = [{"TopicArn": topic.arn} for topic in found]
    return page_of("Topics", shown, [topic.name for topic in found])


async def get_topic_attributes(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/sns/latest/api/API_GetTopicAttributes.html"""
    arn = rules.topic_arn_in(params["TopicArn"])

    def read(tx: Tx) -> dict[str, str]:
        topic = changes.get_topic(tx, arn)
        return topic_rules.shown_attributes(topic, store.count_subscriptions(tx, topic.arn))

    return {"Attributes": await context.db.read(read)}


async def set_topic_attributes(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/sns/latest/api/API_SetTopicAttributes.html"""
    name, value = params["AttributeName"], params.get("AttributeValue", "")
    await _change(
        context,
        rules.topic_arn_in(params["TopicArn"]),
        lambda topic: topic_rules.with_attribute(topic, name, value),
    )
    return {}


async def add_permission(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/sns/latest/api/API_AddPermission.html"""
    await _change(
        context,
        rules.topic_arn_in(params["TopicArn"]),
        lambda topic: topic_rules.with_permission(
            topic, params["Label"], params["AWSAccountId"], params["ActionName"]
        ),
    )
    return {}


async def remove_permission(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/sns/latest/api/API_RemovePermission.html"""
    await _change(
        context,
        rules.topic_arn_in(params["TopicArn"]),
        lambda topic: topic_rules.without_permission(topic, params["Label"]),
    )
    return {}


async def tag_resource(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/sns/latest/api/API_TagResource.html"""
    added = rules.tags_in(params["Tags"])
    await _change_tags(context, params, lambda tags: rules.checked_tags({**tags, **added}))
    return {}


async def untag_resource(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/sns/latest/api/API_UntagResource.html"""
    removed = set(params["TagKeys"])
    await _change_tags(
        context,
        params,
        lambda tags: {key: value for key, value in tags.items() if key not in removed},
    )
    return {}


async def list_tags_for_resource(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/sns/latest/api/API_ListTagsForResource.html"""
    arn = rules.topic_arn_in(params["ResourceArn"], "ResourceArn")
    topic = await context.db.read(partial(_get_tagged, arn=arn))
    return {"Tags": [{"Key": key, "Value": value} for key, value in topic.tags.items()]}


async def _change(context: Context, arn: Arn, change: Callable[[Topic], Topic]) -> None:
    def write(tx: Tx) -> None:
        store.put_topic(tx, change(changes.get_topic(tx, arn)))

    await context.db.write(write)


async def _change_tags(
    context: Context, params: Params, change: Callable[[dict[str, str]], dict[str, str]]
) -> None:
    arn = rules.topic_arn_in(params["ResourceArn"], "ResourceArn")

    def write(tx: Tx) -> None:
        topic = _get_tagged(tx, arn)
        store.put_topic(tx, replace(topic, tags=change(dict(topic.tags))))

    await context.db.write(write)


def _get_tagged(tx: Tx, arn: Arn) -> Topic:
    try:
        return changes.get_topic(tx, arn)
    except NotFound:
        raise ResourceNotFound("Resource does not exist") from None
