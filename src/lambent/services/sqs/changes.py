"""What SQS does in a transaction: send, receive, delete, hide, move."""

from dataclasses import dataclass

import orjson

from lambent.core.ids import uuid_from
from lambent.services.sqs import message_attributes, message_store, rules, store
from lambent.services.sqs.records import Draft, Message, Queue, Receipt
from lambent.storage.database import Tx
from lambent.work import signals

# A transaction that removes more would hold up the others.
REMOVED_AT_ONCE = 10_000
_EXPIRED_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Place:
    """Where a queue is."""

    account: str
    region: str
    name: str

    def queue(self, tx: Tx) -> Queue:
        return store.get_queue(tx, self.account, self.region, self.name)


def send(
    tx: Tx, queue: Queue, draft: Draft, *, message_id: str, sender: str, now: float
) -> tuple[str, str]:
    """Put a message on its queue; message id and sequence number of it, or of what it repeats."""
    settings = queue.settings
    rules.check_fits(draft, settings)
    delay = settings.delay_seconds if draft.delay_seconds is None else draft.delay_seconds
    system: dict[str, str] = dict(draft.system_attributes)
    if draft.group is not None:
        system["MessageGroupId"] = draft.group
    sequence = ""
    if settings.is_fifo:
        scope = draft.group or "" if settings.deduplicates_by_group else ""
        deduplication_id = rules.deduplication_id(draft)
        duplicate = message_store.find_duplicate(tx, queue.id, scope, deduplication_id, now)
        if duplicate is not None:
            return duplicate
        sequence = rules.sequence_number(message_store.next_in_sequence(tx, queue.id))
        system["MessageDeduplicationId"] = deduplication_id
        system["SequenceNumber"] = sequence
        message_store.put_duplicate(
            tx,
            queue.id,
            scope,
            deduplication_id,
            message_id=message_id,
            sequence_number=sequence,
            now=now,
            expires_at=now + rules.DEDUPLICATION_SECONDS,
        )
        message_store.open_group(tx, queue.id, draft.group or "", now + delay)
    message_store.add_message(
        tx,
        queue.id,
        message_id=message_id,
        body=draft.body,
        md5=draft.md5,
        attributes=message_attributes.stored(draft.attributes),
        system_attributes=orjson.dumps(system).decode() if system else "",
        sender=sender,
        sent_at=now,
        visible_at=now + delay,
        fifo_group=draft.group if settings.is_fifo else None,
    )
    signals.announce(tx, queue.topic)
    return message_id, sequence


def receive(
    tx: Tx, queue: Queue, *, now: float, visibility_timeout: int, limit: int
) -> list[Message]:
    """Take up to `limit` messages; dead letters and what is too old go their way."""
    taken: list[Message] = []
    until = now + visibility_timeout
    while len(taken) < limit:
        candidates = _take(tx, queue, now=now, until=until, limit=limit - len(taken))
        if not candidates:
            break
        kept = [message for message in candidates if not _sorted_out(tx, queue, message, now)]
        taken += kept
        # A message that is not hidden would be taken again.
        if visibility_timeout == 0 or (kept == candidates and not queue.settings.is_fifo):
            break
    for group in {message.fifo_group for message in taken if message.fifo_group is not None}:
        message_store.refresh_group(tx, queue.id, group)
    return taken


def delete(tx: Tx, queue: Queue, receipt: Receipt, now: float) -> None:
    """Remove a message that was received. One that is gone already is not missed."""
    if not queue.settings.is_fifo:
        message_store.remove_message(tx, queue, receipt)
        return
    message = message_store.find_message(tx, queue, receipt)
    if message is None:
        return
    if message.visible_at <= now:
        # AWS: in a FIFO queue somebody else may have it by now.
        raise rules.handle_expired(receipt.handle)
    message_store.discard(tx, message.number)
    _group_moves_on(tx, queue, message)


def change_visibility(tx: Tx, queue: Queue, receipt: Receipt, *, seconds: int, now: float) -> None:
    """Let a message in flight come back at another time."""
    if not message_store.hide(tx, queue, receipt, now=now, until=now + seconds):
        raise rules.not_in_flight(receipt.handle)
    if queue.settings.is_fifo:
        message = message_store.find_message(tx, queue, receipt)
        if message is not None:
            _group_moves_on(tx, queue, message)
    # Whoever waits looks again when the message comes back, and now may be that time.
    signals.announce(tx, queue.topic)


