"""
What services count of themselves, in memory until the minute's figures are written.

Adding a sample is appending to a list, so that the hottest paths can afford it. The figures go to
the store some seconds after the first sample, and before anybody reads them; while nothing is
counted nothing wakes up. Like AWS's, they are best effort: what was counted in the last seconds
before a `kill -9` is lost.

Only for the event loop: a transaction, which may be run again, announces a `Counted` instead.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from lambent.storage.delayed_write import DelayedWrite

_WRITE_AFTER_SECONDS = 5.0
_MINUTE = 60.0

Dimensions = tuple[tuple[str, str], ...]
Sheet = defaultdict[str, list[float]]


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """
    What something is counted about. Made once and kept, as it is looked up by its identity.

    Every figure appears under each of the `views`, sets of dimensions in the order of their names.
    """

    account: str
    region: str
    namespace: str
    views: tuple[Dimensions, ...]
    # Of the metrics that are no plain count.
    units: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Figures:
    """What was counted of one metric in the minute that begins at `start`."""

    subject: Subject
    metric: str
    start: float
    samples: Sequence[float]

    @property
    def unit(self) -> str:
        return self.subject.units.get(self.metric, "Count")


class Counted(NamedTuple):
    """
    Announced by a transaction: samples, by metric, that count once it is durable.

    A tuple, because there is one for every execution.
    """

    subject: Subject
    at: float
    samples: Mapping[str, float]


class Tape:
    """
    Samples of several metrics that always come together, for what happens most often.

    `add` takes a row: when it was, and then a sample for each of the columns.
    """

    __slots__ = ("_begin", "columns", "rows")

    def __init__(
        self, columns: tuple[tuple[Subject, str], ...], begin: Callable[["Tape"], None]
    ) -> None:
        self.columns = columns
        self.rows: list[tuple[float, ...]] = []
        self._begin = begin

    def add(self, row: tuple[float, ...]) -> None:
        if not self.rows:
            self._begin(self)
        self.rows.append(row)


Keep = Callable[[Sequence[Figures]], Awaitable[None]]


class Metrics:
    def __init__(self, keep: Keep | None = None) -> None:
        self._sheets: dict[tuple[Subject, float], Sheet] = {}
        self._tapes: list[Tape] = []
        self._later = DelayedWrite("figures", _WRITE_AFTER_SECONDS, self._take, keep)

    def sheet(self, subject: Subject, at: float) -> Sheet:
        """
        Where the samples of the minute of `at` go, by metric. Not to be held across an await.

        >>> metrics.sheet(function, began)["Invocations"].append(1.0)
        """
        key = (subject, at // _MINUTE)
        sheet = self._sheets.get(key)
        if sheet is None:
            sheet = self._sheets[key] = defaultdict(list)
            self._later.begin()
        return sheet

    def tape(self, *columns: tuple[Subject, str]) -> Tape:
        """To be kept by whoever adds to it."""
        return Tape(columns, self._begin_tape)

    def count(self, counted: Counted) -> None:
        sheet = self.sheet(counted.subject, counted.at)
        for metric, value in counted.samples.items():
            sheet[metric].append(value)

    async def write(self) -> None:
        """Have all that was counted so far in the store when this answers."""
        await self._later.write()

    async def close(self) -> None:
        """Write what is left; nothing is counted any more."""
        await self.write()
        self.forget()

    def forget(self) -> None:
        self._later.take()

    def _begin_tape(self, tape: Tape) -> None:
        self._tapes.append(tape)
        self._later.begin()

    def _take(self) -> list[Figures]:
        sheets, self._sheets = self._sheets, {}
        figures = [
            Figures(subject, metric, minute * _MINUTE, samples)
            for (subject, minute), sheet in sheets.items()
            for metric, samples in sheet.items()
        ]
        tapes, self._tapes = self._tapes, []
        for tape in tapes:
            rows, tape.rows = tape.rows, []
            figures += _figures(tape.columns, rows)
        return figures


def _figures(
    columns: tuple[tuple[Subject, str], ...], rows: list[tuple[float, ...]]
) -> Iterator[Figures]:
    times, *values = zip(*rows, strict=True)
    first, last = min(times) // _MINUTE, max(times) // _MINUTE
    if first == last:
        for (subject, metric), samples in zip(columns, values, strict=True):
            yield Figures(subject, metric, first * _MINUTE, samples)
        return
    by_minute: defaultdict[float, list[tuple[float, ...]]] = defaultdict(list)
    for row in rows:
        by_minute[row[0] // _MINUTE].append(row)
    for part in by_minute.values():
        yield from _figures(columns, part)
