"""The work table: claimed once, back when a worker dies, gone when it is done."""

from functools import partial

from lambent.core.clock import ManualClock
from lambent.storage.database import Database, Tx
from lambent.work import queue
from lambent.work.queue import Born, Timer, WorkItem

LEASE = 30.0


def _enqueue(tx: Tx, item_id: str, clock: ManualClock, after: float = 0.0) -> None:
    now = clock.now()
    queue.enqueue(tx, item_id, "test.kind", {"n": 1}, now + after, now=now, account="1", region="r")


async def _claim(database: Database, clock: ManualClock) -> list[WorkItem]:
    return await database.write(lambda tx: queue.claim(tx, clock.now(), LEASE, limit=10))


async def test_an_unfinished_item_comes_back_when_its_lease_ends(
    database: Database, clock: ManualClock
) -> None:
    """
    A worker that dies holding an item delays it by one lease, and loses nothing.
    """
    await database.write(lambda tx: _enqueue(tx, "one", clock, after=5.0))
    assert await _claim(database, clock) == []
    clock.advance(5.0)

    assert [item.id for item in await _claim(database, clock)] == ["one"]
    assert await _claim(database, clock) == []

    clock.advance(LEASE)

    assert [item.attempt for item in await _claim(database, clock)] == [2]


async def test_an_item_that_is_due_is_born_claimed(database: Database, clock: ManualClock) -> None:
    def enqueue(tx: Tx) -> list[object]:
        _enqueue(tx, "one", clock)
        return tx.announced[:]

    item = WorkItem("one", "test.kind", "1", "r", {"n": 1}, clock.now())

    assert await database.write(enqueue) == [Born(item)]
    assert await _claim(database, clock) == []


async def test_enqueueing_twice_is_enqueueing_once(database: Database, clock: ManualClock) -> None:
    def enqueue(tx: Tx) -> list[object]:
        _enqueue(tx, "one", clock, after=1.0)
        _enqueue(tx, "one", clock, after=2.0)
        return tx.announced[:]

    assert await database.write(enqueue) == [Timer(clock.now() + 1.0)]


async def test_a_finished_item_is_gone(database: Database, clock: ManualClock) -> None:
    await database.write(lambda tx: _enqueue(tx, "one", clock))
    await database.write(partial(queue.finish, item_id="one"))
    clock.advance(LEASE)

    assert await _claim(database, clock) == []


async def test_a_postponed_item_is_claimed_again_at_its_time(
    database: Database, clock: ManualClock
) -> None:
    await database.write(lambda tx: _enqueue(tx, "one", clock))
    later = clock.now() + 60.0
    await database.write(lambda tx: queue.postpone(tx, "one", later, {"n": 2}))
    assert await database.read(queue.next_wake) == later
    clock.advance(60.0)

    [item] = await _claim(database, clock)

    assert (item.payload, item.attempt) == ({"n": 2}, 2)


async def test_a_start_takes_back_what_the_dead_process_held(
    database: Database, clock: ManualClock
) -> None:
    await database.write(lambda tx: _enqueue(tx, "one", clock))
    await database.write(queue.release)

    assert [item.attempt for item in await _claim(database, clock)] == [2]


async def test_moving_the_clock_takes_nothing_from_its_holder(
    database: Database, clock: ManualClock
) -> None:
    await database.write(lambda tx: _enqueue(tx, "one", clock))
    clock.advance(86_400.0)
    await database.write(lambda tx: queue.move_leases(tx, 86_400.0))

    assert await _claim(database, clock) == []
