"""SnapStart: published versions run in copies of one environment that was initialised for them."""

import asyncio
from typing import Any

import orjson
import pytest

from tests.conftest import World
from tests.services.lambda_.functions import ARN, call, create, invoke, make_role, refused, zipped

ON = {"SnapStart": {"ApplyOn": "PublishedVersions"}, "Runtime": "python3.12"}
SOURCE = (
    "import os, time, uuid\nmade = uuid.uuid4().hex\n"
    "def handler(event, context):\n    time.sleep((event or {}).get('seconds', 0))\n"
    "    return [made, os.environ['AWS_LAMBDA_INITIALIZATION_TYPE'], context.log_stream_name]\n"
)


async def test_the_environments_of_a_version_are_copies(world: World) -> None:
    context = world.context
    await create(context, Code={"ZipFile": zipped(SOURCE)}, **ON)
    await world.settle()
    published = await call(context, "PublishVersion", FunctionName="orders")
    assert (published["State"], published["SnapStart"]) == (
        "Pending",
        {"ApplyOn": "PublishedVersions", "OptimizationStatus": "On"},
    )
    await world.settle()
    answers = await asyncio.gather(
        *(invoke(context, event={"seconds": 0.2}, Qualifier="1") for _ in range(2))
    )
    assert len({made for made, _, _ in answers}) == 1
    assert len({stream for _, _, stream in answers}) == 2
    assert {kind for _, kind, _ in answers} == {"snap-start"}

    latest = await invoke(context)
    assert latest[1] == "on-demand"
    assert latest[0] != answers[0][0]
    shown = await call(context, "GetFunctionConfiguration", FunctionName="orders")
    assert shown["SnapStart"]["OptimizationStatus"] == "Off"


async def test_a_version_that_cannot_be_initialised_fails(world: World) -> None:
    context = world.context
    broken = zipped("raise ValueError('no such table')\n")
    await create(context, Code={"ZipFile": broken}, Publish=True, **ON)
    await world.settle()
    version = await call(context, "GetFunctionConfiguration", FunctionName="orders", Qualifier="1")
    assert (version["State"], version["StateReasonCode"]) == ("Failed", "FunctionError")
    assert "no such table" in version["StateReason"]
    latest = await call(context, "GetFunctionConfiguration", FunctionName="orders")
    assert latest["State"] == "Active"


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"Runtime": "python3.11"}, "python3.11 is not supported for SnapStart enabled functions."),
        ({"Runtime": "nodejs20.x"}, "nodejs20.x is not supported for SnapStart enabled functions."),
        ({"EphemeralStorage": {"Size": 1024}}, "more than 512 MB"),
    ],
)
async def test_what_has_no_snap_start_is_refused(
    world: World, params: dict[str, Any], words: str
) -> None:
    role = await make_role(world.context)
    function = {"FunctionName": "orders", "Role": role, "Handler": "main.handler"}
    code, message = await refused(
        world.context,
        "CreateFunction",
        **{**function, "Code": {"ZipFile": zipped(SOURCE)}, **ON, **params},
    )
    assert code == "InvalidParameterValueException"
    assert words in message


async def test_a_version_with_snap_start_has_no_provisioned_concurrency(world: World) -> None:
    await create(world.context, Code={"ZipFile": zipped(SOURCE)}, Publish=True, **ON)
    await world.settle()
    assert await refused(
        world.context,
        "PutProvisionedConcurrencyConfig",
        FunctionName="orders",
        Qualifier="1",
        ProvisionedConcurrentExecutions=1,
    ) == (
        "InvalidParameterValueException",
        "Provisioned Concurrency is not supported for SnapStart enabled functions.",
    )


async def test_a_deleted_version_takes_its_snapshot_along(world: World) -> None:
    context = world.context
    await create(context, Code={"ZipFile": zipped(SOURCE)}, Publish=True, **ON)
    await world.settle()
    reply = await call(context, "Invoke", FunctionName=f"{ARN}orders:1")
    assert orjson.loads(reply["Payload"])[1] == "snap-start"
    await call(context, "DeleteFunction", FunctionName="orders")
    assert [one.phase for one in world.platform.runtime.environments()] == []
