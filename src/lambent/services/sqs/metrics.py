"""
What SQS counts, in AWS's names: what was sent, received and deleted, and how full queues are.

How full is looked at once a minute while a queue is in use, and for a while after.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
"""

from dataclasses import dataclass, field

from lambent.metrics import Subject, Tape
from lambent.platform import Context
from lambent.services.sqs import message_store, store
from lambent.services.sqs.changes import Place
from lambent.services.sqs.records import Queue
from lambent.storage.database import Tx

_NAMESPACE = "AWS/SQS"
_UNITS = {"SentMessageSize": "Bytes", "ApproximateAgeOfOldestMessage": "Seconds"}
_CACHE = "sqs.metrics"
# AWS goes on for six hours; nobody is woken here for so long because of a message.
_IN_USE_SECONDS = 900.0
_MINUTE = 60.0
_MOST_QUEUES = 10_000

Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class _Counted:
    subject: Subject
    sent: Tape
    received: Tape
    deleted: Tape


@dataclass(frozen=True, slots=True)
class _Known:
    counted: dict[Key, _Counted] = field(default_factory=dict)
    # When queues that are measured were used last.
    used: dict[Key, float] = field(default_factory=dict)


def use(tx: Tx, context: Context, place: Place, now: float) -> None:
    """A queue is sent to: have it measured from now on, if it is not yet."""
    used = _known(context).used
    key = (place.account, place.region, place.name)
    if key not in used:
        item_id = f"sqs/measure/{place.account}/{place.region}"
        owner = context.at(place.account, place.region)
        owner.enqueue(tx, item_id, "sqs.measure", {}, next_look(now))
    # Before the end of the write: `measure` ends in a write that looks whether anything is used.
    used[key] = now


def next_look(now: float) -> float:
    return (now // _MINUTE + 1) * _MINUTE


def count_sent(context: Context, place: Place, size: int, *, repeats: bool, now: float) -> None:
    """`repeats`: it was taken for a message that is there already."""
    counted = _of(context, place)
    if repeats:
        sheet = context.platform.metrics.sheet(counted.subject, now)
        sheet["NumberOfDeduplicatedSentMessages"].append(1.0)
    else:
        counted.sent.add((now, 1.0, size))


def count_received(context: Context, place: Place, messages: int) -> None:
    now = context.clock.now()
    counted = _of(context, place)
    if messages:
        counted.received.add((now, messages))
    else:
        context.platform.metrics.sheet(counted.subject, now)["NumberOfEmptyReceives"].append(1.0)


def count_deleted(context: Context, place: Place, messages: int, now: float) -> None:
    if messages:
        _of(context, place).deleted.add((now, messages))


def in_use(context: Context, now: float) -> list[str]:
    """The names of the queues of the context's place that are to be measured now."""
    used = _known(context).used
    here = (context.account, context.region)
    for key in [key for key, at in used.items() if now - at > _IN_USE_SECONDS]:
        del used[key]
    return [key[2] for key in used if key[:2] == here]


def measured(tx: Tx, context: Context, names: list[str], now: float) -> dict[str, dict[str, float]]:
    """How full queues are, and where their dead letters go: queue → metric → value."""
    found: dict[str, dict[str, float]] = {}
    for name in names:
        queue = store.find_queue(tx, context.account, context.region, name)
        if queue is None:
            continue
        found[name] = _fullness(tx, queue, now)
        arn = queue.settings.dead_letter_arn
        letters = store.find_queue_by_arn(tx, arn) if arn else None
        if letters is not None:
            found[letters.name] = _fullness(tx, letters, now)
    return found


def count_measured(context: Context, found: dict[str, dict[str, float]], now: float) -> None:
    for name, values in found.items():
        place = Place(context.account, context.region, name)
        sheet = context.platform.metrics.sheet(_of(context, place).subject, now)
        for metric, value in values.items():
            sheet[metric].append(value)


def _fullness(tx: Tx, queue: Queue, now: float) -> dict[str, float]:
    visible, in_flight, delayed = message_store.counts(tx, queue, now)
    oldest = message_store.first_sent(tx, queue)
    return {
        "ApproximateNumberOfMessagesVisible": float(visible),
        "ApproximateNumberOfMessagesNotVisible": float(in_flight),
        "ApproximateNumberOfMessagesDelayed": float(delayed),
        "ApproximateAgeOfOldestMessage": 0.0 if oldest is None else float(int(now - oldest)),
    }


def _of(context: Context, place: Place) -> _Counted:
    known = _known(context).counted
    key = (place.account, place.region, place.name)
    counted = known.get(key)
    if counted is None:
        if len(known) >= _MOST_QUEUES:
            known.clear()
        subject = Subject(
            place.account, place.region, _NAMESPACE, ((("QueueName", place.name),),), _UNITS
        )
        tape = context.platform.metrics.tape
        counted = known[key] = _Counted(
            subject,
            tape((subject, "NumberOfMessagesSent"), (subject, "SentMessageSize")),
            tape((subject, "NumberOfMessagesReceived")),
            tape((subject, "NumberOfMessagesDeleted")),
        )
    return counted


def _known(context: Context) -> _Known:
    known = context.platform.caches.get(_CACHE)
    if known is None:
        known = context.platform.caches[_CACHE] = _Known()
    assert isinstance(known, _Known)
    return known