def remove_messages(tx: Tx, queue_id: int) -> bool:
    """Empty a queue; True where more is left to do."""
    message_store.remove_groups(tx, queue_id)
    return message_store.remove_messages(tx, queue_id, REMOVED_AT_ONCE) == REMOVED_AT_ONCE


def move_back(tx: Tx, message: Message, destination: Queue, now: float) -> None:
    """Return a dead letter. AWS: it is a new message, with an id and a place of its own."""
    system = orjson.loads(message.system_attributes or "{}")
    system.pop("DeadLetterQueueSourceArn", None)
    if destination.settings.is_fifo:
        count = message_store.next_in_sequence(tx, destination.id)
        system["SequenceNumber"] = rules.sequence_number(count)
        message_store.open_group(tx, destination.id, message.fifo_group or "", now)
    message_store.add_message(
        tx,
        destination.id,
        message_id=uuid_from("moved", message.id, str(message.number)),
        body=message.body,
        md5=message.md5,
        attributes=message.attributes,
        system_attributes=orjson.dumps(system).decode() if system else "",
        sender=message.sender,
        sent_at=now,
        visible_at=now,
        fifo_group=message.fifo_group if destination.settings.is_fifo else None,
    )
    message_store.discard(tx, message.number)
    signals.announce(tx, destination.topic)


def _take(tx: Tx, queue: Queue, *, now: float, until: float, limit: int) -> list[Message]:
    if not queue.settings.is_fifo:
        return message_store.take(tx, queue, now=now, until=until, limit=limit)
    while groups := message_store.available_groups(tx, queue, now, limit=1):
        messages = message_store.take_of_group(
            tx, queue, groups[0], now=now, until=until, limit=limit
        )
        message_store.refresh_group(tx, queue.id, groups[0])
        if messages:
            return messages
    return []


def _sorted_out(tx: Tx, queue: Queue, message: Message, now: float) -> bool:
    """Whether the message is not for the receiver: too old, or a dead letter from now on."""
    if message.sent_at <= now - queue.settings.retention_seconds:
        message_store.discard(tx, message.number)
        _group_moves_on(tx, queue, message)
        return True
    arn = queue.settings.dead_letter_arn
    if not arn or message.receive_count <= queue.settings.max_receive_count:
        return False
    dead_letters = store.find_queue_by_arn(tx, arn)
    if dead_letters is None or dead_letters.settings.is_fifo != queue.settings.is_fifo:
        return False
    system = orjson.loads(message.system_attributes or "{}")
    system["DeadLetterQueueSourceArn"] = queue.arn
    _move(
        tx,
        message,
        dead_letters,
        now=now,
        # AWS: in a standard queue a message keeps its age, in a FIFO queue it begins anew.
        sent_at=now if dead_letters.settings.is_fifo else message.sent_at,
        receive_count=message.receive_count - 1,
        system=system,
    )
    _group_moves_on(tx, queue, message)
    return True


def _move(
    tx: Tx,
    message: Message,
    queue: Queue,
    *,
    now: float,
    sent_at: float,
    receive_count: int,
    system: dict[str, str],
) -> None:
    message_store.move(
        tx,
        message,
        queue.id,
        visible_at=now,
        sent_at=sent_at,
        receive_count=receive_count,
        system_attributes=orjson.dumps(system).decode() if system else "",
    )
    if message.fifo_group is not None:
        message_store.open_group(tx, queue.id, message.fifo_group, now)
    signals.announce(tx, queue.topic)


def _group_moves_on(tx: Tx, queue: Queue, message: Message) -> None:
    if message.fifo_group is not None:
        message_store.refresh_group(tx, queue.id, message.fifo_group)
        signals.announce(tx, queue.topic)


def remove_expired(tx: Tx, queue: Queue, now: float) -> None:
    """Forget some of what is older than the queue keeps; receiving sees to the rest."""
    message_store.remove_expired(
        tx, queue.id, now - queue.settings.retention_seconds, _EXPIRED_AT_ONCE
    )
