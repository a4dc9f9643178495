"""The operations of SNS, a file a noun; this one lists them all."""

from lambent.services.sns.api.publishing import publish, publish_batch
from lambent.services.sns.api.subscriptions import (
    confirm_subscription,
    get_subscription_attributes,
    list_subscriptions,
    list_subscriptions_by_topic,
    set_subscription_attributes,
    subscribe,
    unsubscribe,
)
from lambent.services.sns.api.topics import (
    add_permission,
    create_topic,
    delete_topic,
    get_topic_attributes,
    list_tags_for_resource,
    list_topics,
    remove_permission,
    set_topic_attributes,
    tag_resource,
    untag_resource,
)

__all__ = [
    "add_permission",
    "confirm_subscription",
    "create_topic",
    "delete_topic",
    "get_subscription_attributes",
    "get_topic_attributes",
    "list_subscriptions",
    "list_subscriptions_by_topic",
    "list_tags_for_resource",
    "list_topics",
    "publish",
    "publish_batch",
    "remove_permission",
    "set_subscription_attributes",
    "set_topic_attributes",
    "subscribe",
    "tag_resource",
    "unsubscribe",
    "untag_resource",
]
