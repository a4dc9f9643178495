"""The tables of topics and subscriptions."""

from collections.abc import Mapping

import orjson

from lambent.services.sns.errors import NotFound
from lambent.services.sns.records import SigningKey, Subscription, Topic
from lambent.storage.database import Row, Tx

_TOPIC = "account, region, name, attributes, tags, created, next_sequence"
_SUBSCRIPTION = (
    "arn, topic_arn, account, region, principal, protocol, endpoint, attributes, status, token,"
    " token_until, was_authenticated, needs_authentication, created"
)


def find_topic(tx: Tx, account: str, region: str, name: str) -> Topic | None:
    row = tx.one(
        f"SELECT {_TOPIC} FROM sns_topic"
        " WHERE account = :account AND region = :region AND name = :name",
        account=account,
        region=region,
        name=name,
    )
    return None if row is None else _topic(row)


def list_topics(tx: Tx, account: str, region: str, *, after: str, limit: int) -> list[Topic]:
    rows = tx.all(
        f"SELECT {_TOPIC} FROM sns_topic WHERE account = :account AND region = :region"
        " AND name > :after ORDER BY name LIMIT :limit",
        account=account,
        region=region,
        after=after,
        limit=limit,
    )
    return [_topic(row) for row in rows]


def put_topic(tx: Tx, topic: Topic) -> None:
    """Add a topic, or change the attributes and tags of one."""
    tx.execute(
        f"INSERT INTO sns_topic ({_TOPIC})"
        " VALUES (:account, :region, :name, :attributes, :tags, :created, :next_sequence)"
        " ON CONFLICT (account, region, name)"
        " DO UPDATE SET attributes = excluded.attributes, tags = excluded.tags",
        account=topic.account,
        region=topic.region,
        name=topic.name,
        attributes=_text(topic.attributes),
        tags=_text(topic.tags),
        created=topic.created,
        next_sequence=topic.next_sequence,
    )


def put_next_sequence(tx: Tx, topic: Topic, next_sequence: int) -> None:
    tx.execute(
        "UPDATE sns_topic SET next_sequence = :next_sequence"
        " WHERE account = :account AND region = :region AND name = :name",
        account=topic.account,
        region=topic.region,
        name=topic.name,
        next_sequence=next_sequence,
    )


def remove_topic(tx: Tx, topic: Topic) -> None:
    """The topic and its subscriptions."""
    tx.execute(
        "DELETE FROM sns_topic WHERE account = :account AND region = :region AND name = :name",
        account=topic.account,
        region=topic.region,
        name=topic.name,
    )
    tx.execute("DELETE FROM sns_subscription WHERE topic_arn = :arn", arn=topic.arn)


def find_subscription(tx: Tx, arn: str) -> Subscription | None:
    row = tx.one(f"SELECT {_SUBSCRIPTION} FROM sns_subscription WHERE arn = :arn", arn=arn)
    return None if row is None else _subscription(row)


def get_subscription(tx: Tx, arn: str) -> Subscription:
    found = find_subscription(tx, arn)
    if found is None or found.status == "deleted":
        raise NotFound("Subscription does not exist")
    return found


def find_subscription_of(
    tx: Tx, topic_arn: str, protocol: str, endpoint: str
) -> Subscription | None:
    row = tx.one(
        f"SELECT {_SUBSCRIPTION} FROM sns_subscription"
        " WHERE topic_arn = :topic_arn AND protocol = :protocol AND endpoint = :endpoint",
        topic_arn=topic_arn,
        protocol=protocol,
        endpoint=endpoint,
    )
    return None if row is None else _subscription(row)


def find_subscription_by_token(tx: Tx, topic_arn: str, token: str) -> Subscription | None:
    row = tx.one(
        f"SELECT {_SUBSCRIPTION} FROM sns_subscription"
        " WHERE topic_arn = :topic_arn AND token = :token",
        topic_arn=topic_arn,
        token=token,
    )
    return None if row is None else _subscription(row)


def list_confirmed(tx: Tx, topic_arn: str) -> list[Subscription]:
    rows = tx.all(
        f"SELECT {_SUBSCRIPTION} FROM sns_subscription"
        " WHERE topic_arn = :topic_arn AND status = 'confirmed'",
        topic_arn=topic_arn,
    )
    return [_subscription(row) for row in rows]


