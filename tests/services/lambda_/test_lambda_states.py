"""Functions that are not (yet, or any longer) ready to be invoked."""

import asyncio
import shutil
import zipfile
from dataclasses import replace
from io import BytesIO

import pytest

from lambent.core.settings import FunctionSettings, Settings
from tests.conftest import World
from tests.services.lambda_.functions import (
    ARN,
    answering,
    call,
    create,
    invoke,
    make_role,
    refused,
    status,
    zipped,
)

DELAY = 30.0
IDLE = 1000.0
PENDING = (
    "ResourceConflictException",
    "The operation cannot be performed at this time."
    " The function is currently in the following state: Pending",
)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    functions = FunctionSettings(
        preparation_delay_seconds=DELAY, inactive_after_seconds=IDLE, preparation_seconds=600.0
    )
    return replace(settings, functions=functions)


async def test_a_pending_function_can_only_be_read(world: World) -> None:
    context = world.context
    await create(context)
    await world.settle()

    assert await status(context) == ("Pending", "")
    assert await refused(context, "Invoke", FunctionName="orders") == PENDING
    event = await refused(context, "Invoke", FunctionName="orders", InvocationType="Event")
    assert event == PENDING
    assert await refused(context, "PublishVersion", FunctionName="orders") == PENDING
    assert (
        await refused(context, "UpdateFunctionCode", FunctionName="orders", ZipFile=answering(1))
        == PENDING
    )
    assert (
        await refused(context, "UpdateFunctionConfiguration", FunctionName="orders", Timeout=4)
        == PENDING
    )
    await world.advance(DELAY)
    assert await invoke(context, event=1) == 1


async def test_a_function_whose_role_is_gone_fails(world: World) -> None:
    await create(world.context)
    await world.context.call("iam", "DeleteRole", {"RoleName": "function"})
    await world.advance(DELAY)
    reply = await call(world.context, "GetFunctionConfiguration", FunctionName="orders")

    assert (reply["State"], reply["StateReasonCode"]) == ("Failed", "InsufficientRolePermissions")
    assert reply["StateReason"] == "The role defined for the function cannot be assumed by Lambda."
    assert reply["LastUpdateStatus"] == "Failed"
    assert (await refused(world.context, "Invoke", FunctionName="orders"))[1].endswith(
        "in the following state: Failed"
    )


async def test_a_function_whose_package_leaves_its_folder_fails(world: World) -> None:
    await create(world.context, Code={"ZipFile": zipped("x = 1", "../main.py")})
    await world.advance(DELAY)
    reply = await call(world.context, "GetFunctionConfiguration", FunctionName="orders")

    assert (reply["State"], reply["StateReasonCode"]) == ("Failed", "InvalidZipFileException")
    assert not list(world.platform.settings.data.rglob("main.py"))


async def test_a_function_whose_package_is_damaged_fails(world: World) -> None:
    package = bytearray(zipped("x = 1  # something to damage"))
    damaged_at = package.index(b"damage")
    package[damaged_at : damaged_at + 6] = b"DAMAGE"
    assert zipfile.ZipFile(BytesIO(bytes(package))).testzip() == "main.py"
    await create(world.context, Code={"ZipFile": bytes(package)})
    await world.advance(DELAY)

    assert (await status(world.context)) == ("Failed", "Failed")


async def test_a_runtime_that_the_machine_has_not_makes_the_function_fail(world: World) -> None:
    await create(world.context, Runtime="dotnet8")
    await world.advance(DELAY)
    reply = await call(world.context, "GetFunctionConfiguration", FunctionName="orders")

    assert (reply["State"], reply["StateReasonCode"]) == ("Failed", "InvalidRuntime")


async def test_a_failed_function_can_be_deleted_and_made_again(world: World) -> None:
    await create(world.context)
    await world.context.call("iam", "DeleteRole", {"RoleName": "function"})
    await world.advance(DELAY)
    await call(world.context, "DeleteFunction", FunctionName="orders")
    await create(world.context)
    await world.advance(DELAY)

    assert await status(world.context) == ("Active", "Successful")


