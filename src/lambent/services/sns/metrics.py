"""
What SNS counts, in AWS's names.

https://docs.aws.amazon.com/sns/latest/dg/sns-monitoring-using-cloudwatch.html
"""

from lambent.metrics import Subject
from lambent.platform import Context
from lambent.services.sns.records import Topic

_UNITS = {"PublishSize": "Bytes"}
_CACHE = "sns.metrics"
_MOST_TOPICS = 10_000


def count(context: Context, topic: Topic, metric: str, value: float = 1.0) -> None:
    """Something has happened to a message of the topic."""
    now = context.clock.now()
    context.platform.metrics.sheet(_subject(context, topic), now)[metric].append(value)


def count_published(context: Context, topic: Topic, size: int, filtered_out: int) -> None:
    sheet = context.platform.metrics.sheet(_subject(context, topic), context.clock.now())
    sheet["NumberOfMessagesPublished"].append(1.0)
    sheet["PublishSize"].append(float(size))
    if filtered_out:
        sheet["NumberOfNotificationsFilteredOut"].append(float(filtered_out))


def _subject(context: Context, topic: Topic) -> Subject:
    known: dict[str, Subject] = context.platform.caches.setdefault(_CACHE, {})
    subject = known.get(topic.arn)
    if subject is None:
        if len(known) >= _MOST_TOPICS:
            known.clear()
        view = (("TopicName", topic.name),)
        subject = Subject(topic.account, topic.region, "AWS/SNS", (view,), _UNITS)
        known[topic.arn] = subject
    return subject
