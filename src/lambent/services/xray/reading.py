"""Traces from the store; what the reading operations share."""

from lambent.core.errors import ValidationFailed
from lambent.core.pages import key_or
from lambent.platform import Context, Params
from lambent.services.xray import store
from lambent.services.xray.errors import InvalidRequest
from lambent.services.xray.traces import Trace
from lambent.storage.database import Tx


def find_trace(tx: Tx, context: Context, trace_id: str) -> Trace | None:
    documents = store.segments(tx, context.account, context.region, trace_id.lower())
    return Trace.parse(trace_id, documents, context.account) if documents else None


def check_window(params: Params, longest_seconds: float, said: str) -> tuple[float, float]:
    """The times that are asked for. Raises InvalidRequest."""
    start, end = params["StartTime"], params["EndTime"]
    if start > end:
        raise InvalidRequest("StartTime must be before EndTime.")
    if end - start > longest_seconds:
        raise InvalidRequest(f"Time range cannot be longer than {said}.")
    return start, end


def key_of(token: str | None, start: list[object]) -> list[object]:
    """The key in a NextToken, or `start`, which is one of the same form."""
    try:
        return key_or(token, start)
    except ValidationFailed:
        raise InvalidRequest("The specified NextToken is invalid.") from None