def list_subscriptions_of_topic(
    tx: Tx, topic_arn: str, *, after: str, limit: int
) -> list[Subscription]:
    rows = tx.all(
        f"SELECT {_SUBSCRIPTION} FROM sns_subscription WHERE topic_arn = :topic_arn"
        " AND status <> 'deleted' AND arn > :after ORDER BY arn LIMIT :limit",
        topic_arn=topic_arn,
        after=after,
        limit=limit,
    )
    return [_subscription(row) for row in rows]


def list_subscriptions_of_account(
    tx: Tx, account: str, region: str, *, after: str, limit: int
) -> list[Subscription]:
    rows = tx.all(
        f"SELECT {_SUBSCRIPTION} FROM sns_subscription"
        " WHERE account = :account AND region = :region"
        " AND status <> 'deleted' AND arn > :after ORDER BY arn LIMIT :limit",
        account=account,
        region=region,
        after=after,
        limit=limit,
    )
    return [_subscription(row) for row in rows]


def count_subscriptions(tx: Tx, topic_arn: str) -> Mapping[str, int]:
    """How many there are of each status."""
    rows = tx.all(
        "SELECT status, count(*) AS number FROM sns_subscription"
        " WHERE topic_arn = :topic_arn GROUP BY status",
        topic_arn=topic_arn,
    )
    return {row["status"]: int(row["number"]) for row in rows}


def put_subscription(tx: Tx, subscription: Subscription) -> None:
    """Add a subscription, or change what may change of one."""
    tx.execute(
        f"INSERT INTO sns_subscription ({_SUBSCRIPTION}) VALUES (:arn, :topic_arn, :account,"
        " :region, :principal, :protocol, :endpoint, :attributes, :status, :token, :token_until,"
        " :was_authenticated, :needs_authentication, :created)"
        " ON CONFLICT (arn) DO UPDATE SET attributes = excluded.attributes,"
        " status = excluded.status, token = excluded.token, token_until = excluded.token_until,"
        " was_authenticated = excluded.was_authenticated,"
        " needs_authentication = excluded.needs_authentication",
        arn=subscription.arn,
        topic_arn=subscription.topic_arn,
        account=subscription.account,
        region=subscription.region,
        principal=subscription.principal,
        protocol=subscription.protocol,
        endpoint=subscription.endpoint,
        attributes=_text(subscription.attributes),
        status=subscription.status,
        token=subscription.token,
        token_until=subscription.token_until,
        was_authenticated=int(subscription.was_authenticated),
        needs_authentication=int(subscription.needs_authentication),
        created=subscription.created,
    )


def remove_subscription(tx: Tx, arn: str) -> None:
    tx.execute("DELETE FROM sns_subscription WHERE arn = :arn", arn=arn)


def find_signing_key(tx: Tx) -> SigningKey | None:
    row = tx.one("SELECT name, private_key, certificate FROM sns_signing_key ORDER BY name LIMIT 1")
    return None if row is None else SigningKey(**row)


def add_signing_key(tx: Tx, key: SigningKey) -> SigningKey:
    """Keep a key unless there is one, and return the one that there is."""
    known = find_signing_key(tx)
    if known is not None:
        return known
    tx.execute(
        "INSERT INTO sns_signing_key (name, private_key, certificate)"
        " VALUES (:name, :private_key, :certificate)",
        name=key.name,
        private_key=key.private_key,
        certificate=key.certificate,
    )
    return key


def _text(mapping: Mapping[str, str]) -> str:
    return orjson.dumps(dict(mapping)).decode()


def _topic(row: Row) -> Topic:
    row["attributes"] = orjson.loads(row["attributes"])
    row["tags"] = orjson.loads(row["tags"])
    return Topic(**row)


def _subscription(row: Row) -> Subscription:
    row["attributes"] = orjson.loads(row["attributes"])
    row["was_authenticated"] = bool(row["was_authenticated"])
    row["needs_authentication"] = bool(row["needs_authentication"])
    return Subscription(**row)
