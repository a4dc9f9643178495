"""Starting, reading, stopping and forgetting executions."""

import json
from typing import Any

import pytest

from lambent.core.errors import AwsError
from tests.services.stepfunctions.workflows import ROLE, Workflows, chain, passes, task, wait

YEAR = 365 * 86_400
DAY = 86_400


async def test_five_pass_states_have_ended_when_start_execution_answers(
    workflows: Workflows,
) -> None:
    execution = await workflows.start(await workflows.create(passes()), {"a": 1})

    described = await workflows.describe(execution)

    assert described["status"] == "SUCCEEDED"
    assert described["output"] == '{"a": 1}'
    assert described["stateMachineArn"].endswith(":stateMachine:machine")


async def test_a_history_reads_as_aws_writes_it(workflows: Workflows) -> None:
    execution = await workflows.start(await workflows.create(passes(1)), {"a": 1})
    now = workflows.context.clock.now()

    assert await workflows.events(execution) == [
        {
            "timestamp": now,
            "type": "ExecutionStarted",
            "id": 1,
            "previousEventId": 0,
            "executionStartedEventDetails": {
                "input": '{"a": 1}',
                "inputDetails": {"truncated": False},
                "roleArn": ROLE,
            },
        },
        {
            "timestamp": now,
            "type": "PassStateEntered",
            "id": 2,
            "previousEventId": 0,
            "stateEnteredEventDetails": {
                "name": "Pass1",
                "input": '{"a": 1}',
                "inputDetails": {"truncated": False},
            },
        },
        {
            "timestamp": now,
            "type": "PassStateExited",
            "id": 3,
            "previousEventId": 2,
            "stateExitedEventDetails": {
                "name": "Pass1",
                "output": '{"a": 1}',
                "outputDetails": {"truncated": False},
            },
        },
        {
            "timestamp": now,
            "type": "ExecutionSucceeded",
            "id": 4,
            "previousEventId": 3,
            "executionSucceededEventDetails": {
                "output": '{"a": 1}',
                "outputDetails": {"truncated": False},
            },
        },
    ]


async def test_a_history_comes_in_pages_from_either_end(workflows: Workflows) -> None:
    definition = chain(Before={"Type": "Pass"}, Wait=wait(10), After={"Type": "Pass"})
    execution = await workflows.start(await workflows.create(definition))
    await workflows.world.advance(10)
    whole = [event["id"] for event in await workflows.events(execution)]

    for newest_first in (False, True):
        found: list[int] = []
        params: dict[str, Any] = {"executionArn": execution, "reverseOrder": newest_first}
        while True:
            page = await workflows.call("GetExecutionHistory", maxResults=2, **params)
            assert len(page["events"]) <= 2
            found += [event["id"] for event in page["events"]]
            if "nextToken" not in page:
                break
            params["nextToken"] = page["nextToken"]
        assert found == (whole[::-1] if newest_first else whole)


async def test_a_history_without_execution_data_shows_no_input_and_no_output(
    workflows: Workflows,
) -> None:
    execution = await workflows.start(await workflows.create(passes(1)), {"secret": 1})

    page = await workflows.call(
        "GetExecutionHistory", executionArn=execution, includeExecutionData=False
    )

    assert "secret" not in json.dumps(page)


async def test_a_token_that_we_never_gave_is_refused(workflows: Workflows) -> None:
    execution = await workflows.start(await workflows.create(passes(1)))

    with pytest.raises(AwsError) as raised:
        await workflows.call("GetExecutionHistory", executionArn=execution, nextToken="nonsense")

    assert (raised.value.code, raised.value.message) == (
        "InvalidToken",
        "Invalid Token: 'Invalid token'",
    )


async def test_a_wait_of_a_year_is_over_after_a_year(workflows: Workflows) -> None:
    execution = await workflows.start(await workflows.create(chain(Wait=wait(YEAR))))

    await workflows.world.advance(YEAR - 1)
    assert (await workflows.describe(execution))["status"] == "RUNNING"

    await workflows.world.advance(1)
    ended = await workflows.describe(execution)
    assert ended["status"] == "SUCCEEDED"
    assert ended["stopDate"] - ended["startDate"] == YEAR


async def test_an_execution_runs_for_a_year_at_most(workflows: Workflows) -> None:
    """
    AWS ends it with a time-out; here within the hour in which it began.
    """
    limitless = chain(Wait={"Type": "Wait", "Seconds": 2 * YEAR})
    machine = await workflows.create({**limitless, "TimeoutSeconds": 2 * YEAR})
    execution = await workflows.start(machine)
    await workflows.world.advance(YEAR - 60)
    later = await workflows.start(machine)
    assert (await workflows.describe(execution))["status"] == "RUNNING"

    await workflows.world.advance(3_700)

    assert (await workflows.describe(execution))["status"] == "TIMED_OUT"
    assert (await workflows.describe(later))["status"] == "RUNNING"


