"""What DescribeMapRun says while a map run runs, and what becomes of children it cannot stop."""

from typing import Any

import pytest

from lambent.core.errors import AwsError
from tests.services.stepfunctions.maps import bucket_of, distributed, map_run_of, reader
from tests.services.stepfunctions.workflows import Workflows, chain, wait

_MEMBERS = (
    "pending",
    "running",
    "succeeded",
    "failed",
    "timedOut",
    "aborted",
    "total",
    "resultsWritten",
    "failuresNotRedrivable",
    "pendingRedrive",
)


async def started(workflows: Workflows, definition: Any, given: Any = None) -> str:
    execution = await workflows.start(await workflows.create(definition), given)
    await workflows.world.settle()
    return execution


async def test_items_that_are_known_and_not_begun_are_pending(workflows: Workflows) -> None:
    each = distributed(chain(Wait=wait(10)), MaxConcurrency=2)
    execution = await started(workflows, chain(Each=each), list(range(5)))

    run = await map_run_of(workflows, execution)

    for counts in (run["itemCounts"], run["executionCounts"]):
        assert set(counts) == set(_MEMBERS)
        assert (counts["pending"], counts["running"], counts["total"]) == (3, 2, 5)
    assert run["maxConcurrency"] == 2
    await workflows.world.advance(31)
    run = await map_run_of(workflows, execution)
    assert (run["itemCounts"]["pending"], run["itemCounts"]["succeeded"]) == (0, 5)


@pytest.mark.parametrize(
    ("batcher", "pending"),
    [({"MaxItemsPerBatch": 3}, 3), ({"MaxInputBytesPerBatch": 30}, 0)],
)
async def test_batches_that_will_be_are_pending_where_their_number_is_known(
    workflows: Workflows, batcher: dict[str, int], pending: int
) -> None:
    bucket = await bucket_of(workflows)
    await bucket.put("a.jsonl", "\n".join(str(number) for number in range(12)))
    read = reader("a.jsonl", "JSONL", MaxItems=11)
    each = distributed(chain(Wait=wait(10)), ItemReader=read, ItemBatcher=batcher, MaxConcurrency=1)
    execution = await started(workflows, chain(Each=each))

    run = await map_run_of(workflows, execution)

    assert run["executionCounts"]["pending"] == pending
    items = run["itemCounts"]
    assert items["total"] == items["running"] + items["pending"] == 11


async def test_what_a_failed_map_run_did_not_begin_stays_pending(workflows: Workflows) -> None:
    each = distributed(chain(Wait=wait(1), Bad={"Type": "Fail"}), MaxConcurrency=1)
    execution = await started(workflows, chain(Each=each), [1, 2, 3])
    await workflows.world.advance(2)

    run = await map_run_of(workflows, execution)

    assert run["status"] == "FAILED"
    assert (run["itemCounts"]["failed"], run["itemCounts"]["pending"]) == (1, 2)


@pytest.mark.parametrize("from_file", [True, False])
async def test_a_share_of_failures_is_exceeded_as_soon_as_all_items_are_known(
    workflows: Workflows, from_file: bool
) -> None:
    """
    The third of ten failures is one too many; nothing is begun after it.
    """
    fields: dict[str, Any] = {"MaxConcurrency": 1, "ToleratedFailurePercentage": 20}
    if from_file:
        bucket = await bucket_of(workflows)
        await bucket.put("a.json", str(list(range(10))))
        fields["ItemReader"] = reader("a.json", "JSON")
    each = distributed(chain(Wait=wait(1), Bad={"Type": "Fail"}), **fields)
    execution = await started(workflows, chain(Each=each), list(range(10)))

    await workflows.world.advance(10)

    assert (await workflows.describe(execution))["status"] == "FAILED"
    counts = (await map_run_of(workflows, execution))["itemCounts"]
    assert (counts["failed"], counts["pending"], counts["total"]) == (3, 7, 10)


async def test_express_children_are_waited_for_since_nobody_can_stop_them(
    workflows: Workflows,
) -> None:
    states = {
        "StartAt": "Ask",
        "States": {
            "Ask": {
                "Type": "Choice",
                "Choices": [{"Variable": "$", "NumericEquals": 1, "Next": "Bad"}],
                "Default": "Good",
            },
            "Bad": {"Type": "Fail"},
            "Good": {"Type": "Wait", "Seconds": 30, "End": True},
        },
    }
    execution = await started(workflows, chain(Each=distributed(states, express=True)), [0, 1, 2])

    described = await workflows.describe(execution)
    assert described["status"] == "RUNNING"
    await workflows.world.advance(31)

    described = await workflows.describe(execution)
    assert described["error"] == "States.ExceedToleratedFailureThreshold"
    counts = (await map_run_of(workflows, execution))["executionCounts"]
    assert (counts["succeeded"], counts["failed"], counts["aborted"]) == (2, 1, 0)


async def test_express_children_of_a_stopped_execution_end_by_themselves(
    workflows: Workflows,
) -> None:
    each = distributed(chain(Wait=wait(30)), express=True)
    execution = await started(workflows, chain(Each=each), [1, 2])

    await workflows.call("StopExecution", executionArn=execution)
    await workflows.world.settle()
    run = await map_run_of(workflows, execution)
    assert (run["status"], run["executionCounts"]["running"]) == ("ABORTED", 2)
    await workflows.world.advance(31)

    assert (await map_run_of(workflows, execution))["executionCounts"]["succeeded"] == 2


async def test_map_runs_are_listed_page_by_page_the_latest_first(workflows: Workflows) -> None:
    maps = {
        f"Each{number}": distributed(chain(**{f"Same{number}": {"Type": "Pass"}}))
        for number in range(3)
    }
    execution = await started(workflows, chain(**maps), [1])

    found: list[str] = []
    token: dict[str, str] = {}
    while True:
        page = await workflows.call("ListMapRuns", executionArn=execution, maxResults=2, **token)
        found += [run["mapRunArn"] for run in page["mapRuns"]]
        if "nextToken" not in page:
            break
        token = {"nextToken": page["nextToken"]}

    starts = [(await workflows.call("DescribeMapRun", mapRunArn=arn))["startDate"] for arn in found]
    assert len(set(found)) == 3
    assert starts == sorted(starts, reverse=True)


@pytest.mark.parametrize("arn", ["nope", "arn:aws:states:us-east-1:000000000000:execution:a:b"])
async def test_what_names_no_map_run_is_an_invalid_arn(workflows: Workflows, arn: str) -> None:
    with pytest.raises(AwsError) as raised:
        await workflows.call("DescribeMapRun", mapRunArn=arn)

    assert raised.value.code == "InvalidArn"
