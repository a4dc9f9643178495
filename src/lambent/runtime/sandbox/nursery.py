"""
Sandboxes for functions: one zygote an interpreter, and a few of its children waiting.

What takes long in making a sandbox (forking, mounting, moving into control groups) is done
before anybody asks for it. Who asks when none is ready gets one that is made for them alone, which
is less work than a blank one.
"""

import asyncio
import socket
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from lambent.runtime import bootstraps, java
from lambent.runtime.api import SandboxFailed
from lambent.runtime.runtimes import Interpreter
from lambent.runtime.sandbox import file_system
from lambent.runtime.sandbox.api import Outfit
from lambent.runtime.sandbox.cgroups import Cgroup
from lambent.runtime.sandbox.forked import (
    Doors,
    NamespaceSandbox,
    ProcessSandbox,
    RestoredSandbox,
)
from lambent.runtime.sandbox.hierarchies import Hierarchies
from lambent.runtime.sandbox.zygote import Forked, Zygote, start_zygote

_BOOTSTRAPS = Path(bootstraps.__file__).parent
# What Node.js looks at before it could be told: such a function cannot use a ready sandbox.
_READ_AT_BOOT = ("NODE_OPTIONS", "NODE_EXTRA_CA_CERTS", "NODE_ICU_DATA", "UV_THREADPOOL_SIZE")
# Let a start that is under way have the processor first.
_REFILL_AFTER_SECONDS = 0.03