async def test_the_same_name_and_input_again_is_the_same_execution_while_it_runs(
    workflows: Workflows,
) -> None:
    machine = await workflows.create(chain(Wait=wait(10)))
    first = await workflows.start(machine, {"a": 1}, name="once")

    assert await workflows.start(machine, {"a": 1}, name="once") == first
    with pytest.raises(AwsError) as raised:
        await workflows.start(machine, {"a": 2}, name="once")
    assert raised.value.code == "ExecutionAlreadyExists"
    assert raised.value.message == f"Execution Already Exists: '{first}'"

    await workflows.world.advance(10)
    with pytest.raises(AwsError) as raised:
        await workflows.start(machine, {"a": 1}, name="once")
    assert raised.value.code == "ExecutionAlreadyExists"
    assert (await workflows.event_types(first)).count("ExecutionStarted") == 1


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"input": "{"}, "InvalidExecutionInput"),
        ({"input": "NaN"}, "InvalidExecutionInput"),
        ({"input": "[" * 20_000 + "]" * 20_000}, "InvalidExecutionInput"),
        ({"input": json.dumps("é" * 131_072, ensure_ascii=False)}, "InvalidExecutionInput"),
        ({"name": "a b"}, "InvalidName"),
        ({"stateMachineArn": "machine"}, "InvalidArn"),
        (
            {"stateMachineArn": "arn:aws:states:us-east-1:000000000000:stateMachine:none"},
            "StateMachineDoesNotExist",
        ),
        (
            {"stateMachineArn": "arn:aws:states:us-east-1:000000000000:stateMachine:machine:7"},
            "StateMachineDoesNotExist",
        ),
    ],
)
async def test_what_cannot_be_started_is_refused_with_the_code_of_aws(
    workflows: Workflows, params: dict[str, str], code: str
) -> None:
    machine = await workflows.create(passes(1))

    with pytest.raises(AwsError) as raised:
        await workflows.call("StartExecution", **{"stateMachineArn": machine, **params})

    assert raised.value.code == code


async def test_input_that_is_no_json_says_where(workflows: Workflows) -> None:
    machine = await workflows.create(passes(1))
    text = '{"a": "b"c}'

    with pytest.raises(AwsError) as raised:
        await workflows.call("StartExecution", stateMachineArn=machine, input=text)

    assert raised.value.message == (
        "Invalid State Machine Execution Input: 'Unexpected character ('c' (code 99)): was"
        " expecting comma to separate Object entries\n"
        f' at [Source: (String)"{text}"; line: 1, column: 11]\''
    )


async def test_integers_of_any_length_survive(workflows: Workflows) -> None:
    machine = await workflows.create(passes(1))
    number = "123456789012345678901234567890"

    reply = await workflows.call("StartExecution", stateMachineArn=machine, input=number)

    assert (await workflows.describe(reply["executionArn"]))["output"] == number


async def test_a_stopped_execution_is_aborted_and_stays_so(workflows: Workflows) -> None:
    execution = await workflows.start(await workflows.create(chain(Wait=wait(10))))

    await workflows.call("StopExecution", executionArn=execution, error="Why", cause="Because")
    await workflows.world.advance(20)

    described = await workflows.describe(execution)
    assert described["status"] == "ABORTED"
    assert (described["error"], described["cause"]) == ("Why", "Because")
    assert (await workflows.event_types(execution))[-1] == "ExecutionAborted"

    again = await workflows.call("StopExecution", executionArn=execution)
    assert again["stopDate"] == described["stopDate"]


async def test_an_execution_that_never_was_does_not_exist(workflows: Workflows) -> None:
    arn = "arn:aws:states:us-east-1:000000000000:execution:machine:none"

    for operation in ("DescribeExecution", "GetExecutionHistory", "StopExecution"):
        with pytest.raises(AwsError) as raised:
            await workflows.call(operation, executionArn=arn)
        assert raised.value.code == "ExecutionDoesNotExist"
        assert raised.value.message == f"Execution Does Not Exist: '{arn}'"


async def test_executions_are_listed_latest_first_in_pages_and_by_status(
    workflows: Workflows,
) -> None:
    machine = await workflows.create(
        chain(Wait={"Type": "Wait", "SecondsPath": "$.seconds"}, Done={"Type": "Pass"})
    )
    for number in range(7):
        await workflows.start(machine, {"seconds": number % 2 * 100}, name=f"n{number}")
    await workflows.world.settle()

    listed: list[str] = []
    token: dict[str, str] = {}
    while True:
        page = await workflows.call(
            "ListExecutions", stateMachineArn=machine, maxResults=3, **token
        )
        listed += [execution["name"] for execution in page["executions"]]
        if "nextToken" not in page:
            break
        token = {"nextToken": page["nextToken"]}

    assert listed == ["n6", "n5", "n4", "n3", "n2", "n1", "n0"]
    running = await workflows.call(
        "ListExecutions", stateMachineArn=machine, statusFilter="RUNNING"
    )
    assert [execution["name"] for execution in running["executions"]] == ["n5", "n3", "n1"]


