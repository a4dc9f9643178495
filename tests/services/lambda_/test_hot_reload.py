"""Functions whose code is a folder: what is edited in it is what the next invoke runs."""

import io
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import orjson
import pytest

from lambent.core.settings import Settings
from lambent.platform import Context
from tests.conftest import World
from tests.services.lambda_.functions import call, create, invoke, make_role, refused, zipped

Sandbox = Literal["auto", "namespaces", "process"]


@pytest.fixture
def projects(tmp_path: Path) -> Path:
    """The folder that the server may run code from."""
    folder = tmp_path / "projects"
    folder.mkdir()
    return folder


@pytest.fixture
def sandbox() -> Sandbox:
    return "auto"


@pytest.fixture
def settings(tmp_path: Path, projects: Path, sandbox: Sandbox) -> Settings:
    plain = Settings()
    functions = replace(plain.functions, hot_reload=(projects,), sandbox=sandbox)
    return replace(plain, data=tmp_path / "data", drain_seconds=1.0, functions=functions)


def answering(value: object) -> str:
    return f"def handler(event, context):\n    return {value!r}\n"


def edit(folder: Path, text: str, name: str = "main.py") -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text)


def at(folder: Path | str) -> dict[str, str]:
    return {"S3Bucket": "hot-reload", "S3Key": str(folder)}


async def link(world: World, folder: Path, **params: Any) -> Any:
    created = await create(world.context, Code=at(folder), **params)
    await world.settle()
    return created


async def error(context: Context) -> dict[str, Any]:
    reply = await call(context, "Invoke", FunctionName="orders")
    assert reply.get("FunctionError") == "Unhandled"
    answer: dict[str, Any] = orjson.loads(reply["Payload"])
    return answer


def environments(world: World) -> list[str]:
    return [status.log_stream for status in world.platform.runtime.environments()]


@pytest.mark.parametrize("sandbox", ["namespaces", "process"])
async def test_the_next_invoke_runs_what_was_edited(
    world: World, projects: Path, sandbox: Sandbox
) -> None:
    folder = projects / "orders"
    edit(folder, "from shared import who\ndef handler(event, context):\n    return who\n")
    edit(folder, "who = 'first'\n", "shared.py")
    await link(world, folder)

    assert await invoke(world.context) == "first"
    edit(folder, "who = 'second'\n", "shared.py")
    assert await invoke(world.context) == "second"


async def test_an_environment_is_kept_as_long_as_nothing_is_edited(
    world: World, projects: Path
) -> None:
    folder = projects / "orders"
    edit(folder, "n = 0\ndef handler(event, context):\n    global n\n    n += 1\n    return n\n")
    await link(world, folder)

    assert [await invoke(world.context) for _ in range(3)] == [1, 2, 3]
    assert len(environments(world)) == 1
    edit(folder, "", "added.txt")
    assert await invoke(world.context) == 1
    (folder / "added.txt").unlink()
    assert await invoke(world.context) == 1


async def test_a_mistake_is_the_handlers_error_until_it_is_mended(
    world: World, projects: Path
) -> None:
    folder = projects / "orders"
    edit(folder, "import nothing_of_this_name\n")
    await link(world, folder)
    assert (await error(world.context))["errorType"] == "Runtime.ImportModuleError"
    edit(folder, "def handler(event, context:\n")
    assert (await error(world.context))["errorType"] == "Runtime.UserCodeSyntaxError"
    edit(folder, answering("mended"))
    assert await invoke(world.context) == "mended"


async def test_nodejs_functions_are_reloaded_as_well(world: World, projects: Path) -> None:
    folder = projects / "orders"
    edit(folder, "exports.handler = async () => 'first';\n", "index.js")
    await link(world, folder, Runtime="nodejs20.x", Handler="index.handler")
    assert await invoke(world.context) == "first"
    edit(folder, "exports.handler = async () => 'second';\n", "index.js")
    assert await invoke(world.context) == "second"


async def test_a_function_cannot_write_to_its_folder(world: World, projects: Path) -> None:
    folder = projects / "orders"
    edit(
        folder,
        "def handler(event, context):\n"
        "    try:\n        open('/var/task/written', 'w')\n"
        "    except OSError as error:\n        return error.strerror\n",
    )
    await link(world, folder)
    assert await invoke(world.context) == "Read-only file system"
    assert not (folder / "written").exists()


async def test_a_folder_that_is_gone_is_said_and_may_come_back(
    world: World, projects: Path
) -> None:
    folder = projects / "orders"
    edit(folder, answering(1))
    await link(world, folder)
    assert await invoke(world.context) == 1
    shutil.rmtree(folder)
    assert await refused(world.context, "Invoke", FunctionName="orders") == (
        "InvalidParameterValueException",
        f"The function's code, the folder {folder}, does not exist.",
    )
    edit(folder, answering(2))
    assert await invoke(world.context) == 2


async def test_a_version_keeps_the_code_of_its_moment(world: World, projects: Path) -> None:
    folder, context = projects / "orders", world.context
    edit(folder, answering("first"))
    (folder / "link").symlink_to("main.py")
    created = await link(world, folder, Publish=True)
    assert created["Version"] == "1"
    again = await call(context, "PublishVersion", FunctionName="orders")
    assert again["Version"] == "1", "nothing has changed"
    edit(folder, answering("second"))
    published = await call(context, "PublishVersion", FunctionName="orders")
    await world.settle()
    edit(folder, answering("third"))

    assert published["Version"] == "2"
    assert await invoke(context, Qualifier="1") == "first"
    assert await invoke(context, Qualifier="2") == "second"
    assert await invoke(context) == "third"
    shutil.rmtree(folder)
    assert await invoke(context, Qualifier="2") == "second"
    found = await call(context, "GetFunction", FunctionName="orders", Qualifier="2")
    blob = found["Code"]["Location"].rpartition("/")[2]
    with zipfile.ZipFile(
        io.BytesIO(await world.platform.blobs.area("lambda").get(blob))
    ) as archive:
        assert archive.namelist() == ["link", "main.py"]


