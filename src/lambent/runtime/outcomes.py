"""
How an invocation can end, in AWS's words. Pure.
"""

from collections.abc import Callable
from dataclasses import dataclass

import orjson

from lambent.runtime.log_stream import timestamp
from lambent.runtime.sandbox.api import Exit

OUT_OF_MEMORY = "Runtime.OutOfMemory"
LARGEST_ANSWER = 6_291_556  # AWS: 6 MB and a little
_SIGNALS = {
    1: "hangup",
    2: "interrupt",
    3: "quit",
    4: "illegal instruction",
    6: "aborted",
    7: "bus error",
    8: "floating point exception",
    9: "killed",
    11: "segmentation fault",
    13: "broken pipe",
    14: "alarm clock",
    15: "terminated",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    payload: bytes
    error_type: str = ""
    status: str = ""  # of the REPORT line: "", "timeout" or "error"
    log_line: Callable[[float], str] | None = None

    @property
    def function_error(self) -> str | None:
        return "Unhandled" if self.error_type else None


def answered(body: bytes, length: int) -> Outcome:
    if length > LARGEST_ANSWER:
        return _too_large(length)
    return Outcome(body)


def failed(body: bytes, length: int, error_type: str = "") -> Outcome:
    """The bootstrap reports an error that it has described itself."""
    if length > LARGEST_ANSWER:
        return _too_large(length)
    try:
        described = orjson.loads(body)
        kind = described["errorType"] if isinstance(described, dict) else None
    except (orjson.JSONDecodeError, KeyError):
        kind = None
    return Outcome(body, str(kind or error_type or "Unhandled"))


def _too_large(length: int) -> Outcome:
    kind = "Function.ResponseSizeTooLarge"
    message = (
        f"Response payload size ({length} bytes) exceeded maximum allowed payload size"
        f" ({LARGEST_ANSWER} bytes)."
    )
    return Outcome(_error(kind, message), kind, "error", lambda _: f"{message}\n{kind}\n")


def timed_out(request_id: str, timeout: int) -> Outcome:
    words = f"Task timed out after {timeout:.2f} seconds"
    return Outcome(
        _error("Sandbox.Timedout", f"RequestId: {request_id} Error: {words}"),
        "Sandbox.Timedout",
        "timeout",
        lambda now: f"{timestamp(now)} {request_id} {words}\n\n",
    )


def exited(request_id: str, ended: Exit) -> Outcome:
    """The runtime's process has ended by itself, or was ended."""
    if ended.out_of_memory:
        kind, reason = OUT_OF_MEMORY, "Runtime exited with error: signal: killed"
    elif ended.status == 0:
        kind, reason = "Runtime.ExitError", "Runtime exited without providing a reason"
    elif ended.status > 128 and ended.status - 128 in _SIGNALS:
        name = _SIGNALS[ended.status - 128]
        kind, reason = "Runtime.ExitError", f"Runtime exited with error: signal: {name}"
    else:
        kind = "Runtime.ExitError"
        reason = f"Runtime exited with error: exit status {ended.status}"
    message = f"RequestId: {request_id} Error: {reason}"
    line = f"{message}\nRuntime.ExitError\n"
    return Outcome(_error(kind, message), kind, "error", lambda _: line)


def extension_failed(request_id: str, kind: str, reason: str) -> Outcome:
    """An extension that cannot start, or ends before its time, ends the environment."""
    message = f"RequestId: {request_id} Error: {reason}"
    line = f"{message}\n{kind}\n"
    return Outcome(_error(kind, message), kind, "error", lambda _: line)


def init_failed(body: bytes, error_type: str, request_id: str) -> Outcome:
    """
    The runtime, or what starts it, says why there is no handler.

    What AWS says itself, as of an executable that is missing, names the invocation.
    """
    outcome = failed(body, len(body))
    kind = error_type or outcome.error_type
    if kind == "Runtime.InvalidEntrypoint":
        reason = orjson.loads(body)["errorMessage"]
        message = f"RequestId: {request_id} Error: {reason}"
        line = f"{message}\n{kind}\n"
        return Outcome(_error(kind, message), kind, "error", lambda _: line)
    return Outcome(outcome.payload, kind)


def _error(kind: str, message: str) -> bytes:
    return orjson.dumps({"errorType": kind, "errorMessage": message})
