"""Sessions of a debugger: which invokes run in them, and who may begin one."""

import asyncio
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from lambent.core.settings import Settings
from lambent.runtime.api import EnvironmentStatus
from lambent.wire.messages import HttpReply, HttpRequest
from tests.conftest import World
from tests.runtime.editors import DebugAdapter
from tests.runtime.test_environments import until
from tests.services.lambda_.functions import ARN, call, create, invoke, zipped

SOURCE = "def handler(event, context):\n    left = context.get_remaining_time_in_millis()\n"
SOURCE += "    return left > 100_000_000\n"
JSON = {"content-type": "application/json"}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    functions = replace(Settings().functions, hot_reload=(tmp_path / "projects",))
    return replace(Settings(), data=tmp_path / "data", drain_seconds=1.0, functions=functions)


async def ask(
    world: World, method: str = "POST", headers: dict[str, str] = JSON, **asked: Any
) -> HttpReply:
    body = orjson.dumps(asked)
    request = HttpRequest(method, "/_lambent/lambda/debug", "", headers, body)
    return await world.app.http.answer(request)


async def session(world: World, **asked: Any) -> Any:
    reply = await ask(world, function="orders", **asked)
    assert reply.status == 200, reply.body
    return orjson.loads(reply.body)  # type: ignore[arg-type]


def environments(world: World) -> list[EnvironmentStatus]:
    return world.platform.runtime.environments()


async def error(world: World, **asked: Any) -> tuple[int, str]:
    reply = await ask(world, **asked)
    return reply.status, orjson.loads(reply.body)["message"]  # type: ignore[arg-type]


async def test_invokes_run_in_the_session_without_a_time_out(world: World) -> None:
    await create(world.context, Code={"ZipFile": zipped(SOURCE)}, Timeout=1)
    await world.settle()
    assert await invoke(world.context) is False
    begun = await session(world)
    assert (begun["function_arn"], begun["language"]) == (f"{ARN}orders", "python")
    assert (begun["task_root"], begun["folder"]) == ("/var/task", None)
    running = asyncio.ensure_future(invoke(world.context))
    editor = await DebugAdapter.attach(begun["port"], "/var/task/main.py", [3])
    stopped = await editor.event("stopped")
    await editor.ask("continue", threadId=stopped["threadId"])
    assert await running is True
    editor.close()

    assert (await ask(world, "DELETE", function="orders")).status == 204
    assert await invoke(world.context) is False


async def test_a_version_is_debugged_alone(world: World) -> None:
    context = world.context
    await create(context, Code={"ZipFile": zipped(SOURCE)}, Publish=True)
    await world.settle()
    begun = await session(world, qualifier="1", waits=False)
    assert begun["function_arn"] == f"{ARN}orders:1"
    assert await invoke(context, Qualifier="1") is True
    assert await invoke(context) is False


async def test_edits_begin_a_new_environment_under_the_debugger(
    world: World, tmp_path: Path
) -> None:
    folder = tmp_path / "projects" / "orders"
    folder.mkdir(parents=True)
    main = folder / "main.py"
    main.write_text("def handler(event, context):\n    return 'first'\n")
    await create(world.context, Code={"S3Bucket": "hot-reload", "S3Key": str(folder)})
    await world.settle()
    begun = await session(world, waits=False)
    assert begun["folder"] == str(folder)
    assert await invoke(world.context) == "first"
    main.write_text("def handler(event, context):\n    return 'second'\n")
    assert await invoke(world.context) == "second"
    editor = await DebugAdapter.attach(begun["port"], "/var/task/main.py", [2])
    running = asyncio.ensure_future(invoke(world.context))
    stopped = await editor.event("stopped")
    await editor.ask("continue", threadId=stopped["threadId"])
    assert await running == "second"
    editor.close()
    shutil.rmtree(folder)


async def test_an_update_of_the_function_keeps_the_session(world: World) -> None:
    await create(world.context, Code={"ZipFile": zipped(SOURCE)})
    await world.settle()
    await session(world, waits=False)
    assert await invoke(world.context) is True
    package = {"ZipFile": zipped("def handler(event, context):\n    return 'other'\n")}
    await call(world.context, "UpdateFunctionCode", FunctionName="orders", **package)
    await world.settle()
    assert await invoke(world.context) == "other"
    debugged = [one for one in world.platform.runtime.environments() if one.phase != "ended"]
    assert len(debugged) == 1


async def test_an_update_ends_what_still_waits_for_an_editor(world: World) -> None:
    await create(world.context, Code={"ZipFile": zipped(SOURCE)})
    await world.settle()
    begun = await session(world)
    [before] = environments(world)
    package = {"ZipFile": zipped("def handler(event, context):\n    return 'other'\n")}
    await call(world.context, "UpdateFunctionCode", FunctionName="orders", **package)
    await world.settle()
    running = asyncio.ensure_future(invoke(world.context))
    await until(lambda: all(one.key != before.key for one in environments(world)))
    editor = await DebugAdapter.attach(begun["port"], "/var/task/main.py", [])
    assert await running == "other"
    editor.close()
    assert len(environments(world)) == 1


async def test_what_cannot_be_debugged_is_said(world: World) -> None:
    package = {"ZipFile": zipped("#!/bin/sh\n", "bootstrap")}
    await create(world.context, "custom", Runtime="provided.al2023", Code=package)
    await world.settle()
    status, message = await error(world, function="custom")
    assert (status, message.split(";")[0]) == (
        400,
        "provided.al2023 has no debugger that Lambent knows",
    )
    assert (await error(world, function="nobody"))[0] == 404
    assert (await error(world, function="orders", port=70000))[0] == 400
    assert (await ask(world, "DELETE", function="custom")).status == 204


async def test_a_page_in_a_browser_begins_no_session(world: World) -> None:
    """
    What a browser sends to a stranger without asking first is not JSON by its type.
    """
    await create(world.context)
    await world.settle()
    reply = await ask(world, headers={"content-type": "text/plain"}, function="orders")
    assert reply.status == 400


async def test_a_port_that_is_taken_is_said(world: World) -> None:
    await create(world.context, "other")
    await create(world.context)
    await world.settle()
    begun = await session(world, waits=False)
    status, message = await error(world, function="other", port=begun["port"])
    assert status == 400
    assert message.startswith(f"The port {begun['port']} cannot be opened")
    again = await session(world, port=begun["port"], waits=False)
    assert again["port"] == begun["port"]
