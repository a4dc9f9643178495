"""What both stores have to do alike: bytes in order, pages, entries, tables, streams."""

from typing import Any

from lambent.services.dynamodb import count_store, item_store, store, stream_store
from lambent.services.dynamodb.item_store import Span
from lambent.services.dynamodb.records import Kept, Keys, Place, Table
from lambent.services.dynamodb.table_rules import new_table
from lambent.storage.database import Database, Tx
from tests.services.dynamodb.making import definitions, index, sorted_table

BYTES = [b"", b"\x00", b"\x00\x01", b"\x01", b"a", b"a\x00", b"ab", b"\x80", b"\xff", b"\xff\xff"]


def kept(partition: bytes, sort: bytes, **item: Any) -> Kept:
    return Kept(Place(partition, sort), {"n": {"N": "1"}, **item}, 4)


def places(found: list[item_store.Found]) -> list[tuple[bytes, bytes]]:
    return [(one.kept.place.partition, one.kept.place.sort) for one in found]


async def test_items_are_sorted_by_their_bytes(database: Database) -> None:
    def write(tx: Tx) -> None:
        for key in reversed(BYTES):
            item_store.put_item(tx, 1, kept(b"p", key), None)
            item_store.put_item(tx, 1, kept(b"q" + key, b""), None)
            item_store.put_item(tx, 2, kept(b"p", key), None)

    await database.write(write)
    span = Span(partition=b"p")
    found = await database.read(lambda tx: item_store.page_of_items(tx, 1, span, 100))
    assert [sort for _, sort in places(found)] == BYTES
    span = Span(partition=b"p", low=b"a", high=b"\x80", forward=False)
    found = await database.read(lambda tx: item_store.page_of_items(tx, 1, span, 100))
    assert [sort for _, sort in places(found)] == [b"ab", b"a\x00", b"a"]
    span = Span(after=(b"p", b"\xff"))
    found = await database.read(lambda tx: item_store.page_of_items(tx, 1, span, 3))
    assert places(found) == [(b"p", b"\xff\xff"), (b"q", b""), (b"q\x00", b"")]
    span = Span(first=b"q", last=b"qa")
    found = await database.read(lambda tx: item_store.page_of_items(tx, 1, span, 100))
    assert [partition for partition, _ in places(found)] == [b"q" + key for key in BYTES[:4]]


async def test_a_page_after_another_keeps_within_both_bounds(database: Database) -> None:
    def write(tx: Tx) -> None:
        for key in BYTES:
            item_store.put_item(tx, 1, kept(b"p", key), None)
            item_store.put_item(tx, 1, kept(b"q" + key, b""), None)
            item_store.put_entry(tx, 1, 1, Place(b"x", key), Place(b"p", key), 2)
            item_store.put_entry(tx, 1, 1, Place(b"y", b""), Place(b"p", key), 2)

    async def of_table(**span: Any) -> list[tuple[bytes, bytes]]:
        asked = Span(**span)
        return places(await database.read(lambda tx: item_store.page_of_items(tx, 1, asked, 9)))

    async def of_index(**span: Any) -> list[tuple[bytes, bytes]]:
        asked = Span(**span)
        return places(
            await database.read(lambda tx: item_store.page_of_entries(tx, 1, 1, asked, 99))
        )

    await database.write(write)
    within = {"partition": b"p", "low": b"\x01", "high": b"\x80"}
    assert await of_table(**within, after=(b"p", b"a")) == [(b"p", b"a\x00"), (b"p", b"ab")]
    assert await of_table(**within, after=(b"p", b"a"), forward=False) == [(b"p", b"\x01")]
    found = await of_table(first=b"p", last=b"q\x01", after=(b"p", b"\xff"))
    assert found == [(b"p", b"\xff\xff"), (b"q", b""), (b"q\x00", b""), (b"q\x00\x01", b"")]
    within["partition"] = b"x"
    after = (b"x", b"a", b"p", b"a")
    assert await of_index(**within, after=after) == [(b"p", b"a\x00"), (b"p", b"ab")]
    assert await of_index(**within, after=after, forward=False) == [(b"p", b"\x01")]
    found = await of_index(partition=b"y", after=(b"y", b"", b"p", b"\x80"))
    assert found == [(b"p", b"\xff"), (b"p", b"\xff\xff")]
    found = await of_index(last=b"y", after=(b"x", b"\xff", b"p", b"\xff"))
    assert found == [(b"p", b"\xff\xff")]


async def test_an_item_is_found_replaced_counted_and_removed(database: Database) -> None:
    place = Place(b"p", b"s")

    def write(tx: Tx) -> None:
        item_store.put_item(tx, 1, kept(b"p", b"s", old={"B": b"\xff"}), 5.0)
        item_store.put_item(tx, 1, kept(b"p", b"s", new={"BS": [b"\xff"]}), 7.0)

    await database.write(write)
    found = await database.read(lambda tx: item_store.find_item(tx, 1, place))
    assert found == kept(b"p", b"s", new={"BS": [b"\xff"]})
    assert await database.read(lambda tx: count_store.count_items(tx, 1, 9)) == (1, 4)
    assert await database.read(lambda tx: item_store.next_expiry(tx, 1)) == 7.0
    expired = await database.read(lambda tx: item_store.list_expired(tx, 1, 7.0, 10))
    assert [one.place for one in expired] == [place]
    sizes = await database.read(lambda tx: count_store.sizes_of_items(tx, 1, (), 9))
    assert sizes == [{"partition": b"p", "sort": b"s", "size": 4}]
    assert not await database.read(lambda tx: count_store.sizes_of_items(tx, 1, (b"p", b"s"), 9))
    await database.write(lambda tx: item_store.put_expiry(tx, 1, place, None))
    assert await database.read(lambda tx: item_store.next_expiry(tx, 1)) is None
    await database.write(lambda tx: item_store.copy_items(tx, 1, 3))
    await database.write(lambda tx: item_store.remove_item(tx, 1, place))
    assert await database.read(lambda tx: count_store.count_items(tx, 1, 9)) == (0, 0)
    assert await database.read(lambda tx: count_store.count_items(tx, 3, 9)) == (1, 4)
    assert not await database.write(lambda tx: item_store.remove_some(tx, 3, 10))
    assert await database.read(lambda tx: count_store.count_items(tx, 3, 9)) == (0, 0)


