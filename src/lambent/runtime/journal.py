"""
What the platform writes into a function's log, in the format that the function has, and tells
those who subscribed to it.
"""

from collections.abc import Callable

import orjson

from lambent.runtime import log_stream as lines
from lambent.runtime import platform_records as records
from lambent.runtime.api import FunctionVersion
from lambent.runtime.log_stream import LogStream, Report
from lambent.runtime.outcomes import Outcome
from lambent.runtime.platform_records import PlatformRecord

Tell = Callable[[PlatformRecord], None]


class Journal:
    def __init__(
        self, version: FunctionVersion, log: LogStream, now: Callable[[], float], kind: str
    ) -> None:
        self._version = version
        self._log = log
        self.now = now
        self._initialization_type = kind
        self._is_json = version.log_format == "JSON"
        self.tell: Tell | None = None  # set when somebody has subscribed
        self._told_early: list[PlatformRecord] | None = []

    def subscribed(self, tell: Tell) -> None:
        """Who subscribes during the Init phase also hears what came before."""
        self.tell = tell
        for record in self._told_early or ():
            tell(record)

    def nobody_subscribes(self) -> None:
        """The Init phase is over: what was kept for a subscriber can go."""
        self._told_early = None

    def _say(self, record: PlatformRecord, text: str, *, in_tail: bool = True) -> None:
        if not self._is_json:
            if text:
                self._log.say(text, in_tail=in_tail)
        elif records.is_logged(record, self._version.system_log_level):
            written = orjson.dumps(record.at(self.now())).decode() + "\n"
            self._log.say(written, in_tail=in_tail)
        if self._told_early is not None:
            self._told_early.append(record)
        if self.tell is not None:
            self.tell(record)

    def init_start(self, phase: str) -> None:
        record = records.init_start(self._version, self._initialization_type, phase, self._log.name)
        self._say(record, lines.init_start_line(self._version), in_tail=False)

    def init_done(self, duration_ms: float) -> None:
        kind = self._initialization_type
        self._say(records.init_runtime_done(kind, "init", "success"), "")
        self._say(records.init_report(kind, "init", "success", duration_ms), "")

    def init_failed(self, phase: str, duration_ms: float, error_type: str) -> None:
        timed_out = error_type == "Sandbox.Timedout"
        status = "timeout" if timed_out else "error"
        shown = "" if timed_out else error_type
        kind = self._initialization_type
        self._say(records.init_runtime_done(kind, phase, status, error_type), "")
        record = records.init_report(kind, phase, status, duration_ms, error_type)
        self._say(record, lines.init_report_line(duration_ms, phase, status, shown))

    def restored(self, duration_ms: float) -> None:
        self._say(records.restore_start(self._version), lines.restore_start_line(self._version))
        record = records.restore_report("success", duration_ms)
        self._say(record, lines.restore_report_line(duration_ms))

    def start(self, request_id: str, trace_header: str | None) -> None:
        if self._is_json or self._told_early is not None or self.tell is not None:
            record = records.start(request_id, self._version, trace_header)
            self._say(record, lines.start_line(request_id, self._version.version))
        else:
            self._log.say(lines.start_line(request_id, self._version.version))

    def failed(self, outcome: Outcome) -> None:
        """A line about a failure, which JSON logs have in their report."""
        if outcome.log_line is not None and not self._is_json:
            self._log.say(outcome.log_line(self.now()))

    def done(self, report: Report, produced_bytes: int, trace_header: str | None) -> None:
        if self._is_json or self.tell is not None:
            record = records.runtime_done(report, produced_bytes, trace_header)
            self._say(record, lines.end_line(report.request_id))
        else:
            self._log.say(lines.end_line(report.request_id))

    def report(
        self, report: Report, trace_header: str | None, overhead: tuple[float, float] | None = None
    ) -> None:
        """`overhead` is what its extensions added: since when, and how many milliseconds."""
        if self._is_json or self.tell is not None:
            record = records.report(report, trace_header, overhead)
            self._say(record, lines.report_line(report))
        else:
            self._log.say(lines.report_line(report))

    def extension(
        self, name: str, state: str, events: tuple[str, ...], error_type: str = ""
    ) -> None:
        text = f"EXTENSION\tName: {name}\tState: {state}\tEvents: [{', '.join(events)}]"
        text += f"\tError Type: {error_type}\n" if error_type else "\n"
        self._say(records.extension(name, state, events, error_type), text)

    def subscription(self, api: str, name: str, types: frozenset[str]) -> None:
        shown = ", ".join(kind.capitalize() for kind in sorted(types))
        text = f"{api}\tName: {name}\tState: Subscribed\tTypes: [{shown}]\n"
        self._say(records.subscription(api, name, types), text)