async def test_while_an_update_is_in_progress_invokes_run_the_previous_code(world: World) -> None:
    context = world.context
    await create(context, Code={"ZipFile": answering("old")}, Timeout=3)
    await world.advance(DELAY)
    assert await invoke(context) == "old"

    shown = await call(
        context, "UpdateFunctionCode", FunctionName="orders", ZipFile=answering("new")
    )
    await world.settle()

    assert (shown["State"], shown["LastUpdateStatus"]) == ("Active", "InProgress")
    assert shown["LastUpdateStatusReasonCode"] == "Creating"
    assert await invoke(context) == "old"
    in_progress = (
        "ResourceConflictException",
        "The operation cannot be performed at this time."
        f" An update is in progress for resource: {ARN}orders",
    )
    for operation, more in (
        ("UpdateFunctionCode", {"ZipFile": answering("other")}),
        ("UpdateFunctionConfiguration", {"Timeout": 9}),
        ("PublishVersion", {}),
    ):
        assert await refused(context, operation, FunctionName="orders", **more) == in_progress
    await world.advance(DELAY)
    assert await status(context) == ("Active", "Successful")
    assert await invoke(context) == "new"


async def test_an_update_that_fails_leaves_the_previous_code_running(world: World) -> None:
    context = world.context
    before = await create(context, Code={"ZipFile": answering("old")})
    await world.advance(DELAY)
    await call(
        context, "UpdateFunctionCode", FunctionName="orders", ZipFile=zipped("x", "/etc/main.py")
    )
    await world.advance(DELAY)
    reply = await call(context, "GetFunctionConfiguration", FunctionName="orders")

    assert (reply["State"], reply["LastUpdateStatus"]) == ("Active", "Failed")
    assert reply["LastUpdateStatusReasonCode"] == "InvalidZipFileException"
    assert reply["CodeSha256"] == before["CodeSha256"]
    assert await invoke(context) == "old"
    await call(context, "UpdateFunctionCode", FunctionName="orders", ZipFile=answering("new"))
    await world.advance(DELAY)
    assert await invoke(context) == "new"


async def test_a_changed_configuration_counts_once_it_is_prepared(world: World) -> None:
    context = world.context
    source = "import os\ndef handler(event, context):\n    return os.environ.get('COLOUR')\n"
    await create(context, Code={"ZipFile": zipped(source)})
    await world.advance(DELAY)
    assert await invoke(context) is None

    shown = await call(
        context,
        "UpdateFunctionConfiguration",
        FunctionName="orders",
        Environment={"Variables": {"COLOUR": "red"}},
    )
    assert shown["Environment"] == {"Variables": {"COLOUR": "red"}}
    assert await invoke(context) is None
    await world.advance(DELAY)
    assert await invoke(context) == "red"


async def test_an_idle_function_turns_inactive_and_an_invoke_brings_it_back(world: World) -> None:
    context = world.context
    await create(context)
    await world.advance(DELAY)
    await invoke(context)
    (prepared,) = (world.platform.settings.data / "functions").iterdir()

    await world.advance(IDLE)

    reply = await call(context, "GetFunctionConfiguration", FunctionName="orders")
    assert (reply["State"], reply["StateReasonCode"]) == ("Inactive", "Idle")
    assert reply["StateReason"] == "The function is idle."
    assert not prepared.exists()
    while world.platform.runtime.environments():
        await asyncio.sleep(0.01)

    assert await refused(context, "Invoke", FunctionName="orders") == (
        "CodeArtifactUserPendingException",
        "Lambda is initializing your function. It will be ready to invoke shortly.",
    )
    reply = await call(context, "GetFunctionConfiguration", FunctionName="orders")
    assert (reply["State"], reply["StateReasonCode"]) == ("Pending", "Restoring")
    assert await refused(context, "Invoke", FunctionName="orders") == PENDING

    await world.advance(DELAY)
    assert await status(context) == ("Active", "Successful")
    assert await invoke(context, event="back") == "back"


async def test_a_function_in_use_stays_active(world: World) -> None:
    await create(world.context)
    await world.advance(DELAY)
    for _ in range(4):
        await world.advance(IDLE / 2)
        await invoke(world.context)

    assert await status(world.context) == ("Active", "Successful")
    await world.advance(IDLE * 2)
    assert await status(world.context) == ("Inactive", "Successful")


