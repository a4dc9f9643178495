"""The only SQL of CloudWatch."""

from collections.abc import Iterable
from hashlib import sha256

import orjson

from lambent.services.cloudwatch.records import Dimensions, Distribution, Metric, Point
from lambent.storage.database import Row, Tx

_POINT = "metric, start, period, unit, samples, total, least, most, spread"
# A metric's `seen` need not be more exact.
_SEEN_SECONDS = 60.0


def find_metric(tx: Tx, metric: Metric) -> int | None:
    """Its number."""
    found = _find(tx, metric, _digest(_text(metric.dimensions)))
    return None if found is None else int(found["id"])


def put_metric(tx: Tx, metric: Metric, now: float) -> int:
    """Its number; the metric is seen now."""
    dimensions = _text(metric.dimensions)
    digest = _digest(dimensions)
    known = _find(tx, metric, digest)
    if known is not None and now - known["seen"] < _SEEN_SECONDS:
        return int(known["id"])
    row = tx.one(
        "INSERT INTO cloudwatch_metric (account, region, namespace, name, dimensions, digest, seen)"
        " VALUES (:account, :region, :namespace, :name, :dimensions, :digest, :now)"
        " ON CONFLICT (account, region, namespace, name, digest) DO UPDATE SET"
        " seen = excluded.seen RETURNING id",
        account=metric.account,
        region=metric.region,
        namespace=metric.namespace,
        name=metric.name,
        dimensions=dimensions,
        digest=digest,
        now=now,
    )
    return int(row["id"]) if row else 0


def list_metrics(
    tx: Tx,
    account: str,
    region: str,
    *,
    namespace: str,
    name: str,
    seen_after: float,
    after: int,
    limit: int,
) -> list[tuple[int, Metric]]:
    """By number. What is empty is not asked for."""
    rows = tx.all(
        "SELECT id, namespace, name, dimensions FROM cloudwatch_metric"
        " WHERE account = :account AND region = :region AND id > :after AND seen >= :seen_after"
        " AND (:namespace = '' OR namespace = :namespace) AND (:name = '' OR name = :name)"
        " ORDER BY id LIMIT :limit",
        account=account,
        region=region,
        namespace=namespace,
        name=name,
        seen_after=seen_after,
        after=after,
        limit=limit,
    )
    return [
        (
            row["id"],
            Metric(account, region, row["namespace"], row["name"], _dimensions(row["dimensions"])),
        )
        for row in rows
    ]


def find_distribution(
    tx: Tx, metric: int, start: int, period: int, unit: str
) -> Distribution | None:
    row = tx.one(
        "SELECT samples, total, least, most, spread FROM cloudwatch_point WHERE metric = :metric"
        " AND start = :start AND period = :period AND unit = :unit",
        metric=metric,
        start=start,
        period=period,
        unit=unit,
    )
    return None if row is None else _distribution(row)


def put_point(tx: Tx, metric: int, point: Point) -> None:
    found = point.distribution
    tx.execute(
        f"INSERT INTO cloudwatch_point ({_POINT}) VALUES (:metric, :start, :period, :unit,"
        " :samples, :total, :least, :most, :spread)"
        " ON CONFLICT (metric, start, period, unit) DO UPDATE SET samples = excluded.samples,"
        " total = excluded.total, least = excluded.least, most = excluded.most,"
        " spread = excluded.spread",
        metric=metric,
        start=point.start,
        period=point.period,
        unit=point.unit,
        samples=found.samples,
        total=found.total,
        least=found.least,
        most=found.most,
        spread=_spread_text(found),
    )


def list_points(tx: Tx, metric: int, start: int, end: int, unit: str) -> list[Point]:
    """Those that begin from `start` to before `end`, in order; of every unit where it is empty."""
    rows = tx.all(
        f"SELECT {_POINT} FROM cloudwatch_point WHERE metric = :metric AND start >= :start"
        " AND start < :end AND (:unit = '' OR unit = :unit) ORDER BY start",
        metric=metric,
        start=start,
        end=end,
        unit=unit,
    )
    return [_point(row) for row in rows]


def take_old(tx: Tx, period: int, before: int, limit: int) -> list[tuple[int, Point]]:
    """Remove points of a period that began before then; the oldest, with their metrics."""
    rows = tx.all(
        f"DELETE FROM cloudwatch_point WHERE (metric, start, period, unit) IN"
        " (SELECT metric, start, period, unit FROM cloudwatch_point WHERE period = :period"
        f" AND start < :before ORDER BY start LIMIT :limit) RETURNING {_POINT}",
        period=period,
        before=before,
        limit=limit,
    )
    return [(row["metric"], _point(row)) for row in rows]


def oldest_start(tx: Tx, period: int) -> int | None:
    row = tx.one(
        "SELECT MIN(start) AS start FROM cloudwatch_point WHERE period = :period", period=period
    )
    return None if row is None else row["start"]


def remove_metrics_without_points(tx: Tx, seen_before: float) -> None:
    tx.execute(
        "DELETE FROM cloudwatch_metric WHERE seen < :before AND NOT EXISTS"
        " (SELECT 1 FROM cloudwatch_point WHERE cloudwatch_point.metric = cloudwatch_metric.id)",
        before=seen_before,
    )


def _find(tx: Tx, metric: Metric, digest: str) -> Row | None:
    return tx.one(
        "SELECT id, seen FROM cloudwatch_metric WHERE account = :account AND region = :region"
        " AND namespace = :namespace AND name = :name AND digest = :digest",
        account=metric.account,
        region=metric.region,
        namespace=metric.namespace,
        name=metric.name,
        digest=digest,
    )


def _text(dimensions: Dimensions) -> str:
    return orjson.dumps(dimensions).decode()


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:32]


def _dimensions(text: str) -> Dimensions:
    return tuple((name, value) for name, value in orjson.loads(text))


def _spread_text(distribution: Distribution) -> str | None:
    if distribution.spread is None:
        return None
    return orjson.dumps(list(_flat(distribution.spread.items()))).decode()


def _flat(pairs: Iterable[tuple[float, float]]) -> Iterable[float]:
    for pair in pairs:
        yield from pair


def _distribution(row: Row) -> Distribution:
    spread = None
    if row["spread"] is not None:
        flat = orjson.loads(row["spread"])
        spread = dict(zip(flat[::2], flat[1::2], strict=True))
    return Distribution(row["samples"], row["total"], row["least"], row["most"], spread)


def _point(row: Row) -> Point:
    return Point(row["start"], row["period"], row["unit"], _distribution(row))
