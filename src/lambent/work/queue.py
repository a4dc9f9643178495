"""
The work table: enqueue, claim, extend, finish.

Ids come from the cause, so that enqueueing twice is enqueueing once. An item that is due when it
is enqueued is *born claimed*: it is announced by the transaction and goes to this node's worker
straight after the commit, without a query. The claim query is for timers, for other nodes, and
for the time after a crash.
"""

from dataclasses import dataclass
from typing import Any

import orjson

from lambent.storage.database import Row, Tx


@dataclass(frozen=True, slots=True)
class WorkItem:
    """`attempt` counts the claims: above 1, an earlier run ended without finishing."""

    id: str
    kind: str
    account: str
    region: str
    payload: dict[str, Any]
    run_at: float
    attempt: int = 1


@dataclass(frozen=True, slots=True)
class Born:
    """Announced: an item that is due now and already claimed by this node."""

    item: WorkItem


@dataclass(frozen=True, slots=True)
class Timer:
    """Announced: something is to be claimed at `wake_at`."""

    wake_at: float


# How long a claim holds unless it is extended; a dead node delays its work by so much.
LEASE_SECONDS = 30.0


def enqueue(
    tx: Tx,
    item_id: str,
    kind: str,
    payload: dict[str, Any],
    run_at: float,
    *,
    now: float,
    account: str,
    region: str,
) -> None:
    """
    Have `kind` done at `run_at`, once for each `item_id`.

    >>> enqueue(tx, "sqs/…", "lambda.async_invoke", {...}, now, now=now, account=…, region=…)
    """
    due = run_at <= now
    fresh = tx.execute(
        "INSERT INTO work_item"
        " (id, kind, account, region, payload, run_at, wake_at, attempt, claimed_by)"
        " VALUES (:id, :kind, :account, :region, :payload, :run_at, :wake_at, :attempt, :node)"
        " ON CONFLICT (id) DO NOTHING",
        id=item_id,
        kind=kind,
        account=account,
        region=region,
        payload=orjson.dumps(payload).decode(),
        run_at=run_at,
        wake_at=now + LEASE_SECONDS if due else run_at,
        attempt=1 if due else 0,
        node=tx.node if due else None,
    )
    if not fresh:
        return
    if due:
        tx.announced.append(Born(WorkItem(item_id, kind, account, region, payload, run_at)))
    else:
        tx.announced.append(Timer(run_at))


def claim(tx: Tx, now: float, lease: float = LEASE_SECONDS, limit: int = 100) -> list[WorkItem]:
    """Take what is due and held by nobody, oldest first, for `lease` seconds."""
    rows = tx.all(
        "UPDATE work_item SET claimed_by = :node, wake_at = :until, attempt = attempt + 1"
        " WHERE id IN (SELECT id FROM work_item WHERE wake_at <= :now"
        " ORDER BY wake_at LIMIT :limit)"
        " RETURNING id, kind, account, region, payload, run_at, attempt",
        node=tx.node,
        until=now + lease,
        now=now,
        limit=limit,
    )
    items = [_item(row) for row in rows]
    items.sort(key=lambda item: (item.run_at, item.id))
    return items


def extend(tx: Tx, now: float, lease: float = LEASE_SECONDS) -> None:
    """Keep all that this node holds: it is alive."""
    tx.execute(
        "UPDATE work_item SET wake_at = :until WHERE claimed_by = :node",
        until=now + lease,
        node=tx.node,
    )


def finish(tx: Tx, item_id: str) -> None:
    """The item is done: in the same write as its effects."""
    tx.execute("DELETE FROM work_item WHERE id = :id", id=item_id)


def postpone(tx: Tx, item_id: str, run_at: float, payload: dict[str, Any] | None = None) -> None:
    """Let the item be claimed again at `run_at`, with another payload if one is given."""
    tx.execute(
        "UPDATE work_item SET run_at = :run_at, wake_at = :run_at, claimed_by = NULL,"
        " payload = COALESCE(:payload, payload) WHERE id = :id",
        id=item_id,
        run_at=run_at,
        payload=None if payload is None else orjson.dumps(payload).decode(),
    )
    tx.announced.append(Timer(run_at))


def hasten(tx: Tx, item_id: str, now: float) -> None:
    """Let an item that waits for its time be claimed now; nothing where it is gone or held."""
    changed = tx.execute(
        "UPDATE work_item SET run_at = :now, wake_at = :now WHERE id = :id AND claimed_by IS NULL",
        id=item_id,
        now=now,
    )
    if changed:
        tx.announced.append(Timer(now))


def release(tx: Tx) -> None:
    """Give back what an earlier process of this node held when it died."""
    tx.execute(
        "UPDATE work_item SET claimed_by = NULL, wake_at = run_at WHERE claimed_by = :node",
        node=tx.node,
    )


def give_back(tx: Tx, item_id: str) -> None:
    """Born claimed, but not begun, and not to begin here: whoever takes it is the first."""
    tx.execute(
        "UPDATE work_item SET attempt = attempt - 1, claimed_by = NULL, wake_at = run_at"
        " WHERE id = :id",
        id=item_id,
    )


def move_leases(tx: Tx, seconds: float) -> None:
    """The clock is moved forward: whoever holds an item still holds it."""
    tx.execute(
        "UPDATE work_item SET wake_at = wake_at + :seconds WHERE claimed_by IS NOT NULL",
        seconds=seconds,
    )


def any_due(tx: Tx, now: float) -> bool:
    """Whether `claim` would find something; a read, where claiming is a write."""
    return (
        tx.one("SELECT 1 AS due FROM work_item WHERE wake_at <= :now LIMIT 1", now=now) is not None
    )


def next_wake(tx: Tx) -> float | None:
    """When the next item that nobody holds is due."""
    row = tx.one("SELECT MIN(wake_at) AS at FROM work_item WHERE claimed_by IS NULL")
    return None if row is None else row["at"]


def _item(row: Row) -> WorkItem:
    row["payload"] = orjson.loads(row["payload"])
    return WorkItem(**row)
