"""
What X-Ray hears of an invoke: the service's segment, and the function's below it.

https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import orjson

from lambent.platform import Context
from lambent.runtime.api import FunctionVersion, InvocationResult
from lambent.services.lambda_.events import Attempts
from lambent.traces import Recorded, TraceContext, Traces, new_root, parse_header

End = Callable[[InvocationResult | None], None]


@dataclass(frozen=True, slots=True)
class Traced:
    """An invoke that is traced, from when it was asked for."""

    context: Context
    version: FunctionVersion
    request_id: str
    invoked_arn: str
    trace: TraceContext
    service_id: str
    function_id: str
    invocation_id: str
    began: float
    attempts: Attempts | None  # of an asynchronous invoke: those before

    def header(self, untraced: str) -> str:
        """The header that the function runs with: what it records extends its Invocation."""
        own = {"Root", "Parent", "Sampled"}
        rest = [part for part in untraced.split(";") if part.partition("=")[0] not in own]
        return ";".join([self.trace.header(self.invocation_id), *rest])

    def ending(self, end: End) -> End:
        """The same end, that records the segments too."""

        def end_and_record(result: InvocationResult | None) -> None:
            end(result)
            if result is not None:
                for document in documents(self, result, self.context.clock.now()):
                    self.context.platform.traces.record(
                        Recorded(self.version.account, self.version.region, document)
                    )

        return end_and_record


def find_traced(
    context: Context,
    version: FunctionVersion,
    given: str | None,
    header: str,
    *,
    request_id: str,
    invoked_arn: str,
    attempts: Attempts | None,
) -> Traced | None:
    """
    None where the invoke is not traced; `header` is what the function would run with then.

    AWS: what the caller has decided stands; only Active functions decide by themselves.
    """
    active = version.tracing_mode == "Active"
    if not (active or (given is not None and "Sampled=1" in given)):
        return None
    asked = parse_header(given) or TraceContext("")
    traces: Traces = context.platform.traces
    now = context.clock.now()
    sampled = asked.sampled
    if sampled is None:
        sampled = active and traces.samples(version.arn, now)
    root = asked.root or getattr(parse_header(header), "root", "")
    if not sampled or not root:
        return None
    traces.expect(root, version.account, version.region)
    trace = TraceContext(root, asked.parent, True)
    return Traced(
        context,
        version,
        request_id,
        invoked_arn,
        trace,
        service_id=secrets.token_hex(8) if attempts is None else _id_of(request_id),
        function_id=secrets.token_hex(8),
        invocation_id=secrets.token_hex(8),
        began=now,
        attempts=attempts,
    )


def decided(
    context: Context, version: FunctionVersion | None, given: str | None, request_id: str
) -> str | None:
    """The trace header of an accepted event: all of its attempts are one trace, or none."""
    if version is None or version.tracing_mode != "Active":
        return given
    asked, now = parse_header(given), context.clock.now()
    if asked is not None and asked.sampled is not None:
        return given
    sampled = int(context.platform.traces.samples(version.arn, now))
    before = given if asked is not None else f"Root={new_root(now, request_id)}"
    return f"{before};Sampled={sampled}"


def _id_of(request_id: str, part: str = "") -> str:
    """The same for every attempt, so that the last one says how the event has ended."""
    return sha256(f"{request_id}/{part}".encode()).hexdigest()[:16]


def documents(traced: Traced, result: InvocationResult, now: float) -> list[dict[str, Any]]:
    """The two segments of an invoke that has ended."""
    initialized = (result.init_duration_ms or result.restore_duration_ms or 0.0) / 1_000
    ran = result.duration_ms / 1_000
    began = traced.began
    # The platform's clock may stand still or have been moved; what was measured has been.
    ended = max(now, began + initialized + ran)
    overhead = ended - began - initialized - ran
    failed = result.function_error is not None
    function = _part(traced, traced.function_id, began, ended)
    function |= {
        "parent_id": traced.service_id,
        "origin": "AWS::Lambda::Function",
        "resource_arn": traced.version.arn,
        "aws": {
            "account_id": traced.version.account,
            "function_arn": traced.version.arn,
            "resource_names": [traced.version.function_name],
        },
        "subsegments": _phases(traced, result, initialized, ended - overhead, ended),
    }
    service = _part(traced, traced.service_id, began, ended)
    service |= {
        "origin": "AWS::Lambda",
        "resource_arn": traced.invoked_arn,
        "http": {"response": {"status": 200}},
        "aws": {"request_id": traced.request_id, "account_id": traced.version.account},
    }
    if traced.trace.parent:
        service["parent_id"] = traced.trace.parent
    if failed:
        # AWS: of the service it is the caller's error, as it was asked to run this.
        service["error"] = True
        function |= {"fault": True, "cause": _cause(result.payload)}
    if traced.attempts is None:
        return [service, function]
    return [service, function, *_attempt(traced, traced.attempts, service, function)]


def _attempt(
    traced: Traced, attempts: Attempts, service: dict[str, Any], function: dict[str, Any]
) -> list[dict[str, Any]]:
    """AWS: how long an event has waited, and each attempt, below the service's segment."""
    number = attempts.failures + 1
    service |= {"start_time": attempts.accepted, "http": {"response": {"status": 202}}}
    below = {"type": "subsegment", "parent_id": traced.service_id}
    attempt = {
        **_part(traced, _id_of(traced.request_id, f"attempt/{number}"), traced.began, 0.0),
        **below,
        "name": f"Attempt #{number}",
        "end_time": function["end_time"],
    }
    if "fault" in function:
        attempt["error"] = True
    function["parent_id"] = attempt["id"]
    if attempts.failures:
        return [attempt]
    waited = _part(traced, _id_of(traced.request_id, "dwell"), attempts.accepted, traced.began)
    return [{**waited, **below, "name": "Dwell Time"}, attempt]


def _part(traced: Traced, segment_id: str, began: float, ended: float) -> dict[str, Any]:
    return {
        "id": segment_id,
        "trace_id": traced.trace.root,
        "name": traced.version.function_name,
        "start_time": began,
        "end_time": ended,
    }


def _phases(
    traced: Traced, result: InvocationResult, initialized: float, done: float, ended: float
) -> list[dict[str, Any]]:
    began = traced.began
    first = "Restore" if result.restore_duration_ms else "Initialization"
    phases = [
        (traced.invocation_id, "Invocation", began + initialized, done),
        (secrets.token_hex(8), "Overhead", done, ended),
    ]
    if initialized:
        phases.insert(0, (secrets.token_hex(8), first, began, began + initialized))
    return [
        {
            "id": phase_id,
            "name": name,
            "start_time": start,
            "end_time": end,
            "aws": {"function_arn": traced.version.arn},
        }
        for phase_id, name, start, end in phases
    ]


def _cause(payload: bytes) -> dict[str, Any]:
    try:
        told = orjson.loads(payload)
    except orjson.JSONDecodeError:
        told = None
    if not isinstance(told, dict):
        told = {}
    exception = {
        "id": secrets.token_hex(8),
        "type": str(told.get("errorType", "Unhandled"))[:1_000],
        "message": str(told.get("errorMessage", ""))[:1_000],
    }
    return {"exceptions": [exception]}
