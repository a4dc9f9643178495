"""
The runtime as the platform knows it: runs functions in sandboxes of this machine.
"""

import asyncio
import os
import resource
import secrets
import shutil
from collections.abc import Callable
from pathlib import Path

from lambent.core.clock import Clock
from lambent.runtime.api import (
    Capabilities,
    Credentials,
    EnvironmentStatus,
    FunctionVersion,
    Invocation,
    InvocationResult,
    Provisioned,
    ResponseStream,
    RuntimeSettings,
    SandboxFailed,
    ShipLogs,
)
from lambent.runtime.extensions import extension_names
from lambent.runtime.live_environment import LiveEnvironment
from lambent.runtime.log_stream import LogShipper
from lambent.runtime.network import Network
from lambent.runtime.pool import Pool
from lambent.runtime.runtimes import Choice, Interpreter, choose_interpreter
from lambent.runtime.sandbox import hierarchies
from lambent.runtime.sandbox.machine import find_capabilities
from lambent.runtime.sandbox.nursery import Nursery
from lambent.runtime.sandbox.peers import Insiders
from lambent.runtime.sdk_use import SdkUse
from lambent.runtime.setups import has_wrapper
from lambent.runtime.snapshots import Snapshot, Snapshots
from lambent.runtime.surroundings import Surroundings
from lambent.runtime.xray_daemon import XrayDaemon

_GROUP_PREFIX = "lambent-"


