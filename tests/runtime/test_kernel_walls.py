"""Functions that try the kernel: calls, sockets, devices, files without end."""

import asyncio
import json
import os
import platform
import socket

import pytest

from lambent.runtime.sandbox.inside import linux
from tests.runtime.conftest import Functions

# name: (x86_64, aarch64), and arguments with which the kernel would do something.
CALLS = {
    "keyctl": (250, 219),
    "add_key": (248, 217),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "setns": (308, 268),
    "unshare": (272, 97),
    "open_by_handle_at": (304, 265),
    "fsopen": (430, 430),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "mount_setattr": (442, 442),
    "pivot_root": (155, 41),
    "kexec_load": (246, 104),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "reboot": (169, 142),
    "swapon": (167, 224),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "fanotify_init": (300, 262),
}


@pytest.mark.parametrize("template", [False, True])
async def test_calls_that_no_function_needs_are_refused(
    contained: Functions, template: bool
) -> None:
    """
    With EPERM, before the kernel looks at what is asked; in copies of a snapshot as well.
    """
    source = """
        import ctypes, errno
        libc = ctypes.CDLL(None, use_errno=True)
        def handler(event, context):
            answers = {}
            for name, number in event.items():
                ctypes.set_errno(0)
                answers[name] = [libc.syscall(number, 0, 0, 0, 0, 0), ctypes.get_errno()]
            return answers
    """
    column = ("x86_64", "aarch64").index(platform.machine())
    asked = {name: numbers[column] for name, numbers in CALLS.items()}
    answers = await contained.answer(source, asked, snap_start=template)

    assert answers == {name: [-1, 1] for name in asked}


async def test_a_namespace_cannot_be_made_by_cloning(contained: Functions) -> None:
    source = """
        import ctypes, platform, signal
        libc = ctypes.CDLL(None, use_errno=True)
        def handler(event, context):
            number = {"x86_64": 56, "aarch64": 220}[platform.machine()]
            made = []
            for flag in (0x00020000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000,
                         0x40000000):
                pid = libc.syscall(number, flag | signal.SIGCHLD, 0, 0, 0, 0)
                if pid == 0:
                    libc._exit(0)
                if pid > 0:
                    made.append(hex(flag))
            return made
    """
    assert await contained.answer(source) == []


async def test_sockets_that_lead_past_the_network_are_refused(contained: Functions) -> None:
    source = """
        import errno, socket
        def handler(event, context):
            answers = []
            for family in event:
                try:
                    socket.socket(family, socket.SOCK_DGRAM).close()
                    answers.append("made")
                except OSError as error:
                    answers.append(errno.errorcode[error.errno])
            return answers
    """
    ordinary = [socket.AF_UNIX, socket.AF_INET, socket.AF_INET6]
    bluetooth, keys = 31, 15
    others = [socket.AF_VSOCK, socket.AF_ALG, socket.AF_PACKET, bluetooth, keys]

    assert await contained.answer(source, ordinary) == ["made"] * 3
    assert await contained.answer(source, others) == ["EAFNOSUPPORT"] * 5


ABSTRACT = """
    import socket
    own = socket.socket(socket.AF_UNIX)
    own.bind("\\0own-" + __import__("uuid").uuid4().hex)
    own.listen()
    def reaches(name):
        try:
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(name)
            return True
        except OSError:
            return False
    def handler(event, context):
        name = own.getsockname().decode()
        return [reaches(name), name, [reaches(other) for other in event]]
"""


async def test_abstract_sockets_of_others_cannot_be_reached(contained: Functions) -> None:
    """
    They belong to a network, which functions share with the machine by default.
    """
    with socket.socket(socket.AF_UNIX) as hosts:
        hosts.bind(f"\0host-{os.getpid()}-{id(contained)}")
        hosts.listen()
        others = [hosts.getsockname().decode()]
        for _ in range(2):
            reaches_own, own, reached = await contained.answer(ABSTRACT, others)
            assert reaches_own
            # An older kernel cannot, and the server says so at its start.
            assert reached == [not linux.can_scope_sockets()] * len(others)
            others.append(own)


async def test_copies_of_a_snapshot_do_not_reach_each_others_abstract_sockets(
    contained: Functions,
) -> None:
    version = contained.function(
        """
        import os, socket, time
        def handler(event, context):
            own = socket.socket(socket.AF_UNIX)
            if event["listen"]:
                own.bind("\\0copy-" + event["name"])
                own.listen()
                time.sleep(1.5)
                return None
            time.sleep(0.5)
            try:
                own.connect("\\0copy-" + event["name"])
                return "reached"
            except OSError:
                return "not reached"
        """,
        snap_start=True,
        version="1",
    )
    await contained.runtime.snapshot(version)
    name = version.key
    _, other = await asyncio.gather(
        contained.run(version, {"listen": True, "name": name}),
        contained.run(version, {"listen": False, "name": name}),
    )
    reached = "not reached" if linux.can_scope_sockets() else "reached"
    assert json.loads(other.payload) == reached


