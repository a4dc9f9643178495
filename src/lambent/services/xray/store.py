"""The only SQL of X-Ray."""

from collections.abc import Sequence

import orjson

from lambent.services.xray.records import SamplingRule, Segment, TraceRow
from lambent.storage.database import Row, Tx

# By TimeRangeType: the column that its times are compared with.
_MOMENTS = {"TraceId": "started", "Event": "touched", "Service": "ended"}


def put_segment(tx: Tx, account: str, region: str, segment: Segment) -> None:
    """A segment in progress gives way to the whole one, and never the other way round."""
    tx.execute(
        "INSERT INTO xray_segment (account, region, trace, id, started, in_progress, document)"
        " VALUES (:account, :region, :trace, :id, :started, :in_progress, :document)"
        " ON CONFLICT (account, region, trace, id) DO UPDATE SET started = excluded.started,"
        " in_progress = excluded.in_progress, document = excluded.document"
        " WHERE xray_segment.in_progress >= excluded.in_progress",
        account=account,
        region=region,
        trace=segment.trace,
        id=segment.id,
        started=segment.started,
        in_progress=int(segment.ended is None),
        document=segment.document,
    )


def touch_trace(
    tx: Tx, account: str, region: str, trace: str, started: float, ended: float, now: float
) -> None:
    tx.execute(
        "INSERT INTO xray_trace (account, region, id, started, ended, touched, revision)"
        " VALUES (:account, :region, :id, :started, :ended, :now, 1)"
        " ON CONFLICT (account, region, id) DO UPDATE SET"
        " started = CASE WHEN excluded.started < xray_trace.started"
        " THEN excluded.started ELSE xray_trace.started END,"
        " ended = CASE WHEN excluded.ended > xray_trace.ended"
        " THEN excluded.ended ELSE xray_trace.ended END,"
        " touched = excluded.touched, revision = xray_trace.revision + 1",
        account=account,
        region=region,
        id=trace,
        started=started,
        ended=ended,
        now=now,
    )


def segments(tx: Tx, account: str, region: str, trace: str) -> list[str]:
    """The documents of a trace, the earliest first."""
    rows = tx.all(
        "SELECT document FROM xray_segment"
        " WHERE account = :account AND region = :region AND trace = :trace ORDER BY started, id",
        account=account,
        region=region,
        trace=trace,
    )
    return [row["document"] for row in rows]


def list_traces(
    tx: Tx,
    account: str,
    region: str,
    *,
    time_range: str,
    start: float,
    end: float,
    after: tuple[float, str],
    limit: int,
) -> list[TraceRow]:
    """Traces whose time is in the range, the latest first, from the one before `after` on."""
    moment = _MOMENTS[time_range]
    rows = tx.all(
        f"SELECT id, started, {moment} AS moment, revision FROM xray_trace"
        " WHERE account = :account AND region = :region"
        f" AND {moment} >= :start AND {moment} <= :end AND ({moment}, id) < (:moment, :id)"
        f" ORDER BY {moment} DESC, id DESC LIMIT :limit",
        account=account,
        region=region,
        start=start,
        end=end,
        moment=after[0],
        id=after[1],
        limit=limit,
    )
    return [TraceRow(row["id"], row["started"], row["moment"], row["revision"]) for row in rows]


def oldest(tx: Tx) -> float | None:
    """When the trace was touched that nobody has touched for longest."""
    row = tx.one("SELECT MIN(touched) AS touched FROM xray_trace")
    return None if row is None or row["touched"] is None else float(row["touched"])


def remove_old(tx: Tx, before: float, limit: int) -> int:
    """Forget some traces; how many they were."""
    old = tx.all(
        "SELECT account, region, id FROM xray_trace WHERE touched <= :before LIMIT :limit",
        before=before,
        limit=limit,
    )
    for row in old:
        for table, column in (("xray_segment", "trace"), ("xray_trace", "id")):
            tx.execute(
                f"DELETE FROM {table} WHERE account = :account AND region = :region"
                f" AND {column} = :id",
                **row,
            )
    return len(old)


def sampling_rules(tx: Tx, account: str, region: str) -> Sequence[SamplingRule]:
    rows = tx.all(
        "SELECT rule, created, modified FROM xray_sampling_rule"
        " WHERE account = :account AND region = :region ORDER BY name",
        account=account,
        region=region,
    )
    return [_sampling_rule(row) for row in rows]


def find_sampling_rule(tx: Tx, account: str, region: str, name: str) -> SamplingRule | None:
    row = tx.one(
        "SELECT rule, created, modified FROM xray_sampling_rule"
        " WHERE account = :account AND region = :region AND name = :name",
        account=account,
        region=region,
        name=name,
    )
    return None if row is None else _sampling_rule(row)


def put_sampling_rule(tx: Tx, account: str, region: str, rule: SamplingRule) -> None:
    tx.execute(
        "INSERT INTO xray_sampling_rule (account, region, name, rule, created, modified)"
        " VALUES (:account, :region, :name, :rule, :created, :modified)"
        " ON CONFLICT (account, region, name) DO UPDATE SET rule = excluded.rule,"
        " modified = excluded.modified",
        account=account,
        region=region,
        name=rule.rule["RuleName"],
        rule=orjson.dumps(rule.rule).decode(),
        created=rule.created,
        modified=rule.modified,
    )


def remove_sampling_rule(tx: Tx, account: str, region: str, name: str) -> None:
    tx.execute(
        "DELETE FROM xray_sampling_rule"
        " WHERE account = :account AND region = :region AND name = :name",
        account=account,
        region=region,
        name=name,
    )


def _sampling_rule(row: Row) -> SamplingRule:
    return SamplingRule(orjson.loads(row["rule"]), row["created"], row["modified"])
