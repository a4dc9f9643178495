"""
SnapStart: a version is initialised once, and each environment is a copy of that.

A copy or two wait ahead. Whoever makes a copy pays for the fork; the Init phase has been paid for
when the snapshot was taken.
"""

import asyncio
import json
import os
import socket
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any

from lambent.runtime import log_stream as lines
from lambent.runtime import setups
from lambent.runtime.api import Credentials, FunctionVersion, SandboxFailed, SnapshotFailed
from lambent.runtime.environment_variables import environment_variables
from lambent.runtime.frames import HEADER, LONGEST_BODY, frame
from lambent.runtime.log_pipe import LogPipe
from lambent.runtime.log_stream import LogShipper, LogStream
from lambent.runtime.runtimes import Interpreter
from lambent.runtime.sandbox.api import Outfit
from lambent.runtime.sandbox.child import Child, pid_behind
from lambent.runtime.sandbox.forked import NamespaceSandbox
from lambent.runtime.sandbox.nursery import Nursery
from lambent.runtime.sandbox.relay import Relay
from lambent.runtime.sandbox.zygote import Forked
from lambent.runtime.xray_daemon import XrayDaemon

_INIT_SECONDS = 130.0  # AWS: the Init phase of a snapshot has more time than another
_READY = 1
_LONGEST_WORD = 4096  # of a template, once it is initialised
# A copy's status comes from its template; without it the copy counts as killed.
_STATUS_SECONDS = 2.0
_KILLED = 137
_REFILL_AFTER_SECONDS = 0.03


