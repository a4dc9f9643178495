"""
The system calls that Python has no words for: namespaces, mounts, capabilities.

Every function raises `OSError` with the kernel's errno.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import signal
import socket
import struct

CLONE_NEWNS = 0x00020000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MS_RDONLY = 0x1
MS_NOSUID = 0x2
MS_NODEV = 0x4
MS_NOEXEC = 0x8
MS_REMOUNT = 0x20
MS_BIND = 0x1000
MS_REC = 0x4000
MS_PRIVATE = 0x40000
MNT_DETACH = 2

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_SECCOMP = 22
_SECCOMP_MODE_FILTER = 2
_PR_CAPBSET_DROP = 24
_PR_SET_CHILD_SUBREAPER = 36
_PR_SET_NO_NEW_PRIVS = 38
_AT_RECURSIVE = 0x8000
_SIOCSIFFLAGS = 0x8914
_MOUNT_ATTR_RDONLY_NOSUID_NODEV = 0x7

# System call numbers, where the two architectures differ.
_NUMBERS = {
    "x86_64": {"clone": 56, "pivot_root": 155, "capset": 126},
    "aarch64": {"clone": 220, "pivot_root": 41, "capset": 91},
}.get(os.uname().machine, {})
_MOUNT_SETATTR = 442
_LANDLOCK_CREATE_RULESET, _LANDLOCK_RESTRICT_SELF = 444, 446
_LANDLOCK_SCOPES = 6  # the version that has them
_LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET = 0x1
_HUGE_PAGE = 2 << 20
_MADV_COLLAPSE = 25
_CLONE3 = 435
_CLOSE_RANGE = 436
_CLONE_INTO_CGROUP = 0x200000000

# PyDLL keeps the interpreter's lock, so that a fork in the middle of a call is a fork of a
# consistent interpreter.
_libc = ctypes.PyDLL(None, use_errno=True)


def _checked(result: int, what: str = "") -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), what or None)
    return result


def is_supported_machine() -> bool:
    return bool(_NUMBERS)


def unshare(flags: int) -> None:
    _checked(_libc.unshare(flags))


def join(namespace: int, kind: int) -> None:
    """Go into the namespace behind a descriptor; if it is of processes, children will."""
    _checked(_libc.setns(namespace, kind))


def mount(source: str, target: str, kind: str = "", flags: int = 0, options: str = "") -> None:
    result = _libc.mount(
        os.fsencode(source),
        os.fsencode(target),
        kind.encode() or None,
        ctypes.c_ulong(flags),
        options.encode() or None,
    )
    _checked(result, target)


def detach(target: str) -> None:
    """Unmount `target` and all below it; what is open stays open."""
    _checked(_libc.umount2(os.fsencode(target), MNT_DETACH), target)


def make_read_only(target: str) -> None:
    """Make the mounts at and below `target` read-only, without set-user-id and devices."""
    attributes = struct.pack("QQQQ", _MOUNT_ATTR_RDONLY_NOSUID_NODEV, 0, 0, 0)
    result = _libc.syscall(
        _MOUNT_SETATTR, -100, os.fsencode(target), _AT_RECURSIVE, attributes, len(attributes)
    )
    _checked(result, target)


def bind(source: str, target: str, *, read_only: bool = True) -> None:
    mount(source, target, flags=MS_BIND | MS_REC)
    if read_only:
        make_read_only(target)


def pivot_root(new_root: str, put_old: str) -> None:
    _checked(
        _libc.syscall(_NUMBERS["pivot_root"], os.fsencode(new_root), os.fsencode(put_old)), new_root
    )


def set_host_name(name: str) -> None:
    raw = name.encode()
    _checked(_libc.sethostname(raw, ctypes.c_size_t(len(raw))))


def raise_loopback() -> None:
    """Switch the loopback of a new network namespace on."""
    # struct ifreq: the name, then the flags IFF_UP | IFF_RUNNING.
    request = struct.pack("16sh22x", b"lo", 0x1 | 0x40)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, _SIOCSIFFLAGS, request)


def fork_into(namespaces: int, group: int = -1) -> int:
    """
    `os.fork()`, but the child begins in new namespaces, and in a control group (version 2).

    The C library does not hear of it; the child must do no more than set up and fork again.
    """
    # struct clone_args: flags, three addresses, the signal, five that are not used, the group.
    flags, death = namespaces | (_CLONE_INTO_CGROUP if group >= 0 else 0), int(signal.SIGCHLD)
    asked = struct.pack("11Q", flags, 0, 0, 0, death, 0, 0, 0, 0, 0, max(group, 0))
    ctypes.pythonapi.PyOS_BeforeFork()
    pid: int = (
        _libc.syscall(_CLONE3, asked, len(asked))
        if group >= 0
        else _libc.syscall(_NUMBERS["clone"], flags | death, 0, 0, 0, 0)
    )
    number = ctypes.get_errno()
    if pid == 0:
        ctypes.pythonapi.PyOS_AfterFork_Child()
    else:
        ctypes.pythonapi.PyOS_AfterFork_Parent()
    if pid < 0:
        raise OSError(number, os.strerror(number), "clone")
    return pid


def close_from(first: int, before: int = 1 << 32) -> None:
    """Close the descriptors from `first` on, but those from `before` on."""
    last = ctypes.c_uint(before - 1)
    if first < before and _libc.syscall(_CLOSE_RANGE, ctypes.c_uint(first), last, 0) < 0:
        # Older kernels have no word for it, and take a moment for each.
        os.closerange(first, min(before, 1 << 16))


def use_huge_pages(root: str) -> None:
    """
    Gather this process's own memory in huge pages, where the kernel can (6.1).

    `root` is where a /proc can be found that shows this process.
    """
    if "[never]" in read(f"{root}/sys/kernel/mm/transparent_hugepage/enabled"):
        return
    for line in read(f"{root}/proc/self/maps").splitlines():
        words = line.split()
        if words[1] == "rw-p" and (len(words) == 5 or words[5] == "[heap]"):
            first, end = (int(word, 16) for word in words[0].split("-"))
            first, end = -(-first // _HUGE_PAGE) * _HUGE_PAGE, end // _HUGE_PAGE * _HUGE_PAGE
            if first < end:
                # What cannot be gathered stays as it is.
                _libc.madvise(ctypes.c_void_p(first), ctypes.c_size_t(end - first), _MADV_COLLAPSE)


def read(path: str) -> str:
    """What is in a small file, or nothing."""
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return ""


def can_scope_sockets() -> bool:
    """Whether the kernel can (Landlock since 6.12)."""
    version: int = _libc.syscall(_LANDLOCK_CREATE_RULESET, None, ctypes.c_size_t(0), 1)
    return version >= _LANDLOCK_SCOPES


def scope_sockets() -> None:
    """
    Keep this process and its children from abstract sockets that others have made.

    Such sockets have a name and no file, and are shared by all who share a network.
    """
    if not can_scope_sockets():
        return
    # struct landlock_ruleset_attr: file system, network, scopes. Only the last one.
    rules = struct.pack("3Q", 0, 0, _LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET)
    size = ctypes.c_size_t(len(rules))
    descriptor = _checked(_libc.syscall(_LANDLOCK_CREATE_RULESET, rules, size, 0))
    try:
        _checked(_libc.syscall(_LANDLOCK_RESTRICT_SELF, descriptor, 0))
    finally:
        os.close(descriptor)


def _prctl(option: int, value: int) -> int:
    return int(_libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0))


def set_seccomp_filter(described: bytes) -> None:
    """`described` is a struct sock_fprog."""
    _checked(_libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, described, 0, 0))


def die_with_parent() -> None:
    """Cleared by every change of credentials: call it last."""
    _checked(_prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL)))


def adopt_orphans() -> None:
    _checked(_prctl(_PR_SET_CHILD_SUBREAPER, 1))


def set_dumpable(dumpable: bool) -> None:
    """Whether others of the same user may look into this process (and own its /proc files)."""
    _checked(_prctl(_PR_SET_DUMPABLE, int(dumpable)))


def forbid_new_privileges() -> None:
    _checked(_prctl(_PR_SET_NO_NEW_PRIVS, 1))


def drop_capabilities() -> None:
    """All of them, in every set, for good."""
    for capability in range(64):
        if _prctl(_PR_CAPBSET_DROP, capability) < 0:
            break
    give_up_capabilities()


def give_up_capabilities() -> None:
    """Those that there are; for who executes nothing, and so gets no others."""
    version_3 = struct.pack("Ii", 0x20080522, 0)
    _checked(_libc.syscall(_NUMBERS["capset"], version_3, bytes(24)))


def map_user(pid: int | str, users: list[tuple[int, int]], groups: list[tuple[int, int]]) -> None:
    """Write the id maps of the user namespace of `pid`: pairs of (inside, outside)."""
    folder = f"/proc/{pid}"
    if len(groups) == 1:
        # Without rights in the parent namespace a group may be mapped only if groups can
        # no longer be dropped.
        _write(f"{folder}/setgroups", "deny")
    _write(f"{folder}/uid_map", "\n".join(f"{inside} {outside} 1" for inside, outside in users))
    _write(f"{folder}/gid_map", "\n".join(f"{inside} {outside} 1" for inside, outside in groups))


def map_everybody(pid: int | str) -> None:
    """Let the user namespace of `pid` know everybody that ours knows, by the same numbers."""
    for name in ("uid_map", "gid_map"):
        with open(f"/proc/self/{name}") as file:
            ranges = [line.split() for line in file]
        same = [f"{first} {first} {count}" for first, _, count in ranges]
        _write(f"/proc/{pid}/{name}", "\n".join(same))


def _write(path: str, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY)
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)


def forbid_user_namespaces() -> None:
    """In this user namespace and below, no further one can be made."""
    _write("/proc/sys/user/max_user_namespaces", "0")
