"""
What services count of themselves, in memory until the minute's figures are written.

Adding a sample is appending to a list, so that the hottest paths can afford it. The figures go to
the store some seconds after the first sample, and before anybody reads them; while nothing is
counted nothing wakes up. Like AWS's, they are best effort: what was counted in the last seconds
before a `kill -9` is lost.

Only for the event loop: a transaction, which may be run again, announces a `Counted` instead.
"""

import asyncio
import logging
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from lambent.core.errors import AwsError

_log = logging.getLogger(__name__)

# Real ones. A reader need not wait for them.
_WRITE_AFTER_SECONDS = 5.0
_MINUTE = 60.0

Dimensions = tuple[tuple[str, str], ...]
Sheet = defaultdict[str, list[float]]


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """
    What something is counted about. Made once and kept, as it is looked up by its identity.

    Every figure appears under each of the `views`, sets of dimensions in the order of their names;
    those of some metrics have `views_of` their own.
    """

    account: str
    region: str
    namespace: str
    views: tuple[Dimensions, ...]
    # Of the metrics that are no plain count.
    units: Mapping[str, str]
    views_of: Mapping[str, tuple[Dimensions, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Figures:
    """What was counted of one metric in the minute that begins at `start`: value → how often."""

    subject: Subject
    metric: str
    start: float
    values: Mapping[float, int]

    @property
    def unit(self) -> str:
        return self.subject.units.get(self.metric, "Count")

    @property
    def views(self) -> tuple[Dimensions, ...]:
        return self.subject.views_of.get(self.metric, self.subject.views)


@dataclass(frozen=True, slots=True)
class Counted:
    """Announced by a transaction: samples, by metric, that count once it is durable."""

    subject: Subject
    at: float
    samples: Mapping[str, float]


Keep = Callable[[Sequence[Figures]], Awaitable[None]]


class Metrics:
    def __init__(self, keep: Keep | None = None) -> None:
        self._keep = keep
        self._sheets: dict[tuple[Subject, float], Sheet] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._writing = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    def sheet(self, subject: Subject, at: float) -> Sheet:
        """
        Where the samples of the minute of `at` go, by metric. Not to be held across an await.

        >>> metrics.sheet(function, began)["Invocations"].append(1.0)
        """
        key = (subject, at // _MINUTE)
        sheet = self._sheets.get(key)
        if sheet is None:
            sheet = self._sheets[key] = defaultdict(list)
            if self._timer is None:
                loop = asyncio.get_running_loop()
                self._timer = loop.call_later(_WRITE_AFTER_SECONDS, self._write_soon)
        return sheet

    def count(self, counted: Counted) -> None:
        sheet = self.sheet(counted.subject, counted.at)
        for metric, value in counted.samples.items():
            sheet[metric].append(value)

    async def write(self) -> None:
        """Have all that was counted so far in the store when this answers."""
        async with self._writing:
            figures = self._take()
            if not figures or self._keep is None:
                return
            try:
                await self._keep(figures)
            except AwsError as error:
                # A full disk, say. Nothing that works waits for its figures.
                _log.warning("figures of %d metrics are lost: %s", len(figures), error)

    async def close(self) -> None:
        """Write what is left; nothing is counted any more."""
        await self.write()
        self.forget()

    def forget(self) -> None:
        self._sheets.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _write_soon(self) -> None:
        self._timer = None
        self._task = asyncio.get_running_loop().create_task(self.write())

    def _take(self) -> list[Figures]:
        sheets, self._sheets = self._sheets, {}
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        return [
            Figures(subject, metric, minute * _MINUTE, Counter(samples))
            for (subject, minute), sheet in sheets.items()
            for metric, samples in sheet.items()
        ]
