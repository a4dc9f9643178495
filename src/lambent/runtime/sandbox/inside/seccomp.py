"""
System calls that no function needs and that have been ways out of sandboxes: refused.

A deny list: the walls are the namespaces; this only makes the surface of the kernel smaller.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from functools import cache
from typing import Any

from lambent.runtime.sandbox.inside import linux

_LOAD_WORD = 0x20
_JUMP_IF_EQUAL = 0x15
_JUMP_IF_AT_LEAST = 0x35
_RETURN = 0x06
_ALLOW = 0x7FFF0000
_REFUSE = 0x00050000 | errno.EPERM
_KILL = 0x80000000

# x86_64 has a second set of numbers (x32), which would pass a list of the first.
_OTHER_NUMBERS = 0x40000000
_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}

# name: (x86_64, aarch64)
_REFUSED: dict[str, tuple[int, int | None]] = {
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "move_mount": (429, 429),
    "open_tree": (428, 428),
    "fsopen": (430, 430),
    "fsmount": (432, 432),
    "mount_setattr": (442, 442),
    "setns": (308, 268),
    "unshare": (272, 97),
    "open_by_handle_at": (304, 265),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "reboot": (169, 142),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "acct": (163, 89),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "syslog": (103, 116),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    "fsconfig": (431, 431),
    "fspick": (433, 433),
    "fanotify_init": (300, 262),
    "lookup_dcookie": (212, 18),
    "iopl": (172, None),
    "ioperm": (173, None),
}
_SOCKET = (41, 198)
# What functions speak: local sockets, IPv4, IPv6, and asking the kernel for addresses. Others are
# of no use to them, or lead past the network that they may use (AF_VSOCK: to the machine's host).
_FAMILIES = (1, 2, 10, 16)
_NO_SUCH_FAMILY = 0x00050000 | errno.EAFNOSUPPORT


# What a copy of a snapshot needs for its own /tmp and /proc, within a namespace of its own.
_MOUNTING = frozenset(("mount", "umount2"))


@cache
def filter_program(machine: str, *, may_mount: bool = False) -> bytes:
    """The filter as the kernel reads it, or nothing for a machine that is not known."""
    architecture = _ARCHITECTURES.get(machine)
    if architecture is None:
        return b""
    column = list(_ARCHITECTURES).index(machine)
    left_out = _MOUNTING if may_mount else frozenset()
    named = [pair[column] for name, pair in _REFUSED.items() if name not in left_out]
    numbers = [number for number in named if number is not None]
    steps = [
        (_LOAD_WORD, 0, 0, 4),  # the architecture
        (_JUMP_IF_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, _KILL),
        (_LOAD_WORD, 0, 0, 0),  # the number of the call
        (_JUMP_IF_AT_LEAST, len(numbers) + 2, 0, _OTHER_NUMBERS),
    ]
    for index, number in enumerate(numbers):
        steps.append((_JUMP_IF_EQUAL, len(numbers) + 1 - index, 0, number))
    steps += [
        (_JUMP_IF_EQUAL, 2, 0, _SOCKET[column]),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _REFUSE),
        (_LOAD_WORD, 0, 0, 16),  # the first argument
    ]
    for index, family in enumerate(_FAMILIES):
        steps.append((_JUMP_IF_EQUAL, len(_FAMILIES) - index, 0, family))
    steps += [(_RETURN, 0, 0, _NO_SUCH_FAMILY), (_RETURN, 0, 0, _ALLOW)]
    return b"".join(struct.pack("HBBI", *step) for step in steps)


@cache
def _described(machine: str, *, may_mount: bool) -> tuple[bytes, Any]:
    """The filter as a struct sock_fprog, and the memory that this points to."""
    program = filter_program(machine, may_mount=may_mount)
    memory = ctypes.create_string_buffer(program, len(program))
    return struct.pack("HxxxxxxQ", len(program) // 8, ctypes.addressof(memory)), memory


def rehearse() -> None:
    """Make the programs once for all that are forked later."""
    for may_mount in (False, True):
        _described(os.uname().machine, may_mount=may_mount)


def install(*, may_mount: bool = False) -> None:
    """Needs `no_new_privs`. A kernel without seccomp is told by an OSError."""
    machine = os.uname().machine
    if machine in _ARCHITECTURES:
        linux.set_seccomp_filter(_described(machine, may_mount=may_mount)[0])
