"""
What an invocation of a durable function has answered. Pure.

The SDK answers `{"Status": "SUCCEEDED" | "FAILED" | "PENDING", "Result": …, "Error": …}`.
"""

from dataclasses import dataclass
from typing import Any

import orjson

from lambent.runtime.api import InvocationResult
from lambent.services.lambda_.durable import rules
from lambent.services.lambda_.durable.records import ErrorObject, Execution
from lambent.services.lambda_.errors import InvalidParameterValue

_ERROR_MEMBERS = {
    "errorMessage": "ErrorMessage",
    "errorType": "ErrorType",
    "errorData": "ErrorData",
}


@dataclass(frozen=True, slots=True)
class Ended:
    """The execution has ended; `error` is None where it has succeeded."""

    result: str | None = None
    error: ErrorObject | None = None
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Suspended:
    """The function waits for something."""


@dataclass(frozen=True, slots=True)
class Broke:
    """The invocation failed, which is tried again: a crash, a time-out, an error let through."""

    error: ErrorObject


@dataclass(frozen=True, slots=True)
class Refused:
    """The invocation did not begin: throttled, not ready, or a fault of the platform."""


Answer = Ended | Suspended | Broke | Refused


def answer_of(execution: Execution, result: InvocationResult) -> Answer:
    """The meaning of an invocation's result."""
    if result.function_error is not None:
        return Broke(error_of_function(result.payload))
    try:
        return _read(execution, _object(result.payload))
    except InvalidParameterValue as wrong:
        # AWS: such an answer would be the same again, so the execution has failed.
        return Ended(error=error_of(wrong.code, wrong.message), failed=True)


def without_pending(error_type: str = "InvalidParameterValueException") -> ErrorObject:
    """PENDING, where there is nothing to wait for."""
    return error_of(error_type, "Cannot return PENDING status with no pending operations.")


def error_of(error_type: str, message: str) -> ErrorObject:
    return {"ErrorType": error_type, "ErrorMessage": message}


def error_of_function(payload: bytes) -> ErrorObject:
    """The error that a function has ended with, as an ErrorObject."""
    try:
        told = orjson.loads(payload)
    except orjson.JSONDecodeError:
        told = None
    if not isinstance(told, dict):
        return {"ErrorMessage": payload.decode(errors="replace")}
    error: ErrorObject = {
        member: str(told[name]) for name, member in _ERROR_MEMBERS.items() if told.get(name)
    }
    # Python says `stackTrace`, Node.js `trace`.
    trace = told.get("stackTrace") or told.get("trace")
    if isinstance(trace, list):
        error["StackTrace"] = [str(line) for line in trace]
    return error


def error_payload(error: ErrorObject) -> bytes:
    """The error of an execution as the one who waits for it is told."""
    told = {name: error[member] for name, member in _ERROR_MEMBERS.items() if member in error}
    if "StackTrace" in error:
        told["stackTrace"] = error["StackTrace"]
    return orjson.dumps(told)


def _object(payload: bytes) -> dict[str, Any]:
    try:
        told = orjson.loads(payload)
    except orjson.JSONDecodeError:
        told = None
    if not isinstance(told, dict):
        raise InvalidParameterValue("Invalid Status in invocation output.")
    return told


def _read(execution: Execution, told: dict[str, Any]) -> Answer:
    result, error = told.get("Result"), told.get("Error")
    match told.get("Status"):
        case "SUCCEEDED":
            if error is not None:
                raise InvalidParameterValue("Cannot provide an Error for SUCCEEDED status.")
            if result is not None and not isinstance(result, str):
                raise InvalidParameterValue("Invalid Result in invocation output.")
            rules.check_output_size(execution, len((result or "").encode()))
            return Ended(result=result)
        case "FAILED":
            if result is not None:
                raise InvalidParameterValue("Cannot provide a Result for FAILED status.")
            return Ended(error=_error(error), failed=True)
        case "PENDING":
            return Suspended()
    raise InvalidParameterValue("Invalid Status in invocation output.")


def _error(told: object) -> ErrorObject:
    """Only what an ErrorObject can hold: it is written by the model later."""
    if told is None:
        return {}
    if not isinstance(told, dict):
        raise InvalidParameterValue("Invalid Error in invocation output.")
    error: ErrorObject = {
        member: str(told[member]) for member in _ERROR_MEMBERS.values() if told.get(member)
    }
    if isinstance(told.get("StackTrace"), list):
        error["StackTrace"] = [str(line) for line in told["StackTrace"]]
    return error
