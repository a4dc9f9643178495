"""What Lambda remembers of an event source mapping, and the words of its pollers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class EventSourceMapping:
    """
    `enabled` is what the user wants, `state` how far that is. `settings` are members of the API as
    the user gave them, with the defaults of the source.

    `revision` counts the changes: whoever polls stops when it is not the one that they know.
    """

    account: str
    region: str
    id: str
    source_arn: str
    function_name: str
    # With the qualifier, if there is one.
    function_arn: str
    state: str
    enabled: bool
    settings: Mapping[str, Any]
    tags: Mapping[str, str]
    last_modified: float
    revision: int = 0

    @property
    def arn(self) -> str:
        return f"arn:aws:lambda:{self.region}:{self.account}:event-source-mapping:{self.id}"

    @property
    def batch_size(self) -> int:
        return int(self.settings["BatchSize"])

    @property
    def window_seconds(self) -> int:
        return int(self.settings.get("MaximumBatchingWindowInSeconds", 0))

    @property
    def maximum_concurrency(self) -> int | None:
        most: int | None = self.settings.get("ScalingConfig", {}).get("MaximumConcurrency")
        return most

    @property
    def lanes(self) -> int:
        """How many batches of a shard are with the function at a time."""
        return int(self.settings.get("ParallelizationFactor") or 1)

    @property
    def tumbling_seconds(self) -> int:
        return int(self.settings.get("TumblingWindowInSeconds") or 0)

    @property
    def reports_failures(self) -> bool:
        return "ReportBatchItemFailures" in self.settings.get("FunctionResponseTypes", ())


@dataclass(frozen=True, slots=True)
class Received:
    """
    A message of a source: the record that the function sees, and its JSON.

    `id` is what a partial batch response calls it, `handle` what the source does.
    """

    id: str
    handle: str
    record: Mapping[str, Any]
    encoded: bytes


@dataclass(frozen=True, slots=True)
class Batch:
    """
    Messages on their way to a function.

    It goes when it is full, or at `due`; at `lost` the source gives its messages to others.
    """

    messages: tuple[Received, ...]
    due: float
    lost: float


@dataclass(frozen=True, slots=True)
class StreamBatch:
    """
    Records of a lane on their way to a function. `end` is the last record that is done with when
    this batch is: behind its own come some that the filters did not let through.
    """

    records: tuple[Received, ...]
    end: str
    attempts: int = 0
