"""
Which process is at the other end of a connection over the loopback.

Where functions share the machine's network, any of them could call at the door of another. The
kernel says which socket it is (`sock_diag`), and the sandbox's processes must have it open.

https://man7.org/linux/man-pages/man7/sock_diag.7.html
"""

import os
import socket
import struct
from collections.abc import Iterable

_NETLINK_SOCK_DIAG = 4
_SOCK_DIAG_BY_FAMILY = 20
_NLM_F_REQUEST = 1
_HEADER = struct.Struct("=IHHII")
_ANY_STATE = 0xFFFFFFFF
_NO_COOKIE = b"\xff" * 8
# In the answer: the inode is the last word of the fixed part.
_FIXED_PART = 72

Address = tuple[str, int]


def is_held_by(pids: Iterable[int], peer: Address, own: Address) -> bool:
    """Whether one of the processes has the socket that is bound to `peer` and talks to `own`."""
    inode = _inode(peer, own)
    if not inode:
        return False
    wanted = f"socket:[{inode}]"
    return any(_has_open(pid, wanted) for pid in pids)


def _inode(local: Address, remote: Address) -> int:
    identity = (
        struct.pack("!HH", local[1], remote[1])
        + socket.inet_aton(local[0]).ljust(16, b"\0")
        + socket.inet_aton(remote[0]).ljust(16, b"\0")
        + struct.pack("=I", 0)
        + _NO_COOKIE
    )
    asked = struct.pack("=BBBBI", socket.AF_INET, socket.IPPROTO_TCP, 0, 0, _ANY_STATE) + identity
    length = _HEADER.size + len(asked)
    message = _HEADER.pack(length, _SOCK_DIAG_BY_FAMILY, _NLM_F_REQUEST, 1, 0) + asked
    try:
        with socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, _NETLINK_SOCK_DIAG) as kernel:
            kernel.settimeout(1)
            kernel.sendto(message, (0, 0))
            answer = kernel.recv(8192)
    except OSError:
        return 0
    _, kind, _, _, _ = _HEADER.unpack_from(answer)
    if kind != _SOCK_DIAG_BY_FAMILY or len(answer) < _HEADER.size + _FIXED_PART:
        return 0
    return int(struct.unpack_from("=I", answer, _HEADER.size + _FIXED_PART - 4)[0])


def _has_open(pid: int, wanted: str) -> bool:
    folder = f"/proc/{pid}/fd"
    try:
        return any(os.readlink(f"{folder}/{name}") == wanted for name in os.listdir(folder))
    except OSError:
        # It has ended, or a descriptor was closed meanwhile.
        return False
