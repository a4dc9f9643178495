"""The logs service's SQL, on both databases."""

from functools import partial

from lambent.services.logs import reading, store
from lambent.services.logs.records import Chunk, LogGroup, LogStream
from lambent.storage.database import Database, Tx

GROUP = LogGroup("000000000000", "us-east-1", "/app", 1, "STANDARD", "", {"a": "b"}, False)


def add(tx: Tx) -> tuple[LogGroup, list[LogStream]]:
    store.put_group(tx, GROUP)
    group = store.get_group(tx, GROUP.account, GROUP.region, GROUP.name)
    for name in ("one", "two"):
        store.add_stream(tx, LogStream(group.id, name, 1))
    streams = store.list_streams(tx, group)
    for start in range(0, 1000, 2):
        stream = streams[start % 4 // 2]
        events = ((start, f"{start}"), (start + 3, f"{start + 3}"))
        store.add_chunk(tx, stream, Chunk(stream.id, 5, events))
    return group, streams


async def test_a_group_is_found_by_its_name_and_its_id(database: Database) -> None:
    id = await database.write(partial(store.put_group, group=GROUP))
    by_name = await database.read(
        lambda tx: store.find_group(tx, "000000000000", "us-east-1", "/app")
    )
    by_id = await database.read(partial(store.find_group_by_id, id=id))

    assert by_name is not None
    assert by_name == by_id
    assert (by_name.tags, by_name.retention_days) == ({"a": "b"}, None)


async def test_chunks_are_read_from_either_end(database: Database) -> None:
    group, streams = await database.write(add)

    def forward(tx: Tx) -> list[int]:
        chunks = store.chunks_forward(tx, group, None, 100, 900)
        found = reading.search_forward(chunks, reading.before(100), 900, 10_000)
        return [event.position.timestamp for event in found.events]

    def backward(tx: Tx) -> list[int]:
        chunks = store.chunks_backward(tx, group, [streams[0].id], 100, 900)
        found = reading.search_backward(chunks, reading.before(900), 100, 10_000)
        return [event.position.timestamp for event in found]

    times = await database.read(forward)
    assert times == sorted(times)
    assert len(times) == 800
    assert (min(times), max(times)) == (100, 899)
    of_one_stream = await database.read(backward)
    assert of_one_stream == sorted(of_one_stream)
    assert len(of_one_stream) == 400


async def test_streams_know_their_first_and_last_events(database: Database) -> None:
    group, _ = await database.write(add)
    one, two = await database.read(partial(store.list_streams, group=group))

    assert (one.first_event, one.last_event, one.last_ingestion) == (0, 999, 5)
    assert (two.first_event, two.last_event) == (2, 1001)
    assert await database.read(partial(store.stored_bytes, group=group)) > 26_000


async def test_expired_chunks_take_their_bytes_with_them(database: Database) -> None:
    group, _ = await database.write(add)
    await database.write(partial(store.remove_expired, group=group, before=10_000))

    assert await database.read(partial(store.stored_bytes, group=group)) == 0
    assert await database.read(partial(store.chunks_after, group=group, id=0)) == []
