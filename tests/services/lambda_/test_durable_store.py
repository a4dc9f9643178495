"""The SQL of durable executions, on both databases."""

from dataclasses import replace

from lambent.services.lambda_.durable import store
from lambent.services.lambda_.durable.records import (
    Execution,
    HistoryEvent,
    LastCheckpoint,
    Operation,
    Pause,
)
from lambent.services.lambda_.durable.store import Filter
from lambent.services.lambda_.names import FunctionName
from lambent.storage.database import Database, Tx

NAME = FunctionName("000000000000", "us-east-1", "orders")


def execution(number: int) -> Execution:
    return Execution(
        f"id-{number}",
        NAME.account,
        NAME.region,
        NAME.name,
        "1" if number % 2 else "2",
        f"name-{number}",
        float(number // 2),
        900,
        14,
        "",
        True,
        "Root=1",
        "request",
        "",
        "",
        deadline=1000.5,
    )


def operation(number: int, **more: object) -> Operation:
    made = Operation(f"o{number}", "WAIT", "STARTED", number, number, 1.5)
    return replace(made, **more)  # type: ignore[arg-type]


async def test_an_execution_comes_back_as_it_was_put(database: Database) -> None:
    first = execution(1)
    moved = replace(
        first,
        status="PAUSED",
        ended=7.25,
        pause=Pause(1.0, True, "why", 2.0),
        phase="queued",
        is_owed=True,
        token=3,
        last_checkpoint=LastCheckpoint("client", "token", "answered", 2, 5.0),
    )

    def write(tx: Tx) -> None:
        store.put_execution(tx, first)
        store.put_execution(tx, moved)

    await database.write(write)
    assert await database.read(lambda tx: store.find_execution(tx, "id-1")) == moved
    assert await database.read(lambda tx: store.find_by_name(tx, NAME, "name-1")) == moved
    assert await database.read(lambda tx: store.get_by_arn(tx, moved.arn)) == moved
    stranger = moved.arn.replace("name-1", "name-2")
    assert await database.read(lambda tx: store.find_by_arn(tx, stranger)) is None


async def test_executions_are_listed_page_by_page_in_both_orders(database: Database) -> None:
    made = [execution(number) for number in range(6)]

    def write(tx: Tx) -> None:
        for one in made:
            store.put_execution(tx, one)

    await database.write(write)
    for oldest_first in (True, False):
        found: list[Execution] = []
        while True:
            after = (found[-1].started, found[-1].id) if found else None

            def read(
                tx: Tx, after: tuple[float, str] | None = after, oldest_first: bool = oldest_first
            ) -> list[Execution]:
                return store.list_executions(
                    tx, NAME, Filter(), after=after, limit=2, oldest_first=oldest_first
                )

            page = await database.read(read)
            if not page:
                break
            found += page
        assert found == (made if oldest_first else made[::-1])

    wanted = Filter(version="1", status="RUNNING", after=0.0, before=2.5)
    some = await database.read(
        lambda tx: store.list_executions(tx, NAME, wanted, after=None, limit=9, oldest_first=True)
    )
    assert [one.id for one in some] == ["id-3", "id-5"]


async def test_operations_are_found_by_what_is_asked_of_them(database: Database) -> None:
    waiting = operation(1, due=10.0, seconds=9, input="in", error={"ErrorMessage": "m"})
    beating = operation(2, type="CALLBACK", heartbeat_due=5.0, heartbeat_seconds=4)
    context = operation(3, type="CONTEXT", replays_children=True, touched=9)
    ended = operation(4, status="SUCCEEDED", due=1.0, result="r", parent_id="o3", attempt=2)
    made = [waiting, beating, context, ended]

    def write(tx: Tx) -> None:
        for one in made:
            store.put_operation(tx, "e", replace(one, status="STARTED"))
            store.put_operation(tx, "e", one)
        store.put_operation(tx, "another", waiting)

    await database.write(write)

    def read(tx: Tx) -> None:
        assert store.find_operations(tx, "e", ["o4", "o1", "nobody"]) == {
            "o1": waiting,
            "o4": ended,
        }
        assert store.find_operation(tx, "another", "o2") is None
        assert store.list_changed(tx, "e", 3) == [context, ended]
        assert store.list_operations(tx, "e", 1, 2) == [beating, context]
        assert store.list_awaited(tx, "e") == [waiting, beating]
        assert store.list_due(tx, "e", 5.0) == [beating]
        assert store.list_due(tx, "e", 10.0) == [waiting, beating]
        assert store.list_contexts(tx, "e") == [context]

    await database.read(read)


async def test_a_removed_execution_takes_all_with_it(database: Database) -> None:
    event = HistoryEvent(1, "WaitStarted", 1.0, {"Duration": 1}, "o1", None, "n", "Wait")

    def write(tx: Tx) -> None:
        store.put_execution(tx, execution(1))
        store.put_operation(tx, "id-1", operation(1))
        for number in range(1, 4):
            store.add_event(tx, "id-1", replace(event, id=number))

    await database.write(write)

    def listed(tx: Tx, after: int | None = None, newest_first: bool = False) -> list[int]:
        found = store.list_events(tx, "id-1", after=after, limit=2, newest_first=newest_first)
        return [one.id for one in found]

    assert await database.read(listed) == [1, 2]
    assert await database.read(lambda tx: listed(tx, 2)) == [3]
    assert await database.read(lambda tx: listed(tx, 2, newest_first=True)) == [1]
    kept = await database.read(
        lambda tx: store.list_events(tx, "id-1", after=None, limit=1, newest_first=False)
    )
    assert kept == [event]

    await database.write(lambda tx: store.remove_execution(tx, "id-1"))
    assert await database.read(listed) == []
    assert await database.read(lambda tx: store.find_execution(tx, "id-1")) is None
    assert await database.read(lambda tx: store.find_operation(tx, "id-1", "o1")) is None
