"""The SQL about how far streams have been read."""

from dataclasses import dataclass

from lambent.services.lambda_.event_sources.records import EventSourceMapping
from lambent.storage.database import Tx

_START = -1


@dataclass(frozen=True, slots=True)
class Position:
    """The last record that is done with, empty at the beginning; and the window that is open."""

    sequence: str
    tumbling: str = ""


def find_position(tx: Tx, mapping: EventSourceMapping, shard: str, lane: int) -> Position | None:
    """None for a shard that was not looked at yet."""
    row = tx.one(
        "SELECT sequence, tumbling FROM lambda_stream_position WHERE mapping = :mapping"
        " AND shard = :shard AND lane IN (:lane, :start) AND factor = :factor"
        " ORDER BY lane DESC LIMIT 1",
        mapping=mapping.id,
        shard=shard,
        lane=lane,
        start=_START,
        factor=mapping.lanes,
    )
    return None if row is None else Position(**row)


def put_position(
    tx: Tx, mapping: EventSourceMapping, shard: str, lane: int, position: Position
) -> None:
    tx.execute(
        "INSERT INTO lambda_stream_position (mapping, shard, lane, factor, sequence, tumbling)"
        " VALUES (:mapping, :shard, :lane, :factor, :sequence, :tumbling)"
        " ON CONFLICT (mapping, shard, lane) DO UPDATE SET factor = excluded.factor,"
        " sequence = excluded.sequence, tumbling = excluded.tumbling",
        mapping=mapping.id,
        shard=shard,
        lane=lane,
        factor=mapping.lanes,
        sequence=position.sequence,
        tumbling=position.tumbling,
    )


def begin(tx: Tx, mapping: EventSourceMapping, shard: str, sequence: str) -> None:
    """Have all lanes of a shard begin after a record, or where the slowest one was before."""
    rows = tx.all(
        "SELECT lane, factor, sequence FROM lambda_stream_position"
        " WHERE mapping = :mapping AND shard = :shard",
        mapping=mapping.id,
        shard=shard,
    )
    if any(row["factor"] == mapping.lanes for row in rows):
        return
    if rows:
        sequence = _slowest({row["lane"]: row["sequence"] for row in rows}, rows[0]["factor"])
    tx.execute(
        "DELETE FROM lambda_stream_position WHERE mapping = :mapping AND shard = :shard",
        mapping=mapping.id,
        shard=shard,
    )
    put_position(tx, mapping, shard, _START, Position(sequence))


def _slowest(lanes: dict[int, str], factor: int) -> str:
    found = [lanes.get(lane, lanes[_START]) for lane in range(factor)]
    return min(found, key=lambda sequence: int(sequence or 0))
