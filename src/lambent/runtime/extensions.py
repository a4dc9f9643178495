"""
The extensions of one environment, alive: processes, events and the end of their time.
"""

import asyncio
import os
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from lambent.runtime.extensions_api import ExtensionsApi
from lambent.runtime.function_door import FunctionDoor
from lambent.runtime.sandbox.forked import NamespaceSandbox

# AWS: what the processes of extensions do not see.
_NOT_THEIRS = frozenset(
    (
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_XRAY_CONTEXT_MISSING",
        "AWS_XRAY_DAEMON_ADDRESS",
        "LAMBDA_RUNTIME_DIR",
        "LAMBDA_TASK_ROOT",
        "_HANDLER",
        "PYTHONPATH",
        "NODE_PATH",
    )
)
# AWS: how long the Shutdown phase lasts at most when there are external extensions.
_SHUTDOWN_SECONDS = 2.0

Crashed = Callable[[str, int], None]


def extension_names(layers: tuple[Path, ...]) -> dict[str, Path]:
    """The executables that layers bring to /opt/extensions; a later layer wins."""
    found: dict[str, Path] = {}
    for layer in layers:
        try:
            names = sorted(os.listdir(layer / "extensions"))
        except OSError:
            continue
        for name in names:
            path = layer / "extensions" / name
            if path.is_file() and os.access(path, os.X_OK):
                found[name] = layer
    return found


class Extensions:
    def __init__(
        self,
        external: Mapping[str, Path],
        api: ExtensionsApi,
        door: FunctionDoor,
        crashed: Crashed,
    ) -> None:
        self._external = external
        self._api = api
        self._door = door
        self._crashed = crashed
        self._exits: dict[str, asyncio.Future[int]] = {}
        self._ending = False
        self._all_registered: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def start(
        self,
        sandbox: NamespaceSandbox,
        variables: Mapping[str, str],
        new_log: Callable[[], int],
    ) -> None:
        """Start every external extension, each with a log of its own."""
        assert sandbox.companions is not None
        theirs = {name: each for name, each in variables.items() if name not in _NOT_THEIRS}
        for name, layer in self._external.items():
            contained = sandbox.task_root == NamespaceSandbox.task_root
            path = f"/opt/extensions/{name}" if contained else f"{layer}/extensions/{name}"
            folder = "/" if contained else str(layer)
            log = new_log()
            try:
                exited = sandbox.companions.start([path], theirs, folder, log)
            finally:
                os.close(log)
            self._exits[name] = exited
            exited.add_done_callback(partial(self._exited, name))
        if not self._external:
            self._all_registered.set_result(None)

    def _exited(self, name: str, ended: "asyncio.Future[int]") -> None:
        if not self._ending and not ended.cancelled():
            self._crashed(name, ended.result())

    def registered(self) -> None:
        if self._api.all_have_registered and not self._all_registered.done():
            self._all_registered.set_result(None)

    async def all_registered(self) -> None:
        await self._all_registered

    def give_up(self) -> None:
        """The environment ends before all have come."""
        self._ending = True
        if not self._all_registered.done():
            self._all_registered.cancel()

    @property
    def wants_shutdown(self) -> bool:
        return any(one.external for one in self._api.registered)

    async def shut_down(self, reason: str, now_ms: int) -> None:
        """Tell those who want to know, and wait until all have ended or their time is up."""
        self._ending = True
        deadline = now_ms + int(_SHUTDOWN_SECONDS * 1000)
        event = {"shutdownReason": reason, "deadlineMs": deadline}
        self._door.send(self._api.publish("SHUTDOWN", event))
        told = {one.name for one in self._api.registered if "SHUTDOWN" in one.events}
        waiting = [exited for name, exited in self._exits.items() if name in told]
        if waiting:
            await asyncio.wait(waiting, timeout=_SHUTDOWN_SECONDS)
