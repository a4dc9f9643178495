"""What an environment needs from the runtime around it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from lambent.runtime.api import FunctionVersion
from lambent.runtime.log_stream import LogShipper
from lambent.runtime.runtimes import Choice
from lambent.runtime.sandbox.forked import NamespaceSandbox
from lambent.runtime.sandbox.nursery import Nursery
from lambent.runtime.sdk_use import SdkUse
from lambent.runtime.xray_daemon import XrayDaemon


class Copies(Protocol):
    """A snapshot, as environments know it."""

    async def take(self) -> NamespaceSandbox: ...


@dataclass(frozen=True, slots=True)
class Surroundings:
    nursery: Nursery
    choice: Choice
    shipper: LogShipper
    endpoint_url: str  # as functions see it
    credentials: Callable[[FunctionVersion], Awaitable[Mapping[str, str]]]
    now: Callable[[], float]
    on_furnished: Callable[[Any], None]  # is told the environment
    on_idle: Callable[[Any], None]
    on_ended: Callable[[Any], None]
    snapshot_of: Callable[[FunctionVersion], Awaitable[Copies]]
    xray_daemon: XrayDaemon
    sdk_use: SdkUse
    limits_cpu: bool = False
    relay_to: tuple[str, int] | None = None  # the endpoint, for sandboxes that cannot reach it