class Nursery:
    """The blank sandboxes of one interpreter."""

    def __init__(
        self,
        interpreter: Interpreter,
        work_folder: Path,
        hierarchies: Hierarchies,
        *,
        contained: bool,
        ready: int,
        own_user: int | None = None,
        inner_ports: tuple[int, ...] = (),
    ) -> None:
        """With `inner_ports`, sandboxes have a network of their own that has only these."""
        self._interpreter = interpreter
        self._work_folder = work_folder
        self._hierarchies = hierarchies
        self._contained = contained
        self._own_user = own_user
        self._wanted = ready
        self._inner_ports = inner_ports if contained else ()
        # Of the control groups, which the nurseries of a server make in the same places.
        self._name = f"{interpreter.language}{interpreter.version}"
        self._made = 0
        self._taking = 0
        self._ready: list[NamespaceSandbox] = []
        self._zygote: Zygote | None = None
        self._starting: asyncio.Task[Zygote] | None = None
        self._refilling: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._discarding: set[asyncio.Task[None]] = set()
        self._closed = False

    @property
    def language(self) -> str:
        return self._interpreter.language

    @property
    def runtime_folder(self) -> str:
        return file_system.RUNTIME_FOLDER if self._contained else str(self._own_sdk())

    @property
    def zygote_pid(self) -> int | None:
        return self._zygote.pid if self._zygote is not None and self._zygote.alive else None

    async def take(
        self, outfit: Outfit, environment: Mapping[str, str], *, wrapped: bool = False
    ) -> NamespaceSandbox:
        """
        A sandbox with this outfit: one that is ready, or else a fresh one.

        One that is `wrapped` has no runtime yet: the function's own script starts it.
        """
        self._taking += 1
        try:
            return await self._take(outfit, environment, wrapped=wrapped)
        finally:
            self._taking -= 1
            self._refill_soon()

    async def _take(
        self, outfit: Outfit, environment: Mapping[str, str], *, wrapped: bool
    ) -> NamespaceSandbox:
        at_boot = {name: environment[name] for name in _READ_AT_BOOT if name in environment}
        if wrapped or (at_boot and self._interpreter.language == "nodejs"):
            return await self._make_furnished(outfit, {} if wrapped else at_boot, launches=wrapped)
        while self._ready:
            sandbox = self._ready.pop()
            # The children of a zygote die with it, if not at this very moment.
            if sandbox.is_alive() and self.zygote_pid is not None:
                return await self._ended_if_failed(sandbox, sandbox.furnish(outfit))
            self.discard(sandbox)
        return await self._make_furnished(outfit)

    async def _make_furnished(
        self,
        outfit: Outfit,
        environment: Mapping[str, str] | None = None,
        *,
        launches: bool = False,
    ) -> NamespaceSandbox:
        sandbox = await self._make(environment, outfit, launches=launches)
        return await self._ended_if_failed(sandbox, sandbox.come_up(outfit))

    async def _ended_if_failed(
        self, sandbox: NamespaceSandbox, furnishing: Coroutine[Any, Any, None]
    ) -> NamespaceSandbox:
        try:
            await furnishing
        except SandboxFailed:
            self.discard(sandbox)
            raise
        return sandbox

    async def make_template(self) -> NamespaceSandbox:
        """A sandbox whose function's process may fork copies of itself."""
        return await self._make(template=True)

    async def adopt(self, forked: Forked, template: NamespaceSandbox) -> NamespaceSandbox:
        """A copy that a template has forked, as a sandbox."""
        self._made += 1
        cgroup = Cgroup(self._hierarchies, f"{self._name}-{self._made}")
        sandbox = RestoredSandbox(forked, cgroup, template, self._new_doors())
        sandbox.begin()
        return sandbox

    @property
    def contained(self) -> bool:
        return self._contained

    def discard(self, sandbox: NamespaceSandbox) -> None:
        """End a sandbox that came to nothing."""
        task = asyncio.ensure_future(sandbox.discard())
        self._discarding.add(task)
        task.add_done_callback(self._discarding.discard)

    async def warm(self) -> None:
        await self._living_zygote()
        await self._refill()

    async def _make(
        self,
        environment: Mapping[str, str] | None = None,
        outfit: Outfit | None = None,
        *,
        template: bool = False,
        launches: bool = False,
    ) -> NamespaceSandbox:
        """A blank one, or one that comes up with an outfit."""
        zygote = await self._living_zygote()
        launches = launches or self._interpreter.speaks_api
        argv, own = ([], {}) if launches else self._program()
        self._made += 1
        cgroup = Cgroup(self._hierarchies, f"{self._name}-{self._made}")
        cgroup.make()
        if outfit is not None:
            cgroup.limit(outfit.memory_megabytes, outfit.tmp_megabytes)
        entrances = cgroup.open_entrances()
        try:
            forked = await zygote.fork(
                argv,
                {**own, **(environment or {})},
                entrances,
                None if outfit is None else outfit.as_json(),
                alone=self._contained and outfit is not None and not outfit.has_extensions,
                lean=self._contained and outfit is not None and outfit.is_lean,
                template=template,
                launches=launches,
            )
        except SandboxFailed:
            cgroup.remove()
            raise
        finally:
            entrances.close()
        path = self._search_path()
        kind = NamespaceSandbox if self._contained else ProcessSandbox
        return kind(forked, cgroup, path, self._new_doors())

    def _new_doors(self) -> Doors:
        doors = Doors(inside=bool(self._inner_ports))
        if not doors.inside:
            doors.api = socket.create_server(("127.0.0.1", 0), backlog=64)
            doors.api.setblocking(False)
        return doors

    def _search_path(self) -> tuple[str, ...]:
        if self._interpreter.language != "python":
            return ()
        packages = f"python/lib/python{self._interpreter.version}/site-packages"
        relative = (packages, "python")
        if not self._contained:
            return relative
        return tuple(f"{file_system.LAYERS_ROOT}/{name}" for name in relative)

    def _program(self) -> tuple[list[str], dict[str, str]]:
        if self._interpreter.language == "python":
            return [], {}
        return self.runtime_command(), {"PATH": "/usr/local/bin:/usr/bin:/bin"}

    def runtime_command(self) -> list[str]:
        """What starts the runtime in a process of its own: the interpreter and its script."""
        language = self._interpreter.language
        script = {"python": "start.py", "nodejs": "bootstrap.js", "ruby": "bootstrap.rb"}[language]
        # Without it Ruby reads files by the locale, which a machine need not have.
        options = ["-E", "UTF-8"] if language == "ruby" else []
        return [self._interpreter.executable, *options, f"{self.bootstrap_folder}/{script}"]

    @property
    def executable(self) -> str:
        return self._interpreter.executable

    @property
    def bootstrap_folder(self) -> str:
        """Where functions see what runs their handlers."""
        if self._interpreter.language == "java" and not self._contained:
            return str(self._java_classes)
        folder = self.runtime_folder if self._contained else str(_BOOTSTRAPS)
        return f"{folder}/{self._interpreter.language}"

    @property
    def _java_classes(self) -> Path:
        # Beside the folder of this server's own, so that the next one finds them.
        return java.classes_folder(self._interpreter.prefix, self._work_folder.parent)

    async def _living_zygote(self) -> Zygote:
        if self._closed:
            raise SandboxFailed("The server is ending")
        if self._zygote is not None and self._zygote.alive:
            return self._zygote
        if self._starting is None:
            self._starting = asyncio.ensure_future(self._start_zygote())
        starting = self._starting
        try:
            self._zygote = await asyncio.shield(starting)
        finally:
            if starting.done():
                self._starting = None
        return self._zygote

    async def _start_zygote(self) -> Zygote:
        executable = self._interpreter.executable
        if self._interpreter.language != "python":
            executable = file_system.own_interpreter()[0]
        if self._interpreter.language == "java":
            await asyncio.to_thread(
                java.compile_bootstrap, self._interpreter.prefix, self._java_classes
            )
        try:
            plan = self._plan()
        except OSError as error:
            # A full disk, say; it names the folder.
            raise SandboxFailed(f"A sandbox could not be started: {error}") from error
        return await start_zygote(executable, plan)

    def _plan(self) -> dict[str, Any]:
        python = self._interpreter.language == "python"
        plan: dict[str, Any] = {
            "mode": "namespaces" if self._contained else "process",
            "has_own_user": self._own_user is not None,
            "own_user": self._own_user,
            "path": [self.runtime_folder, *self._interpreter.standard_library],
            "warm": ["boto3"] if python else [],
            "ports": list(self._inner_ports),
        }
        if not python:
            plan["path"] = file_system.own_standard_library()
        if self._contained:
            mount_point = self._work_folder / "root"
            mount_point.mkdir(parents=True, exist_ok=True)
            empty = self._work_folder / "empty"
            empty.mkdir(exist_ok=True)
            empty.chmod(0o755)
            prefixes = [self._interpreter.prefix, file_system.own_interpreter()[1]]
            root = file_system.plan_root(mount_point, prefixes, _BOOTSTRAPS)
            version = self._interpreter.version
            for folder in file_system.host_packages_of(self._interpreter.prefix, version):
                root.binds.append((str(empty), folder))
            root.binds += self._own_binds()
            plan.update(root.as_json())
        return plan

    def _own_binds(self) -> list[tuple[str, str]]:
        """What only functions of this language see."""
        match self._interpreter.language:
            case "ruby":
                return [(str(_BOOTSTRAPS / "ruby"), self.bootstrap_folder)]
            case "java":
                settings = [(path, path) for path in file_system.java_settings()]
                return [(str(self._java_classes), self.bootstrap_folder), *settings]
            case _:
                return []

    def _own_sdk(self) -> Path:
        """For plain processes: a folder that shows the SDK and nothing else of the server's."""
        folder = self._work_folder / "sdk"
        if not folder.exists():
            folder.mkdir(parents=True)
            for name, source in file_system.sdk_folders():
                (folder / name).symlink_to(source)
            hooks = "snapshot_restore_py.py"
            (folder / hooks).symlink_to(_BOOTSTRAPS / "python" / hooks)
        return folder

    def debugger_folder(self) -> str:
        """Where a function finds the server's debugger, after its own packages."""
        if self._contained:
            return file_system.DEBUGGER_FOLDER
        folder = self._work_folder / "debugger"
        folder.mkdir(parents=True, exist_ok=True)
        package = file_system.debugger_package()
        if package is not None and not (folder / package[0]).exists():
            (folder / package[0]).symlink_to(package[1])
        return str(folder)

    def debugger_binds(self) -> tuple[tuple[str, str], ...]:
        package = file_system.debugger_package()
        if package is None or not self._contained:
            return ()
        return ((package[1], f"{file_system.DEBUGGER_FOLDER}/{package[0]}"),)

    def _refill_soon(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if not self._closed:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(_REFILL_AFTER_SECONDS, self._begin_refill)

    def _begin_refill(self) -> None:
        self._timer = None
        # Who is being served now comes by here again.
        if not self._taking and (self._refilling is None or self._refilling.done()):
            self._refilling = asyncio.ensure_future(self._refill())

    async def _refill(self) -> None:
        # A machine that cannot make sandboxes tells the one who asks for one.
        with suppress(SandboxFailed):
            while len(self._ready) < self._wanted and not self._closed:
                self._ready.append(await self._make())

    async def close(self) -> None:
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        for task in (self._refilling, self._starting):
            if task is not None:
                with suppress(SandboxFailed):
                    await task
        for sandbox in self._ready:
            self.discard(sandbox)
        if self._discarding:
            await asyncio.wait(self._discarding)
        if self._zygote is not None:
            self._zygote.close()