class Snapshot:
    """One initialised version, and the copies of it that wait."""

    def __init__(
        self,
        version: FunctionVersion,
        nursery: Nursery,
        interpreter: Interpreter,
        shipper: LogShipper,
        now: Callable[[], float],
        xray_daemon: XrayDaemon,
        relay_to: tuple[str, int] | None = None,
    ) -> None:
        self._version = version
        self._nursery = nursery
        self._interpreter = interpreter
        self._shipper = shipper
        self._log = LogStream(version, lines.log_stream_name(version.version, now()), now)
        self._loop = asyncio.get_running_loop()
        self._template: NamespaceSandbox | None = None
        self._pipe: LogPipe | None = None
        self._forking = asyncio.Lock()
        self._answer: asyncio.Future[tuple[int, int]] | None = None
        self._copies: dict[int, Child] = {}
        self._awaited: set[int] = set()  # copies that have ended, and nobody has said how
        self._received = b""
        self._ready: list[NamespaceSandbox] = []
        self._refilling: asyncio.Task[None] | None = None
        self._closed = False
        self._xray_daemon = xray_daemon
        self._xray: socket.socket | None = None
        # Copies share the network of their template, and so its way to the platform.
        self._relay = None if relay_to is None else Relay(*relay_to)

    @property
    def is_alive(self) -> bool:
        return not self._closed and self._template is not None and self._template.is_alive()

    async def prepare(self, credentials: Mapping[str, str], endpoint_url: str) -> None:
        """Run the Init phase. Raises SnapshotFailed with what the function says."""
        version = self._version
        template = await self._nursery.make_template()
        await template.furnish(
            Outfit(version.code, version.layers, version.memory_size, version.ephemeral_storage)
        )
        self._template = template
        if self._relay is not None and template.endpoint is not None:
            await self._relay.open(template.endpoint)
        if template.xray is not None:
            self._xray = self._xray_daemon.open(template.xray)
        self._pipe = LogPipe(template.log, self._log, self._shipper)
        self._log.say(lines.init_start_line(version))
        variables = environment_variables(
            version,
            self._interpreter,
            credentials,
            endpoint_url=endpoint_url,
            log_stream=self._log.name,
            initialization_type="snap-start",
            task_root=template.task_root,
            layers_roots=template.layers_roots,
            runtime_folder=self._nursery.runtime_folder,
            runtime_api=template.api_address,
            xray_daemon=self._xray_daemon.address,
        )
        await self._loop.sock_sendall(template.control, frame(b"S", 0, self._setup(variables)))
        try:
            async with asyncio.timeout(_INIT_SECONDS):
                kind, body = await self._first_word(template)
        except TimeoutError:
            kind, body = b"X", b'{"errorType":"Sandbox.Timedout","errorMessage":"Init timed out"}'
        self._pipe.drain()
        self._shipper.notice(self._log)
        if kind != b"R":
            await self.close()
            raise SnapshotFailed(body)
        self._loop.add_reader(template.control, self._hear)
        self._refill_soon()

    def _setup(self, variables: dict[str, str]) -> bytes:
        assert self._template is not None
        snapshot = {
            "contained": self._nursery.contained,
            "tmp_megabytes": self._version.ephemeral_storage,
        }
        version, template = self._version, self._template
        return setups.setup(version, template, self._nursery, variables, snapshot=snapshot)

    async def _first_word(self, template: NamespaceSandbox) -> tuple[bytes, bytes]:
        received = b""
        while True:
            piece = await self._loop.sock_recv(template.control, 1 << 16)
            if not piece:
                return b"X", b'{"errorType":"Runtime.ExitError","errorMessage":"It has ended"}'
            received += piece
            if len(received) >= HEADER.size:
                kind, _, length = HEADER.unpack_from(received)
                if length > LONGEST_BODY:
                    return b"X", b'{"errorType":"Runtime.ExitError","errorMessage":"Nonsense"}'
                if len(received) >= HEADER.size + length:
                    return kind, received[HEADER.size : HEADER.size + length]

    async def take(self) -> NamespaceSandbox:
        """A copy: one that waits, or else a fresh one."""
        try:
            while self._ready:
                sandbox = self._ready.pop()
                if sandbox.is_alive():
                    return sandbox
                self._nursery.discard(sandbox)
            return await self._copy()
        finally:
            self._refill_soon()

    async def _copy(self) -> NamespaceSandbox:
        async with self._forking:
            template = self._template
            if template is None or not self.is_alive:
                raise SandboxFailed("The snapshot has ended")
            control, theirs = socket.socketpair()
            log, their_log = os.pipe()
            self._answer = self._loop.create_future()
            template.thaw()
            try:
                wanted = [frame(b"T", 0)]
                socket.send_fds(template.control, wanted, [theirs.fileno(), their_log])
                pid, pidfd = await self._answer
                copy = Child(pid_behind(pidfd), pidfd=pidfd)
            except OSError as error:
                control.close()
                os.close(log)
                raise SandboxFailed(f"A snapshot could not be copied: {error}") from error
            finally:
                theirs.close()
                os.close(their_log)
            control.setblocking(False)
            os.set_blocking(log, False)
            self._wait_for(copy, pid, pidfd)
            forked = Forked(copy, alone=False, keeper=None, control=control, log=log)
            sandbox = await self._nursery.adopt(forked, template)
            version = self._version
            outfit = Outfit(
                version.code, version.layers, version.memory_size, version.ephemeral_storage
            )
            # What is not yet in a control group of its own would be frozen with the template.
            await sandbox.furnish(outfit)
        self._let_stand_still(template)
        return sandbox

    def _let_stand_still(self, template: NamespaceSandbox) -> None:
        """Unless it forks, or has still to say how a copy has ended."""
        if not self._forking.locked() and not self._awaited and template.is_alive():
            template.freeze_if_alone()

    def _wait_for(self, copy: Child, pid: int, pidfd: int) -> None:
        """`pid` is the copy's as the template counts."""
        self._copies[pid] = copy
        watched = os.dup(pidfd)

        def gone() -> None:
            # The template, which knows the status, may stand still.
            self._loop.remove_reader(watched)
            os.close(watched)
            if self._template is not None and self._template.is_alive():
                self._awaited.add(pid)
                self._template.thaw()
                self._loop.call_later(_STATUS_SECONDS, copy.settle, _KILLED)
            else:
                copy.settle(_KILLED)

        def known(_: asyncio.Future[int]) -> None:
            self._copies.pop(pid, None)
            self._awaited.discard(pid)
            if self._template is not None:
                self._let_stand_still(self._template)

        copy.ended.add_done_callback(known)
        self._loop.add_reader(watched, gone)

    def _hear(self) -> None:
        assert self._template is not None
        try:
            piece, descriptors, _, _ = socket.recv_fds(self._template.control, 1 << 16, 4)
        except BlockingIOError:
            return
        except OSError:
            piece, descriptors = b"", []
        if not piece:
            self._lose_template()
            return
        self._received += piece
        while len(self._received) >= HEADER.size:
            kind, number, length = HEADER.unpack_from(self._received)
            if kind not in (b"K", b"Z") or length > _LONGEST_WORD:
                # The function's own threads can write here, too.
                self._lose_template()
                break
            if len(self._received) < HEADER.size + length:
                break
            body = self._received[HEADER.size : HEADER.size + length]
            self._received = self._received[HEADER.size + length :]
            if kind == b"K" and descriptors and self._answer and not self._answer.done():
                self._answer.set_result((number, descriptors.pop(0)))
            elif kind == b"Z":
                self._note_end(body)
        for descriptor in descriptors:
            os.close(descriptor)

    def _lose_template(self) -> None:
        """It has ended, or talks nonsense and is ended."""
        assert self._template is not None
        self._received = b""
        self._loop.remove_reader(self._template.control)
        self._template.kill()
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(OSError("it has ended"))

    def _note_end(self, body: bytes) -> None:
        """The function's own process says this, so it is believed in its shape only."""
        with suppress(ValueError, KeyError, TypeError):
            told: dict[str, Any] = json.loads(body)
            copy, status = self._copies.get(int(told["pid"])), int(told["status"])
            if copy is not None:
                copy.settle(status)

    def _refill_soon(self) -> None:
        if not self._closed:
            self._loop.call_later(_REFILL_AFTER_SECONDS, self._begin_refill)

    def _begin_refill(self) -> None:
        if not self._closed and (self._refilling is None or self._refilling.done()):
            self._refilling = asyncio.ensure_future(self._refill())

    async def _refill(self) -> None:
        with suppress(SandboxFailed):
            while len(self._ready) < _READY and self.is_alive:
                self._ready.append(await self._copy())

    async def close(self) -> None:
        """End it, and every copy of it: their process namespaces lie within its own."""
        self._closed = True
        template = self._template
        if self._relay is not None:
            self._relay.close()
        if self._xray is not None:
            self._xray_daemon.release(self._xray)
        if template is None:
            return
        with suppress(OSError, ValueError):
            self._loop.remove_reader(template.control)
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(OSError("it has ended"))
        if self._refilling is not None:
            await asyncio.wait([self._refilling])
        for sandbox in self._ready:
            await sandbox.discard()
        if self._pipe is not None:
            self._pipe.drain()
            self._pipe.close()
            template.log = -1
        await template.discard()


