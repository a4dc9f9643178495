"""Capacity providers, and functions that run on them with so many environments."""

import asyncio
from dataclasses import replace
from typing import Any

import orjson
import pytest

from lambent.core.errors import AwsError
from lambent.platform import Context
from tests.conftest import World
from tests.services.lambda_.functions import (
    ARN,
    call,
    create,
    invoke,
    make_role,
    refused,
    zipped,
)

PROVIDER = "arn:aws:lambda:us-east-1:000000000000:capacity-provider:large"
COUNTING = (
    "import os, time\nn = 0\n"
    "def handler(event, context):\n"
    "    global n\n    n += 1\n    time.sleep((event or {}).get('seconds', 0))\n"
    "    return {'n': n, 'type': os.environ['AWS_LAMBDA_INITIALIZATION_TYPE'],\n"
    "            'version': context.function_version, 'at': id(os) ^ os.getpid(),\n"
    "            'stream': context.log_stream_name}\n"
)


async def provide(context: Context, name: str = "large", **params: Any) -> Any:
    role = await make_role(context, "operator")
    defaults = {
        "CapacityProviderName": name,
        "VpcConfig": {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]},
        "PermissionsConfig": {"CapacityProviderOperatorRoleArn": role},
    }
    reply = await call(context, "CreateCapacityProvider", **{**defaults, **params})
    return reply["CapacityProvider"]


def slowly(world: World) -> Context:
    """A context in which it takes a minute until something is prepared."""
    settings = world.platform.settings
    functions = replace(settings.functions, preparation_delay_seconds=60.0)
    slow = replace(world.platform, settings=replace(settings, functions=functions))
    return replace(world.context, platform=slow)


def on(provider: str = PROVIDER, **more: Any) -> dict[str, Any]:
    config = {"CapacityProviderArn": provider, **more}
    return {"LambdaManagedInstancesCapacityProviderConfig": config}


async def make(world: World, *, least: int = 1, most: int = 2, **params: Any) -> None:
    """`orders` on a provider, with its `$LATEST.PUBLISHED`."""
    await provide(world.context)
    await world.settle()
    defaults = {
        "Code": {"ZipFile": zipped(COUNTING)},
        "CapacityProviderConfig": on(),
        "Publish": True,
        "PublishTo": "LATEST_PUBLISHED",
        "Timeout": 30,
    }
    await create(world.context, **{**defaults, **params})
    await world.settle()
    await scale(world, least, most)


async def scale(world: World, least: int, most: int, version: str = "$LATEST.PUBLISHED") -> str:
    reply = await call(
        world.context,
        "PutFunctionScalingConfig",
        FunctionName="orders",
        Qualifier=version,
        FunctionScalingConfig={
            "MinExecutionEnvironments": least,
            "MaxExecutionEnvironments": most,
        },
    )
    await world.settle()
    state: str = reply["FunctionState"]
    return state


def environments(world: World) -> int:
    living = world.platform.runtime.environments()
    return sum(one.phase != "ended" for one in living)


async def test_a_provider_is_pending_then_active_then_gone(world: World) -> None:
    context = slowly(world)
    created = await provide(context, Tags={"team": "a"})
    assert (created["CapacityProviderArn"], created["State"]) == (PROVIDER, "Pending")
    assert created["CapacityProviderScalingConfig"] == {
        "MaxVCpuCount": 400,
        "ScalingMode": "Auto",
    }
    assert created["InstanceRequirements"] == {"Architectures": ["x86_64"]}
    assert await refused(context, "UpdateCapacityProvider", CapacityProviderName="large") == (
        "ResourceConflictException",
        f"The capacity provider {PROVIDER} is in the state Pending.",
    )
    await world.advance(60)
    for name in ("large", PROVIDER):
        got = await call(context, "GetCapacityProvider", CapacityProviderName=name)
        assert got["CapacityProvider"]["State"] == "Active"
    assert (await call(context, "ListTags", Resource=PROVIDER))["Tags"] == {"team": "a"}
    await call(context, "TagResource", Resource=PROVIDER, Tags={"cost": "b"})
    assert len((await call(context, "ListTags", Resource=PROVIDER))["Tags"]) == 2

    gone = await call(context, "DeleteCapacityProvider", CapacityProviderName="large")
    assert gone["CapacityProvider"]["State"] == "Deleting"
    await world.advance(60)
    assert (await refused(context, "GetCapacityProvider", CapacityProviderName="large"))[0] == (
        "ResourceNotFoundException"
    )


