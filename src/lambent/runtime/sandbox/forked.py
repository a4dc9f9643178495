"""
The two kinds of sandbox. Both are forked by a zygote; they differ in what their walls are.
"""

import asyncio
import json
import os
import signal
import socket
from contextlib import suppress
from dataclasses import dataclass

from lambent.core.errors import Impossible
from lambent.runtime.api import SandboxFailed
from lambent.runtime.sandbox import file_system, processes
from lambent.runtime.sandbox.api import Exit, Outfit
from lambent.runtime.sandbox.cgroups import Cgroup
from lambent.runtime.sandbox.companions import Companions
from lambent.runtime.sandbox.peers import Address, find_socket, is_held_by
from lambent.runtime.sandbox.zygote import Forked


@dataclass(slots=True)
class Doors:
    """What listens for a sandbox: in its own network (`inside`), or in the machine's."""

    inside: bool
    api: socket.socket | None = None
    endpoint: socket.socket | None = None
    xray: socket.socket | None = None

    def close(self) -> None:
        for door in (self.api, self.endpoint, self.xray):
            if door is not None:
                door.close()


class NamespaceSandbox:
    """Namespaces of its own: its first process takes everything with it when it ends."""

    task_root = file_system.TASK_ROOT
    layers_roots: tuple[str, ...] = (file_system.LAYERS_ROOT,)

    def __init__(self, forked: Forked, cgroup: Cgroup, path: tuple[str, ...], doors: Doors) -> None:
        self._forked = forked
        self._doors = doors
        self.companions: Companions | None = None
        self._cgroup = cgroup
        self._frozen = False
        self._exit: Exit | None = None
        self._child = forked.child
        self.pid = forked.child.pid
        self.control: socket.socket = forked.control
        self.log = forked.log
        self.path = path
        self.limits_memory = cgroup.limits_memory

    def is_alive(self) -> bool:
        """Whether its first process runs: true at once when it is killed, before `exited`."""
        return self._exit is None and self._child.runs()

    async def furnish(self, outfit: Outfit) -> None:
        """Make a blank one the sandbox of a function."""
        self._cgroup.limit(outfit.memory_megabytes, outfit.tmp_megabytes)
        keeper = self._keeper
        await self._receive_doors(keeper)
        loop = asyncio.get_running_loop()
        try:
            await loop.sock_sendall(keeper, json.dumps(outfit.as_json()).encode())
        except OSError as error:
            raise SandboxFailed(f"A sandbox could not be started: {error}") from error
        await self._hear_of_outfit(outfit)

    async def come_up(self, outfit: Outfit) -> None:
        """Wait until one that was forked with an outfit has it."""
        await self._receive_doors(self._keeper)
        await self._hear_of_outfit(outfit)

    async def _hear_of_outfit(self, outfit: Outfit) -> None:
        if not self._forked.alone:
            await self._hear_of_keeper(outfit)
        self._begin_counting()

    async def _hear_of_keeper(self, outfit: Outfit) -> None:
        keeper = self._keeper
        told = b""
        with suppress(OSError):
            told = await asyncio.get_running_loop().sock_recv(keeper, 1 << 16)
        answer = json.loads(told or b'{"error": "it has ended"}')
        if "error" in answer:
            raise SandboxFailed(f"A sandbox could not be started: {answer['error']}")
        if outfit.has_extensions:
            self.companions = Companions(keeper)

    def _begin_counting(self) -> None:
        """Until now it has nothing but what it shares with the zygote."""
        if not self.limits_memory:
            self._shared_memory = processes.anonymous_memory(self.pid)

    @property
    def _keeper(self) -> socket.socket:
        if self._forked.keeper is None:
            raise Impossible("a copy of a snapshot has no keeper that could be told anything")
        return self._forked.keeper

    async def _receive_doors(self, keeper: socket.socket) -> None:
        if not self._doors.inside:
            return
        loop = asyncio.get_running_loop()
        ready = asyncio.Event()
        loop.add_reader(keeper, ready.set)
        try:
            await ready.wait()
        finally:
            loop.remove_reader(keeper)
        descriptors: list[int] = []
        with suppress(OSError):
            _, descriptors, _, _ = socket.recv_fds(keeper, 64, 3)
        if len(descriptors) != 3:
            raise SandboxFailed("A sandbox could not be started: it has no network of its own")
        listening = [socket.socket(fileno=descriptor) for descriptor in descriptors]
        for door in listening:
            door.setblocking(False)
        self._doors.api, self._doors.endpoint, self._doors.xray = listening

    @property
    def api(self) -> socket.socket | None:
        """Listens where the function looks for the Runtime API, once it is furnished."""
        return self._doors.api

    @property
    def endpoint(self) -> socket.socket | None:
        """Listens where a sandbox without a network looks for the platform."""
        return self._doors.endpoint

    @property
    def xray(self) -> socket.socket | None:
        """Where a sandbox without a network sends its segments."""
        return self._doors.xray

    @property
    def api_address(self) -> str:
        if self.api is None:
            raise Impossible("a sandbox has its doors once it is furnished")
        host, port = self.api.getsockname()
        return f"{host}:{port}"

    def admits(self, peer: Address, own: Address) -> bool:
        # Nobody else can reach the loopback of a network namespace.
        if self._doors.inside:
            return True
        found = find_socket(peer, own)
        if found is None:
            return False
        if found.cgroup and found.cgroup == self._cgroup.identity:
            return True
        return is_held_by(self._members(), found)

    def _members(self) -> list[int]:
        """The processes of the function, and what they have left behind."""
        below = processes.descendants(self.pid)
        if not self._forked.alone:
            return below
        return [self.pid, *below, *self._child.orphans()]

    def limit_cpu(self, memory_megabytes: int) -> None:
        self._cgroup.limit_cpu(memory_megabytes)

    def freeze_if_alone(self) -> None:
        """Freeze what is in its own control group, and nothing that has been moved out of it."""
        self._frozen = self._cgroup.freeze()

    def freeze(self) -> None:
        if not self._frozen and self._exit is None:
            self._frozen = True
            if not self._cgroup.freeze():
                processes.stop(self._members)

    def thaw(self) -> None:
        if self._frozen:
            self._frozen = False
            if not self._cgroup.thaw():
                processes.signal_all(self._members(), signal.SIGCONT)

    def kill(self) -> None:
        if self._exit is not None:
            return
        # Both: a copy that is ended right after its start may not be in its group yet, and nobody
        # would end it later.
        self._cgroup.kill()
        self._child.kill()
        self._frozen = False

    async def exited(self) -> Exit:
        code = await asyncio.shield(self._child.ended)
        if self._exit is None:
            status = code if code >= 0 else 128 - code
            self._exit = Exit(status, self._cgroup.out_of_memory())
            if self.companions is not None:
                self.companions.close()
            if self._forked.keeper is not None:
                self._forked.keeper.close()
            self._doors.close()
            self._child.close()
            loop = asyncio.get_running_loop()
            loop.call_later(0.05, self._remove_cgroup, 5)
        return self._exit

    async def function_ended(self) -> Exit:
        if self.companions is None:
            return await self.exited()
        status = await asyncio.shield(self.companions.function_exited)
        return Exit(status, self._cgroup.out_of_memory())

    async def discard(self) -> None:
        """End one that was never used."""
        self.kill()
        await self.exited()
        self.control.close()
        if self.log >= 0:
            os.close(self.log)
            self.log = -1

    def _remove_cgroup(self, attempts: int) -> None:
        # The kernel still counts the dead for a moment.
        if not self._cgroup.remove() and attempts:
            asyncio.get_running_loop().call_later(0.5, self._remove_cgroup, attempts - 1)

    def memory_used(self) -> int:
        if self.limits_memory:
            return self._cgroup.anonymous()
        held = (processes.anonymous_memory(pid) for pid in self._members())
        return sum(max(0, each - self._shared_memory) for each in held)

    def memory_held(self) -> int:
        """At least `memory_used`, and cheaper where there is a control group."""
        return self._cgroup.usage() if self.limits_memory else self.memory_used()


