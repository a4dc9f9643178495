"""Step Functions as boto3 sees it, over HTTP; and what a power cut leaves of it."""

import json
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.processes import ServerProcess

ROLE = "arn:aws:iam::000000000000:role/workflow"


def definition(**states: dict[str, Any]) -> str:
    """States that follow each other."""
    names = list(states)
    for name, following in zip(names, [*names[1:], None], strict=True):
        states[name] |= {"Next": following} if following else {"End": True}
    return json.dumps({"StartAt": names[0], "States": states})


@pytest.fixture
def stepfunctions(server: ServerProcess) -> Any:
    return server.client("stepfunctions")


@pytest.fixture
def machine(stepfunctions: Any) -> str:
    name = f"machine{time.time_ns()}"
    text = definition(One={"Type": "Pass", "Result": {"a": 1}}, Two={"Type": "Pass"})
    made = stepfunctions.create_state_machine(name=name, definition=text, roleArn=ROLE)
    arn: str = made["stateMachineArn"]
    return arn


def ended(stepfunctions: Any, execution: str) -> Any:
    """The execution when it has ended."""
    while True:
        described = stepfunctions.describe_execution(executionArn=execution)
        if described["status"] != "RUNNING":
            return described


def test_an_execution_from_its_start_to_its_history(stepfunctions: Any, machine: str) -> None:
    started = stepfunctions.start_execution(stateMachineArn=machine, input="{}")

    assert isinstance(started["startDate"], datetime)
    described = ended(stepfunctions, started["executionArn"])
    assert (described["status"], described["output"]) == ("SUCCEEDED", '{"a":1}')
    pages = stepfunctions.get_paginator("get_execution_history").paginate(
        executionArn=started["executionArn"], PaginationConfig={"PageSize": 2}
    )
    events = [event for page in pages for event in page["events"]]
    assert [event["id"] for event in events] == list(range(1, 7))
    assert events[1]["stateEnteredEventDetails"]["name"] == "One"
    assert isinstance(events[-1]["timestamp"], datetime)


def test_lists_come_in_pages(stepfunctions: Any, machine: str) -> None:
    for number in range(5):
        stepfunctions.start_execution(stateMachineArn=machine, name=f"n{number}")

    pages = stepfunctions.get_paginator("list_executions").paginate(
        stateMachineArn=machine, PaginationConfig={"PageSize": 2}
    )

    names = [execution["name"] for page in pages for execution in page["executions"]]
    assert names == ["n4", "n3", "n2", "n1", "n0"]


def test_errors_are_the_exceptions_of_the_client(stepfunctions: Any, machine: str) -> None:
    with pytest.raises(stepfunctions.exceptions.StateMachineDoesNotExist) as missing:
        stepfunctions.describe_state_machine(stateMachineArn=machine + "none")
    assert missing.value.response["Error"]["Message"] == (
        f"State Machine Does Not Exist: '{machine}none'"
    )
    with pytest.raises(stepfunctions.exceptions.InvalidDefinition):
        stepfunctions.create_state_machine(name="bad", definition="{", roleArn=ROLE)
    with pytest.raises(stepfunctions.exceptions.InvalidExecutionInput):
        stepfunctions.start_execution(stateMachineArn=machine, input="{")
    with pytest.raises(ClientError) as invalid:
        stepfunctions.list_executions(stateMachineArn=machine, maxResults=5000)
    assert invalid.value.response["Error"]["Code"] == "ValidationException"


def test_an_express_execution_answers(stepfunctions: Any) -> None:
    text = definition(Say={"Type": "Pass", "Result": "hello"})
    made = stepfunctions.create_state_machine(
        name=f"express{time.time_ns()}", definition=text, roleArn=ROLE, type="EXPRESS"
    )

    reply = stepfunctions.start_sync_execution(stateMachineArn=made["stateMachineArn"])

    assert (reply["status"], reply["output"]) == ("SUCCEEDED", '"hello"')