async def test_files_without_end_fill_only_its_own_tmp(contained: Functions) -> None:
    source = """
        import os
        def handler(event, context):
            made = 0
            try:
                while made < 100_000:
                    os.close(os.open(f"/tmp/{made}", os.O_CREAT))
                    made += 1
            except OSError as error:
                return [made, error.strerror]
            return [made, ""]
    """
    made, reason = await contained.answer(source, ephemeral_storage=512, timeout=60)

    assert reason == "No space left on device"
    assert 30_000 < made <= 512 * 64


async def test_descriptors_have_awss_limit(contained: Functions) -> None:
    source = """
        import os, resource
        def handler(event, context):
            opened = 0
            try:
                while True:
                    os.open("/dev/null", os.O_RDONLY)
                    opened += 1
            except OSError as error:
                try:
                    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
                    return "raised"
                except ValueError:
                    return [opened, error.strerror]
    """
    opened, reason = await contained.answer(source)

    assert reason == "Too many open files"
    assert 1000 < opened < 1024


async def test_set_user_id_has_no_effect(contained: Functions) -> None:
    """
    Neither on a program of the machine nor on one that it makes itself.
    """
    source = """
        import os, shutil, subprocess
        def handler(event, context):
            shutil.copy("/usr/bin/id", "/tmp/id")
            os.chmod("/tmp/id", 0o6755)
            own = subprocess.run(["/tmp/id", "-u"], capture_output=True, text=True).stdout
            options = [
                line.split()[5] for line in open("/proc/self/mountinfo")
                if line.split()[4] in ("/", "/usr", "/tmp", "/var/task")
            ]
            return [own.strip(), all("nosuid" in each for each in options), len(options)]
    """
    assert await contained.answer(source) == ["993", True, 4]


async def test_its_keeper_can_be_neither_traced_nor_read(contained: Functions) -> None:
    source = """
        import ctypes, os
        libc = ctypes.CDLL(None, use_errno=True)
        def attempt(what):
            try:
                return repr(what())
            except OSError as error:
                return type(error).__name__
        def handler(event, context):
            read = lambda name: open("/proc/1/" + name, "rb").read()
            return {
                "attach": libc.ptrace(16, 1, 0, 0),
                "memory": attempt(lambda: read("mem")),
                "environment": attempt(lambda: read("environ")),
                "descriptors": attempt(lambda: os.listdir("/proc/1/fd")),
                "root": attempt(lambda: os.listdir("/proc/1/root")),
            }
    """
    assert await contained.answer(source) == {
        "attach": -1,
        "memory": "PermissionError",
        "environment": "PermissionError",
        "descriptors": "PermissionError",
        "root": "PermissionError",
    }


async def test_nothing_of_the_host_stands_in_what_it_can_read_of_itself(
    contained: Functions,
) -> None:
    source = """
        def handler(event, context):
            return {
                f"{pid}/{name}": open(f"/proc/{pid}/{name}").read()
                for pid in ("self", "1") for name in ("cmdline", "limits", "status")
            }
    """
    read = await contained.answer(source)

    assert str(contained.folder.parent) not in json.dumps(read)
    assert "Max core file size        1 " in read["self/limits"]


@pytest.mark.parametrize(
    "path",
    [
        "/proc/sys/vm/drop_caches",
        "/proc/sys/kernel/core_pattern",
        "/proc/sys/net/ipv4/ip_forward",
        "/proc/self/oom_score_adj",
        "/proc/1/oom_score_adj",
        "/sys/power/state",
        "/dev/mem",
        "/dev/kmsg",
        "/dev/sda",
    ],
)
async def test_switches_of_the_machine_cannot_be_moved(contained: Functions, path: str) -> None:
    source = """
        def handler(event, context):
            try:
                with open(event, "r+") as file:
                    file.write("-999")
            except OSError as error:
                return type(error).__name__
            return "written"
    """
    assert await contained.answer(source, path) in (
        "PermissionError",
        "FileNotFoundError",
        "OSError",
    )


async def test_the_devices_are_those_that_everybody_may_have(contained: Functions) -> None:
    source = """
        import os, stat
        def handler(event, context):
            names = sorted(os.listdir("/dev"))
            return [names, os.path.exists("/sys"), os.path.exists("/run")]
    """
    names, has_sys, has_run = await contained.answer(source)

    assert names == [
        *("fd", "full", "null", "random", "stderr", "stdin", "stdout", "urandom", "zero")
    ]
    assert not has_sys
    assert not has_run
