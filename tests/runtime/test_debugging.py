"""An editor attaches to a function, stops it, looks around and lets it go on."""

import asyncio
import json
import socket
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from lambent.runtime.api import Debugger, FunctionVersion, InvocationResult
from tests.runtime.conftest import Functions, started
from tests.runtime.editors import DebugAdapter, Inspector

PYTHON = """
    count = 0
    def handler(event, context):
        global count
        count += 1
        total = event["price"] * event["amount"]
        return {"total": total, "count": count}
"""
NODE = """
let count = 0;
exports.handler = async (event) => {
  count += 1;
  const total = event.price * event.amount;
  return { total, count };
};
"""
ORDER = {"price": 7, "amount": 6}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


def debugged(version: FunctionVersion, *, waits: bool = True) -> FunctionVersion:
    return replace(version, debugger=Debugger(version.key, free_port(), waits))


def python(functions: Functions, **more: Any) -> FunctionVersion:
    return debugged(functions.function(PYTHON, timeout=1, **more))


def node(functions: Functions) -> FunctionVersion:
    version = functions.function(NODE, file="app.js", runtime="nodejs20.x")
    return debugged(version)


def path_of(functions: Functions, version: FunctionVersion, name: str) -> str:
    return f"/var/task/{name}" if functions.runtime.contained else str(version.code / name)


@pytest.fixture(scope="module")
def walled(runner: asyncio.Runner, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Functions]:
    """Without any network but the way to the platform."""
    folder = tmp_path_factory.mktemp("walled")
    yield from started(runner, folder, "namespaces", network="platform-only")


def invoke(functions: Functions, version: FunctionVersion) -> "asyncio.Task[InvocationResult]":
    return asyncio.ensure_future(functions.run(version, ORDER))


async def stop_python(functions: Functions) -> None:
    version = python(functions)
    assert version.debugger is not None
    port = await functions.runtime.debug(version, 0)
    running = invoke(functions, version)
    editor = await DebugAdapter.attach(port, path_of(functions, version, "app.py"), [7])
    stopped = await editor.event("stopped")
    assert stopped["reason"] == "breakpoint"
    assert (await editor.variables(stopped["threadId"]))["total"] == "42"
    await editor.ask("continue", threadId=stopped["threadId"])
    assert json.loads((await running).payload) == {"total": 42, "count": 1}

    # The editor stays for the next invocation, which the same process runs.
    running = invoke(functions, version)
    stopped = await editor.event("stopped")
    await editor.ask("continue", threadId=stopped["threadId"])
    assert json.loads((await running).payload)["count"] == 2
    editor.close()
    await functions.runtime.end_debugging(version.debugger.session)


async def stop_node(functions: Functions) -> None:
    version = node(functions)
    assert version.debugger is not None
    port = await functions.runtime.debug(version, 0)
    running = invoke(functions, version)
    editor = await Inspector.attach(port)
    await editor.ask("Debugger.enable")
    url = "file://" + path_of(functions, version, "app.js")
    await editor.ask("Debugger.setBreakpointByUrl", lineNumber=5, url=url)
    await editor.ask("Runtime.runIfWaitingForDebugger")
    frame = (await editor.event("Debugger.paused"))["callFrames"][0]
    seen = await editor.ask(
        "Debugger.evaluateOnCallFrame", callFrameId=frame["callFrameId"], expression="total"
    )
    assert seen["result"]["value"] == 42
    await editor.ask("Debugger.resume")
    assert json.loads((await running).payload) == {"total": 42, "count": 1}
    editor.close()
    await functions.runtime.end_debugging(version.debugger.session)


async def test_a_function_in_python_stops_where_an_editor_says(functions: Functions) -> None:
    await stop_python(functions)


async def test_a_function_in_python_stops_where_it_has_no_network(walled: Functions) -> None:
    await stop_python(walled)


async def test_a_function_in_nodejs_stops_where_an_editor_says(functions: Functions) -> None:
    await stop_node(functions)


async def test_a_function_in_nodejs_stops_where_it_has_no_network(walled: Functions) -> None:
    await stop_node(walled)


async def test_what_runs_at_the_start_can_be_stopped_as_well(contained: Functions) -> None:
    version = python(contained)
    assert version.debugger is not None
    port = await contained.runtime.debug(version, 0)
    running = invoke(contained, version)
    editor = await DebugAdapter.attach(port, "/var/task/app.py", [2])
    stopped = await editor.event("stopped")
    await editor.ask("continue", threadId=stopped["threadId"])
    assert (await running).function_error is None
    editor.close()
    await contained.runtime.end_debugging(version.debugger.session)


async def test_invocations_wait_for_each_other(contained: Functions) -> None:
    version = python(contained)
    assert version.debugger is not None
    port = await contained.runtime.debug(version, 0)
    running = [invoke(contained, version) for _ in range(3)]
    editor = await DebugAdapter.attach(port, "/var/task/app.py", [])
    counts = [json.loads((await each).payload)["count"] for each in running]
    assert sorted(counts) == [1, 2, 3]
    editor.close()
    await contained.runtime.end_debugging(version.debugger.session)


async def test_a_function_that_is_not_to_wait_runs_at_once(contained: Functions) -> None:
    version = debugged(contained.function(PYTHON), waits=False)
    assert version.debugger is not None
    await contained.runtime.debug(version, 0)
    assert json.loads((await invoke(contained, version)).payload)["total"] == 42
    await contained.runtime.end_debugging(version.debugger.session)


async def test_the_end_of_a_session_ends_what_waits_in_it(contained: Functions) -> None:
    version = python(contained)
    assert version.debugger is not None
    port = await contained.runtime.debug(version, 0)
    running = invoke(contained, version)
    await asyncio.sleep(0)
    await contained.runtime.end_debugging(version.debugger.session)
    assert (await running).function_error == "Unhandled"
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)
    assert version.key not in [each.key for each in contained.runtime.environments()]


async def test_a_debugger_of_the_functions_own_comes_first(contained: Functions) -> None:
    package = """
        where = []
        def listen(address):
            where.append(address[0])
        def wait_for_client():
            pass
    """
    source = """
        import debugpy
        def handler(event, context):
            return debugpy.where
    """
    layer = contained.layer({"python/debugpy.py": package})
    version = debugged(contained.function(source, layers=(layer,)))
    assert version.debugger is not None
    await contained.runtime.debug(version, 0)
    assert json.loads((await invoke(contained, version)).payload) == ["127.0.0.1"]
    await contained.runtime.end_debugging(version.debugger.session)


async def test_a_machine_without_a_debugger_is_told_what_to_install(contained: Functions) -> None:
    layer = contained.layer({"python/debugpy.py": "raise ImportError('nothing of this name')"})
    version = python(contained, layers=(layer,))
    assert version.debugger is not None
    await contained.runtime.debug(version, 0)
    error = json.loads((await invoke(contained, version)).payload)
    assert error["errorType"] == "Lambent.DebuggerNotFound"
    assert "pip install 'lambent[debug]'" in error["errorMessage"]
    await contained.runtime.end_debugging(version.debugger.session)