async def test_what_a_provider_is_asked_for_is_checked(world: World) -> None:
    context = world.context
    await provide(context)
    wrong = [
        {"CapacityProviderScalingConfig": {"ScalingMode": "Manual"}},
        {
            "CapacityProviderScalingConfig": {
                "ScalingPolicies": [
                    {
                        "PredefinedMetricType": "LambdaCapacityProviderAverageCPUUtilization",
                        "TargetValue": 50.0,
                    }
                ]
            }
        },
        {"InstanceRequirements": {"AllowedInstanceTypes": ["a"], "ExcludedInstanceTypes": ["b"]}},
        {"PropagateTags": {"Mode": "None", "ExplicitTags": {"a": "b"}}},
        {
            "PermissionsConfig": {
                "CapacityProviderOperatorRoleArn": "arn:aws:iam::000000000000:role/nobody"
            }
        },
    ]
    for params in wrong:
        with pytest.raises(AwsError) as refusal:
            await provide(context, "other", **params)
        assert refusal.value.code == "InvalidParameterValueException"
    with pytest.raises(AwsError) as refusal:
        await provide(context)
    assert refusal.value.code == "ResourceConflictException"


async def test_providers_are_listed_by_name_and_state(world: World) -> None:
    context = slowly(world)
    for name in ("c", "a", "b"):
        await provide(context, name)
    first = await call(context, "ListCapacityProviders", MaxItems=2)
    rest = await call(context, "ListCapacityProviders", Marker=first["NextMarker"])
    found = [one["CapacityProviderArn"][-1] for one in first["CapacityProviders"]]
    assert found == ["a", "b"]
    assert "NextMarker" not in rest
    assert (await call(context, "ListCapacityProviders", State="Active"))["CapacityProviders"] == []


async def test_an_update_changes_what_is_named_and_nothing_else(world: World) -> None:
    context = world.context
    await provide(context, CapacityProviderScalingConfig={"MaxVCpuCount": 12})
    await world.settle()
    policy = {
        "PredefinedMetricType": "LambdaCapacityProviderAverageCPUUtilization",
        "TargetValue": 50.0,
    }
    updated = await call(
        context,
        "UpdateCapacityProvider",
        CapacityProviderName="large",
        CapacityProviderScalingConfig={"ScalingMode": "Manual", "ScalingPolicies": [policy]},
    )
    assert updated["CapacityProvider"]["CapacityProviderScalingConfig"] == {
        "MaxVCpuCount": 12,
        "ScalingMode": "Manual",
        "ScalingPolicies": [policy],
    }


async def test_a_function_on_a_provider_is_invoked_by_what_it_published(world: World) -> None:
    context = world.context
    await make(world)
    unpublished = await call(context, "GetFunctionConfiguration", FunctionName="orders")
    assert (unpublished["State"], unpublished["MemorySize"]) == ("ActiveNonInvocable", 2048)
    assert unpublished["CapacityProviderConfig"] == on(
        PerExecutionEnvironmentMaxConcurrency=16, ExecutionEnvironmentMemoryGiBPerVCpu=2.0
    )
    answer = await invoke(context)
    assert answer["version"] == "$LATEST.PUBLISHED"
    assert answer["type"] == "lambda-managed-instances"
    assert (await refused(context, "Invoke", FunctionName="orders", Qualifier="$LATEST"))[1] == (
        "The operation cannot be performed at this time. The function is currently in the"
        " following state: ActiveNonInvocable"
    )
    named = await invoke(context, f"{ARN}orders:$LATEST.PUBLISHED")
    assert named["n"] == 2

    listed = await call(context, "ListVersionsByFunction", FunctionName="orders")
    assert [one["Version"] for one in listed["Versions"]] == ["$LATEST", "$LATEST.PUBLISHED"]
    used = await call(
        context, "ListFunctionVersionsByCapacityProvider", CapacityProviderName="large"
    )
    assert used["CapacityProviderArn"] == PROVIDER
    assert used["FunctionVersions"] == [
        {"FunctionArn": f"{ARN}orders:$LATEST", "State": "ActiveNonInvocable"},
        {"FunctionArn": f"{ARN}orders:$LATEST.PUBLISHED", "State": "Active"},
    ]


async def test_publishing_again_replaces_what_was_published(world: World) -> None:
    context = world.context
    await make(world)
    assert (await invoke(context))["n"] == 1
    other = zipped("def handler(event, context):\n    return 'other'\n")
    await call(context, "UpdateFunctionCode", FunctionName="orders", ZipFile=other)
    await world.settle()
    assert (await invoke(context))["n"] == 2, "not published yet"
    published = await call(
        context, "PublishVersion", FunctionName="orders", PublishTo="LATEST_PUBLISHED"
    )
    assert published["FunctionArn"] == f"{ARN}orders:$LATEST.PUBLISHED"
    await world.settle()
    assert await invoke(context) == "other"
    await call(
        context,
        "UpdateFunctionCode",
        FunctionName="orders",
        ZipFile=zipped("def handler(event, context):\n    return 'third'\n"),
        Publish=True,
        PublishTo="LATEST_PUBLISHED",
    )
    await world.settle()
    assert await invoke(context) == "third"
    assert environments(world) == 1


