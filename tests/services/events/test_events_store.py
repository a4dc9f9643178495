"""What EventBridge's tables keep, on every store."""

from dataclasses import replace
from functools import partial

from lambent.services.events import archive_store, connection_store, store
from lambent.services.events.records import (
    Archive,
    Bus,
    Connection,
    Destination,
    Replay,
    Rule,
)
from lambent.storage.database import Database, Tx
from lambent.work.audience import EVERY, Audience

PLACE = ("000000000000", "us-east-1")
BUS = Bus(
    *PLACE,
    "shop",
    revision="1",
    policy={"Version": "2012-10-17"},
    description="é",
    dead_letters={"Arn": "arn"},
    tags={"a": "b"},
    created=1.5,
    modified=2.5,
)
RULE = Rule(
    *PLACE,
    bus="shop",
    name="orders",
    revision="1",
    pattern='{"source": ["shop"]}',
    expression="",
    state="ENABLED",
    tags={"a": "b"},
    counts_from=1.0,
)
CONNECTION = Connection(
    *PLACE,
    name="c",
    id="1",
    secret_id="2",
    revision="3",
    description="",
    authorization_type="BASIC",
    parameters={"BasicAuthParameters": {"Username": "é"}},
    state="AUTHORIZED",
    created=1.0,
    modified=2.0,
    authorized=3.0,
)
DESTINATION = Destination(
    *PLACE,
    name="d",
    id="1",
    connection_arn="arn",
    endpoint="https://example.com",
    method="POST",
    rate=300,
    description="",
    created=1.0,
    modified=1.0,
)
ARCHIVE = Archive(
    *PLACE,
    name="a",
    bus="shop",
    pattern="",
    description="",
    kms_key="",
    retention_days=3,
    created=1.0,
)
REPLAY = Replay(
    *PLACE,
    name="r",
    description="",
    archive="a",
    bus="shop",
    filter_arns=("one", "two"),
    state="STARTING",
    events_from=10.0,
    events_to=20.0,
    started=30.0,
)


async def test_a_bus_is_kept_changed_and_removed(database: Database) -> None:
    find = partial(store.find_bus, account=PLACE[0], region=PLACE[1], name="shop")
    revision = partial(store.find_bus_revision, account=PLACE[0], region=PLACE[1], name="shop")
    assert await database.read(revision) is None
    await database.write(partial(store.put_bus, record=BUS))
    assert await database.read(find) == BUS
    changed = replace(BUS, revision="2", policy={}, modified=9.0)
    await database.write(partial(store.put_bus, record=changed))
    assert await database.read(find) == changed
    await database.write(partial(store.put_bus_revision, bus=changed, revision="3"))
    assert await database.read(revision) == "3"
    listed = partial(store.list_buses, account=PLACE[0], region=PLACE[1], after="", limit=5)
    assert len(await database.read(partial(listed, prefix="sh"))) == 1
    assert await database.read(partial(listed, prefix="x")) == []
    await database.write(partial(store.remove_bus, record=BUS))
    assert await database.read(find) is None


async def test_rules_and_targets_are_kept_listed_and_removed(database: Database) -> None:
    target = {"Id": "1", "Arn": "arn:one", "Input": "é"}

    def fill(tx: Tx) -> None:
        for name in ("orders", "others"):
            rule = replace(RULE, name=name)
            store.put_rule(tx, rule)
            store.put_target(tx, rule, target)
        store.put_target(tx, RULE, {"Id": "1", "Arn": "arn:two"})
        store.put_target(tx, RULE, {"Id": "0", "Arn": "arn:one"})
        store.put_next_time(tx, RULE, 5.25)

    await database.write(fill)
    find = partial(store.find_rule, bus=BUS, name="orders")
    assert await database.read(find) == replace(RULE, next_time=5.25)
    names = partial(store.list_rule_names_by_target, bus=BUS, after="", limit=5)
    assert await database.read(partial(names, target_arn="arn:one")) == ["orders", "others"]
    assert await database.read(partial(names, target_arn="arn:two")) == ["orders"]
    assert await database.read(partial(store.list_targets, rule=RULE)) == [
        {"Id": "0", "Arn": "arn:one"},
        {"Id": "1", "Arn": "arn:two"},
    ]
    assert len(await database.read(partial(store.list_targets_of_bus, bus=BUS))) == 3
    assert await database.read(partial(store.count_rules, bus=BUS)) == 2
    listed = partial(store.list_rules, bus=BUS, prefix="o", after="orders", limit=5)
    assert [rule.name for rule in await database.read(listed)] == ["others"]
    await database.write(partial(store.remove_targets, rule=RULE, ids=["0", "none"]))
    await database.write(partial(store.remove_rule, rule=RULE))
    assert await database.read(find) is None
    assert await database.read(partial(store.list_targets, rule=RULE)) == []


