"""SNS's tables, on both stores."""

import pytest

from lambent.core.clock import ManualClock
from lambent.services.sns import message_store, store
from lambent.services.sns.errors import NotFound
from lambent.services.sns.records import Message, SigningKey, Subscription, Topic
from lambent.storage.database import Database, Tx

TOPIC = Topic("000000000000", "us-east-1", "orders", {"DisplayName": "x"}, {"a": "1"}, 5.0)


def subscription(number: int, status: str = "confirmed") -> Subscription:
    return Subscription(
        arn=f"{TOPIC.arn}:{number}",
        topic_arn=TOPIC.arn,
        account="000000000000",
        region="us-east-1",
        principal="arn:aws:iam::000000000000:root",
        protocol="sqs",
        endpoint=f"arn:aws:sqs:us-east-1:000000000000:{number}",
        attributes={"RawMessageDelivery": "true"},
        status=status,
        token=f"token-{number}",
        token_until=7.0,
        created=6.0,
    )


async def test_what_is_kept_is_what_is_read(database: Database) -> None:
    def keep(tx: Tx) -> None:
        store.put_topic(tx, TOPIC)
        for number, status in enumerate(("confirmed", "pending", "deleted")):
            store.put_subscription(tx, subscription(number, status))

    await database.write(keep)

    def check(tx: Tx) -> None:
        assert store.find_topic(tx, "000000000000", "us-east-1", "orders") == TOPIC
        assert store.list_confirmed(tx, TOPIC.arn) == [subscription(0)]
        assert store.find_subscription_by_token(tx, TOPIC.arn, "token-1") == subscription(
            1, "pending"
        )
        assert len(store.list_subscriptions_of_topic(tx, TOPIC.arn, after="", limit=9)) == 2
        assert store.count_subscriptions(tx, TOPIC.arn) == {
            "confirmed": 1,
            "pending": 1,
            "deleted": 1,
        }
        with pytest.raises(NotFound, match="Subscription does not exist"):
            store.get_subscription(tx, subscription(2).arn)

    await database.read(check)


async def test_a_message_goes_with_its_last_delivery(database: Database) -> None:
    message = Message("m", TOPIC.arn, 5.0, {"default": "hello"}, subject="s")
    await database.write(lambda tx: message_store.add_message(tx, message, 2))
    await database.write(lambda tx: message_store.finish_delivery(tx, "m"))
    assert await database.read(lambda tx: message_store.find_message(tx, "m")) == message

    await database.write(lambda tx: message_store.finish_delivery(tx, "m"))
    assert await database.read(lambda tx: message_store.find_message(tx, "m")) is None


async def test_duplicates_are_forgotten_after_their_time(
    database: Database, clock: ManualClock
) -> None:
    message = Message("m", TOPIC.arn, 5.0, {}, deduplication_id="d", group_id="g", sequence=4)

    def remember(tx: Tx) -> None:
        message_store.remember_deduplication(
            tx, "", message, now=clock.now(), until=clock.now() + 300
        )

    def find(tx: Tx) -> tuple[str, int] | None:
        return message_store.find_duplicate(tx, TOPIC.arn, "", "d", clock.now())

    await database.write(remember)
    assert await database.read(find) == ("m", 4)
    clock.advance(301)
    assert await database.read(find) is None
    await database.write(remember)
    assert await database.read(find) == ("m", 4)


async def test_the_first_signing_key_stays(database: Database) -> None:
    first, second = SigningKey("b", "p", "c"), SigningKey("a", "q", "d")

    assert await database.write(lambda tx: store.add_signing_key(tx, first)) == first
    assert await database.write(lambda tx: store.add_signing_key(tx, second)) == first