async def test_as_many_environments_as_the_least_wait_for_invokes(world: World) -> None:
    await make(world, least=2, most=3)
    assert environments(world) == 2
    await scale(world, 0, 3)
    assert environments(world) == 0
    got = await call(
        world.context,
        "GetFunctionScalingConfig",
        FunctionName="orders",
        Qualifier="$LATEST.PUBLISHED",
    )
    wanted = {"MinExecutionEnvironments": 0, "MaxExecutionEnvironments": 3}
    assert got == {
        "FunctionArn": f"{ARN}orders:$LATEST.PUBLISHED",
        "AppliedFunctionScalingConfig": wanted,
        "RequestedFunctionScalingConfig": wanted,
    }


async def test_there_are_never_more_environments_than_the_most(world: World) -> None:
    """
    Invocations beyond them wait for their turn.
    """
    await make(world, least=0, most=2)
    answers = await asyncio.gather(
        *(invoke(world.context, event={"seconds": 0.05}) for _ in range(6))
    )
    assert len({answer["stream"] for answer in answers}) == 2
    assert environments(world) == 2


async def test_what_environments_cannot_take_is_throttled(world: World) -> None:
    await make(
        world,
        least=0,
        most=1,
        CapacityProviderConfig=on(PerExecutionEnvironmentMaxConcurrency=2),
    )
    payload = orjson.dumps({"seconds": 0.3})
    replies = await asyncio.gather(
        *(call(world.context, "Invoke", FunctionName="orders", Payload=payload) for _ in "123"),
        return_exceptions=True,
    )
    refusals = [reply for reply in replies if isinstance(reply, AwsError)]
    assert [refusal.code for refusal in refusals] == ["TooManyRequestsException"]


async def test_a_version_without_environments_is_deactivated(world: World) -> None:
    context = world.context
    await make(world)
    assert await scale(world, 0, 0) == "Deactivated"
    assert environments(world) == 0
    assert (await refused(context, "Invoke", FunctionName="orders"))[1].endswith(
        "following state: Deactivated"
    )
    published = {"FunctionName": "orders", "PublishTo": "LATEST_PUBLISHED"}
    assert (await refused(context, "PublishVersion", **published))[1].endswith("Deactivated")
    assert await scale(world, 1, 1) == "Active"
    assert (await invoke(context))["n"] == 1


async def test_numbered_versions_scale_by_themselves(world: World) -> None:
    context = world.context
    await make(world, least=0, most=1)
    await call(context, "PublishVersion", FunctionName="orders")
    await world.settle()
    assert environments(world) == 3, "AWS's default"
    await scale(world, 1, 1, version="1")
    assert environments(world) == 1
    assert (await invoke(context, Qualifier="1"))["version"] == "1"
    await call(context, "DeleteFunction", FunctionName="orders", Qualifier="1")
    await world.settle()
    assert environments(world) == 0


async def test_a_provider_in_use_is_not_deleted(world: World) -> None:
    context = world.context
    await make(world)
    assert (await refused(context, "DeleteCapacityProvider", CapacityProviderName="large"))[0] == (
        "ResourceConflictException"
    )
    await call(context, "DeleteFunction", FunctionName="orders")
    await world.settle()
    assert environments(world) == 0
    await call(context, "DeleteCapacityProvider", CapacityProviderName="large")


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"CapacityProviderConfig": on(PROVIDER + "r")}, "ResourceNotFoundException"),
        ({"MemorySize": 512}, "ValidationException"),
        ({"Architectures": ["arm64"]}, "InvalidParameterValueException"),
        ({"SnapStart": {"ApplyOn": "PublishedVersions"}}, "InvalidParameterValueException"),
        ({"CapacityProviderConfig": None}, "InvalidParameterValueException"),
    ],
)
async def test_a_function_has_to_fit_its_provider(
    world: World, params: dict[str, Any], code: str
) -> None:
    await provide(world.context)
    await world.settle()
    with pytest.raises(AwsError) as refusal:
        await create(
            world.context,
            **{
                "CapacityProviderConfig": on(),
                "Publish": True,
                "PublishTo": "LATEST_PUBLISHED",
                **params,
            },
        )
    assert refusal.value.code == code


async def test_other_functions_have_none_of_it(world: World) -> None:
    context = world.context
    await provide(context)
    await create(context, Publish=True)
    await world.settle()
    for operation, params in (
        ("UpdateFunctionConfiguration", {"CapacityProviderConfig": on()}),
        ("PublishVersion", {"PublishTo": "LATEST_PUBLISHED"}),
        ("PutFunctionScalingConfig", {"Qualifier": "1"}),
        ("GetFunctionScalingConfig", {"Qualifier": "1"}),
    ):
        code, message = await refused(context, operation, FunctionName="orders", **params)
        assert code == "InvalidParameterValueException"
        assert message.endswith("isn't supported for Lambda Default functions.")


async def test_environments_come_back_after_a_restart_of_what_provides_them(world: World) -> None:
    await make(world, least=1, most=1)
    for status in world.platform.runtime.environments():
        await world.platform.runtime.retire(status.key)
    await scale(world, 1, 1)
    assert (await invoke(world.context))["n"] == 1
