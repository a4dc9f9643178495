"""Functions that try to get out of their sandbox."""

import json
import os

import pytest

from tests.runtime.conftest import Functions

CODE = "def handler(event, context): return 1"


async def test_the_host_and_other_functions_cannot_be_seen(contained: Functions) -> None:
    other = contained.function("SECRET = 1", environment={"SECRET": "other"})
    await contained.run(contained.function(CODE))
    source = """
        import os
        def handler(event, context):
            return {path: os.path.exists(path) for path in event}
    """
    places = [
        str(other.code),
        str(contained.folder),
        str(contained.folder.parent / "work"),
        "/home",
        "/etc/shadow",
        "/var/log",
        "/sys/fs/cgroup",
        "/run",
        os.getcwd() + "/pyproject.toml",
    ]
    seen = await contained.answer(source, places)

    assert [path for path, exists in seen.items() if exists] == []


async def test_the_root_holds_what_a_runtime_needs_and_no_more(contained: Functions) -> None:
    source = """
        import os
        def handler(event, context):
            hidden = os.listdir("/.host")
            return [os.listdir("/var"), hidden, os.listdir("/var/runtime"), os.listdir("/root")
                    if os.access("/root", os.R_OK) else []]
    """
    var, hidden, runtime, _ = await contained.answer(source)

    assert sorted(var) == ["runtime", "task"]
    assert hidden == []
    assert sorted(runtime) == [
        "boto3",
        "botocore",
        "dateutil",
        "debugger",
        "jmespath",
        "nodejs",
        "python",
        "s3transfer",
        "six.py",
        "snapshot_restore_py.py",
        "urllib3",
    ]


@pytest.mark.parametrize(
    "path",
    [
        "/var/task/new",
        "/var/runtime/new",
        "/opt/new",
        "/usr/new",
        "/etc/passwd",
        "/new",
        "/proc/sys/kernel/hostname",
        "/proc/sysrq-trigger",
        "/dev/new",
    ],
)
async def test_nothing_but_tmp_can_be_written(contained: Functions, path: str) -> None:
    source = """
        def handler(event, context):
            try:
                with open(event, "w") as file:
                    file.write("1")
            except OSError as error:
                return type(error).__name__
            return "written"
    """
    assert await contained.answer(source, path) != "written"


async def test_other_processes_cannot_be_seen_or_signalled(contained: Functions) -> None:
    source = """
        import os, signal
        def handler(event, context):
            pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]
            try:
                os.kill(event, 0)
                reached = True
            except OSError:
                reached = False
            for signal_number in (signal.SIGTERM, signal.SIGKILL):
                try:
                    os.kill(1, signal_number)
                except OSError:
                    pass
            return {"pids": sorted(pids), "parent": os.getppid(), "reached": reached}
    """
    answer = await contained.answer(source, os.getpid())

    # A first process, perhaps a keeper, and the function, whose parent may be outside.
    assert answer["pids"] in ([1, 2], [1, 2, 3])
    assert answer["parent"] == (2 if len(answer["pids"]) == 3 else 0)
    assert not answer["reached"]


async def test_no_rights_can_be_had(contained: Functions) -> None:
    source = """
        import ctypes, os
        libc = ctypes.CDLL(None, use_errno=True)
        def denied(result):
            return result != 0
        def handler(event, context):
            status = dict(line.split(":\\t", 1) for line in open("/proc/self/status").read().splitlines() if ":\\t" in line)
            attempts = {
                "mount": libc.mount(b"none", b"/tmp", b"tmpfs", 0, None),
                "unmount": libc.umount2(b"/var/task", 2),
                "user namespace": libc.unshare(0x10000000),
                "mount namespace": libc.unshare(0x00020000),
                "hostname": libc.sethostname(b"x", 1),
                "root": libc.setuid(0),
                "chroot": libc.chroot(b"/tmp"),
                "device": libc.mknod(b"/tmp/sda", 0o60666, 0x800),
                "trace init": libc.ptrace(16, 1, 0, 0),
            }
            return {
                "allowed": [name for name, result in attempts.items() if not denied(result)],
                "capabilities": status["CapEff"].strip(), "bounding": status["CapBnd"].strip(),
                "no new privileges": status["NoNewPrivs"].strip(), "seccomp": status["Seccomp"].strip(),
                "ids": [os.getuid(), os.getgid()], "groups": os.getgroups(),
            }
    """  # noqa: E501
    answer = await contained.answer(source)
    groups = answer.pop("groups")

    assert answer == {
        "allowed": [],
        "capabilities": "0" * 16,
        "bounding": "0" * 16,
        "no new privileges": "1",
        "seccomp": "2",
        "ids": [993, 990],
    }
    assert 0 not in groups


