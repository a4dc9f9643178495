"""
The words between a function and the Lambda service that all of its HTTP interfaces share.

A request comes as a head, parts and an end (`http_messages.py`); the interfaces answer with
replies and tell what has happened. All of it is pure.
"""

from dataclasses import dataclass
from typing import Literal

import orjson


@dataclass(frozen=True, slots=True)
class Reply:
    """Answer the request of an exchange."""

    exchange: int
    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "application/json"),)


# What the runtime has done.


@dataclass(frozen=True, slots=True)
class RuntimeWaits:
    """It asks for the next invocation."""


@dataclass(frozen=True, slots=True)
class Responded:
    """`length` is the true one; `body` is cut when it is beyond every limit."""

    body: bytes
    length: int


@dataclass(frozen=True, slots=True)
class Erred:
    """The handler failed; `error_type` is what the runtime says in the header."""

    body: bytes
    length: int
    error_type: str


@dataclass(frozen=True, slots=True)
class InitErred:
    body: bytes
    error_type: str


@dataclass(frozen=True, slots=True)
class StreamBegan:
    content_type: str


@dataclass(frozen=True, slots=True)
class StreamPart:
    content: bytes


@dataclass(frozen=True, slots=True)
class StreamEnded:
    """`error` is the body of an error that came after the first part."""

    error: bytes | None = None
    error_type: str = ""


# What extensions have done.


@dataclass(frozen=True, slots=True)
class Registered:
    name: str
    events: tuple[str, ...]
    external: bool


@dataclass(frozen=True, slots=True)
class ExtensionWaits:
    name: str


@dataclass(frozen=True, slots=True)
class ExtensionErred:
    name: str
    phase: Literal["init", "exit"]
    error_type: str


@dataclass(frozen=True, slots=True)
class Subscribed:
    name: str
    api: Literal["TELEMETRY", "LOGS"]
    subscription: "Subscription"


@dataclass(frozen=True, slots=True)
class Subscription:
    """https://docs.aws.amazon.com/lambda/latest/dg/telemetry-api-reference.html"""

    protocol: str  # "HTTP" or "TCP"
    port: int
    path: str
    method: str
    types: frozenset[str]
    schema_version: str
    timeout_ms: int = 1000
    max_bytes: int = 262_144
    max_items: int = 10_000


Happening = (
    RuntimeWaits
    | Responded
    | Erred
    | InitErred
    | StreamBegan
    | StreamPart
    | StreamEnded
    | Registered
    | ExtensionWaits
    | ExtensionErred
    | Subscribed
)
Effect = Reply | Happening


def accepted(exchange: int) -> Reply:
    return Reply(exchange, 202, b'{"status":"OK"}\n')


def refused(exchange: int, status: int, kind: str, message: str) -> Reply:
    body = orjson.dumps({"errorMessage": message, "errorType": kind})
    return Reply(exchange, status, body)


def not_found(exchange: int) -> Reply:
    return Reply(exchange, 404, b"404 page not found\n", (("Content-Type", "text/plain"),))
