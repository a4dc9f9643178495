"""
How many items a table and its indexes have.

A few are counted whenever somebody asks. Many are counted as work, step by step, so that nobody
waits for it, and what was found is good for a while.
"""

from typing import Any

from lambent.platform import Context
from lambent.services.dynamodb import count_store, store
from lambent.services.dynamodb.descriptions import Counts
from lambent.services.dynamodb.records import Table
from lambent.storage.database import Row, Tx
from lambent.work import queue
from lambent.work.queue import WorkItem

_FEW = 1_000
_AT_ONCE = 1_000
# What was found is good for a second for each so many items, so that a table which is asked about
# all the time is not counted all the time. AWS: it updates its figures about every six hours.
_ITEMS_A_SECOND = 1_000
_OLDEST_SECONDS = 6 * 3_600.0


def counts_of(tx: Tx, table: Table) -> Counts:
    items, size = count_store.count_items(tx, table.id, _FEW)
    if items == _FEW:
        counted = count_store.find_counted(tx, table.id)
        return Counts(items, size) if counted is None else counted[1]
    return Counts(items, size, count_store.count_entries(tx, table.id) if table.indexes else {})


def is_out_of_date(tx: Tx, table: Table, items: int, now: float) -> bool:
    """Whether a table that is said to have so many items was counted too long ago, or never."""
    if items < _FEW:
        return False
    counted = count_store.find_counted(tx, table.id)
    good_for = min(items / _ITEMS_A_SECOND, _OLDEST_SECONDS)
    return counted is None or now - counted[0] > good_for


def count_later(tx: Tx, context: Context, table: Table) -> None:
    owner = context.at(table.account, table.region)
    nothing = {"of": "items", "after": [], "items": 0, "size": 0, "indexes": {}}
    payload = {"table": table.id, **nothing}
    owner.enqueue(tx, f"dynamodb/count/{table.id}", "dynamodb.count", payload)


async def count(context: Context, item: WorkItem) -> None:
    """Count some items or entries of indexes; the payload says where it is, and what it found."""
    payload = item.payload
    counted = await context.db.read(lambda tx: _counted_on(tx, payload))
    now = context.clock.now()

    def write(tx: Tx) -> None:
        if store.find_table_by_id(tx, payload["table"]) is None:
            queue.finish(tx, item.id)
        elif counted["of"] != "nothing":
            queue.postpone(tx, item.id, now, counted)
        else:
            count_store.put_counted(tx, payload["table"], _found(counted), now)
            queue.finish(tx, item.id)

    await context.db.write(write)


def _counted_on(tx: Tx, payload: dict[str, Any]) -> dict[str, Any]:
    """The payload of the step after this one."""
    after = [_from_text(part) for part in payload["after"]]
    if payload["of"] == "items":
        rows = count_store.sizes_of_items(tx, payload["table"], after, _AT_ONCE)
        following = "entries"
        found = {
            "items": payload["items"] + len(rows),
            "size": payload["size"] + sum(row["size"] for row in rows),
        }
    else:
        rows = count_store.sizes_of_entries(tx, payload["table"], after, _AT_ONCE)
        following = "nothing"
        found = {"indexes": _with_entries(payload["indexes"], rows)}
    if len(rows) < _AT_ONCE:
        return {**payload, **found, "of": following, "after": []}
    key = [_to_text(value) for name, value in rows[-1].items() if name != "size"]
    return {**payload, **found, "after": key}


def _with_entries(indexes: dict[str, list[int]], rows: list[Row]) -> dict[str, list[int]]:
    found = {number: list(counted) for number, counted in indexes.items()}
    for row in rows:
        counted = found.setdefault(str(row["number"]), [0, 0])
        counted[0] += 1
        counted[1] += row["size"]
    return found


def _found(payload: dict[str, Any]) -> Counts:
    indexes = {int(number): (n, size) for number, (n, size) in payload["indexes"].items()}
    return Counts(payload["items"], payload["size"], indexes)


def _to_text(part: bytes | int) -> str | int:
    return part if isinstance(part, int) else bytes(part).hex()


def _from_text(part: str | int) -> bytes | int:
    return part if isinstance(part, int) else bytes.fromhex(part)
