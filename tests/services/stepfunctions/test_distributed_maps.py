"""Distributed Maps: what becomes of children, and where results go."""

import json
from typing import Any

import pytest

from lambent.core.errors import AwsError
from lambent.services.stepfunctions.integrations.calls import whole_body
from tests.services.stepfunctions.maps import (
    BUCKET,
    bucket_of,
    distributed,
    map_run_of,
    reader,
)
from tests.services.stepfunctions.workflows import Workflows, chain, wait


async def test_each_item_is_the_input_of_a_child_execution(workflows: Workflows) -> None:
    machine = await workflows.create(chain(Each=distributed(Label="Letters")))
    execution = await workflows.start(machine, ["a", "b", "c"])
    await workflows.world.settle()

    assert json.loads((await workflows.describe(execution))["output"]) == ["a", "b", "c"]
    run = await map_run_of(workflows, execution)
    assert run["status"] == "SUCCEEDED"
    assert ":mapRun:machine/Letters:" in run["mapRunArn"]
    assert run["executionCounts"]["succeeded"] == run["itemCounts"]["total"] == 3
    listed = await workflows.call("ListExecutions", mapRunArn=run["mapRunArn"])
    children = listed["executions"]
    assert len(children) == 3
    assert children[0]["stateMachineArn"] == f"{machine}/Letters"
    assert children[0]["itemCount"] == 1
    child = await workflows.describe(children[0]["executionArn"])
    assert (child["input"], child["output"]) == ('"c"', '"c"')
    assert child["mapRunArn"] == run["mapRunArn"]
    assert (await workflows.event_types(child["executionArn"]))[0] == "ExecutionStarted"
    own = await workflows.call("ListExecutions", stateMachineArn=machine)
    assert [listed["executionArn"] for listed in own["executions"]] == [execution]


async def test_the_history_tells_of_the_map_run(workflows: Workflows) -> None:
    execution = await workflows.start(await workflows.create(chain(Each=distributed())), [1])
    await workflows.world.settle()

    assert await workflows.event_types(execution) == [
        "ExecutionStarted",
        "MapStateEntered",
        "MapStateStarted",
        "MapRunStarted",
        "MapRunSucceeded",
        "MapStateSucceeded",
        "MapStateExited",
        "ExecutionSucceeded",
    ]


async def test_items_come_in_batches(workflows: Workflows) -> None:
    machine = await workflows.create(
        chain(
            Each=distributed(
                ItemBatcher={"MaxItemsPerBatch": 2, "BatchInput": {"also.$": "$.x"}},
                ItemsPath="$.items",
            )
        )
    )
    execution = await workflows.start(machine, {"x": 7, "items": [1, 2, 3]})
    await workflows.world.settle()

    assert json.loads((await workflows.describe(execution))["output"]) == [
        {"BatchInput": {"also": 7}, "Items": [1, 2]},
        {"BatchInput": {"also": 7}, "Items": [3]},
    ]
    run = await map_run_of(workflows, execution)
    assert (run["executionCounts"]["total"], run["itemCounts"]["total"]) == (2, 3)


async def test_a_batch_holds_no_more_bytes_than_it_may(workflows: Workflows) -> None:
    each = distributed(ItemBatcher={"MaxInputBytesPerBatch": 40}, express=True)

    described = await workflows.run(chain(Each=each), ["x" * 10] * 5)

    batches = json.loads(described["output"])
    assert [len(batch["Items"]) for batch in batches] == [2, 2, 1]


# What becomes of children -------------------------------------------------------------------------


