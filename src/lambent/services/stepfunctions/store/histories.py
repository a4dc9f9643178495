"""The events of executions: a row a transition, or within the execution's row if there was one."""

from collections.abc import Iterator, Sequence

from lambent.languages.asl import HistoryEvent
from lambent.languages.asl.data import read, write
from lambent.storage.database import Tx


def events_text(events: Sequence[HistoryEvent]) -> str:
    """Events as they are stored: a JSON array of arrays."""
    return write([tuple(event) for event in events])


def add_history(tx: Tx, number: int, events: Sequence[HistoryEvent]) -> None:
    """The events of one transition as one row."""
    if not events:
        return
    tx.execute(
        "INSERT INTO stepfunctions_history (execution, first_event_id, events)"
        " VALUES (:execution, :first, :events)",
        execution=number,
        first=events[0].id,
        events=events_text(events),
    )


def history(
    tx: Tx, number: int, *, after: int, limit: int, newest_first: bool
) -> list[HistoryEvent]:
    """At most `limit` events beyond the event `after` (0: from the end where it begins)."""
    found: list[HistoryEvent] = []
    for text in _chunks(tx, number, after, limit, newest_first):
        events = [HistoryEvent(*event) for event in read(text)]
        if newest_first:
            found += [event for event in reversed(events) if not after or event.id < after]
        else:
            found += [event for event in events if event.id > after]
        if len(found) >= limit:
            break
    return found[:limit]


def _chunks(tx: Tx, number: int, after: int, limit: int, newest_first: bool) -> Iterator[str]:
    """The rows of events, in their order; what shares the execution's row was the first."""
    if newest_first:
        rows = tx.all(
            "SELECT events FROM stepfunctions_history"
            " WHERE execution = :execution AND first_event_id < :after"
            " ORDER BY first_event_id DESC LIMIT :limit",
            execution=number,
            after=after or 1 << 62,
            limit=limit,
        )
        yield from (row["events"] for row in rows)
    first = tx.one("SELECT events FROM stepfunctions_execution WHERE number = :n", n=number)
    if first is not None and first["events"] is not None:
        yield first["events"]
    if newest_first:
        return
    rows = tx.all(
        "SELECT events FROM stepfunctions_history"
        " WHERE execution = :execution AND first_event_id >= COALESCE((SELECT"
        " MAX(first_event_id) FROM stepfunctions_history WHERE execution = :execution"
        " AND first_event_id <= :after), 0) ORDER BY first_event_id LIMIT :limit",
        execution=number,
        after=after,
        limit=limit + 1,
    )
    yield from (row["events"] for row in rows)