async def test_entries_of_an_index_give_their_items_in_their_order(database: Database) -> None:
    def write(tx: Tx) -> None:
        for number, key in enumerate(BYTES):
            item_store.put_item(tx, 1, kept(key, b""), None)
            at = Place(b"x", BYTES[-1 - number])
            item_store.put_entry(tx, 1, 1, at, Place(key, b""), 2)
        item_store.remove_entry(tx, 1, 1, Place(b"x", BYTES[0]), Place(BYTES[-1], b""))

    await database.write(write)
    span = Span(partition=b"x")
    found = await database.read(lambda tx: item_store.page_of_entries(tx, 1, 1, span, 100))
    assert [partition for partition, _ in places(found)] == BYTES[-2::-1]
    assert {one.size for one in found} == {2}
    span = Span(partition=b"x", after=(b"x", BYTES[3], BYTES[-4], b""))
    found = await database.read(lambda tx: item_store.page_of_entries(tx, 1, 1, span, 2))
    assert [partition for partition, _ in places(found)] == [BYTES[-5], BYTES[-6]]
    assert await database.read(lambda tx: count_store.count_entries(tx, 1)) == {1: (9, 18)}
    after = (1, b"x", BYTES[-3], BYTES[2], b"")
    sizes = await database.read(lambda tx: count_store.sizes_of_entries(tx, 1, after, 9))
    assert [row["item_partition"] for row in sizes] == [BYTES[1], BYTES[0]]
    assert await database.write(lambda tx: item_store.remove_entries(tx, 1, 1, 5)) == 5


def asked_table() -> Table:
    params = sorted_table(
        AttributeDefinitions=definitions(customer="S", number="N", state="S"),
        GlobalSecondaryIndexes=[index("by_state", "state")],
    )
    return new_table(params, "000000000000", "us-east-1", "uid", 1.0)


async def test_a_table_is_understood_once_while_it_stays_as_it_is(database: Database) -> None:
    added = await database.write(lambda tx: store.add_table(tx, asked_table()))
    known: store.Known = {}

    def find(tx: Tx) -> Table | None:
        return store.find_table(tx, known, "000000000000", "us-east-1", "orders")

    first = await database.read(find)
    assert first == added
    assert await database.read(find) is first
    changed = await database.write(lambda tx: store.put_table(tx, added))
    assert changed.revision == added.revision + 1
    assert await database.read(find) == changed
    await database.write(lambda tx: store.put_tags(tx, added.id, {"a": "1", "b": "2"}))
    await database.write(lambda tx: store.remove_tags(tx, added.id, ["a"]))
    assert await database.read(lambda tx: store.list_tags(tx, added.id)) == {"b": "2"}
    await database.write(lambda tx: store.remove_table(tx, added.id))
    assert await database.read(find) is None


async def test_records_of_a_stream_are_numbered_and_trimmed(database: Database) -> None:
    def write(tx: Tx) -> int:
        stream = stream_store.add_stream(tx, asked_table(), "label", "KEYS_ONLY", 1.0)
        for at in range(5):
            number, _ = stream_store.next_number(tx, stream)
            stream_store.add_record(tx, stream, number, f"record {at}", 3, float(at))
        return stream

    stream = await database.write(write)
    found = await database.read(
        lambda tx: stream_store.list_records(tx, stream, start=2, since=2.0, limit=1)
    )
    assert found == [(4, "record 3", 3)]
    assert await database.write(lambda tx: stream_store.remove_old(tx, stream, 2.0, 2)) == 2
    assert await database.read(lambda tx: stream_store.oldest(tx, stream)) == 2.0
    assert await database.read(lambda tx: stream_store.last_number(tx, stream)) == 5
    known = await database.read(lambda tx: stream_store.find_stream_by_id(tx, stream))
    assert known is not None
    assert known.keys == Keys("customer", "number")
    listed = await database.read(
        lambda tx: stream_store.list_streams(
            tx, "000000000000", "us-east-1", table_name="", after="orders/labe", limit=5
        )
    )
    assert listed == [known]


async def test_a_token_is_known_for_its_time(database: Database) -> None:
    place = ("000000000000", "us-east-1", "token")

    def write(tx: Tx) -> None:
        store.put_transaction(tx, *place, digest="digest", capacity="{}", now=0.0, expires_at=600.0)

    await database.write(write)
    found = await database.read(lambda tx: store.find_transaction(tx, *place, 599.0))
    assert found == ("digest", "{}")
    assert await database.read(lambda tx: store.find_transaction(tx, *place, 600.0)) is None
