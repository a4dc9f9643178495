"""The default event bus hears what becomes of Standard executions, where somebody listens."""

import json
from typing import Any

from lambent.work.audience import audience_of
from tests.services.stepfunctions.workflows import Workflows, chain, passes

FAIL = chain(Fail={"Type": "Fail", "Error": "Bad", "Cause": "for a reason"})


async def listen(workflows: Workflows, pattern: dict[str, Any] | None = None) -> None:
    await workflows.context.call("sqs", "CreateQueue", {"QueueName": "heard"})
    asked = json.dumps(pattern or {"source": ["aws.states"]})
    await workflows.context.call("events", "PutRule", {"Name": "r", "EventPattern": asked})
    target = {"Id": "1", "Arn": "arn:aws:sqs:us-east-1:000000000000:heard"}
    await workflows.context.call("events", "PutTargets", {"Rule": "r", "Targets": [target]})


async def heard(workflows: Workflows) -> list[Any]:
    """What was told since the last time, in the order of the statuses' names."""
    context = workflows.context
    url = (await context.call("sqs", "GetQueueUrl", {"QueueName": "heard"}))["QueueUrl"]
    found: list[Any] = []
    while True:
        asked = {"QueueUrl": url, "MaxNumberOfMessages": 10}
        messages = (await context.call("sqs", "ReceiveMessage", asked)).get("Messages") or []
        if not messages:
            return sorted(found, key=lambda event: str(event["detail"]["status"]))
        for message in messages:
            found.append(json.loads(message["Body"]))
            handle = {"QueueUrl": url, "ReceiptHandle": message["ReceiptHandle"]}
            await context.call("sqs", "DeleteMessage", handle)


async def work_items(workflows: Workflows) -> int:
    row = await workflows.world.platform.database.read(
        lambda tx: tx.one("SELECT count(*) AS n FROM work_item WHERE kind LIKE '%tell_status'")
    )
    assert row is not None
    return int(row["n"])


async def test_the_beginning_and_the_end_are_told_as_aws_tells_them(workflows: Workflows) -> None:
    await listen(workflows)
    described = await workflows.run(passes(2), {"a": 1})

    running, succeeded = await heard(workflows)

    arn = described["executionArn"]
    assert succeeded["source"] == "aws.states"
    assert succeeded["detail-type"] == "Step Functions Execution Status Change"
    assert succeeded["resources"] == [arn]
    assert succeeded["detail"] == {
        "executionArn": arn,
        "stateMachineArn": described["stateMachineArn"],
        "name": described["name"],
        "status": "SUCCEEDED",
        "startDate": round(described["startDate"] * 1000),
        "stopDate": round(described["stopDate"] * 1000),
        "input": '{"a": 1}',
        "output": '{"a": 1}',
        "stateMachineVersionArn": None,
        "stateMachineAliasArn": None,
        "redriveCount": 0,
        "redriveDate": None,
        "redriveStatus": "NOT_REDRIVABLE",
        "redriveStatusReason": "Execution is SUCCEEDED and cannot be redriven",
        "inputDetails": {"included": True},
        "outputDetails": {"included": True},
        "error": None,
        "cause": None,
    }
    assert running["detail"] == {
        **succeeded["detail"],
        "status": "RUNNING",
        "stopDate": None,
        "output": None,
        "outputDetails": None,
        "redriveStatusReason": "Execution is RUNNING and cannot be redriven",
    }


async def test_failures_aborts_time_outs_and_redrives_are_told(workflows: Workflows) -> None:
    await listen(workflows)
    failed = await workflows.run(FAIL)
    (first, second) = await heard(workflows)
    assert [first["detail"]["status"], second["detail"]["status"]] == ["FAILED", "RUNNING"]
    assert (first["detail"]["error"], first["detail"]["cause"]) == ("Bad", "for a reason")

    await workflows.call("RedriveExecution", executionArn=failed["executionArn"])
    await workflows.world.settle()
    told = [
        (one["detail"]["status"], one["detail"]["redriveCount"]) for one in await heard(workflows)
    ]
    assert told == [("FAILED", 1), ("RUNNING", 1)]

    waits = {**chain(Wait={"Type": "Wait", "Seconds": 100}), "TimeoutSeconds": 50}
    machine = await workflows.create(waits, "waits")
    await workflows.start(machine)
    stopped = await workflows.start(machine)
    await workflows.call("StopExecution", executionArn=stopped)
    await workflows.world.advance(60)
    told = [one["detail"]["status"] for one in await heard(workflows)]
    assert told == ["ABORTED", "RUNNING", "RUNNING", "TIMED_OUT"]


async def test_large_data_are_left_out(workflows: Workflows) -> None:
    await listen(workflows)
    await workflows.run(passes(1), {"a": "x" * 150_000})
    running, succeeded = await heard(workflows)
    assert running["detail"]["inputDetails"] == {"included": True}
    assert succeeded["detail"]["inputDetails"] == {"included": False}
    assert succeeded["detail"]["input"] is None
    assert succeeded["detail"]["outputDetails"] == {"included": True}


async def test_express_executions_are_not_told_of(workflows: Workflows) -> None:
    await listen(workflows)
    machine = await workflows.create(passes(1), "express", type="EXPRESS")
    await workflows.start(machine)
    await workflows.world.settle()
    assert await heard(workflows) == []


async def test_nothing_is_written_where_nobody_listens(workflows: Workflows) -> None:
    machine = await workflows.create(passes(1))
    await workflows.start(machine)
    assert await work_items(workflows) == 0

    await listen(workflows, {"source": ["shop"]})
    await workflows.start(machine)
    assert await work_items(workflows) == 0

    await listen(workflows, {"detail": {"status": ["FAILED"]}})
    await workflows.start(machine)
    assert await work_items(workflows) == 2

    await workflows.context.call("events", "DisableRule", {"Name": "r"})
    await workflows.world.settle()
    await workflows.start(machine)
    assert await work_items(workflows) == 0
    assert await heard(workflows) == []


async def test_a_listener_of_another_node_is_heard_of(workflows: Workflows) -> None:
    """
    What another process wrote is not in this one's memory; the store is looked at again.
    """
    machine = await workflows.create(passes(1))
    await workflows.start(machine)
    await workflows.world.platform.database.write(
        lambda tx: tx.execute(
            "INSERT INTO work_audience (account, region, source)"
            " VALUES ('000000000000', 'us-east-1', 'aws.states')"
        )
    )
    audience = audience_of(workflows.world.platform.caches)
    audience.look_again()
    await workflows.start(machine)
    assert await work_items(workflows) == 2
