"""A server that an ordinary user has started: what it can do, and that it says what it cannot."""

import io
import json
import socket
import subprocess
import sys
import textwrap
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.processes import ServerProcess
from tests.runtime.test_custom_runtimes import ECHO
from tests.unprivileged import launcher, own_folder

PYTHON = """
import os, subprocess, time
calls = 0
def handler(event, context):
    global calls
    calls += 1
    match event.get("do"):
        case "sleep":
            subprocess.Popen(["sleep", event["long"]], start_new_session=True)
            time.sleep(60)
        case "hold":
            held = bytearray(200 << 20)
            time.sleep(2)
        case "fill":
            with open("/tmp/filling", "wb") as file:
                for written in range(600):
                    try:
                        file.write(bytes(1 << 20))
                        file.flush()
                    except OSError as error:
                        return [written, error.strerror]
        case "look":
            return [os.path.exists(event["path"]), os.listdir("/opt"), os.getuid()]
        case "reach":
            import socket
            try:
                socket.create_connection(tuple(event["address"]), 1).close()
            except OSError:
                return False
            return True
    return calls
"""
NODE = "exports.handler = async (event) => ({ node: process.version, event });"
BOOTSTRAP = textwrap.dedent(ECHO).lstrip()


def zipped(name: str, text: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        entry = zipfile.ZipInfo(name)
        entry.create_system, entry.external_attr = 3, 0o755 << 16
        archive.writestr(entry, text)
    return file.getvalue()


def started(folder: Path, *options: str, launched: tuple[str, ...] = ()) -> ServerProcess:
    server = ServerProcess(folder, *options, launcher=launcher(*launched))
    server.errors = folder.with_name(f"{folder.name}-errors")
    server.start()
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "lambda.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
    server.client("iam").create_role(
        RoleName="function", AssumeRolePolicyDocument=json.dumps(trust)
    )
    return server


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with own_folder() as folder:
        yield folder


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[ServerProcess]:
    server = started(folder / "walled")
    yield server
    assert server.stop() == 0


def function(
    server: ServerProcess,
    name: str,
    code: bytes,
    runtime: str = "python3.11",
    handler: str = "main.handler",
    **more: Any,
) -> None:
    functions = server.client("lambda")
    functions.create_function(
        FunctionName=name,
        Runtime=runtime,
        Role="arn:aws:iam::000000000000:role/function",
        Handler=handler,
        Code={"ZipFile": code},
        **more,
    )
    waiter = functions.get_waiter("function_active_v2")
    waiter.wait(FunctionName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 30})


def invoke(server: ServerProcess, name: str, event: object) -> Any:
    reply = server.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event))
    return json.loads(reply["Payload"].read())


def test_functions_run_with_their_limits(server: ServerProcess, folder: Path) -> None:
    function(server, "limits", zipped("main.py", PYTHON), Timeout=1)
    assert [invoke(server, "limits", {}) for _ in range(2)] == [1, 2]

    timed_out = invoke(server, "limits", {"do": "sleep", "long": "71.25"})
    assert timed_out["errorMessage"].endswith("Task timed out after 1.00 seconds")
    assert not [path for path in Path("/proc").glob("[0-9]*/cmdline") if b"71.25" in _content(path)]

    server.client("lambda").update_function_configuration(FunctionName="limits", Timeout=30)
    server.client("lambda").get_waiter("function_updated_v2").wait(FunctionName="limits")
    assert invoke(server, "limits", {"do": "hold"})["errorType"] == "Runtime.OutOfMemory"
    written, reason = invoke(server, "limits", {"do": "fill"})
    assert reason == "No space left on device"
    assert 500 <= written <= 512
    store = str(folder / "walled/lambent.db")
    seen, _, user = invoke(server, "limits", {"do": "look", "path": store})
    assert (seen, user) == (False, 993)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def test_layers_and_other_runtimes_run(server: ServerProcess) -> None:
    layer = server.client("lambda").publish_layer_version(
        LayerName="own", Content={"ZipFile": zipped("brought", "by the layer")}
    )
    function(
        server, "layered", zipped("main.py", PYTHON), Layers=[layer["LayerVersionArn"]], Timeout=20
    )
    assert invoke(server, "layered", {"do": "look", "path": "/opt/brought"})[:2] == [
        True,
        ["brought"],
    ]
    function(server, "node", zipped("main.js", NODE), "nodejs20.x", Timeout=20)
    assert invoke(server, "node", {"n": 1})["event"] == {"n": 1}
    function(server, "custom", zipped("bootstrap", BOOTSTRAP), "provided.al2023", Timeout=20)
    assert [invoke(server, "custom", n)["event"] for n in (1, 2)] == [1, 2]


def test_what_an_ordinary_user_cannot_have_is_said_at_the_start(
    server: ServerProcess, folder: Path
) -> None:
    said = (server.errors or Path()).read_text()

    assert "Functions run as plain processes" not in said
    assert "Functions run as this server's own user" in said
    assert "Memory limits are kept by looking" in said


def test_the_network_can_be_taken_from_functions(folder: Path) -> None:
    server = started(folder / "secluded", "--network", "platform-only")
    try:
        function(server, "reaches", zipped("main.py", PYTHON), Timeout=20)
        port = int(server.url.rpartition(":")[2])
        event = {"do": "reach", "address": ["127.0.0.1", port]}
        assert invoke(server, "reaches", event) is True
        with socket.create_server(("127.0.0.1", 0)) as other:
            event = {"do": "reach", "address": other.getsockname()}
            assert invoke(server, "reaches", event) is False
    finally:
        assert server.stop() == 0


def test_without_user_namespaces_functions_run_as_plain_processes_and_it_is_said(
    folder: Path,
) -> None:
    server = started(folder / "plain", launched=("--without-namespaces",))
    try:
        said = (server.errors or Path()).read_text()
        function(server, "plain", zipped("main.py", PYTHON), Timeout=1)
        assert [invoke(server, "plain", {}) for _ in range(2)] == [1, 2]
        timed_out = invoke(server, "plain", {"do": "sleep", "long": "72.5"})
    finally:
        assert server.stop() == 0

    assert "Functions run as plain processes, without isolation" in said
    assert timed_out["errorMessage"].endswith("Task timed out after 1.00 seconds")


def test_the_walls_hold_for_an_ordinary_user(folder: Path) -> None:
    """
    The tests of the walls, of networks and of environments once more, as that user.
    """
    names = ("walls", "kernel_walls", "networks", "environments", "snapshots")
    here = Path(__file__).resolve().parent.parent / "runtime"
    command = [
        *launcher(),
        *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"),
        f"--basetemp={folder / 'tests'}",
        *(str(here / f"test_{name}.py") for name in names),
    ]
    done = subprocess.run(command, check=False, capture_output=True, text=True)

    assert done.returncode == 0, done.stdout[-5000:]
