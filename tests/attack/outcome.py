"""What a call may come to: a reply that can be written, or an error of AWS's."""

import logging
import re
import time
from collections.abc import AsyncIterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree

import orjson

from lambent.core.errors import AwsError, NotSupported
from lambent.platform import Context
from lambent.wire.codec import codec
from lambent.wire.messages import HttpReply
from lambent.wire.model import operation, service_model

LONGEST_SECONDS = 5.0
# A reply's member by the names that requests have for it.
_NAMES = {
    "nextmarker": ("nextmarker", "marker"),
    "nextcontinuationtoken": ("continuationtoken",),
    "nexttoken": ("nexttoken", "marker", "continuationtoken"),
    "stackid": ("stackid", "stackname"),
    "id": ("id", "changesetname"),
    "functionarn": ("functionname", "resource"),
    "arn": ("arn", "policyarn", "resourcearn"),
    "topicarn": ("topicarn", "resourcearn"),
    "statemachinearn": ("statemachinearn", "resourcearn"),
    "version": ("version", "qualifier", "functionversion"),
}
# Codes that AWS's services share without a shape in every model.
_SHARED_CODES = re.compile(
    "ValidationException|ValidationError|SerializationException|InvalidParameterValue"
    "|InvalidParameter|MissingParameter|MalformedInput|AccessDenied(Exception)?|Throttling.*"
    "|InvalidAction|NotSupportedByLambent|InvalidClientTokenId|InvalidInput"
)


class Log(logging.Handler):
    """Every record of an error, as text."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.records: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(self.format(record))


@contextmanager
def listening() -> Iterator[Log]:
    log = Log()
    logging.getLogger().addHandler(log)
    try:
        yield log
    finally:
        logging.getLogger().removeHandler(log)


@dataclass
class Outcomes:
    """What calls came to: the failures, and the codes that no model has."""

    calls: int = 0
    failures: list[str] = field(default_factory=list)
    answered: dict[str, int] = field(default_factory=dict)
    heard: dict[str, list[str]] = field(default_factory=dict)
    unknown_codes: dict[str, str] = field(default_factory=dict)

    async def call(
        self, context: Context, log: Log, service: str, name: str, params: Mapping[str, Any]
    ) -> None:
        self.calls += 1
        began = time.monotonic()
        what = f"{service}.{name}({str(params)[:1500]})"
        try:
            await self._answered(context, service, name, params)
        except Exception as error:
            self.failures.append(f"{what}: {type(error).__name__}: {str(error)[:300]}")
        if log.records:
            self.failures.append(f"{what}\n{log.records[-1][-2500:]}")
            log.records.clear()
        if time.monotonic() - began > LONGEST_SECONDS:
            self.failures.append(f"{what}: took {time.monotonic() - began:.1f} s")

    async def _answered(
        self, context: Context, service: str, name: str, params: Mapping[str, Any]
    ) -> None:
        coders = [codec(service, name, protocol) for protocol in _protocols(service)]
        try:
            reply = await context.call(service, name, params)
        except AwsError as error:
            if error.status >= 500 and not isinstance(error, NotSupported):
                raise
            self._note_code(service, name, error)
            for coder in coders:
                check_written(coder.write_error(error, "id"))
            return
        self._hear(reply)
        self.answered[f"{service}.{name}"] = self.answered.get(f"{service}.{name}", 0) + 1
        for coder in coders:
            written = coder.write(reply, "id")
            check_written(written)
            if not isinstance(written.body, bytes):
                await _drained(service, name, written.body)

    def _hear(self, value: Any, name: str = "", depth: int = 0) -> None:
        """Keep the last texts of each member: an attacker uses what he is told."""
        if isinstance(value, Mapping) and depth < 4:
            for member, item in value.items():
                self._hear(item, str(member), depth + 1)
        elif isinstance(value, list):
            for item in value[:2]:
                self._hear(item, name, depth + 1)
        elif isinstance(value, str) and value:
            for known_as in _NAMES.get(name.lower(), (name.lower(),)):
                kept = self.heard.setdefault(known_as, [])
                kept.append(value)
                del kept[:-4]

    def _note_code(self, service: str, name: str, error: AwsError) -> None:
        known = service_model(service).find_error(error.code) is not None
        if not known and not _SHARED_CODES.fullmatch(error.code):
            self.unknown_codes.setdefault(
                f"{service} {error.code}", f"{name}: {error.message[:150]}"
            )


def _protocols(service: str) -> list[str]:
    return ["json", "query"] if service == "sqs" else [service_model(service).metadata["protocol"]]


async def _drained(service: str, name: str, body: AsyncIterable[bytes]) -> None:
    output = operation(service, name).output_shape
    if output is not None and output.event_stream_member is not None:
        # A live tail ends when its client does.
        return
    async for _ in body:
        pass


def check_written(reply: HttpReply) -> None:
    """A client can read this: headers in one line, a body of the type that it says."""
    for header, value in reply.headers:
        assert not re.search("[\r\n\0]", header + value), f"header {header}: {value!r}"
        value.encode("latin-1", "replace")
    if not isinstance(reply.body, bytes) or not reply.body:
        return
    types = {value for header, value in reply.headers if header.lower() == "content-type"}
    if any("xml" in kind for kind in types) and reply.body.startswith(b"<?xml"):
        ElementTree.fromstring(reply.body)
    if any("json" in kind for kind in types) and reply.body[:1] in b"{[" and reply.status >= 400:
        orjson.loads(reply.body)