class Snapshots:
    """The snapshots of all versions; each is taken once, however many ask for it."""

    def __init__(self, credentials: Credentials, endpoint_url: str) -> None:
        self._credentials = credentials
        self._endpoint_url = endpoint_url
        self._taken: dict[str, asyncio.Task[Snapshot]] = {}
        self._ending: set[asyncio.Task[None]] = set()

    async def take(
        self, version: FunctionVersion, new: Callable[[FunctionVersion], Snapshot]
    ) -> Snapshot:
        """The snapshot of a version, taken now if it is not there."""
        taking = self._taken.get(version.key)
        if taking is None or (taking.done() and not _is_usable(taking)):
            taking = asyncio.ensure_future(self._take(version, new(version)))
            self._taken[version.key] = taking
        return await asyncio.shield(taking)

    async def _take(self, version: FunctionVersion, snapshot: Snapshot) -> Snapshot:
        await snapshot.prepare(await self._credentials(version), self._endpoint_url)
        return snapshot

    def retire(self, key: str, copies: Awaitable[None]) -> None:
        """End the snapshot of a version, once its copies have ended."""
        taking = self._taken.pop(key, None)
        ending = asyncio.ensure_future(self._end(taking, copies))
        self._ending.add(ending)
        ending.add_done_callback(self._ending.discard)

    async def _end(self, taking: "asyncio.Task[Snapshot] | None", copies: Awaitable[None]) -> None:
        await copies
        if taking is not None:
            with suppress(SandboxFailed, SnapshotFailed):
                await (await taking).close()

    async def close(self) -> None:
        for key in list(self._taken):
            self.retire(key, asyncio.sleep(0))
        if self._ending:
            await asyncio.wait(self._ending)


def _is_usable(taking: "asyncio.Task[Snapshot]") -> bool:
    return taking.exception() is None and taking.result().is_alive
