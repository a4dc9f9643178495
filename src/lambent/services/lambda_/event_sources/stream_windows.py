"""
Tumbling windows: batches of the same stretch of time hand a state on, from one to the next. Pure.

https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-windows.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from lambent.runtime.api import InvocationResult
from lambent.services.lambda_.event_sources.records import EventSourceMapping, StreamBatch

# AWS: a window whose state is larger ends early.
_STATE_LIMIT = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Window:
    """`state` is what the function answered last."""

    start: float
    state: Any

    @property
    def is_too_large(self) -> bool:
        return len(orjson.dumps(self.state)) > _STATE_LIMIT


def start_of(arrived: float, seconds: float) -> float:
    """
    >>> start_of(125.0, 60.0)
    120.0
    """
    return arrived // seconds * seconds


def event(
    mapping: EventSourceMapping,
    shard: str,
    batch: StreamBatch,
    window: Window,
    *,
    is_final: bool = False,
    is_early: bool = False,
) -> bytes:
    """What the function is invoked with: the records are encoded already."""
    beside = orjson.dumps(
        {
            "window": {
                "start": _instant(window.start),
                "end": _instant(window.start + mapping.tumbling_seconds),
            },
            "state": window.state,
            "shardId": shard,
            "eventSourceARN": mapping.source_arn,
            "isFinalInvokeForWindow": is_final,
            "isWindowTerminatedEarly": is_early,
        }
    )
    records = b",".join([one.encoded for one in batch.records])
    return b'{"Records":[' + records + b"]," + beside[1:]


def after(window: Window, result: InvocationResult) -> Window | None:
    """The window with the state that was answered; None where the answer has none."""
    if result.function_error is not None:
        return None
    try:
        said = orjson.loads(result.payload)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(said, Mapping) or not isinstance(said.get("state"), Mapping):
        return None
    return Window(window.start, said["state"])


def written(window: Window | None) -> str:
    return "" if window is None else orjson.dumps([window.start, window.state]).decode()


def read(text: str) -> Window | None:
    return Window(*orjson.loads(text)) if text else None


def _instant(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ}"
