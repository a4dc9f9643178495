"""Layers: published, permitted, used by functions in their order, and kept while in use."""

import orjson

from lambent.platform import Context
from tests.conftest import World
from tests.services.lambda_.functions import (
    answering,
    call,
    create,
    invoke,
    make_role,
    refused,
    zipped,
)

LAYER_ARN = "arn:aws:lambda:us-east-1:000000000000:layer:"


def layer_package(text: str, name: str = "shared") -> bytes:
    return zipped(f"WHO = {text!r}\n", f"python/{name}.py")


async def publish(context: Context, name: str = "shared", text: str = "one", **more: object) -> str:
    content = {"ZipFile": layer_package(text, name)}
    reply = await call(context, "PublishLayerVersion", LayerName=name, Content=content, **more)
    arn: str = reply["LayerVersionArn"]
    return arn


USES_LAYER = zipped(
    "import shared\ndef handler(event, context):\n    return [shared.WHO, shared.__file__]\n"
)


async def test_versions_of_a_layer_are_numbered_and_never_numbered_again(context: Context) -> None:
    first = await call(
        context,
        "PublishLayerVersion",
        LayerName="shared",
        Description="what we share",
        Content={"ZipFile": layer_package("one")},
        CompatibleRuntimes=["python3.11"],
        CompatibleArchitectures=["x86_64"],
        LicenseInfo="MIT",
    )
    assert first["LayerArn"] == f"{LAYER_ARN}shared"
    assert first["LayerVersionArn"] == f"{LAYER_ARN}shared:1"
    assert (first["Version"], first["Description"], first["LicenseInfo"]) == (
        1,
        "what we share",
        "MIT",
    )
    assert first["CompatibleRuntimes"] == ["python3.11"]
    assert first["Content"]["CodeSize"] == len(layer_package("one"))

    again = await call(context, "GetLayerVersion", LayerName="shared", VersionNumber=1)
    by_arn = await call(context, "GetLayerVersionByArn", Arn=f"{LAYER_ARN}shared:1")
    assert first == again == by_arn

    assert await publish(context) == f"{LAYER_ARN}shared:2"
    await call(context, "DeleteLayerVersion", LayerName="shared", VersionNumber=2)
    assert await publish(context) == f"{LAYER_ARN}shared:3"
    assert await refused(context, "GetLayerVersion", LayerName="shared", VersionNumber=2) == (
        "ResourceNotFoundException",
        "The resource you requested does not exist.",
    )
    # AWS: deleting what is not there is fine.
    await call(context, "DeleteLayerVersion", LayerName="shared", VersionNumber=9)


async def test_layers_are_listed_by_name_with_the_newest_match(context: Context) -> None:
    await publish(context, "b", CompatibleRuntimes=["python3.11"])
    await publish(context, "b", CompatibleRuntimes=["nodejs20.x"])
    await publish(context, "a")

    page = await call(context, "ListLayers", MaxItems=1)
    rest = await call(context, "ListLayers", MaxItems=1, Marker=page["NextMarker"])
    assert [layer["LayerName"] for layer in (*page["Layers"], *rest["Layers"])] == ["a", "b"]
    assert rest["Layers"][0]["LatestMatchingVersion"]["Version"] == 2
    assert "NextMarker" not in rest

    matching = await call(context, "ListLayers", CompatibleRuntime="python3.11")
    (layer,) = matching["Layers"]
    assert layer["LatestMatchingVersion"]["LayerVersionArn"] == f"{LAYER_ARN}b:1"
    versions = await call(context, "ListLayerVersions", LayerName="b")
    assert [version["Version"] for version in versions["LayerVersions"]] == [2, 1]
    assert (await call(context, "ListLayerVersions", LayerName="none"))["LayerVersions"] == []


async def test_a_function_sees_its_layers_under_opt_the_later_over_the_earlier(
    world: World,
) -> None:
    context = world.context
    one, two = await publish(context, text="one"), await publish(context, "other", "two")
    over = await call(
        context,
        "PublishLayerVersion",
        LayerName="over",
        Content={"ZipFile": layer_package("over")},
    )
    await create(context, Code={"ZipFile": USES_LAYER}, Layers=[one, two])
    await world.settle()

    assert await invoke(context) == ["one", "/opt/python/shared.py"]
    configuration = await call(context, "GetFunctionConfiguration", FunctionName="orders")
    assert configuration["Layers"] == [
        {"Arn": one, "CodeSize": len(layer_package("one"))},
        {"Arn": two, "CodeSize": len(layer_package("two", "other"))},
    ]

    await call(
        context,
        "UpdateFunctionConfiguration",
        FunctionName="orders",
        Layers=[one, over["LayerVersionArn"]],
    )
    await world.settle()
    assert (await invoke(context))[0] == "over"

    emptied = await call(context, "UpdateFunctionConfiguration", FunctionName="orders", Layers=[])
    assert "Layers" not in emptied


