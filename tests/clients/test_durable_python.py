"""The official SDK of durable functions for Python, inside functions, as its guide has it."""

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.durable_server import ACCOUNT, DurableServer
from tests.clients.environments import HERE, python_environment
from tests.processes import ServerProcess

pytestmark = pytest.mark.xdist_group("durable-python")


def package() -> bytes:
    """The functions with the SDK beside them, as people deploy it."""
    environment = python_environment("durable-python").parent
    [sdk] = environment.glob("lib/python3*/site-packages/aws_durable_execution_sdk_python")
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(HERE / "durable" / "orders.py", "orders.py")
        for file in sdk.rglob("*.py"):
            archive.write(file, file.relative_to(sdk.parent))
    return body.getvalue()


@pytest.fixture(scope="module")
def durable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DurableServer]:
    # Its clock is moved by days, which other tests would notice.
    process = ServerProcess(tmp_path_factory.mktemp("durable"))
    process.start()
    yield DurableServer(process, package())
    assert process.stop() == 0


def test_steps_run_once_and_a_day_passes_with_the_clock(durable: DurableServer) -> None:
    arn = durable.start("steps", {"order": 7})
    durable.until_suspended(arn)
    durable.server.advance("PT23H")
    running = durable.functions.get_durable_execution(DurableExecutionArn=arn)
    assert running["Status"] == "RUNNING"
    durable.server.advance("PT1H")

    assert durable.result(arn) == ["reserved 7", "shipped 7"]
    assert durable.noted() == ["reserved 7", "shipped 7"]
    assert [event["EventType"] for event in durable.history(arn)] == [
        "ExecutionStarted",
        "StepStarted",
        "StepSucceeded",
        "WaitStarted",
        "InvocationCompleted",
        "WaitSucceeded",
        "StepStarted",
        "StepSucceeded",
        "InvocationCompleted",
        "ExecutionSucceeded",
    ]


def test_a_step_that_fails_is_tried_again_later(durable: DurableServer) -> None:
    arn = durable.start("retrying")
    durable.until_suspended(arn)
    assert durable.noted() == ["tried"]
    durable.server.advance("PT2H")

    assert durable.result(arn) == "after 3"
    assert durable.noted() == ["tried", "tried"]
    types = [event["EventType"] for event in durable.history(arn)]
    assert (types.count("StepFailed"), types.count("StepSucceeded")) == (2, 1)


def test_maps_and_parallels_run_their_branches(durable: DurableServer) -> None:
    arn = durable.start("side_by_side", {"numbers": [1, 2, 3]})
    durable.until_suspended(arn)
    durable.server.advance("PT3H")

    assert durable.result(arn) == [[1, 4, 9], ["left", "right"]]
    assert sorted(durable.noted()) == ["1", "2", "3"]


def test_a_callback_is_answered_from_outside_or_times_out(durable: DurableServer) -> None:
    arn = durable.start("approved")
    durable.until_suspended(arn)
    [callback] = durable.noted()
    durable.functions.send_durable_execution_callback_success(
        CallbackId=callback, Result=json.dumps("yes")
    )
    assert durable.result(arn) == json.dumps("yes")

    late = durable.start_again("approved")
    durable.until_suspended(late)
    durable.server.advance("PT1H")
    assert durable.result(late) == "nobody answered"
    durable.noted()


def test_a_condition_is_polled_until_it_holds(durable: DurableServer) -> None:
    arn = durable.start("polling")
    durable.until_suspended(arn)
    durable.server.advance("PT1H")
    assert durable.result(arn) == 3


def test_other_functions_are_invoked(durable: DurableServer) -> None:
    durable.create("plain")
    durable.create("broken")
    durable.create("polling", DurableConfig={"ExecutionTimeout": 864_000})
    arn = durable.start("parent")
    # The child polls for an hour.
    durable.until(arn, lambda types: types.count("ChainedInvokeStarted") == 2)
    events = durable.history(arn)
    details = [event.get("ChainedInvokeStartedDetails", {}) for event in events]
    children = [one["DurableExecutionArn"] for one in details if "DurableExecutionArn" in one]
    assert len(children) == 1, events
    durable.until_suspended(children[0])
    durable.server.advance("PT1H")

    told, grown, words = durable.result(arn)
    assert (told, grown) == ({"told": 2}, 3)
    assert "nothing here" in words


def test_a_failure_is_told_to_whoever_waits(durable: DurableServer) -> None:
    durable.create("failing", DurableConfig={"ExecutionTimeout": 60})
    reply = durable.functions.invoke(FunctionName="failing:$LATEST", Payload=b"{}")
    assert reply["FunctionError"] == "Unhandled"
    told = json.loads(reply["Payload"].read())
    assert (told["errorType"], told["errorMessage"]) == ("RuntimeError", "out of stock")
    executions = durable.functions.list_durable_executions_by_function(
        FunctionName="failing", Statuses=["FAILED"]
    )["DurableExecutions"]
    assert [one["DurableExecutionArn"] for one in executions] == [reply["DurableExecutionArn"]]
    assert durable.noted() == ["begun"]


def test_after_a_power_cut_an_execution_goes_on_from_its_checkpoints(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path / "data")
    server.start()
    durable = DurableServer(server, package())
    arn = durable.start("slow")
    durable.until(arn, lambda types: types.count("StepSucceeded") >= 3)
    server.kill()
    server.start()
    durable.functions = server.client("lambda", account=ACCOUNT)
    durable.queues = server.client("sqs", account=ACCOUNT)

    assert durable.result(arn) == list(range(10))
    noted = durable.noted()
    assert sorted(set(noted), key=int) == [str(number) for number in range(10)]
    # What was checkpointed has not run again; the step in flight may have.
    again = [number for number in set(noted) if noted.count(number) > 1]
    assert len(again) <= 1
    assert not set(again) & {"0", "1", "2"}
    assert server.stop() == 0