class ProcessSandbox(NamespaceSandbox):
    """No walls but those between processes: the fallback, announced when the server starts."""

    async def _hear_of_outfit(self, outfit: Outfit) -> None:
        await super()._hear_of_outfit(outfit)
        self.task_root = str(outfit.code)
        # A later layer wins.
        self.layers_roots = tuple(map(str, reversed(outfit.layers)))
        self.path = tuple(
            f"{layer}/{name}" for layer in reversed(outfit.layers) for name in self.path
        )

    def kill(self) -> None:
        if self._exit is not None:
            return
        # As above: it may not be in its group yet.
        self._cgroup.kill()
        processes.kill_below(self.pid)
        self._child.kill()


class RestoredSandbox(ProcessSandbox):
    """A copy of an initialised one, whose code and layers it sees."""

    def __init__(
        self, forked: Forked, cgroup: Cgroup, template: NamespaceSandbox, doors: Doors
    ) -> None:
        super().__init__(forked, cgroup, template.path, doors)
        self.task_root = template.task_root
        self.layers_roots = template.layers_roots
        self._template = template
        self._moved: asyncio.Future[None] | None = None

    def begin(self) -> None:
        """Move into the control group, on a thread; `furnish` waits for it."""
        loop = asyncio.get_running_loop()
        self._moved = loop.run_in_executor(None, self._make_group)

    def _make_group(self) -> None:
        self._cgroup.make()
        self._cgroup.move(self.pid)

    async def furnish(self, outfit: Outfit) -> None:
        if self._moved is not None:
            await self._moved
        self._begin_counting()
        self._cgroup.limit(outfit.memory_megabytes, outfit.tmp_megabytes)

    @property
    def api_address(self) -> str:
        # In a network of its own it is the template's, and nobody listens to copies there.
        return self._template.api_address if self._doors.inside else super().api_address