async def test_so_many_children_run_at_once_and_no_more(workflows: Workflows) -> None:
    each = distributed(chain(Wait=wait(10)), MaxConcurrency=2)
    execution = await workflows.start(await workflows.create(chain(Each=each)), [1, 2, 3, 4, 5])
    await workflows.world.settle()

    run = await map_run_of(workflows, execution)
    assert (run["status"], run["executionCounts"]["running"]) == ("RUNNING", 2)
    await workflows.world.advance(10)
    assert (await map_run_of(workflows, execution))["executionCounts"]["succeeded"] == 2
    await workflows.call("UpdateMapRun", mapRunArn=run["mapRunArn"], maxConcurrency=3)
    await workflows.world.settle()
    assert (await map_run_of(workflows, execution))["executionCounts"]["running"] == 3
    await workflows.world.advance(10)

    assert json.loads((await workflows.describe(execution))["output"]) == [1, 2, 3, 4, 5]


FAILS_FOR_TWO = chain(
    Ask={
        "Type": "Choice",
        "Choices": [{"Variable": "$", "NumericEquals": 2, "Next": "Bad"}],
        "Default": "Good",
    },
)
FAILS_FOR_TWO["States"]["Ask"].pop("End")
FAILS_FOR_TWO["States"] |= {
    "Bad": {"Type": "Fail", "Error": "Two", "Cause": "it is two"},
    "Good": {"Type": "Succeed"},
}


@pytest.mark.parametrize("express", [True, False])
async def test_one_failure_is_too_many_unless_it_is_tolerated(
    workflows: Workflows, express: bool
) -> None:
    strict = distributed(FAILS_FOR_TWO, express=express)

    described = await workflows.run(chain(Each=strict), [1, 2, 3])

    assert described["error"] == "States.ExceedToleratedFailureThreshold"
    assert described["cause"] == "The specified tolerated failure threshold was exceeded"
    assert (await map_run_of(workflows, described["executionArn"]))["status"] == "FAILED"
    assert "MapRunFailed" in await workflows.event_types(described["executionArn"])


@pytest.mark.parametrize(
    "tolerance", [{"ToleratedFailureCount": 1}, {"ToleratedFailurePercentage": 34}]
)
async def test_what_is_tolerated_is_among_the_results(
    workflows: Workflows, tolerance: dict[str, Any]
) -> None:
    lenient = distributed(FAILS_FOR_TWO, **tolerance)

    described = await workflows.run(chain(Each=lenient), [1, 2, 3])

    first, failed, last = json.loads(described["output"])
    assert (first, last) == (1, 3)
    assert (failed["Status"], failed["Error"], failed["Input"]) == ("FAILED", "Two", "2")


async def test_settings_may_come_from_the_input(workflows: Workflows) -> None:
    bucket = await bucket_of(workflows)
    await bucket.put("a.jsonl", "\n".join("12324252"))
    read = reader("a.jsonl", "JSONL", MaxItemsPath="$.items")
    each = distributed(
        ItemReader=read,
        ItemBatcher={"MaxItemsPerBatchPath": "$.batch", "MaxInputBytesPerBatchPath": "$.bytes"},
        ToleratedFailureCountPath="$.count",
        ToleratedFailurePercentagePath="$.percentage",
        MaxConcurrencyPath="$.concurrency",
    )
    given = {"items": 7, "batch": 2, "bytes": 100, "count": 4, "percentage": 60, "concurrency": 3}
    execution = await workflows.start(await workflows.create(chain(Each=each)), given)
    await workflows.world.settle()

    run = await map_run_of(workflows, execution)

    assert run["status"] == "SUCCEEDED", run
    assert (run["toleratedFailureCount"], run["toleratedFailurePercentage"]) == (4, 60)
    assert run["maxConcurrency"] == 3
    assert (run["itemCounts"]["total"], run["executionCounts"]["total"]) == (7, 4)


