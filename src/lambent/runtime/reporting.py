"""
What is told of an invocation that is over: its END with the answer, its REPORT when all is done.

AWS: the duration of an invocation is that of its function and of its extensions, and is not known
until all of them have finished.
https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
"""

import asyncio
import time
from dataclasses import dataclass, replace

from lambent.runtime import outcomes
from lambent.runtime.api import FunctionVersion, Invocation
from lambent.runtime.journal import Journal
from lambent.runtime.log_stream import Report
from lambent.runtime.outcomes import Outcome


@dataclass(frozen=True, slots=True)
class _Owed:
    """A report that waits for the extensions."""

    report: Report
    trace_header: str | None
    answered_at: float  # by the clock of the machine
    began: float  # by that of functions
    runs_on_ms: "asyncio.Future[float]"


class Reporting:
    def __init__(self, version: FunctionVersion, journal: Journal) -> None:
        self._version = version
        self._journal = journal
        self._owed: _Owed | None = None

    def answered(
        self, report: Report, produced: int, trace_header: str | None, *, extended: bool
    ) -> "asyncio.Future[float] | None":
        """
        The function is done. If it is `extended`, its extensions may run on; the answer tells for
        how many milliseconds, when they are done.
        """
        self._journal.done(report, produced, trace_header)
        if not extended:
            self._journal.report(report, trace_header)
            return None
        runs_on: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        began = self._journal.now()
        self._owed = _Owed(report, trace_header, time.perf_counter(), began, runs_on)
        return runs_on

    def all_done(self, reason: str = "spindown", error_type: str = "") -> None:
        """Nothing of the invocation runs any more; `reason` says what has ended it."""
        owed, self._owed = self._owed, None
        if owed is None:
            return
        overhead = (time.perf_counter() - owed.answered_at) * 1000
        report = replace(owed.report, duration_ms=owed.report.duration_ms + overhead)
        if reason == "timeout":
            limit = self._version.timeout
            report = replace(report, duration_ms=limit * 1000.0, status="timeout")
            self._journal.failed(outcomes.timed_out(report.request_id, limit))
        elif reason == "failure":
            report = replace(report, status="error", error_type=error_type)
        self._journal.report(report, owed.trace_header, (owed.began, overhead))
        if not owed.runs_on_ms.done():
            owed.runs_on_ms.set_result(overhead)


def report_of(
    version: FunctionVersion,
    invocation: Invocation,
    outcome: Outcome,
    *,
    elapsed_ms: float,
    init_ms: float | None,
    initialization_type: str,
    memory_mb: int,
) -> Report:
    on_demand = initialization_type == "on-demand"
    restored = initialization_type == "snap-start"
    if outcome.error_type == outcomes.OUT_OF_MEMORY:
        memory_mb = version.memory_size
    return Report(
        invocation.request_id,
        elapsed_ms,
        version.memory_size,
        min(max(memory_mb, 1), version.memory_size),
        init_ms if on_demand else None,
        outcome.status,
        outcome.error_type if outcome.status == "error" else "",
        init_ms if restored else None,
        bool(outcome.error_type),
    )