async def test_an_inactive_function_whose_role_is_gone_stays_inactive(world: World) -> None:
    context = world.context
    await create(context)
    await world.advance(DELAY + IDLE * 2)
    await context.call("iam", "DeleteRole", {"RoleName": "function"})
    await refused(context, "Invoke", FunctionName="orders")
    await world.advance(DELAY)

    reply = await call(context, "GetFunctionConfiguration", FunctionName="orders")
    assert (reply["State"], reply["StateReasonCode"]) == (
        "Inactive",
        "InsufficientRolePermissions",
    )
    await make_role(context)
    await refused(context, "Invoke", FunctionName="orders")
    await world.advance(DELAY)
    assert await status(context) == ("Active", "Successful")


async def test_an_inactive_function_can_be_updated_and_is_active_then(world: World) -> None:
    context = world.context
    await create(context)
    await world.advance(DELAY + IDLE * 2)
    assert await status(context) == ("Inactive", "Successful")
    await call(context, "UpdateFunctionCode", FunctionName="orders", ZipFile=answering("new"))
    await world.advance(DELAY)

    assert await status(context) == ("Active", "Successful")
    assert await invoke(context) == "new"


async def test_functions_with_the_same_code_do_not_lose_it_to_each_other(world: World) -> None:
    await create(world.context, "idle")
    await create(world.context, "busy")
    await world.advance(DELAY)
    for _ in range(3):
        await world.advance(IDLE / 2)
        await invoke(world.context, "busy")

    assert (await status(world.context, "idle"))[0] == "Inactive"
    await call(world.context, "DeleteFunction", FunctionName="idle")
    assert await invoke(world.context, "busy", 1) == 1


async def test_the_unpacked_code_of_a_deleted_function_is_removed_when_no_invoke_can_need_it(
    world: World,
) -> None:
    await create(world.context)
    await world.advance(DELAY)
    (prepared,) = (world.platform.settings.data / "functions").iterdir()
    await call(world.context, "DeleteFunction", FunctionName="orders")

    await world.advance(899)
    assert prepared.exists()
    await world.advance(1)
    assert not list(prepared.parent.iterdir())


async def test_code_that_an_update_has_not_replaced_yet_is_not_removed(world: World) -> None:
    context = world.context
    for name in ("one", "two"):
        await create(context, name, Code={"ZipFile": answering("old")})
    await world.advance(DELAY)
    await call(context, "UpdateFunctionCode", FunctionName="one", ZipFile=answering("new"))
    await call(context, "DeleteFunction", FunctionName="two")
    await world.settle()

    assert await invoke(context, "one") == "old"
    await world.advance(DELAY + 900)
    assert await invoke(context, "one") == "new"
    assert len(list((world.platform.settings.data / "functions").iterdir())) == 1


async def test_prepared_code_that_was_deleted_by_hand_is_unpacked_again(world: World) -> None:
    await create(world.context)
    await world.advance(DELAY)
    shutil.rmtree(world.platform.settings.data / "functions")

    assert await invoke(world.context, event=1) == 1


async def test_an_event_waits_until_an_inactive_function_is_restored(world: World) -> None:
    context = world.context
    source = "def handler(event, context):\n    print('got', event)\n"
    await create(context, Code={"ZipFile": zipped(source)})
    await world.advance(DELAY + IDLE)
    assert await status(context) == ("Inactive", "Successful")

    for event in (b"1", b"2"):
        accepted = await call(
            context, "Invoke", FunctionName="orders", Payload=event, InvocationType="Event"
        )
        assert accepted["StatusCode"] == 202
    await world.advance(DELAY * 4)

    assert await status(context) == ("Active", "Successful")
    await world.platform.runtime.close()
    found = await context.call(
        "logs", "FilterLogEvents", {"logGroupName": "/aws/lambda/orders", "filterPattern": "got"}
    )
    assert sorted(event["message"] for event in found["events"]) == ["got 1\n", "got 2\n"]
