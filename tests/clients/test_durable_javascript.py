"""The official SDK of durable functions for JavaScript, inside functions."""

import io
import json
import zipfile
from collections.abc import Iterator

import pytest

from tests.clients.durable_server import DurableServer
from tests.clients.environments import HERE, node_environment
from tests.processes import ServerProcess

pytestmark = pytest.mark.xdist_group("durable-javascript")


def package() -> bytes:
    """The functions with the SDK and all that it needs beside them."""
    folder = node_environment("durable-javascript")
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.write(HERE / "durable-javascript" / "orders.mjs", "orders.mjs")
        for file in folder.glob("node_modules/**/*"):
            if file.is_file() and file.suffix in (".js", ".cjs", ".mjs", ".json"):
                archive.write(file, file.relative_to(folder))
    return body.getvalue()


@pytest.fixture(scope="module")
def durable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DurableServer]:
    process = ServerProcess(tmp_path_factory.mktemp("durable"))
    process.start()
    yield DurableServer(process, package(), "nodejs22.x")
    assert process.stop() == 0


def test_steps_waits_and_retries(durable: DurableServer) -> None:
    arn = durable.start("steps", {"order": 7})
    durable.until_suspended(arn)
    durable.server.advance("P1D")
    durable.server.advance("PT10M")

    assert durable.result(arn) == ["reserved 7", 2]


def test_maps_parallels_and_child_contexts(durable: DurableServer) -> None:
    arn = durable.start("sideBySide", {"numbers": [1, 2, 3]})
    durable.until_suspended(arn)
    durable.server.advance("PT4H")

    assert durable.result(arn) == [[1, 4, 9], ["left", "right"]]


def test_callbacks_and_other_functions(durable: DurableServer) -> None:
    durable.create("plain")
    arn = durable.start("approved")
    durable.until_suspended(arn)
    [callback] = [
        event["CallbackStartedDetails"]["CallbackId"]
        for event in durable.history(arn)
        if event["EventType"] == "CallbackStarted"
    ]
    durable.functions.send_durable_execution_callback_success(
        CallbackId=callback, Result=json.dumps("yes")
    )

    assert durable.result(arn) == [json.dumps("yes"), {"told": 2}]


def test_failures(durable: DurableServer) -> None:
    durable.create("failing", DurableConfig={"ExecutionTimeout": 60})
    reply = durable.functions.invoke(FunctionName="failing:$LATEST", Payload=b"{}")
    told = json.loads(reply["Payload"].read())
    assert (reply["FunctionError"], told["errorMessage"]) == ("Unhandled", "out of stock")
