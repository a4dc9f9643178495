"""
Whose is the other end of a connection over the loopback?

Where functions share the machine's network, any of them could call at the door of another, or at
the doors that are for people only. The kernel knows each socket (`sock_diag`): its user, the
version 2 control group that it was made in, and the inode by which a process that has it open can
be found.

https://man7.org/linux/man-pages/man7/sock_diag.7.html
"""

import os
import socket
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from lambent.runtime.sandbox.processes import descendants

_NETLINK_SOCK_DIAG = 4
_SOCK_DIAG_BY_FAMILY = 20
_NLM_F_REQUEST = 1
_HEADER = struct.Struct("=IHHII")
_ANY_STATE = 0xFFFFFFFF
_NO_COOKIE = b"\xff" * 8
# In the answer: user and inode are the last words of the fixed part; attributes follow.
_FIXED_PART = 72
_ATTRIBUTE = struct.Struct("=HH")
_CGROUP_ID = 21
# A function could open so many descriptors in so many processes that a search takes seconds.
_MOST_LOOKS = 20_000

Address = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Socket:
    user: int
    inode: int  # 0 if nobody has it open any more
    cgroup: int  # 0 where the kernel does not say


def find_socket(local: Address, remote: Address) -> Socket | None:
    """The socket that is bound to `local` and talks to `remote`, if this machine has it."""
    family = socket.AF_INET6 if ":" in local[0] else socket.AF_INET
    identity = (
        struct.pack("!HH", local[1], remote[1])
        + socket.inet_pton(family, local[0]).ljust(16, b"\0")
        + socket.inet_pton(family, remote[0]).ljust(16, b"\0")
        + struct.pack("=I", 0)
        + _NO_COOKIE
    )
    asked = struct.pack("=BBBBI", family, socket.IPPROTO_TCP, 0, 0, _ANY_STATE) + identity
    length = _HEADER.size + len(asked)
    message = _HEADER.pack(length, _SOCK_DIAG_BY_FAMILY, _NLM_F_REQUEST, 1, 0) + asked
    try:
        with socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, _NETLINK_SOCK_DIAG) as kernel:
            kernel.settimeout(1)
            kernel.sendto(message, (0, 0))
            answer = kernel.recv(8192)
    except OSError:
        return None
    _, kind, _, _, _ = _HEADER.unpack_from(answer)
    end = _HEADER.size + _FIXED_PART
    if kind != _SOCK_DIAG_BY_FAMILY or len(answer) < end:
        return None
    user, inode = struct.unpack_from("=II", answer, end - 8)
    return Socket(user, inode, _cgroup(answer[end:]))


def _cgroup(attributes: bytes) -> int:
    offset = 0
    while offset + _ATTRIBUTE.size <= len(attributes):
        length, kind = _ATTRIBUTE.unpack_from(attributes, offset)
        if kind == _CGROUP_ID:
            return int(struct.unpack_from("=Q", attributes, offset + _ATTRIBUTE.size)[0])
        offset += max(length + 3 & ~3, _ATTRIBUTE.size)
    return 0


def is_held_by(pids: Iterable[int], found: Socket) -> bool:
    """Whether one of the processes has the socket open. Gives up after very many looks."""
    if not found.inode:
        return False
    wanted = f"socket:[{found.inode}]"
    looks = 0
    for pid in pids:
        for name in _open_files(pid):
            if name == wanted:
                return True
            looks += 1
            if looks > _MOST_LOOKS:
                return False
    return False


def _open_files(pid: int) -> Iterator[str]:
    folder = f"/proc/{pid}/fd"
    try:
        names = os.listdir(folder)
    except OSError:
        # It has ended, or is not to be looked into.
        return
    for name in names:
        try:
            yield os.readlink(f"{folder}/{name}")
        except OSError:
            # It was closed meanwhile.
            continue


@dataclass(frozen=True, slots=True)
class Insiders:
    """How what runs in sandboxes can be told from everybody else on the machine."""

    own_user: int | None  # the user that functions have and nobody else
    unified: Path | None  # the version 2 group that has those of all sandboxes
    zygotes: list[int]

    def have(self, peer: Address, own: Address) -> bool:
        """
        Whether a function is at the other end. Who cannot be told from one counts as one.

        So does the server itself: it calls where functions ask it to, and passes on what they
        send where they have no network.
        """
        found = find_socket(peer, own)
        if found is None or not found.inode:
            # It has been closed meanwhile, unless it is on another machine.
            return found is not None or peer[0] == own[0]
        if found.user == self.own_user or found.cgroup in self._groups():
            return True
        if is_held_by([os.getpid()], found):
            return True
        if self.own_user is not None or found.user != os.geteuid():
            return False
        inside = {*self.zygotes}.union(*map(descendants, self.zygotes))
        return not is_held_by((pid for pid in _own_processes() if pid not in inside), found)

    def _groups(self) -> set[int]:
        if self.unified is None or not self.unified.exists():
            return set()
        return {entry.inode() for entry in os.scandir(self.unified) if entry.is_dir()}


def _own_processes() -> list[int]:
    user = os.geteuid()
    found = []
    for entry in os.scandir("/proc"):
        try:
            if entry.name.isdigit() and entry.stat().st_uid == user:
                found.append(int(entry.name))
        except OSError:
            continue
    return found
