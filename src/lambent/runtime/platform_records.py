"""
What the platform says of an environment, as records: for the Telemetry API and for JSON logs.

https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html
"""

from dataclasses import dataclass
from typing import Any, Literal

from lambent.runtime.api import FunctionVersion
from lambent.runtime.log_stream import Report, timestamp

Level = Literal["DEBUG", "INFO", "WARN"]
_ORDER = {"DEBUG": 0, "INFO": 1, "WARN": 2}


@dataclass(frozen=True, slots=True)
class PlatformRecord:
    type: str  # "platform.start"
    record: dict[str, Any]
    level: Level = "INFO"

    def at(self, now: float) -> dict[str, Any]:
        return {"time": timestamp(now), "type": self.type, "record": self.record}


def is_logged(record: PlatformRecord, system_log_level: str) -> bool:
    """AWS: INFO unless the function is configured otherwise."""
    return _ORDER[record.level] >= _ORDER.get(system_log_level, _ORDER["INFO"])


def init_start(
    version: FunctionVersion, initialization_type: str, phase: str, log_stream: str
) -> PlatformRecord:
    record = {
        "initializationType": initialization_type,
        "phase": phase,
        "runtimeVersion": version.runtime,
        "runtimeVersionArn": "",
        "functionName": version.function_name,
        "functionVersion": version.version,
        "instanceId": log_stream[-32:],
        "instanceMaxMemory": version.memory_size << 20,
    }
    return PlatformRecord("platform.initStart", record)


def init_runtime_done(
    initialization_type: str, phase: str, status: str, error_type: str = ""
) -> PlatformRecord:
    record = {"initializationType": initialization_type, "phase": phase, "status": status}
    if error_type:
        record["errorType"] = error_type
    return PlatformRecord("platform.initRuntimeDone", record, _by_status(status, "DEBUG"))


def init_report(
    initialization_type: str, phase: str, status: str, duration_ms: float, error_type: str = ""
) -> PlatformRecord:
    record: dict[str, Any] = {
        "initializationType": initialization_type,
        "phase": phase,
        "status": status,
        "metrics": {"durationMs": round(duration_ms, 3)},
    }
    if error_type:
        record["errorType"] = error_type
    well: Level = "DEBUG" if initialization_type == "on-demand" else "INFO"
    return PlatformRecord("platform.initReport", record, _by_status(status, well))


def restore_start(version: FunctionVersion) -> PlatformRecord:
    record = {
        "runtimeVersion": version.runtime,
        "runtimeVersionArn": "",
        "functionName": version.function_name,
        "functionVersion": version.version,
    }
    return PlatformRecord("platform.restoreStart", record)


def restore_report(status: str, duration_ms: float) -> PlatformRecord:
    record = {"status": status, "metrics": {"durationMs": round(duration_ms, 3)}}
    return PlatformRecord("platform.restoreReport", record, _by_status(status, "INFO"))


def start(request_id: str, version: FunctionVersion, trace_header: str | None) -> PlatformRecord:
    record: dict[str, Any] = {
        "requestId": request_id,
        "functionArn": f"{version.arn}:{version.version}",
        "version": version.version,
    }
    return PlatformRecord("platform.start", record | _tracing(trace_header))


def runtime_done(report: Report, produced_bytes: int, trace_header: str | None) -> PlatformRecord:
    status = _status_of(report)
    record: dict[str, Any] = {
        "requestId": report.request_id,
        "status": status,
        "metrics": {
            "durationMs": round(report.duration_ms, 3),
            "producedBytes": produced_bytes,
        },
    }
    if report.error_type:
        record["errorType"] = report.error_type
    record |= _tracing(trace_header)
    return PlatformRecord("platform.runtimeDone", record, _by_status(status, "DEBUG"))


def report(
    told: Report, trace_header: str | None, overhead: tuple[float, float] | None = None
) -> PlatformRecord:
    """`overhead` is what extensions added: since when, and how many milliseconds."""
    status = _status_of(told)
    metrics: dict[str, Any] = {
        "durationMs": round(told.duration_ms, 3),
        "billedDurationMs": told.billed_duration_ms,
        "memorySizeMB": told.memory_size,
        "maxMemoryUsedMB": told.max_memory_used_mb,
    }
    if told.init_duration_ms is not None:
        metrics["initDurationMs"] = round(told.init_duration_ms, 3)
    if told.restore_duration_ms is not None:
        metrics["restoreDurationMs"] = round(told.restore_duration_ms, 3)
    record: dict[str, Any] = {"requestId": told.request_id, "metrics": metrics, "status": status}
    if overhead is not None:
        began, lasted = overhead
        # AWS: so named in the source of its runtime interface emulator; no page lists the spans.
        name = "extensionOverhead"
        span = {"name": name, "start": timestamp(began), "durationMs": round(lasted, 3)}
        record["spans"] = [span]
    if told.error_type:
        record["errorType"] = told.error_type
    record |= _tracing(trace_header)
    return PlatformRecord("platform.report", record, _by_status(status, "INFO"))


def extension(name: str, state: str, events: tuple[str, ...], error_type: str) -> PlatformRecord:
    record: dict[str, Any] = {"name": name, "state": state, "events": list(events)}
    if error_type:
        record["errorType"] = error_type
    return PlatformRecord("platform.extension", record, "WARN" if error_type else "INFO")


def subscription(api: str, name: str, types: frozenset[str]) -> PlatformRecord:
    kind = "telemetrySubscription" if api == "TELEMETRY" else "logsSubscription"
    record = {"name": name, "state": "Subscribed", "types": sorted(types)}
    return PlatformRecord(f"platform.{kind}", record)


def _status_of(report: Report) -> str:
    return report.status or ("failure" if report.failed else "success")


def _by_status(status: str, well: Level) -> Level:
    return well if status == "success" else "WARN"


def _tracing(trace_header: str | None) -> dict[str, Any]:
    if not trace_header:
        return {}
    parts = dict(
        part.strip().partition("=")[::2] for part in trace_header.split(";") if "=" in part
    )
    tracing = {"type": "X-Amzn-Trace-Id", "value": trace_header}
    if "Parent" in parts:
        tracing["spanId"] = parts["Parent"]
    return {"tracing": tracing}
