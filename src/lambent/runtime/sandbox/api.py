"""
The contract of a sandbox: a place where the processes of one environment run, and nothing else.
"""

import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Outfit:
    """What makes a blank sandbox the sandbox of one function."""

    code: Path
    layers: tuple[Path, ...]
    memory_megabytes: int
    tmp_megabytes: int
    has_extensions: bool = False
    # It makes no use of the SDK: without it in memory, the sandbox is made in less time.
    is_lean: bool = False
    # What else it shows, read-only: (path on the machine, path in the sandbox).
    binds: tuple[tuple[str, str], ...] = ()

    def as_json(self) -> dict[str, Any]:
        """As `inside/keeper.py` reads it."""
        return {
            "code": str(self.code),
            "layers": [str(layer) for layer in self.layers],
            "binds": list(self.binds),
            "tmp_megabytes": self.tmp_megabytes,
            "companions": self.has_extensions,
        }


@dataclass(frozen=True, slots=True)
class Exit:
    """How a sandbox ended: an exit status, 128 and more for a signal; and whether by memory."""

    status: int
    out_of_memory: bool = False


class Sandbox(Protocol):
    """
    Every method may be called in any state and any number of times.

    Some are born blank and wait (`ready_sandboxes`); `furnish` gives such a one to a function.
    """

    pid: int
    control: socket.socket  # frames to and from the bootstrap
    log: int  # the reading end of the pipe behind standard output and standard error
    task_root: str  # where the function sees its code
    layers_roots: tuple[str, ...]  # where it sees its layers; what comes first wins
    api: socket.socket | None  # listens at `api_address`, where the Runtime API is
    api_address: str
    path: tuple[str, ...]  # what stands before the runtime's own modules on its search path

    async def furnish(self, outfit: Outfit) -> None: ...
    def freeze(self) -> None: ...
    def thaw(self) -> None: ...
    def kill(self) -> None:
        """End every process in it, at once."""
        ...

    async def exited(self) -> Exit: ...
    async def function_ended(self) -> Exit:
        """The function's own process is gone; extensions may live on."""
        ...

    def admits(self, peer: tuple[str, int], own: tuple[str, int]) -> bool:
        """Whether a connection to `own` comes from within."""
        ...

    def memory_used(self) -> int:
        """Bytes that its processes hold themselves, without caches and files."""
        ...
