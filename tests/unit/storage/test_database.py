"""What every store promises, tried on both."""

import asyncio
from functools import partial

import pytest

from lambent.core.errors import NotFound
from lambent.storage import facts
from lambent.storage.database import Database, Tx


def _count(tx: Tx) -> float:
    return facts.find_fact(tx, "count") or 0.0


async def test_what_is_written_can_be_read(database: Database) -> None:
    await database.write(partial(facts.add_to_fact, name="count", amount=2.0))
    await database.write(partial(facts.add_to_fact, name="count", amount=3.0))

    assert await database.read(_count) == 5.0


async def test_writes_at_once_lose_nothing(database: Database) -> None:
    """
    Group commit and serializable retries both keep each increment.
    """
    add_one = partial(facts.add_to_fact, name="count", amount=1.0)

    await asyncio.gather(*(database.write(add_one) for _ in range(50)))

    assert await database.read(_count) == 50.0


async def test_a_transaction_that_raises_leaves_nothing(database: Database) -> None:
    """
    Its neighbours in the same commit are kept.
    """

    def fail(tx: Tx) -> None:
        facts.add_to_fact(tx, "count", 100.0)
        raise NotFound("no")

    add_one = partial(facts.add_to_fact, name="count", amount=1.0)
    outcomes = await asyncio.gather(
        database.write(add_one),
        database.write(fail),
        database.write(add_one),
        return_exceptions=True,
    )

    assert isinstance(outcomes[1], NotFound)
    assert await database.read(_count) == 2.0


async def test_only_committed_transactions_announce(database: Database) -> None:
    told: list[object] = []
    database.announce = told.extend

    def announce(tx: Tx, news: str, fail: bool) -> None:
        tx.announced.append(news)
        if fail:
            raise NotFound("no")

    await asyncio.gather(
        database.write(lambda tx: announce(tx, "kept", False)),
        database.write(lambda tx: announce(tx, "lost", True)),
        return_exceptions=True,
    )
    await asyncio.sleep(0)

    assert told == ["kept"]


async def test_a_statement_that_fails_harms_nobody_else(database: Database) -> None:
    def break_sql(tx: Tx) -> None:
        tx.execute("INSERT INTO no_such_table (a) VALUES (:a)", a=1)

    with pytest.raises(Exception, match="no_such_table"):
        await database.write(break_sql)
    await database.write(partial(facts.add_to_fact, name="count", amount=1.0))

    assert await database.read(_count) == 1.0


async def test_changed_rows_are_counted_and_returned(database: Database) -> None:
    def change(tx: Tx) -> tuple[int, object]:
        facts.add_to_fact(tx, "one", 1.0)
        facts.add_to_fact(tx, "two", 2.0)
        changed = tx.execute("UPDATE platform_fact SET value = value + 1")
        return changed, tx.one("DELETE FROM platform_fact WHERE name = :n RETURNING value", n="two")

    assert await database.write(change) == (2, {"value": 3.0})