async def test_an_execution_is_forgotten_ninety_days_after_its_end(workflows: Workflows) -> None:
    execution = await workflows.start(await workflows.create(passes(1)))

    await workflows.world.advance(90 * DAY - 1)
    assert (await workflows.describe(execution))["status"] == "SUCCEEDED"

    await workflows.world.advance(2 * 3600)
    with pytest.raises(AwsError) as raised:
        await workflows.describe(execution)
    assert raised.value.code == "ExecutionDoesNotExist"


async def test_the_state_machines_own_timeout_ends_an_execution(workflows: Workflows) -> None:
    definition = {**chain(Wait=wait(100)), "TimeoutSeconds": 10}
    execution = await workflows.start(await workflows.create(definition))

    await workflows.world.advance(10)

    assert (await workflows.describe(execution))["status"] == "TIMED_OUT"
    assert (await workflows.event_types(execution))[-1] == "ExecutionTimedOut"


async def test_a_redriven_execution_goes_on_from_the_state_that_failed(
    workflows: Workflows,
) -> None:
    nested = "arn:aws:states:us-east-1:000000000000:stateMachine:late"
    definition = chain(
        Once={"Type": "Pass"},
        Start={
            "Type": "Task",
            "Resource": "arn:aws:states:::aws-sdk:sfn:startExecution",
            "Parameters": {"StateMachineArn": nested},
        },
    )
    execution = await workflows.start(await workflows.create(definition))
    await workflows.world.settle()
    failed = await workflows.describe(execution)
    assert (failed["status"], failed["redriveStatus"]) == ("FAILED", "REDRIVABLE")

    await workflows.create(passes(1), name="late")
    await workflows.call("RedriveExecution", executionArn=execution)
    await workflows.world.settle()

    described = await workflows.describe(execution)
    assert (described["status"], described["redriveCount"]) == ("SUCCEEDED", 1)
    types = await workflows.event_types(execution)
    assert types.count("PassStateEntered") == 1
    assert "ExecutionRedriven" in types
    with pytest.raises(AwsError) as raised:
        await workflows.call("RedriveExecution", executionArn=execution)
    assert raised.value.code == "ExecutionNotRedrivable"


async def test_what_runs_for_ever_lets_others_have_their_turn(workflows: Workflows) -> None:
    """
    A loop ends at 25,000 events, and until then is taken in many turns.
    """
    never = {"Variable": "$.end", "IsPresent": True, "Next": "End"}
    definition = {
        "StartAt": "Again",
        "States": {
            "Again": {"Type": "Choice", "Choices": [never], "Default": "Again"},
            "End": {"Type": "Succeed"},
        },
    }
    execution = await workflows.start(await workflows.create(definition))
    assert (await workflows.describe(execution))["status"] == "RUNNING"

    await workflows.world.settle()

    assert (await workflows.describe(execution))["status"] == "FAILED"
    last = await workflows.call(
        "GetExecutionHistory", executionArn=execution, reverseOrder=True, maxResults=1
    )
    assert (last["events"][0]["id"], last["events"][0]["type"]) == (25_000, "ExecutionFailed")


@pytest.mark.parametrize(
    "text",
    ["123456789012345678901234567890", '"\\ud800"', '{"\\udfff":1}', "[" * 600 + "]" * 600],
    ids=["beyond 64 bits", "half a pair", "half a pair as key", "nested"],
)
async def test_any_json_lives_through_variables_maps_and_tasks(
    workflows: Workflows, text: str
) -> None:
    """
    What the fast JSON library does not know passes through frames, items and work as well.
    """
    again = {"Type": "Wait", "Seconds": 1}
    definition = chain(
        Keep={"Type": "Pass", "Assign": {"kept.$": "$.it"}},
        Each={
            "Type": "Map",
            "ItemsPath": "$.items",
            "MaxConcurrency": 1,
            "ItemProcessor": chain(Later=again, Same={"Type": "Pass"}),
            "ResultPath": "$.items",
        },
        Call=task("aws-sdk:sts:getCallerIdentity", {}, ResultPath=None),
        Result={"Type": "Pass", "Parameters": {"kept.$": "$kept", "items.$": "$.items"}},
    )
    machine = await workflows.create(definition)
    reply = await workflows.call(
        "StartExecution", stateMachineArn=machine, input=f'{{"it":{text},"items":[{text},{text}]}}'
    )
    await workflows.world.advance(5)

    described = await workflows.describe(reply["executionArn"])

    assert described["status"] == "SUCCEEDED", described
    # Beyond 64 bits a number is a double, as JSONata's numbers are.
    expected = json.loads(text, parse_int=float)
    assert json.loads(described["output"]) == {"kept": expected, "items": [expected, expected]}


async def test_an_error_that_is_no_text_can_still_be_told(workflows: Workflows) -> None:
    described = await workflows.run(
        '{"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "E\\ud800", "Cause": "C"}}}'
    )

    assert (described["status"], described["error"]) == ("FAILED", "E?")
