"""What X-Ray does in a transaction: keeping segments, and forgetting old traces."""

from collections.abc import Iterable

from lambent.platform import Context
from lambent.services.xray import store
from lambent.services.xray.records import Segment
from lambent.storage.database import Tx

# AWS: from when it was recorded.
RETENTION_SECONDS = 30 * 86_400.0
_LOOK_SECONDS = 3_600.0
_FORGETTING = "xray/forget"


def keep(tx: Tx, context: Context, segments: Iterable[Segment]) -> None:
    now = context.clock.now()
    spans: dict[str, tuple[float, float]] = {}
    for one in segments:
        store.put_segment(tx, context.account, context.region, one)
        ended = one.started if one.ended is None else one.ended
        first, last = spans.get(one.trace, (one.started, ended))
        spans[one.trace] = min(first, one.started), max(last, ended)
    for trace, (started, ended) in spans.items():
        store.touch_trace(tx, context.account, context.region, trace, started, ended, now)
    if spans:
        context.enqueue(tx, _FORGETTING, "xray.forget", {}, now + RETENTION_SECONDS)


def forget(tx: Tx, now: float, limit: int) -> float | None:
    """Forget some traces that are old enough. When to look again; None where there are none."""
    if store.remove_old(tx, now - RETENTION_SECONDS, limit) == limit:
        return now
    oldest = store.oldest(tx)
    # Not for each trace by itself.
    return None if oldest is None else max(oldest + RETENTION_SECONDS, now) + _LOOK_SECONDS