async def test_connections_keep_their_tokens_while_they_are_the_same(database: Database) -> None:
    find = partial(connection_store.find_connection, account=PLACE[0], region=PLACE[1], name="c")
    token = partial(
        connection_store.put_token, connection=CONNECTION, token="t", until=9.0, now=4.0
    )
    await database.write(partial(connection_store.put_connection, record=CONNECTION))
    assert await database.read(find) == CONNECTION
    assert await database.write(token)
    known = replace(CONNECTION, token="t", token_until=9.0, authorized=4.0)
    assert await database.read(find) == known
    changed = replace(CONNECTION, revision="4", state="AUTHORIZING")
    await database.write(partial(connection_store.put_connection, record=changed))
    assert not await database.write(token)
    assert await database.read(find) == changed
    listed = partial(
        connection_store.list_connections, account=PLACE[0], region=PLACE[1], prefix="", after="",
        limit=5,
    )  # fmt: skip
    assert await database.read(partial(listed, state="AUTHORIZED")) == []
    assert await database.read(partial(listed, state="")) == [changed]
    await database.write(partial(connection_store.remove_connection, record=changed))
    assert await database.read(find) is None


async def test_destinations_are_kept_with_their_next_slot(database: Database) -> None:
    find = partial(connection_store.find_destination, account=PLACE[0], region=PLACE[1], name="d")
    await database.write(partial(connection_store.put_destination, record=DESTINATION))
    slot = partial(connection_store.put_next_slot, destination=DESTINATION, next_slot=1.75)
    await database.write(slot)
    assert await database.read(find) == replace(DESTINATION, next_slot=1.75)
    listed = partial(
        connection_store.list_destinations, account=PLACE[0], region=PLACE[1], prefix="d",
        after="", limit=5,
    )  # fmt: skip
    assert len(await database.read(partial(listed, connection_arn="arn"))) == 1
    assert await database.read(partial(listed, connection_arn="other")) == []
    await database.write(partial(connection_store.remove_destination, record=DESTINATION))
    assert await database.read(find) is None


async def test_an_archive_counts_what_it_keeps_and_forgets(database: Database) -> None:
    find = partial(archive_store.find_archive, account=PLACE[0], region=PLACE[1], name="a")

    def fill(tx: Tx) -> None:
        archive_store.put_archive(tx, ARCHIVE)
        for number in range(6):
            for _ in range(2):
                archive_store.add_event(tx, ARCHIVE, str(number), 10.0 + number, number, "ééé")

    await database.write(fill)
    assert await database.read(find) == replace(ARCHIVE, event_count=6, size_bytes=36)
    listed = partial(archive_store.list_events, replay=replace(REPLAY, events_to=13.0), limit=2)
    first = await database.read(partial(listed, after=(9.0, 0)))
    assert [time for _, time, _ in first] == [10.0, 11.0]
    rest = await database.read(partial(listed, after=(first[-1][1], first[-1][0])))
    assert [time for _, time, _ in rest] == [12.0, 13.0]
    remove = partial(archive_store.remove_events_before, archive=ARCHIVE, before=4.0, limit=3)
    assert [await database.write(remove) for _ in range(2)] == [3, 1]
    assert await database.read(find) == replace(ARCHIVE, event_count=2, size_bytes=12)
    archives = partial(
        archive_store.list_archives, account=PLACE[0], region=PLACE[1], prefix="", after="", limit=5
    )
    assert len(await database.read(partial(archives, bus="shop"))) == 1
    assert await database.read(partial(archives, bus="other")) == []
    await database.write(partial(archive_store.remove_archive, archive=ARCHIVE))
    assert await database.read(find) is None


async def test_a_replay_is_kept_and_found_by_its_state(database: Database) -> None:
    await database.write(partial(archive_store.put_replay, record=REPLAY))
    done = replace(REPLAY, state="COMPLETED", last_replayed=12.0, ended=40.0)
    await database.write(partial(archive_store.put_replay, record=done))
    find = partial(archive_store.find_replay, account=PLACE[0], region=PLACE[1], name="r")
    assert await database.read(find) == done
    listed = partial(
        archive_store.list_replays, account=PLACE[0], region=PLACE[1], prefix="", archive="",
        after="", limit=5,
    )  # fmt: skip
    assert await database.read(partial(listed, state="RUNNING")) == []
    assert await database.read(partial(listed, state="COMPLETED")) == [done]


async def test_who_listens_is_known_to_every_process(database: Database) -> None:
    here, there = Audience(), Audience()

    def hears(audience: Audience, source: str, region: str = "us-east-1") -> partial[bool]:
        return partial(audience.hears, account=PLACE[0], region=region, source=source)

    assert not await database.write(hears(here, "aws.states"))
    await database.write(
        partial(there.put, account=PLACE[0], region=PLACE[1], sources=["aws.states", "x"])
    )
    assert await database.write(hears(there, "aws.states"))
    assert not await database.write(hears(there, "aws.other"))
    here.look_again()
    assert await database.write(hears(here, "x"))
    assert not await database.write(hears(here, "x", "eu-central-1"))
    await database.write(partial(there.put, account=PLACE[0], region=PLACE[1], sources=[EVERY]))
    assert await database.write(hears(there, "anything"))
