"""
The Lambda Runtime API as a pure machine: told what a runtime asks, says what to answer.

    starting ──next──▶ waiting ──give──▶ busy ──response or error──▶ answered ──next──▶ waiting

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import base64
import binascii
from dataclasses import dataclass, field
from typing import Literal

from lambent.runtime.http_messages import Head
from lambent.runtime.interface import (
    Effect,
    Erred,
    InitErred,
    Reply,
    Responded,
    RuntimeWaits,
    StreamBegan,
    StreamEnded,
    StreamPart,
    accepted,
    not_found,
    refused,
)
from lambent.runtime.outcomes import LARGEST_ANSWER

PREFIX = "/2018-06-01/runtime/"
# Longer bodies are counted and dropped.
LONGEST_BODY = 7 << 20
_ERROR_TYPE = "lambda-runtime-function-error-type"
_ERROR_BODY = "lambda-runtime-function-error-body"
_MODE = "lambda-runtime-function-response-mode"
_ANY_TYPE = "application/octet-stream"

State = Literal["starting", "waiting", "busy", "answered"]
# AWS: the names of the states in its errors.
_AWS_STATES = {
    "starting": "Started",
    "waiting": "Ready",
    "busy": "Running",
    "answered": "InvocationResponse",
}


@dataclass(slots=True)
class _Request:
    """A request that is being received."""

    head: Head
    body: bytearray = field(default_factory=bytearray)
    length: int = 0
    streams: bool = False
    answered: bool = False


class RuntimeApi:
    def __init__(self) -> None:
        self.state: State = "starting"
        self._waiting: int | None = None
        self._request_id = ""
        self._requests: dict[int, _Request] = {}

    def give(
        self, request_id: str, headers: tuple[tuple[str, str], ...], payload: bytes
    ) -> list[Reply]:
        """Answer the runtime that waits with an invocation."""
        self._request_id = request_id
        self.state = "busy"
        exchange, self._waiting = self._waiting, None
        if exchange is None:
            return []
        return [Reply(exchange, 200, payload, headers)]

    # The three moments of a request.

    def begin(self, exchange: int, head: Head) -> list[Effect]:
        request = self._requests[exchange] = _Request(head)
        if head.method == "POST" and head.path.endswith("/response") and self._is_awaited(head):
            request.streams = head.headers.get(_MODE, "").lower() == "streaming"
            if request.streams:
                self.state = "answered"
                return [StreamBegan(head.headers.get("content-type", _ANY_TYPE))]
        return []

    def receive(self, exchange: int, content: bytes) -> list[Effect]:
        request = self._requests[exchange]
        if request.streams:
            return [StreamPart(content)]
        request.length += len(content)
        if request.length <= LONGEST_BODY:
            request.body += content
        return []

    def finish(self, exchange: int, trailers: dict[str, str]) -> list[Effect]:
        request = self._requests.pop(exchange)
        if request.streams:
            return [accepted(exchange), _stream_end(trailers)]
        match request.head.method, request.head.path.removeprefix(PREFIX).split("/"):
            case "GET", ["invocation", "next"]:
                return self._next(exchange)
            case "POST", ["invocation", request_id, "response"]:
                return self._response(exchange, request, request_id)
            case "POST", ["invocation", request_id, "error"]:
                return self._error(exchange, request, request_id)
            case "POST", ["init", "error"]:
                return self._init_error(exchange, request)
            case _:
                return [not_found(exchange)]

    def lose(self, exchange: int) -> list[Effect]:
        """The connection has ended in the middle of a request, or while it waited."""
        if exchange == self._waiting:
            self._waiting = None
        request = self._requests.pop(exchange, None)
        if request is not None and request.streams:
            message = b'{"errorType":"Runtime.TruncatedResponse","errorMessage":""}'
            return [StreamEnded(message, "Runtime.TruncatedResponse")]
        return []

    # What each may ask.

    def _next(self, exchange: int) -> list[Effect]:
        if self.state == "busy":
            return [self._not_now(exchange, "Ready")]
        again = self.state == "waiting"
        self.state, self._waiting = "waiting", exchange
        return [] if again else [RuntimeWaits()]

    def _is_awaited(self, head: Head) -> bool:
        return (
            self.state == "busy" and head.path == f"{PREFIX}invocation/{self._request_id}/response"
        )

    def _response(self, exchange: int, request: _Request, request_id: str) -> list[Effect]:
        refusal = self._refusal(exchange, request_id, "InvocationResponse")
        if refusal is not None:
            return [refusal]
        self.state = "answered"
        answered = Responded(bytes(request.body), request.length)
        if request.length > LARGEST_ANSWER:
            # AWS: the invocation fails of it, and the runtime is told as well.
            words = f"Exceeded maximum allowed payload size ({LARGEST_ANSWER} bytes)."
            return [refused(exchange, 413, "RequestEntityTooLarge", words), answered]
        return [accepted(exchange), answered]

    def _error(self, exchange: int, request: _Request, request_id: str) -> list[Effect]:
        refusal = self._refusal(exchange, request_id, "InvocationErrorResponse")
        if refusal is not None:
            return [refusal]
        self.state = "answered"
        kind = request.head.headers.get(_ERROR_TYPE, "")
        return [accepted(exchange), Erred(bytes(request.body), request.length, kind)]

    def _init_error(self, exchange: int, request: _Request) -> list[Effect]:
        if self.state != "starting":
            return [self._not_now(exchange, "InitError")]
        kind = request.head.headers.get(_ERROR_TYPE, "")
        return [accepted(exchange), InitErred(bytes(request.body), kind)]

    def _refusal(self, exchange: int, request_id: str, wanted: str) -> Reply | None:
        if self.state != "busy":
            return self._not_now(exchange, wanted)
        if request_id != self._request_id:
            return refused(exchange, 400, "InvalidRequestID", "Invalid request ID")
        return None

    def _not_now(self, exchange: int, wanted: str) -> Reply:
        words = (
            f"State transition from {_AWS_STATES[self.state]} to {wanted} failed for runtime."
            " Error: State transition is not allowed"
        )
        return refused(exchange, 403, "InvalidStateTransition", words)


def _stream_end(trailers: dict[str, str]) -> StreamEnded:
    """AWS: a stream that fails says so in trailers; the error is in base64."""
    kind = trailers.get(_ERROR_TYPE, "")
    if not kind and _ERROR_BODY not in trailers:
        return StreamEnded()
    try:
        error = base64.b64decode(trailers.get(_ERROR_BODY, ""), validate=True)
    except binascii.Error:
        error = b""
    return StreamEnded(error, kind or "Unhandled")
