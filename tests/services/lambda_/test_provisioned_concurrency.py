"""Provisioned concurrency: environments that are really there before anybody asks for them."""

import asyncio
import base64
from collections import Counter
from typing import Any

import orjson
import pytest

from lambent.core.clock import ManualClock
from lambent.core.settings import Settings
from lambent.server.app import build
from tests.conftest import World
from tests.services.lambda_.functions import call, create, invoke, refused, zipped

# Answers how its environment was initialised, and which version it is.
_TELLING = """
import os, time

def handler(event, context):
    time.sleep((event or {}).get("seconds", 0))
    return [os.environ["AWS_LAMBDA_INITIALIZATION_TYPE"], context.function_version]
"""


async def publish(world: World, name: str = "orders") -> str:
    """A version that is Active."""
    reply = await call(world.context, "PublishVersion", FunctionName=name)
    await world.settle()
    version: str = reply["Version"]
    return version


async def made(world: World, name: str = "orders", source: str = _TELLING) -> None:
    await create(world.context, name, Code={"ZipFile": zipped(source)}, Timeout=30)
    await world.settle()


async def put(world: World, qualifier: str, count: int, name: str = "orders") -> Any:
    return await call(
        world.context,
        "PutProvisionedConcurrencyConfig",
        FunctionName=name,
        Qualifier=qualifier,
        ProvisionedConcurrentExecutions=count,
    )


async def config(world: World, qualifier: str, name: str = "orders") -> tuple[str, int, int]:
    """Status, requested and allocated."""
    reply = await call(
        world.context,
        "GetProvisionedConcurrencyConfig",
        FunctionName=name,
        Qualifier=qualifier,
    )
    return (
        reply["Status"],
        reply["RequestedProvisionedConcurrentExecutions"],
        reply["AllocatedProvisionedConcurrentExecutions"],
    )


def alive(world: World) -> Counter[str]:
    return Counter(one.initialization_type for one in world.platform.runtime.environments())


async def test_a_version_gets_its_environments_before_its_first_invoke(world: World) -> None:
    await made(world)
    version = await publish(world)

    reply = await put(world, version, 2)
    assert reply["Status"] == "IN_PROGRESS"
    assert reply["AllocatedProvisionedConcurrentExecutions"] == 0

    await world.settle()
    assert await config(world, version) == ("READY", 2, 2)
    assert alive(world) == {"provisioned-concurrency": 2}
    reply = await call(
        world.context, "Invoke", FunctionName="orders", Qualifier=version, LogType="Tail"
    )
    assert orjson.loads(reply["Payload"]) == ["provisioned-concurrency", version]
    assert "Init Duration" not in base64.b64decode(reply["LogResult"]).decode()


async def test_the_unpublished_version_never_uses_them(world: World) -> None:
    await made(world)
    version = await publish(world)
    await put(world, version, 1)
    await world.settle()

    assert await invoke(world.context) == ["on-demand", "$LATEST"]


async def test_a_version_that_is_not_ready_yet_is_waited_for(world: World) -> None:
    await made(world)
    reply = await call(world.context, "PublishVersion", FunctionName="orders")

    await put(world, reply["Version"], 1)
    await world.settle()

    assert await config(world, reply["Version"]) == ("READY", 1, 1)


async def test_provisioned_environments_follow_their_alias(world: World) -> None:
    await made(world)
    first = await publish(world)
    await call(
        world.context, "CreateAlias", FunctionName="orders", Name="live", FunctionVersion=first
    )
    await put(world, "live", 2)
    await world.settle()
    await call(
        world.context,
        "UpdateFunctionCode",
        FunctionName="orders",
        ZipFile=zipped(_TELLING + "# changed\n"),
    )
    await world.settle()
    second = await publish(world)

    await call(
        world.context, "UpdateAlias", FunctionName="orders", Name="live", FunctionVersion=second
    )
    status, _, _ = await config(world, "live")
    assert status == "IN_PROGRESS"
    await world.settle()

    assert await config(world, "live") == ("READY", 2, 2)
    answer = await invoke(world.context, Qualifier="live")
    assert answer == ["provisioned-concurrency", second]
    assert alive(world)["provisioned-concurrency"] == 2


async def test_a_weighted_alias_shares_them(world: World) -> None:
    await made(world)
    first = await publish(world)
    await call(
        world.context,
        "UpdateFunctionCode",
        FunctionName="orders",
        ZipFile=zipped(_TELLING + "# changed\n"),
    )
    await world.settle()
    second = await publish(world)
    await call(
        world.context,
        "CreateAlias",
        FunctionName="orders",
        Name="live",
        FunctionVersion=first,
        RoutingConfig={"AdditionalVersionWeights": {second: 0.25}},
    )
    await put(world, "live", 4)
    await world.settle()

    assert await config(world, "live") == ("READY", 4, 4)
    keys = Counter(one.key for one in world.platform.runtime.environments())
    assert sorted(keys.values()) == [1, 3]


async def test_more_invokes_than_provisioned_spill_over(world: World) -> None:
    await made(world)
    version = await publish(world)
    await put(world, version, 2)
    await world.settle()

    answers = await asyncio.gather(
        *(invoke(world.context, event={"seconds": 0.3}, Qualifier=version) for _ in range(3))
    )

    kinds = Counter(kind for kind, _ in answers)
    assert kinds == {"provisioned-concurrency": 2, "on-demand": 1}