async def test_a_deleted_layer_stays_with_the_functions_that_have_it(world: World) -> None:
    context = world.context
    one = await publish(context)
    await create(context, Code={"ZipFile": USES_LAYER}, Layers=[one])
    await world.settle()
    await call(context, "DeleteLayerVersion", LayerName="shared", VersionNumber=1)
    await call(context, "UpdateFunctionConfiguration", FunctionName="orders", Timeout=9)
    await world.settle()

    assert (await invoke(context))[0] == "one"
    assert await refused(
        context, "UpdateFunctionConfiguration", FunctionName="orders", Layers=[one]
    ) == ("InvalidParameterValueException", f"Layer version {one} does not exist.")


async def test_the_unpacked_layer_is_shared_and_removed_when_nobody_needs_it(world: World) -> None:
    context = world.context
    one = await publish(context)
    for name in ("first", "second"):
        await create(context, name, Code={"ZipFile": USES_LAYER}, Layers=[one])
    await world.settle()
    (folder,) = (context.settings.data / "layers").iterdir()

    await call(context, "DeleteFunction", FunctionName="first")
    await world.advance(1000)
    assert folder.exists()
    assert (await invoke(context, "second"))[0] == "one"

    await call(context, "DeleteFunction", FunctionName="second")
    await world.advance(1000)
    assert not folder.exists()


async def test_what_a_function_may_not_have_as_layers(context: Context) -> None:
    one, newer = await publish(context), await publish(context)
    await make_role(context)

    async def asked(layers: list[str]) -> tuple[str, str]:
        return await refused(
            context,
            "CreateFunction",
            FunctionName="orders",
            Runtime="python3.11",
            Role="arn:aws:iam::000000000000:role/function",
            Handler="main.handler",
            Code={"ZipFile": answering(1)},
            Layers=layers,
        )

    wrong = "InvalidParameterValueException"
    missing = f"{LAYER_ARN}missing:1"
    assert await asked([missing]) == (wrong, f"Layer version {missing} does not exist.")
    assert await asked([f"{LAYER_ARN}{n}:1" for n in "abcdef"]) == (
        wrong,
        "Cannot reference more than 5 layers.",
    )
    assert (await asked([one, newer]))[1] == (
        "Two different versions of the same layer are not allowed to be referenced in the same"
        f" function. {one} and {newer} are versions of the same layer."
    )
    elsewhere = one.replace("us-east-1", "eu-west-1")
    assert (await asked([elsewhere]))[1] == (
        "Layers are not in the same region as the function. Layers are expected to be in region"
        " us-east-1."
    )
    assert (await asked(["shared"]))[0] == "ValidationException"


async def test_another_account_uses_a_layer_once_it_may(world: World) -> None:
    context, other = world.context, world.app.context("111111111111")
    one = await publish(context)
    await make_role(other)
    wanted = {"Layers": [one], "Code": {"ZipFile": USES_LAYER}}
    denied = await refused(other, "GetLayerVersionByArn", Arn=one)
    assert denied[0] == "AccessDeniedException"
    assert one in denied[1]

    permission = await call(
        context,
        "AddLayerVersionPermission",
        LayerName="shared",
        VersionNumber=1,
        StatementId="partner",
        Action="lambda:GetLayerVersion",
        Principal="111111111111",
    )
    assert orjson.loads(permission["Statement"]) == {
        "Sid": "partner",
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::111111111111:root"},
        "Action": "lambda:GetLayerVersion",
        "Resource": one,
    }
    await create(other, **wanted)
    await world.settle()
    assert (await invoke(other))[0] == "one"


async def test_the_policy_of_a_layer_version(context: Context) -> None:
    await publish(context)
    layer = {"LayerName": "shared", "VersionNumber": 1}
    everyone = {
        **layer,
        "StatementId": "all",
        "Action": "lambda:GetLayerVersion",
        "Principal": "*",
    }
    assert (await refused(context, "GetLayerVersionPolicy", **layer))[1] == (
        "No policy is associated with the given resource."
    )
    added = await call(context, "AddLayerVersionPermission", **everyone)
    policy = await call(context, "GetLayerVersionPolicy", **layer)
    assert policy["RevisionId"] == added["RevisionId"]
    assert orjson.loads(policy["Policy"])["Statement"][0]["Principal"] == "*"
    assert (await refused(context, "AddLayerVersionPermission", **everyone))[0] == (
        "ResourceConflictException"
    )
    stale = {**layer, "StatementId": "all", "RevisionId": "stale"}
    assert (await refused(context, "RemoveLayerVersionPermission", **stale))[0] == (
        "PreconditionFailedException"
    )
    await call(context, "RemoveLayerVersionPermission", **layer, StatementId="all")
    assert (await refused(context, "GetLayerVersionPolicy", **layer))[0] == (
        "ResourceNotFoundException"
    )
