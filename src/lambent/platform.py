"""
All that a service may touch: `Platform` is the machine, `Context` one call on it.

A service gets a context with every operation and every work item. It reads and writes through
`context.db`, asks other services through `context.call`, and knows no other way out.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from lambent.core.arn import Arn
from lambent.core.clock import Clock
from lambent.core.ids import new_uuid
from lambent.core.settings import Settings
from lambent.metrics import Metrics
from lambent.runtime.api import FunctionRuntime
from lambent.storage.blobs import Blobs
from lambent.storage.database import Database, Tx
from lambent.traces import Traces
from lambent.wire.messages import HttpReply, HttpRequest
from lambent.work import queue
from lambent.work.signals import Signals

Params = Mapping[str, Any]
Reply = Mapping[str, Any]


class Caller(Protocol):
    """The front door: the one way to run an operation."""

    async def __call__(
        self, context: "Context", service: str, operation: str, params: Params
    ) -> Reply: ...


class CheckSignature(Protocol):
    """
    Raise AWS's error unless a signed request bears the signature of its key.

    For what is asked by HTTP and checks signatures by itself; operations leave it to the server.
    """

    async def __call__(self, platform: "Platform", request: HttpRequest) -> None: ...


class AnswerHere(Protocol):
    """Answer a request to a host or page of this server, as if it had come from outside."""

    async def __call__(self, request: HttpRequest) -> HttpReply: ...


@dataclass(frozen=True, slots=True)
class Platform:
    database: Database
    blobs: Blobs
    clock: Clock
    caller: Caller
    runtime: FunctionRuntime
    settings: Settings
    signals: Signals
    check_signature: CheckSignature
    answer_here: AnswerHere
    # What services count of themselves.
    metrics: Metrics = field(default_factory=Metrics)
    # Segments that they and their functions tell of.
    traces: Traces = field(default_factory=Traces)
    # What a process may forget: parsed definitions, the versions behind hot functions. By service.
    caches: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Principal:
    """Who calls: an ARN, or a service such as `s3.amazonaws.com`."""

    arn: str
    # As GetCallerIdentity answers: the access key's user id, or `AROA…:session` of a role.
    user_id: str = ""

    @property
    def is_service(self) -> bool:
        return not self.arn.startswith("arn:")


@dataclass(frozen=True, slots=True)
class Context:
    platform: Platform
    account: str
    region: str
    principal: Principal
    request_id: str
    # What of the HTTP request an operation may need: host, source address, headers.
    request: Mapping[str, str] = field(default_factory=dict)
    # Where the client is; empty where a service asks by itself.
    source_ip: str = ""

    @property
    def db(self) -> Database:
        return self.platform.database

    @property
    def clock(self) -> Clock:
        return self.platform.clock

    @property
    def settings(self) -> Settings:
        return self.platform.settings

    async def call(self, service: str, operation: str, params: Params) -> Reply:
        """Run another operation as this context's principal, e.g. `("sqs", "SendMessage", …)`."""
        return await self.platform.caller(self, service, operation, params)

    def acting_as(self, principal: str) -> "Context":
        """The same place and moment, with a role's ARN or a service as the caller."""
        account = self.account
        if principal.startswith("arn:"):
            account = Arn.parse(principal).account or account
        return replace(self, principal=Principal(principal), account=account, request_id=new_uuid())

    def at(self, account: str, region: str) -> "Context":
        return replace(self, account=account, region=region)

    def arn(self, service: str, resource: str) -> str:
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"

    def enqueue(
        self, tx: Tx, item_id: str, kind: str, payload: dict[str, Any], run_at: float = 0.0
    ) -> None:
        """Have `kind` done in this account and region at `run_at` (now, unless one is given)."""
        now = self.clock.now()
        queue.enqueue(
            tx,
            item_id,
            kind,
            payload,
            run_at or now,
            now=now,
            account=self.account,
            region=self.region,
        )
