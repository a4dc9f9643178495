"""What each child is given: one item, or as many as its batch may hold; pure."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lambent.languages.asl.data import LIMIT, write
from lambent.languages.asl.failures import StateFailed

_MOST_BYTES = LIMIT


@dataclass(frozen=True, slots=True)
class Batch:
    """A child's input, and how many items are in it."""

    input: str
    items: int


def batches(
    count: int, text_of: Callable[[int], str], batcher: Mapping[str, Any] | None, *, ended: bool
) -> Iterator[Batch]:
    """
    The inputs that `count` items make; `text_of` gives an item as JSON text.

    Unless the items have ended with these, a batch that might hold more is not given.
    """
    if batcher is None:
        for index in range(count):
            text = text_of(index)
            _check_size(text)
            yield Batch(text, 1)
        return
    yield from _gathered(count, text_of, batcher, ended)


def _gathered(
    count: int, text_of: Callable[[int], str], batcher: Mapping[str, Any], ended: bool
) -> Iterator[Batch]:
    most_items = int(batcher.get("MaxItemsPerBatch") or 0) or count + 1
    most_bytes = min(int(batcher.get("MaxInputBytesPerBatch") or 0) or _MOST_BYTES, _MOST_BYTES)
    common = f'"BatchInput":{write(batcher["BatchInput"])},' if "BatchInput" in batcher else ""
    around = len(f'{{{common}"Items":[]}}'.encode())
    gathered: list[str] = []
    size = around
    for index in range(count):
        text = text_of(index)
        more = len(text.encode()) + (1 if gathered else 0)
        if gathered and size + more > most_bytes:
            yield _batch(common, gathered)
            gathered, size, more = [], around, len(text.encode())
        if size + more > most_bytes:
            raise StateFailed(
                "States.DataLimitExceeded",
                "The size of an item exceeds the maximum input size of a batch.",
                explained=False,
            )
        gathered.append(text)
        size += more
        if len(gathered) == most_items:
            yield _batch(common, gathered)
            gathered, size = [], around
    if gathered and ended:
        yield _batch(common, gathered)


def _batch(common: str, gathered: list[str]) -> Batch:
    return Batch(f'{{{common}"Items":[{",".join(gathered)}]}}', len(gathered))


def _check_size(text: str) -> None:
    if len(text) > LIMIT // 4 and len(text.encode()) > LIMIT:
        raise StateFailed(
            "States.DataLimitExceeded",
            "The input of a child execution exceeds the maximum number of bytes service limit.",
            explained=False,
        )
