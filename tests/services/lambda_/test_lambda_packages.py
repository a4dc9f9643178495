"""Deployment packages are on the disk as long as something names them, and no longer than that."""

from pathlib import Path
from typing import Any

from tests.conftest import World
from tests.services.lambda_.functions import answering, call, create, invoke, refused
from tests.services.lambda_.test_lambda_layers import LAYER_ARN, USES_LAYER, publish

HOUR = 3_600.0


def packages(world: World) -> list[Path]:
    folder = world.platform.settings.data / "blobs" / "lambda"
    return [path for path in folder.rglob("*") if path.is_file()]


async def make(world: World, name: str, package: bytes, **params: Any) -> None:
    await create(world.context, name, Code={"ZipFile": package}, **params)
    await world.settle()


async def test_the_package_of_a_deleted_function_is_removed(world: World) -> None:
    await make(world, "kept", answering("one"))
    await make(world, "gone", answering("two"))
    await call(world.context, "DeleteFunction", FunctionName="gone")
    assert len(packages(world)) == 2

    await world.advance(2 * HOUR)

    assert len(packages(world)) == 1
    assert await invoke(world.context, "kept") == "one"


async def test_code_that_two_functions_share_stays_for_the_other_one(world: World) -> None:
    await make(world, "kept", answering("same"))
    await make(world, "gone", answering("same"))
    await call(world.context, "DeleteFunction", FunctionName="gone")

    await world.advance(2 * HOUR)

    assert len(packages(world)) == 1
    assert await invoke(world.context, "kept") == "same"


async def test_an_update_leaves_what_a_version_still_has(world: World) -> None:
    await make(world, "f", answering("one"))
    await call(world.context, "PublishVersion", FunctionName="f")
    for answer in ("two", "three"):
        await call(world.context, "UpdateFunctionCode", FunctionName="f", ZipFile=answering(answer))
        await world.settle()

    await world.advance(2 * HOUR)

    assert len(packages(world)) == 2
    assert await invoke(world.context, "f") == "three"
    assert await invoke(world.context, "f", Qualifier="1") == "one"


async def test_the_package_of_a_function_that_was_refused_is_removed(world: World) -> None:
    await make(world, "f", answering("one"))
    await refused(
        world.context,
        "UpdateFunctionCode",
        FunctionName="f",
        ZipFile=answering("two"),
        RevisionId="another",
    )

    await world.advance(2 * HOUR)

    assert len(packages(world)) == 1


async def test_a_deleted_layer_stays_for_the_functions_that_have_it(world: World) -> None:
    await publish(world.context)
    await make(world, "f", USES_LAYER, Layers=[f"{LAYER_ARN}shared:1"])
    await call(world.context, "DeleteLayerVersion", LayerName="shared", VersionNumber=1)
    await world.advance(2 * HOUR)
    assert len(packages(world)) == 2

    await call(world.context, "DeleteFunction", FunctionName="f")
    await world.advance(2 * HOUR)

    assert packages(world) == []