async def test_deleting_the_config_ends_the_environments(world: World) -> None:
    await made(world)
    version = await publish(world)
    await put(world, version, 2)
    await world.settle()

    params = {"FunctionName": "orders", "Qualifier": version}
    await call(world.context, "DeleteProvisionedConcurrencyConfig", **params)
    await world.settle()

    code, message = await refused(world.context, "GetProvisionedConcurrencyConfig", **params)
    assert code == "ProvisionedConcurrencyConfigNotFoundException"
    assert message == "No Provisioned Concurrency Config found for this function"
    assert await invoke(world.context, Qualifier=version) == ["on-demand", version]
    rows = await world.platform.database.read(
        lambda tx: tx.all("SELECT id FROM work_item WHERE kind = 'lambda.provision_concurrency'")
    )
    assert rows == []


async def test_a_restart_brings_them_back(settings: Settings, clock: ManualClock) -> None:
    world = World(await build(settings, clock), clock)
    await made(world)
    version = await publish(world)
    await put(world, version, 2)
    await world.settle()
    await world.app.close()

    again = World(await build(settings, clock), clock)
    await again.settle()

    assert await config(again, version) == ("READY", 2, 2)
    assert alive(again) == {"provisioned-concurrency": 2}
    await again.app.close()


async def test_a_function_that_fails_to_initialise_fails_to_be_provisioned(world: World) -> None:
    await made(world, source="raise RuntimeError('no')\n")
    version = await publish(world)
    await put(world, version, 1)
    await world.settle()

    reply = await call(
        world.context,
        "GetProvisionedConcurrencyConfig",
        FunctionName="orders",
        Qualifier=version,
    )
    assert reply["Status"] == "FAILED"
    assert reply["StatusReason"] == "FUNCTION_ERROR_INIT_FAILURE"


async def test_the_list_names_the_qualified_functions(world: World) -> None:
    await made(world)
    version = await publish(world)
    await put(world, version, 1)

    reply = await call(world.context, "ListProvisionedConcurrencyConfigs", FunctionName="orders")
    (one,) = reply["ProvisionedConcurrencyConfigs"]
    assert one["FunctionArn"].endswith(f":function:orders:{version}")


@pytest.mark.parametrize("qualifier", ["$LATEST", "draft"])
async def test_what_is_not_published_is_refused(world: World, qualifier: str) -> None:
    await made(world)
    await call(
        world.context, "CreateAlias", FunctionName="orders", Name="draft", FunctionVersion="$LATEST"
    )

    assert await refused(
        world.context,
        "PutProvisionedConcurrencyConfig",
        FunctionName="orders",
        Qualifier=qualifier,
        ProvisionedConcurrentExecutions=1,
    ) == (
        "InvalidParameterValueException",
        "Provisioned Concurrency Configs cannot be applied to unpublished function versions.",
    )


async def test_a_version_and_its_alias_cannot_both_be_provisioned(world: World) -> None:
    await made(world)
    version = await publish(world)
    params = {"FunctionName": "orders", "ProvisionedConcurrentExecutions": 1}
    await call(
        world.context, "CreateAlias", FunctionName="orders", Name="live", FunctionVersion=version
    )

    await put(world, version, 1)
    assert await refused(
        world.context, "PutProvisionedConcurrencyConfig", Qualifier="live", **params
    ) == (
        "ResourceConflictException",
        "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned"
        " version",
    )

    await call(
        world.context,
        "DeleteProvisionedConcurrencyConfig",
        FunctionName="orders",
        Qualifier=version,
    )
    await put(world, "live", 1)
    assert await refused(
        world.context, "PutProvisionedConcurrencyConfig", Qualifier=version, **params
    ) == ("ResourceConflictException", "Version is pointed by a Provisioned Concurrency alias")


async def test_provisioned_concurrency_fits_into_what_is_reserved(world: World) -> None:
    await made(world)
    version = await publish(world)
    reserve = {"FunctionName": "orders", "ReservedConcurrentExecutions": 2}
    await call(world.context, "PutFunctionConcurrency", **reserve)

    code, message = await refused(
        world.context,
        "PutProvisionedConcurrencyConfig",
        FunctionName="orders",
        Qualifier=version,
        ProvisionedConcurrentExecutions=3,
    )
    assert code == "InvalidParameterValueException"
    assert message.startswith("Requested Provisioned Concurrency should not be greater than")

    await put(world, version, 2)
    code, message = await refused(
        world.context,
        "PutFunctionConcurrency",
        FunctionName="orders",
        ReservedConcurrentExecutions=1,
    )
    assert message == (
        "ReservedConcurrentExecutions  1 should not be lower than function's total provisioned"
        " concurrency [2]."
    )


async def test_what_is_all_provisioned_leaves_nothing_on_demand(world: World) -> None:
    """
    AWS: reserved and provisioned alike, a function has no room for `$LATEST`.
    """
    await made(world)
    version = await publish(world)
    await call(
        world.context,
        "PutFunctionConcurrency",
        FunctionName="orders",
        ReservedConcurrentExecutions=1,
    )
    await put(world, version, 1)
    await world.settle()

    assert (await invoke(world.context, Qualifier=version))[0] == "provisioned-concurrency"
    code, _ = await refused(world.context, "Invoke", FunctionName="orders")
    assert code == "TooManyRequestsException"


async def test_the_account_keeps_a_hundred_on_demand(world: World) -> None:
    await made(world)
    version = await publish(world)

    for count, words in ((950, "below its minimum value of [100]"), (1_200, "concurrency [1000]")):
        code, message = await refused(
            world.context,
            "PutProvisionedConcurrencyConfig",
            FunctionName="orders",
            Qualifier=version,
            ProvisionedConcurrentExecutions=count,
        )
        assert code == "InvalidParameterValueException"
        assert words in message
