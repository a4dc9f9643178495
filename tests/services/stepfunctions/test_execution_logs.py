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
    workflows: Workflows, level: str, kind: str, *, with_data: bool = True
) -> list[Any]:
    await workflows.context.call("logs", "CreateLogGroup", {"logGroupName": GROUP})
    arn = workflows.context.arn("logs", f"log-group:{GROUP}:*")
    machine = await workflows.create(
        FAILING,
        type=kind,
        loggingConfiguration={
            "level": level,
            "includeExecutionData": with_data,
            "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": arn}}],
        },
    )
    await workflows.start(machine, {"secret": 1})
    await workflows.world.settle()
    found = await workflows.context.call("logs", "FilterLogEvents", {"logGroupName": GROUP})
    return [json.loads(event["message"]) for event in found["events"]]


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
