"""Express workflows: what they answer, what they keep, and how long they may run."""

import asyncio
import json
from typing import Any

import pytest

from lambent.core.errors import AwsError
from lambent.storage.database import Tx
from tests.services.stepfunctions.maps import distributed, map_run_of
from tests.services.stepfunctions.workflows import Workflows, chain, passes, wait


async def express(workflows: Workflows, definition: Any, **params: Any) -> str:
    return await workflows.create(definition, type="EXPRESS", **params)


async def sync(workflows: Workflows, machine: str, **params: Any) -> Any:
    return await workflows.call("StartSyncExecution", stateMachineArn=machine, **params)


async def running(workflows: Workflows, machine: str) -> "asyncio.Task[Any]":
    """A synchronous execution that has begun, and waits."""

    def begun(tx: Tx) -> bool:
        return tx.one("SELECT 1 AS found FROM stepfunctions_execution") is not None

    waiting = asyncio.create_task(sync(workflows, machine))
    while not await workflows.context.db.read(begun):
        await asyncio.sleep(0)
    return waiting


async def test_the_answer_has_all_members(workflows: Workflows) -> None:
    machine = await express(workflows, passes(2))

    reply = await sync(workflows, machine, input='{"a": 1}', name="n", traceHeader="Root=1-2-3")

    arn = machine.replace("stateMachine", "express") + ":n:"
    assert reply.pop("executionArn").startswith(arn)
    assert reply.pop("startDate") == reply.pop("stopDate")
    assert reply == {
        "stateMachineArn": machine,
        "name": "n",
        "status": "SUCCEEDED",
        "input": '{"a": 1}',
        "inputDetails": {"included": True},
        "output": '{"a": 1}',
        "outputDetails": {"included": True},
        "traceHeader": "Root=1-2-3",
        "billingDetails": {"billedMemoryUsedInMB": 64, "billedDurationInMilliseconds": 100},
    }


async def test_data_is_left_out_of_the_answer_when_asked_for(workflows: Workflows) -> None:
    machine = await express(workflows, passes(1))

    reply = await sync(workflows, machine, input='"secret"', includedData="METADATA_ONLY")

    assert "secret" not in json.dumps(reply)
    assert reply["inputDetails"] == reply["outputDetails"] == {"included": False}


async def test_a_failure_is_an_answer_too(workflows: Workflows) -> None:
    machine = await express(workflows, chain(Fail={"Type": "Fail", "Error": "E", "Cause": "C"}))

    reply = await sync(workflows, machine)

    assert (reply["status"], reply["error"], reply["cause"]) == ("FAILED", "E", "C")
    assert "output" not in reply


async def test_each_begun_tenth_of_a_second_is_billed(workflows: Workflows) -> None:
    machine = await express(workflows, chain(Wait=wait(2)))

    waiting = await running(workflows, machine)
    await workflows.world.advance(2)

    reply = await waiting
    assert reply["billingDetails"]["billedDurationInMilliseconds"] == 2_000


async def test_it_runs_for_five_minutes_at_most(workflows: Workflows) -> None:
    machine = await express(workflows, {**chain(Wait=wait(3_600)), "TimeoutSeconds": 3_600})

    waiting = await running(workflows, machine)
    await workflows.world.advance(299)
    assert not waiting.done()
    await workflows.world.advance(2)

    reply = await waiting
    assert reply["status"] == "TIMED_OUT"
    assert reply["stopDate"] - reply["startDate"] == 300


async def test_a_name_may_come_again_at_once(workflows: Workflows) -> None:
    machine = await express(workflows, chain(Wait=wait(10)))

    arns = {await workflows.start(machine, name="same") for _ in range(3)}

    assert len(arns) == 3


@pytest.mark.parametrize("name", ["", "a b", "a/b", "x" * 81, "a\x7f"])
async def test_names_follow_the_same_rules(workflows: Workflows, name: str) -> None:
    machine = await express(workflows, passes(1))

    with pytest.raises(AwsError) as raised:
        await sync(workflows, machine, name=name)

    assert raised.value.code in ("InvalidName", "ValidationException")


@pytest.mark.parametrize(
    "operation",
    ["DescribeExecution", "GetExecutionHistory", "StopExecution", "RedriveExecution"],
)
async def test_nothing_is_kept_that_could_be_asked_for(
    workflows: Workflows, operation: str
) -> None:
    machine = await express(workflows, passes(1))
    arn = (await sync(workflows, machine))["executionArn"]

    with pytest.raises(AwsError) as raised:
        await workflows.call(operation, executionArn=arn)

    assert raised.value.code == "InvalidArn"
    assert raised.value.message == (
        "Invalid Arn: 'Resource type not valid in this context: express'"
    )


async def test_of_a_map_runs_express_child_there_is_a_description_but_no_history(
    workflows: Workflows,
) -> None:
    execution = await workflows.start(
        await workflows.create(chain(Each=distributed(express=True))), [1]
    )
    await workflows.world.settle()
    run = await map_run_of(workflows, execution)
    [child] = (await workflows.call("ListExecutions", mapRunArn=run["mapRunArn"]))["executions"]

    assert (await workflows.describe(child["executionArn"]))["output"] == "1"
    with pytest.raises(AwsError) as raised:
        await workflows.events(child["executionArn"])
    assert raised.value.code == "InvalidArn"


@pytest.mark.parametrize("operation", ["ListExecutions", "StartSyncExecution"])
async def test_each_type_has_operations_that_the_other_lacks(
    workflows: Workflows, operation: str
) -> None:
    kind = "EXPRESS" if operation == "ListExecutions" else "STANDARD"
    machine = await workflows.create(passes(1), type=kind)

    with pytest.raises(AwsError) as raised:
        await workflows.call(operation, stateMachineArn=machine)

    assert raised.value.code == "StateMachineTypeNotSupported"
