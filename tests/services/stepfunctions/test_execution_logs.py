"""What state machines write to CloudWatch Logs."""

import json
from typing import Any

import pytest

from tests.services.stepfunctions.workflows import Workflows, chain

GROUP = "/aws/vendedlogs/states/machine"
FAILING: dict[str, Any] = {
    **chain(Pass={"Type": "Pass"}),
    "States": {
        "Pass": {"Type": "Pass", "Next": "Fail"},
        "Fail": {"Type": "Fail", "Error": "E", "Cause": "C"},
    },
}


async def logged(
    workflows: Workflows,
    level: str,
    kind: str,
    *,
    with_data: bool = True,
    definition: Any = FAILING,
    given: Any = None,
) -> list[Any]:
    await workflows.context.call("logs", "CreateLogGroup", {"logGroupName": GROUP})
    arn = workflows.context.arn("logs", f"log-group:{GROUP}:*")
    machine = await workflows.create(
        definition,
        type=kind,
        loggingConfiguration={
            "level": level,
            "includeExecutionData": with_data,
            "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": arn}}],
        },
    )
    await workflows.start(machine, given or {"secret": 1})
    await workflows.world.settle()
    events: list[Any] = []
    asked: dict[str, Any] = {"logGroupName": GROUP}
    while True:
        found = await workflows.context.call("logs", "FilterLogEvents", asked)
        events += found["events"]
        if "nextToken" not in found:
            return [json.loads(event["message"]) for event in events]
        asked["nextToken"] = found["nextToken"]


@pytest.mark.parametrize("kind", ["STANDARD", "EXPRESS"])
@pytest.mark.parametrize(
    ("level", "types"),
    [
        (
            "ALL",
            [
                "ExecutionStarted",
                "PassStateEntered",
                "PassStateExited",
                "FailStateEntered",
                "ExecutionFailed",
            ],
        ),
        ("ERROR", ["FailStateEntered", "ExecutionFailed"]),
        ("FATAL", ["ExecutionFailed"]),
    ],
)
async def test_the_level_says_which_events_are_logged(
    workflows: Workflows, kind: str, level: str, types: list[str]
) -> None:
    records = await logged(workflows, level, kind)

    assert [record["type"] for record in records] == types
    last = records[-1]
    assert last["details"] == {"error": "E", "cause": "C"}
    assert set(last) == {
        "id",
        "type",
        "details",
        "redrive_count",
        "previous_event_id",
        "event_timestamp",
        "execution_arn",
    }
    assert last["id"] == "5"


async def test_data_is_logged_only_when_asked_for(workflows: Workflows) -> None:
    records = await logged(workflows, "ALL", "STANDARD", with_data=False)

    assert "secret" not in json.dumps(records)


async def test_a_record_has_its_members_in_the_order_that_aws_writes_them(
    workflows: Workflows,
) -> None:
    started, *_ = await logged(workflows, "ALL", "EXPRESS")

    assert list(started) == [
        "id",
        "type",
        "details",
        "previous_event_id",
        "event_timestamp",
        "execution_arn",
        "redrive_count",
    ]
    assert started["details"]["inputDetails"] == {"truncated": False}
    assert (started["previous_event_id"], started["redrive_count"]) == ("0", "0")
    streams = await workflows.context.call("logs", "DescribeLogStreams", {"logGroupName": GROUP})
    [stream] = streams["logStreams"]
    assert stream["logStreamName"].startswith("states/machine/")
    # AWS: as long as the state machine has not been changed.
    assert stream["logStreamName"].endswith("/00000000")


async def test_long_data_is_cut_off_and_all_events_are_logged(workflows: Workflows) -> None:
    """
    Each of ten records is a quarter of what one call takes.
    """
    states = {f"Pass{number}": {"Type": "Pass"} for number in range(4)}
    given = {"a": 'ä"' * 30_000}

    records = await logged(workflows, "ALL", "EXPRESS", definition=chain(**states), given=given)

    assert [record["id"] for record in records] == [str(number) for number in range(1, 11)]
    details = records[0]["details"]
    assert details["inputDetails"] == {"truncated": True}
    assert json.dumps(given).startswith(details["input"])
    escaped = len(json.dumps(details["input"]).encode()) - 2
    assert 248 * 1024 - 12 <= escaped <= 248 * 1024