@pytest.mark.parametrize(
    ("tolerance", "status"),
    [
        ({"ToleratedFailureCount": 2}, "SUCCEEDED"),
        ({"ToleratedFailureCount": 1}, "FAILED"),
        ({"ToleratedFailurePercentage": 50}, "SUCCEEDED"),
        ({"ToleratedFailurePercentage": 49}, "FAILED"),
        ({"ToleratedFailureCount": 3, "ToleratedFailurePercentage": 49}, "FAILED"),
        ({"ToleratedFailurePercentage": 0}, "FAILED"),
        ({}, "FAILED"),
    ],
)
async def test_a_map_run_fails_when_either_threshold_is_exceeded(
    workflows: Workflows, tolerance: dict[str, int], status: str
) -> None:
    described = await workflows.run(
        chain(Each=distributed(FAILS_FOR_TWO, **tolerance)), [1, 2, 2, 4]
    )

    assert described["status"] == status


async def test_stopping_the_execution_stops_its_children(workflows: Workflows) -> None:
    each = distributed(chain(Wait=wait(1000)))
    execution = await workflows.start(await workflows.create(chain(Each=each)), [1, 2])
    await workflows.world.settle()
    run = await map_run_of(workflows, execution)

    await workflows.call("StopExecution", executionArn=execution)
    await workflows.world.settle()

    after = await map_run_of(workflows, execution)
    assert (after["status"], after["executionCounts"]["aborted"]) == ("ABORTED", 2)
    listed = await workflows.call("ListExecutions", mapRunArn=run["mapRunArn"])
    assert {child["status"] for child in listed["executions"]} == {"ABORTED"}


@pytest.mark.parametrize("express", [True, False])
async def test_a_redrive_runs_only_what_did_not_succeed(
    workflows: Workflows, express: bool
) -> None:
    """
    The parent goes on with the same map run; its failed child is begun where it failed.
    """
    await workflows.context.call("sqs", "CreateQueue", {"QueueName": "other"})
    send = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage",
        "Parameters": {"QueueUrl.$": "$", "MessageBody": "hello"},
        "ResultPath": None,
    }
    base = (await workflows.context.call("sqs", "GetQueueUrl", {"QueueName": "other"}))["QueueUrl"]
    late = base.replace("other", "late")
    each = distributed(chain(Send=send), express=express, MaxConcurrency=1)
    execution = await workflows.start(await workflows.create(chain(Each=each)), [base, late, base])
    await workflows.world.settle()
    assert (await workflows.describe(execution))["status"] == "FAILED"
    before = await map_run_of(workflows, execution)
    assert before["executionCounts"]["failed"] == 1

    await workflows.context.call("sqs", "CreateQueue", {"QueueName": "late"})
    await workflows.call("RedriveExecution", executionArn=execution)
    await workflows.world.settle()

    described = await workflows.describe(execution)
    assert (described["status"], json.loads(described["output"])) == (
        "SUCCEEDED",
        [base, late, base],
    )
    after = await map_run_of(workflows, execution)
    assert (after["status"], after["redriveCount"]) == ("SUCCEEDED", 1)
    assert after["executionCounts"]["succeeded"] == 3
    redriven = await workflows.call(
        "ListExecutions", mapRunArn=after["mapRunArn"], redriveFilter="REDRIVEN"
    )
    assert len(redriven["executions"]) == 1
    assert "MapRunRedriven" in await workflows.event_types(execution)


async def test_outputs_beyond_the_limit_need_a_result_writer(workflows: Workflows) -> None:
    each = distributed(chain(Big={"Type": "Pass", "Result": "x" * 100_000}), express=True)

    described = await workflows.run(chain(Each=each), [1, 2, 3])

    assert described["error"] == "States.DataLimitExceeded"


# Where results go -----------------------------------------------------------------------------


def writer(**config: Any) -> dict[str, Any]:
    written = {
        "Resource": "arn:aws:states:::s3:putObject",
        "Parameters": {"Bucket": BUCKET, "Prefix": "out"},
    }
    return {**written, "WriterConfig": config} if config else written


