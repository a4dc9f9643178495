"""
The Extensions, Telemetry and Logs APIs as a pure machine: told what extensions ask.

    registered ──next──▶ waiting ──event──▶ busy ──next──▶ waiting

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import orjson

from lambent.runtime.api import Invocation
from lambent.runtime.http_messages import Head
from lambent.runtime.interface import (
    Effect,
    ExtensionErred,
    ExtensionWaits,
    Registered,
    Reply,
    Subscribed,
    Subscription,
    accepted,
    not_found,
    refused,
)

PREFIX = "/2020-01-01/extension/"
LOGS = "/2020-08-15/logs"
TELEMETRY = "/2022-07-01/telemetry"
_LONGEST_BODY = 1 << 20
_MOST_EXTENSIONS = 10  # AWS: external and internal together
_EVENTS = frozenset(("INVOKE", "SHUTDOWN"))
_TYPES = frozenset(("platform", "function", "extension"))
_IDENTIFIER = "lambda-extension-identifier"
_ERROR_TYPE = "lambda-extension-function-error-type"


@dataclass(slots=True)
class Extension:
    name: str
    identifier: str
    external: bool
    events: frozenset[str]
    waiting: int | None = None  # the exchange that waits for an event
    is_ready: bool = False  # it has asked for its next event
    pending: dict[str, Any] | None = None  # an event that it has not asked for yet


@dataclass(frozen=True, slots=True)
class Identity:
    """What a registered extension is told of its function."""

    function_name: str
    function_version: str
    handler: str
    account: str


class ExtensionsApi:
    def __init__(
        self, identity: Identity, external: frozenset[str], new_id: Callable[[], str]
    ) -> None:
        self._identity = identity
        self._external = external
        self._new_id = new_id
        self._extensions: dict[str, Extension] = {}  # by identifier
        self._bodies: dict[int, tuple[Head, bytearray]] = {}
        self.closed = False  # AWS: nobody registers once the function has been initialised

    @property
    def registered(self) -> list[Extension]:
        return list(self._extensions.values())

    @property
    def all_have_registered(self) -> bool:
        """Whether every executable in /opt/extensions has."""
        return self._external <= {one.name for one in self._extensions.values() if one.external}

    @property
    def all_wait(self) -> bool:
        return self.all_have_registered and all(one.is_ready for one in self._extensions.values())

    def hears_of(self, kind: str) -> bool:
        """Is there somebody who wants such events?"""
        return any(kind in extension.events for extension in self._extensions.values())

    def publish(self, kind: str, event: dict[str, Any]) -> list[Reply]:
        """An event for all that want such; those that do not wait get it with their next."""
        replies = []
        for extension in self._extensions.values():
            if kind in extension.events:
                exchange, extension.waiting = extension.waiting, None
                extension.is_ready = False
                told = {"eventType": kind, **event}
                if exchange is None:
                    extension.pending = told
                else:
                    replies.append(self._event(exchange, told))
        return replies

    def begin(self, exchange: int, head: Head) -> list[Effect]:
        self._bodies[exchange] = (head, bytearray())
        return []

    def receive(self, exchange: int, content: bytes) -> list[Effect]:
        body = self._bodies[exchange][1]
        if len(body) + len(content) <= _LONGEST_BODY:
            body += content
        return []

    def finish(self, exchange: int, trailers: dict[str, str]) -> list[Effect]:
        head, body = self._bodies.pop(exchange)
        if head.method == "PUT" and head.path in (LOGS, TELEMETRY):
            return self._subscribe(exchange, head, bytes(body))
        match head.method, head.path.removeprefix(PREFIX).split("/"):
            case "POST", ["register"]:
                return self._register(exchange, head, bytes(body))
            case "GET", ["event", "next"]:
                return self._next(exchange, head)
            case "POST", ["init", "error"]:
                return self._error(exchange, head, "init")
            case "POST", ["exit", "error"]:
                return self._error(exchange, head, "exit")
            case _:
                return [not_found(exchange)]

    def lose(self, exchange: int) -> list[Effect]:
        self._bodies.pop(exchange, None)
        for extension in self._extensions.values():
            if extension.waiting == exchange:
                extension.waiting = None
        return []

    # What each may ask.

    def _register(self, exchange: int, head: Head, body: bytes) -> list[Effect]:
        name = head.headers.get("lambda-extension-name", "")
        asked = _json(body)
        if not name:
            return [_refused(exchange, "InvalidExtensionName", "Empty extension name")]
        if asked is None:
            return [_refused(exchange, "InvalidRequestFormat", "Invalid request format")]
        events = frozenset(asked.get("events") or ())
        external = name in self._external
        known = any(one.name == name for one in self._extensions.values())
        if self.closed or known:
            words = f"Extension.InvalidState: {name} cannot register now"
            return [_refused(exchange, "Extension.InvalidExtensionState", words, 403)]
        if not events <= _EVENTS:
            unknown = sorted(map(str, events - _EVENTS))[0]
            return [_refused(exchange, "Extension.InvalidEventType", f"{unknown}: No such event")]
        if not external and "SHUTDOWN" in events:
            words = "SHUTDOWN: Event not allowed for internal extensions"
            return [_refused(exchange, "ShutdownEventNotSupportedForInternalExtension", words)]
        if len(self._extensions) >= _MOST_EXTENSIONS:
            words = f"Extension limit ({_MOST_EXTENSIONS}) reached"
            return [_refused(exchange, "Extension.TooManyExtensions", words)]
        extension = Extension(name, self._new_id(), external, events)
        self._extensions[extension.identifier] = extension
        features = head.headers.get("lambda-extension-accept-feature", "")
        headers = (
            ("Content-Type", "application/json"),
            ("Lambda-Extension-Identifier", extension.identifier),
        )
        return [
            Reply(exchange, 200, self._identity_body("accountId" in features), headers),
            Registered(name, tuple(sorted(events)), external),
        ]

    def _identity_body(self, with_account: bool) -> bytes:
        identity = self._identity
        told = {
            "functionName": identity.function_name,
            "functionVersion": identity.function_version,
            "handler": identity.handler,
        }
        if with_account:
            told["accountId"] = identity.account
        return orjson.dumps(told)

    def _next(self, exchange: int, head: Head) -> list[Effect]:
        extension = self._known(head)
        if isinstance(extension, str):
            return [_unknown(exchange, extension)]
        if extension.pending is not None:
            told, extension.pending = extension.pending, None
            return [self._event(exchange, told)]
        extension.waiting, extension.is_ready = exchange, True
        return [ExtensionWaits(extension.name)]

    def _error(self, exchange: int, head: Head, phase: str) -> list[Effect]:
        extension = self._known(head)
        if isinstance(extension, str):
            return [_unknown(exchange, extension)]
        kind = head.headers.get(_ERROR_TYPE, "")
        if not kind:
            words = "Missing Lambda-Extension-Function-Error-Type header"
            return [_refused(exchange, "Extension.MissingHeader", words, 400)]
        happened = ExtensionErred(extension.name, "init" if phase == "init" else "exit", kind)
        return [accepted(exchange), happened]

    def _subscribe(self, exchange: int, head: Head, body: bytes) -> list[Effect]:
        extension = self._known(head)
        api = "Telemetry" if head.path == TELEMETRY else "Logs"
        if isinstance(extension, str):
            return [_unknown(exchange, extension)]
        if self.closed:
            words = f"{api} API subscription is closed already"
            return [_refused(exchange, f"{api}.SubscriptionClosed", words, 403)]
        subscription = read_subscription(_json(body))
        if isinstance(subscription, str):
            return [_refused(exchange, "ValidationError", subscription)]
        text = (("Content-Type", "text/plain"),)
        name = extension.name
        return [
            Reply(exchange, 200, b"OK", text),
            Subscribed(name, "TELEMETRY" if api == "Telemetry" else "LOGS", subscription),
        ]

    def _known(self, head: Head) -> Extension | str:
        identifier = head.headers.get(_IDENTIFIER)
        if identifier is None:
            return "MissingExtensionIdentifier"
        found = self._extensions.get(identifier)
        return "InvalidExtensionIdentifier" if found is None else found

    def _event(self, exchange: int, event: dict[str, Any]) -> Reply:
        headers = (
            ("Content-Type", "application/json"),
            ("Lambda-Extension-Event-Identifier", self._new_id()),
        )
        return Reply(exchange, 200, orjson.dumps(event), headers)


def read_subscription(asked: dict[str, Any] | None) -> Subscription | str:
    """A subscription, or what is wrong with it."""
    if asked is None:
        return "Invalid request format"
    destination, buffering = asked.get("destination"), asked.get("buffering") or {}
    types = frozenset(asked.get("types") or ())
    if not isinstance(destination, dict) or not types or not types <= _TYPES:
        return "types and destination are required; types are platform, function and extension"
    protocol = destination.get("protocol", "HTTP")
    address = urlsplit(str(destination.get("URI", "")))
    # AWS: only what is in the sandbox can be told; both names mean it.
    if protocol == "HTTP" and address.hostname not in ("sandbox.localdomain", "sandbox"):
        return f"URI {destination.get('URI')} must be on sandbox.localdomain"
    try:
        port = int(destination["port"]) if protocol == "TCP" else address.port or 80
        return Subscription(
            protocol,
            port,
            address.path or "/",
            destination.get("method", "POST"),
            types,
            str(asked.get("schemaVersion", "2020-08-15")),
            _within(buffering.get("timeoutMs", 1000), 25, 30_000, "timeoutMs"),
            _within(buffering.get("maxBytes", 262_144), 262_144, 1_048_576, "maxBytes"),
            _within(buffering.get("maxItems", 10_000), 1_000, 10_000, "maxItems"),
        )
    except (KeyError, TypeError, ValueError) as error:
        return str(error)


def _within(value: Any, least: int, most: int, name: str) -> int:
    if not isinstance(value, int) or not least <= value <= most:
        raise ValueError(f"{name} must be between {least} and {most}")
    return value


def _json(body: bytes) -> dict[str, Any] | None:
    try:
        read = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return read if isinstance(read, dict) else None


def _unknown(exchange: int, kind: str) -> Reply:
    words = "Missing" if kind.startswith("Missing") else "Invalid"
    message = f"{words} Lambda-Extension-Identifier header"
    return _refused(exchange, f"Extension.{kind}", message, 403)


def _refused(exchange: int, kind: str, message: str, status: int = 400) -> Reply:
    return refused(exchange, status, kind, message)


def invoke_event(invocation: Invocation, deadline_ms: int) -> dict[str, Any]:
    """What extensions are told of an invocation."""
    event: dict[str, Any] = {
        "deadlineMs": deadline_ms,
        "requestId": invocation.request_id,
        "invokedFunctionArn": invocation.invoked_arn,
    }
    if invocation.trace_header:
        event["tracing"] = {"type": "X-Amzn-Trace-Id", "value": invocation.trace_header}
    return event