async def test_tmp_has_the_configured_size(contained: Functions) -> None:
    source = """
        def handler(event, context):
            written = 0
            try:
                with open("/tmp/filling", "wb") as file:
                    while True:
                        file.write(bytes(1 << 20))
                        file.flush()
                        written += 1
            except OSError as error:
                return [written, error.strerror]
    """
    written, reason = await contained.answer(source, ephemeral_storage=512, timeout=30)

    assert reason == "No space left on device"
    assert 500 <= written <= 512


async def test_what_is_in_tmp_does_not_count_as_memory(contained: Functions) -> None:
    """
    AWS keeps /tmp on a disk; here it is memory that the limit leaves out.
    """
    source = """
        import time
        def handler(event, context):
            with open("/tmp/large", "wb") as file:
                for _ in range(300):
                    file.write(bytes(1 << 20))
            time.sleep(0.3)
            return "kept"
    """
    assert await contained.answer(source, memory_size=128) == "kept"


@pytest.mark.parametrize("size", [200, 3000])
async def test_too_much_memory_ends_a_function_as_on_aws(contained: Functions, size: int) -> None:
    version = contained.function(
        """
        import time
        def handler(event, context):
            held = bytearray(event << 20)
            time.sleep(2)
            return len(held)
        """
    )
    result = await contained.run(version, size)
    error = json.loads(result.payload)

    if not contained.runtime.capabilities.limits_memory and size > 1000:
        # Without control groups so much at once is refused instead.
        assert error["errorType"] == "MemoryError"
        return
    assert error["errorType"] == "Runtime.OutOfMemory"
    assert error["errorMessage"].endswith("Error: Runtime exited with error: signal: killed")
    assert b"Max Memory Used: 128 MB" in result.log_tail
    assert b"Error Type: Runtime.OutOfMemory" in result.log_tail


async def test_too_much_memory_is_noticed_in_the_init_phase(contained: Functions) -> None:
    version = contained.function(
        """
        import time
        held = bytearray(200 << 20)
        time.sleep(3)
        def handler(event, context): return len(held)
        """
    )
    error = json.loads((await contained.run(version)).payload)

    assert error["errorType"] == "Runtime.OutOfMemory"


async def test_a_fork_bomb_burns_out(contained: Functions) -> None:
    version = contained.function(
        """
        import os, time
        def handler(event, context):
            children = 0
            try:
                while True:
                    if os.fork() == 0:
                        time.sleep(60)
                    children += 1
            except OSError as error:
                return [children, type(error).__name__]
        """,
        memory_size=1769,
        timeout=30,
    )
    result = await contained.run(version)
    await contained.runtime.retire(version.key)

    children, reason = json.loads(result.payload)
    assert reason == "BlockingIOError"
    assert 900 < children <= 1024


async def test_descriptors_of_the_server_are_not_inherited(contained: Functions) -> None:
    source = """
        import os
        def handler(event, context):
            return sorted(int(name) for name in os.listdir("/proc/self/fd"))
    """
    # The last one is the listing's own.
    assert await contained.answer(source) == [0, 1, 2, 3, 4]


async def test_shared_memory_and_message_queues_are_its_own(contained: Functions) -> None:
    source = """
        import os
        def handler(event, context):
            return [open("/proc/sysvipc/shm").read().count("\\n"), os.uname().nodename]
    """
    assert await contained.answer(source) == [1, "lambda"]