class Runtime:
    def __init__(
        self,
        settings: RuntimeSettings,
        credentials: Credentials,
        ship_logs: ShipLogs,
        clock: Clock,
        receive_segment: Callable[[bytes], None] = lambda datagram: None,
    ) -> None:
        self._settings = settings
        self._credentials = credentials
        self._clock = clock
        _allow_many_descriptors()
        hierarchies.remove_abandoned(_GROUP_PREFIX)
        # Named after the process, so that what it leaves when it is killed can be told from
        # what another server still uses.
        name = f"{os.getpid()}-{secrets.token_hex(4)}"
        self._work_folder = settings.work_folder / f"runtime-{name}"
        _remove_abandoned_folders(settings.work_folder)
        self._hierarchies = hierarchies.find_hierarchies(f"{_GROUP_PREFIX}{name}")
        self.capabilities: Capabilities = find_capabilities(settings, self._hierarchies)
        if settings.sandbox == "namespaces" and not self.capabilities.namespaces:
            raise SandboxFailed(self.capabilities.missing[0])
        self._network = Network(settings, contained=self.capabilities.namespaces)
        self.capabilities.missing += self._network.missing
        self._xray_daemon = XrayDaemon(
            receive_segment, own_networks=bool(self._network.inner_ports)
        )
        self._nurseries: dict[Interpreter, Nursery] = {}
        self._sdk_use = SdkUse()
        self._shipper = LogShipper(ship_logs)
        self._pool = Pool(
            self._new_environment,
            idle_seconds=settings.idle_seconds,
            limit=settings.max_environments,
        )
        self._snapshots = Snapshots(credentials, self._network.endpoint_url)
        self._closed = False

    async def invoke(self, version: FunctionVersion, invocation: Invocation) -> InvocationResult:
        if self._closed:
            raise SandboxFailed("The server is ending")
        return await self._pool.invoke(version, invocation)

    async def invoke_streaming(
        self, version: FunctionVersion, invocation: Invocation
    ) -> ResponseStream:
        if self._closed:
            raise SandboxFailed("The server is ending")
        return await self._pool.invoke_streaming(version, invocation)

    async def snapshot(self, version: FunctionVersion) -> None:
        if self._snaps(version):
            await self._snapshot_of(version)

    def _snaps(self, version: FunctionVersion) -> bool:
        """AWS: SnapStart is for some runtimes; of those that run here, for Python."""
        interpreter = self._choose(version.runtime).interpreter
        if not version.snap_start or interpreter.language != "python":
            return False
        wrapped = has_wrapper(version, self._nursery(interpreter))
        return not wrapped and not extension_names(version.layers)

    async def _snapshot_of(self, version: FunctionVersion) -> Snapshot:
        return await self._snapshots.take(version, self._new_snapshot)

    def _new_snapshot(self, version: FunctionVersion) -> Snapshot:
        interpreter = self._choose(version.runtime).interpreter
        nursery = self._nursery(interpreter)
        relay_to = self._network.relay_to
        return Snapshot(
            version,
            nursery,
            interpreter,
            self._shipper,
            self._clock.now,
            self._xray_daemon,
            relay_to,
        )

    async def provision(self, version: FunctionVersion, count: int) -> Provisioned:
        if self._closed:
            raise SandboxFailed("The server is ending")
        return await self._pool.provision(version, count)

    def provisioned(self, key: str) -> Provisioned:
        return self._pool.provisioned(key)

    @property
    def contained(self) -> bool:
        return self.capabilities.namespaces

    async def debug(self, version: FunctionVersion, port: int) -> int:
        if self._closed:
            raise SandboxFailed("The server is ending")
        return await self._pool.debug(version, port)

    async def end_debugging(self, session: str) -> None:
        await self._pool.end_debugging(session)

    async def retire(self, key: str) -> None:
        self._sdk_use.forget(key)
        environments = self._pool.retire(key)
        self._snapshots.retire(key, _all_ended(environments))

    def environments(self) -> list[EnvironmentStatus]:
        return [environment.status() for environment in self._pool.everything()]

    async def warm(self, runtime: str) -> None:
        """Start the zygote of a runtime ahead of its first function."""
        await self._nursery(self._choose(runtime).interpreter).warm()

    def check_runtime(self, runtime: str) -> str | None:
        """
        Raise RuntimeNotAvailable if nothing here can run it.

        Answers the warning that its functions will log, if any.
        """
        return self._choose(runtime).warning

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        await self._pool.close(self._settings.drain_seconds)
        await self._snapshots.close()
        self._xray_daemon.close()
        for nursery in self._nurseries.values():
            await nursery.close()
        await self._shipper.flush()
        await asyncio.to_thread(self._clean_up)

    async def is_inside(self, peer: tuple[str, int], own: tuple[str, int]) -> bool:
        own_user, unified = self.capabilities.own_user, self._hierarchies.unified
        insiders = Insiders(own_user, unified, self.zygotes())
        # It may have to look at many processes.
        return await asyncio.to_thread(insiders.have, peer, own)

    def zygotes(self) -> list[int]:
        """The processes that sandboxes are forked from, for health pages and tests."""
        found = (nursery.zygote_pid for nursery in self._nurseries.values())
        return [pid for pid in found if pid is not None]

    def control_groups(self) -> list[Path]:
        """The folders that hold the groups of sandboxes, for health pages and tests."""
        known = self._hierarchies
        folders = (known.unified, known.memory, known.pids, known.cpu)
        return [folder for folder in folders if folder is not None]

    def _choose(self, runtime: str) -> Choice:
        allowed = self._settings.allow_runtime_substitution
        return choose_interpreter(runtime, allow_substitution=allowed)

    def _nursery(self, interpreter: Interpreter) -> Nursery:
        nursery = self._nurseries.get(interpreter)
        if nursery is None:
            nursery = self._nurseries[interpreter] = Nursery(
                interpreter,
                self._work_folder,
                self._hierarchies,
                contained=self.capabilities.namespaces,
                ready=self._settings.ready_sandboxes,
                own_user=self.capabilities.own_user,
                inner_ports=self._network.inner_ports,
            )
        return nursery

    def _new_environment(self, version: FunctionVersion, kind: str) -> LiveEnvironment:
        choice = self._choose(version.runtime)
        around = Surroundings(
            nursery=self._nursery(choice.interpreter),
            choice=choice,
            shipper=self._shipper,
            endpoint_url=self._network.endpoint_url,
            credentials=self._credentials,
            now=self._clock.now,
            on_furnished=self._on_furnished,
            on_idle=self._on_idle,
            on_ended=self._on_ended,
            snapshot_of=self._snapshot_of,
            limits_cpu=self._settings.cpu == "limited",
            relay_to=self._network.relay_to,
            xray_daemon=self._xray_daemon,
            sdk_use=self._sdk_use,
        )
        if kind == "on-demand" and version.snap_start and self._snaps(version):
            kind = "snap-start"
        return LiveEnvironment(version, around, kind)

    def _on_furnished(self, environment: LiveEnvironment) -> None:
        self._pool.furnished(environment)

    def _on_idle(self, environment: LiveEnvironment) -> None:
        self._pool.rested(environment)

    def _on_ended(self, environment: LiveEnvironment) -> None:
        self._pool.ended(environment)

    def _clean_up(self) -> None:
        hierarchies.remove_all(self._hierarchies)
        shutil.rmtree(self._work_folder, ignore_errors=True)


def _allow_many_descriptors() -> None:
    """An environment needs five, and there may be a thousand; functions have their own limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _remove_abandoned_folders(work_folder: Path) -> None:
    for folder in work_folder.glob("runtime-*"):
        pid = folder.name.removeprefix("runtime-").partition("-")[0]
        if pid.isdigit() and not Path(f"/proc/{pid}").exists():
            shutil.rmtree(folder, ignore_errors=True)


async def _all_ended(environments: list[LiveEnvironment]) -> None:
    for environment in environments:
        await environment.ended()