def test_a_state_is_tried_alone(stepfunctions: Any) -> None:
    reply = stepfunctions.test_state(
        definition='{"Type": "Pass", "Result": 1, "End": true}', input="{}"
    )

    assert (reply["status"], reply["output"]) == ("SUCCEEDED", "1")


def test_a_map_run_is_described(server: ServerProcess, stepfunctions: Any) -> None:
    """
    A distributed Map over an object in S3, with its results in S3.
    """
    s3 = server.client("s3")
    bucket = f"lines{time.time_ns()}"
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="items.csv", Body=b"id,name\n1,a\n2,b\n")
    place = {"Bucket": bucket}
    each = {
        "Type": "Map",
        "ItemReader": {
            "Resource": "arn:aws:states:::s3:getObject",
            "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"},
            "Parameters": {**place, "Key": "items.csv"},
        },
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            **json.loads(definition(Name={"Type": "Pass", "OutputPath": "$.name"})),
        },
        "ResultWriter": {
            "Resource": "arn:aws:states:::s3:putObject",
            "Parameters": {**place, "Prefix": "out"},
        },
    }
    machine = stepfunctions.create_state_machine(
        name=f"map{time.time_ns()}", definition=definition(Each=each), roleArn=ROLE
    )["stateMachineArn"]
    execution = stepfunctions.start_execution(stateMachineArn=machine)["executionArn"]

    output = json.loads(ended(stepfunctions, execution)["output"])

    [listed] = stepfunctions.list_map_runs(executionArn=execution)["mapRuns"]
    run = stepfunctions.describe_map_run(mapRunArn=listed["mapRunArn"])
    assert (run["status"], run["itemCounts"]["succeeded"]) == ("SUCCEEDED", 2)
    assert isinstance(run["stopDate"], datetime)
    children = stepfunctions.list_executions(mapRunArn=run["mapRunArn"])["executions"]
    assert len(children) == 2
    whose = stepfunctions.describe_state_machine_for_execution(
        executionArn=children[0]["executionArn"]
    )
    assert whose["mapRunArn"] == run["mapRunArn"]
    manifest = json.loads(
        s3.get_object(**place, Key=output["ResultWriterDetails"]["Key"])["Body"].read()
    )
    [file] = manifest["ResultFiles"]["SUCCEEDED"]
    results = json.loads(s3.get_object(**place, Key=file["Key"])["Body"].read())
    assert [result["Output"] for result in results] == ['"a"', '"b"']


def test_everything_that_was_acknowledged_is_there_after_a_power_cut(tmp_path: Path) -> None:
    """
    Executions that wait go on, those that ended stay ended, and names stay taken.
    """
    server = ServerProcess(tmp_path)
    server.start()
    stepfunctions = server.client("stepfunctions")
    text = definition(Wait={"Type": "Wait", "SecondsPath": "$.s"}, Done={"Type": "Pass"})
    arn = stepfunctions.create_state_machine(name="m", definition=text, roleArn=ROLE)[
        "stateMachineArn"
    ]
    executions = [
        stepfunctions.start_execution(
            stateMachineArn=arn, name=f"n{number}", input=json.dumps({"s": number % 2 * 3600})
        )["executionArn"]
        for number in range(20)
    ]

    server.kill()
    server.start()
    stepfunctions = server.client("stepfunctions")
    with pytest.raises(stepfunctions.exceptions.ExecutionAlreadyExists):
        stepfunctions.start_execution(stateMachineArn=arn, name="n1", input="{}")
    server.advance("PT1H")

    for execution in executions:
        assert ended(stepfunctions, execution)["status"] == "SUCCEEDED"
        history = stepfunctions.get_execution_history(executionArn=execution)["events"]
        assert [event["id"] for event in history] == list(range(1, len(history) + 1))
        assert [event["type"] for event in history].count("ExecutionSucceeded") == 1
    assert server.stop() == 0