async def test_a_function_goes_from_package_to_folder_and_back(
    world: World, projects: Path
) -> None:
    folder, context = projects / "orders", world.context
    edit(folder, answering("edited"))
    await create(context)
    await world.settle()
    linked = await call(context, "UpdateFunctionCode", FunctionName="orders", **at(folder))
    await world.settle()
    assert await invoke(context) == "edited"
    found = await call(context, "GetFunction", FunctionName="orders")
    assert found["Code"]["Location"] == folder.as_uri()
    assert found["Configuration"]["CodeSha256"] == linked["CodeSha256"]
    package = {"ZipFile": zipped(answering("packed"))}
    await call(context, "UpdateFunctionCode", FunctionName="orders", **package)
    await world.settle()
    assert await invoke(context) == "packed"
    await world.advance(1000)
    assert folder.exists(), "a folder is nobody's to reclaim"


@pytest.mark.parametrize("way", ["elsewhere", "dots", "link", "data", "around"])
async def test_a_folder_outside_what_is_allowed_is_refused(
    world: World, projects: Path, way: str
) -> None:
    elsewhere = projects.parent / "elsewhere"
    edit(elsewhere, answering("secret"))
    (projects / "link").symlink_to(elsewhere)
    folder = {
        "elsewhere": str(elsewhere),
        "dots": f"{projects}/../elsewhere",
        "link": f"{projects}/link",
        "data": str(world.platform.settings.data),
        "around": str(projects.parent),
    }[way]
    code, message = await refused(
        world.context,
        "CreateFunction",
        FunctionName="orders",
        Runtime="python3.11",
        Role=await make_role(world.context),
        Handler="main.handler",
        Code=at(folder),
    )
    assert code == "InvalidParameterValueException"
    assert "--hot-reload" in message


@pytest.mark.parametrize("name", ["a" * 300, "a\0b", "", "."])
async def test_a_name_that_is_none_is_refused_in_words(
    world: World, projects: Path, name: str
) -> None:
    await create(world.context)
    await world.settle()
    folder = f"{projects}/missing/{name}"
    code, _ = await refused(
        world.context, "UpdateFunctionCode", FunctionName="orders", **at(folder)
    )
    assert code == "InvalidParameterValueException"


async def test_a_folder_that_becomes_a_link_elsewhere_is_refused(
    world: World, projects: Path
) -> None:
    elsewhere, folder = projects.parent / "elsewhere", projects / "orders"
    edit(elsewhere, answering("secret"))
    edit(folder, answering("mine"))
    await link(world, folder)
    assert await invoke(world.context) == "mine"
    shutil.rmtree(folder)
    folder.symlink_to(elsewhere)
    code, message = await refused(world.context, "Invoke", FunctionName="orders")
    assert code == "InvalidParameterValueException"
    assert "is not within" in message


async def test_links_in_the_folder_lead_nowhere_else(world: World, projects: Path) -> None:
    secret, folder = projects.parent / "secret.txt", projects / "orders"
    secret.write_text("secret")
    edit(
        folder,
        "import os\ndef handler(event, context):\n"
        "    return [os.path.exists(f'/var/task/{name}') for name in ('near', 'far')]\n",
    )
    (folder / "near").symlink_to("../../secret.txt")
    (folder / "far").symlink_to(secret)
    await link(world, folder)
    assert await invoke(world.context) == [False, False]


async def test_the_servers_own_data_is_nobodys_code(
    world: World, projects: Path, tmp_path: Path
) -> None:
    own = replace(world.platform.settings, data=projects / "app" / ".lambent")
    app = replace(world.context, platform=replace(world.platform, settings=own))
    edit(projects / "app", answering(1))
    await create(world.context)
    await world.settle()
    _, message = await refused(
        app, "UpdateFunctionCode", FunctionName="orders", **at(projects / "app")
    )
    assert "the server's own data" in message


async def test_a_server_that_allows_no_folder_says_how_to_allow_one(
    world: World, projects: Path
) -> None:
    plain = replace(world.platform.settings, functions=Settings().functions)
    strict = replace(world.context, platform=replace(world.platform, settings=plain))
    reachable = replace(world.platform.settings, host="0.0.0.0")
    remote = replace(world.context, platform=replace(world.platform, settings=reachable))
    edit(projects / "orders", answering(1))
    await create(world.context)
    await world.settle()
    for context in (strict, remote):
        code, message = await refused(
            context, "UpdateFunctionCode", FunctionName="orders", **at(projects / "orders")
        )
        assert code == "InvalidParameterValueException"
        assert "Start it with --hot-reload FOLDER" in message


async def test_an_object_in_a_bucket_of_that_name_is_still_an_object(world: World) -> None:
    context = world.context
    await context.call("s3", "CreateBucket", {"Bucket": "hot-reload"})
    await context.call(
        "s3",
        "PutObject",
        {"Bucket": "hot-reload", "Key": "package.zip", "Body": zipped(answering("object"))},
    )
    await create(context, Code={"S3Bucket": "hot-reload", "S3Key": "package.zip"})
    await world.settle()
    assert await invoke(context) == "object"