async def test_results_are_written_as_files_and_a_manifest(workflows: Workflows) -> None:
    bucket = await bucket_of(workflows)
    each = distributed(FAILS_FOR_TWO, ToleratedFailureCount=1, ResultWriter=writer())

    described = await workflows.run(chain(Each=each), [1, 2, 3])

    output = json.loads(described["output"])
    key = output["ResultWriterDetails"]["Key"]
    folder = f"out/{output['MapRunArn'].rpartition(':')[2]}"
    assert output["ResultWriterDetails"] == {"Bucket": BUCKET, "Key": f"{folder}/manifest.json"}
    manifest = await bucket.get(key)
    assert manifest["DestinationBucket"] == BUCKET
    files = manifest["ResultFiles"]
    assert files["PENDING"] == []
    [succeeded] = files["SUCCEEDED"]
    assert succeeded["Key"] == f"{folder}/SUCCEEDED_0.json"
    good = await bucket.get(succeeded["Key"])
    assert [entry["Output"] for entry in good] == ["1", "3"]
    head = await bucket.call("HeadObject", Key=succeeded["Key"])
    assert head["ContentLength"] == succeeded["Size"]
    [bad] = await bucket.get(files["FAILED"][0]["Key"])
    assert (bad["Status"], bad["Cause"], bad["InputDetails"]) == (
        "FAILED",
        "it is two",
        {"Included": True},
    )
    run = await map_run_of(workflows, described["executionArn"])
    assert run["executionCounts"]["resultsWritten"] == 3


async def test_results_may_be_flat_and_lines(workflows: Workflows) -> None:
    bucket = await bucket_of(workflows)
    each = distributed(
        express=True, ResultWriter=writer(Transformation="FLATTEN", OutputType="JSONL")
    )

    described = await workflows.run(chain(Each=each), [[1, 2], 3])

    key = json.loads(described["output"])["ResultWriterDetails"]["Key"]
    [file] = (await bucket.get(key))["ResultFiles"]["SUCCEEDED"]
    reply = await bucket.call("GetObject", Key=file["Key"])
    assert await whole_body(reply["Body"]) == b"1\n2\n3\n"


async def test_a_result_writer_without_a_bucket_fails_the_state(workflows: Workflows) -> None:
    described = await workflows.run(chain(Each=distributed(ResultWriter=writer())), [1])

    assert described["error"] == "States.ResultWriterFailed"


async def test_what_a_failed_map_run_did_not_begin_is_written_as_pending(
    workflows: Workflows,
) -> None:
    bucket = await bucket_of(workflows)
    each = distributed(
        chain(
            Fail={"Type": "Wait", "Seconds": 1},
            Never={"Type": "Pass", "Parameters": {"a.$": "$.b"}},
        ),
        MaxConcurrency=1,
        ItemSelector={"at.$": "$$.Map.Item.Index", "n.$": "$$.Map.Item.Value"},
        ResultWriter=writer(),
    )
    execution = await workflows.start(await workflows.create(chain(Each=each)), [1, 2, 3])
    await workflows.world.advance(2)
    assert (await workflows.describe(execution))["status"] == "FAILED"

    listed = await bucket.call("ListObjectsV2")
    [key] = [found["Key"] for found in listed["Contents"] if "manifest" in found["Key"]]
    files = (await bucket.get(key))["ResultFiles"]
    pending = await bucket.get(files["PENDING"][0]["Key"])
    assert [entry["Input"] for entry in pending] == ['{"at":1,"n":2}', '{"at":2,"n":3}']
    assert {entry["Status"] for entry in pending} == {"PENDING"}


async def test_map_runs_go_when_their_time_is_over(workflows: Workflows) -> None:
    execution = await workflows.start(await workflows.create(chain(Each=distributed())), [1])
    await workflows.world.settle()
    run = await map_run_of(workflows, execution)

    await workflows.world.advance(91 * 86_400)

    with pytest.raises(AwsError, match="Resource not found"):
        await workflows.call("DescribeMapRun", mapRunArn=run["mapRunArn"])
