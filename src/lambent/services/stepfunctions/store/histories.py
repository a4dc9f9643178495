"""The events of executions: a row a transition, or within the execution's row if there was one."""

from collections.abc import Iterator, Sequence
from typing import Any

from lambent.languages.asl import HistoryEvent
from lambent.languages.asl.data import read, write
from lambent.storage.database import Tx

# What is shorter is stored as it is; in what is longer, each text that is long stands once.
_SHARES_FROM = 8_192
_LONG = 512


def events_text(events: Sequence[HistoryEvent]) -> str:
    """
    Events as they are stored: a JSON array of arrays.

    The output of one state is the input of the next one, and often of its task as well: where data
    is long, it stands beside the events, and they say where.
    """
    text = write([tuple(event) for event in events])
    return text if len(text) < _SHARES_FROM else _shared(events)


def _shared(events: Sequence[HistoryEvent]) -> str:
    places: dict[str, int] = {}
    rows: list[tuple[Any, ...]] = []
    for event in events:
        found: dict[str, dict[str, int]] = {}
        details = {
            name: _without_long(detail, found.setdefault(name, {}), places)
            for name, detail in event.details.items()
        }
        rows.append((*event[:4], details, found))
    return write({"texts": list(places), "events": rows})


def _without_long(
    detail: dict[str, Any], found: dict[str, int], places: dict[str, int]
) -> dict[str, Any]:
    """The detail with null for each long text; `found` says which one it was."""
    kept = dict(detail)
    for key, value in detail.items():
        if isinstance(value, str) and len(value) >= _LONG:
            found[key] = places.setdefault(value, len(places))
            kept[key] = None
    return kept


def events_in(text: str) -> list[HistoryEvent]:
    """What `events_text` made the text of."""
    stored = read(text)
    if isinstance(stored, list):
        return [HistoryEvent(*row) for row in stored]
    texts = stored["texts"]
    return [_whole(row, texts) for row in stored["events"]]


def _whole(row: Sequence[Any], texts: Sequence[str]) -> HistoryEvent:
    id, previous, at, type, details, found = row
    whole = {
        name: {**detail, **{key: texts[place] for key, place in found[name].items()}}
        for name, detail in details.items()
    }
    return HistoryEvent(id, previous, at, type, whole)


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
        events = events_in(text)
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
