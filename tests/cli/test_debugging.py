"""`lambent debug`: says how to attach, holds the session, and ends it with Ctrl-C."""

import asyncio
import json
import os
import signal
import subprocess
from typing import Any

import pytest

from tests.cli.conftest import LAMBENT, Lambent
from tests.processes import ServerProcess
from tests.runtime.editors import DebugAdapter, Inspector

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Python:
    Type: AWS::Serverless::Function
    Properties: {Runtime: python3.11, Handler: main.handler, CodeUri: code}
  Node:
    Type: AWS::Serverless::Function
    Properties: {Runtime: nodejs20.x, Handler: index.handler, CodeUri: code}
"""


@pytest.fixture(scope="module")
def stack(server: ServerProcess, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("debugged")
    (folder / "code").mkdir()
    (folder / "code" / "main.py").write_text("def handler(event, context):\n    return 'py'\n")
    (folder / "code" / "index.js").write_text("exports.handler = async () => 'js';\n")
    (folder / "template.yaml").write_text(TEMPLATE)
    subprocess.run(
        [str(LAMBENT), "deploy", ".", "--stack-name", "debugged"],
        check=True,
        cwd=folder,
        env={**os.environ, "AWS_ENDPOINT_URL": server.url},
    )
    return "debugged"


class Session:
    """`lambent debug` in a terminal."""

    def __init__(self, server: ServerProcess, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [str(LAMBENT), "debug", *arguments, "--port", "0", "--json"],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "AWS_ENDPOINT_URL": server.url},
        )
        assert self.process.stdout is not None
        text = ""
        while not text or text.count("{") > text.count("}"):
            line = self.process.stdout.readline()
            assert line, "it has ended"
            text += line
        self.said: dict[str, Any] = json.loads(text)

    def end(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(30)


def invoking(server: ServerProcess, function: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [str(LAMBENT), "invoke", function],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "AWS_ENDPOINT_URL": server.url},
    )


async def test_a_function_in_python_is_debugged_from_the_command_line(
    server: ServerProcess, stack: str
) -> None:
    session = Session(server, f"{stack}/Python")
    launch = session.said["launch"]
    assert (launch["type"], launch["request"]) == ("debugpy", "attach")
    assert launch["pathMappings"] == [
        {"localRoot": "${workspaceFolder}", "remoteRoot": "/var/task"}
    ]
    port = launch["connect"]["port"]
    running = invoking(server, f"{stack}/Python")
    editor = await DebugAdapter.attach(port, "/var/task/main.py", [2])
    stopped = await editor.event("stopped")
    await editor.ask("continue", threadId=stopped["threadId"])
    assert running.communicate(timeout=60)[0] == '"py"\n'
    editor.close()
    assert session.end() == 0
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)


async def test_a_function_in_nodejs_is_debugged_from_the_command_line(
    server: ServerProcess, stack: str
) -> None:
    session = Session(server, f"{stack}/Node")
    launch = session.said["launch"]
    assert (launch["type"], launch["remoteRoot"]) == ("node", "/var/task")
    running = invoking(server, f"{stack}/Node")
    editor = await Inspector.attach(launch["port"])
    await editor.ask("Runtime.runIfWaitingForDebugger")
    assert running.communicate(timeout=60)[0] == '"js"\n'
    editor.close()
    assert session.end() == 0


def test_the_launch_configuration_is_shown_to_people(server: ServerProcess, stack: str) -> None:
    process = subprocess.Popen(
        [str(LAMBENT), "debug", f"{stack}/Python", "--port", "0", "--no-wait"],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "AWS_ENDPOINT_URL": server.url},
    )
    assert process.stdout is not None
    assert process.stdout.readline().startswith("A debugger can attach at 127.0.0.1:")
    assert invoking(server, f"{stack}/Python").communicate(timeout=60)[0] == '"py"\n'
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    assert '"type": "debugpy"' in process.stdout.read()


def test_a_function_that_is_not_there_is_said(lambent: Lambent) -> None:
    assert "Function not found" in lambent("debug", "nobody").stderr
