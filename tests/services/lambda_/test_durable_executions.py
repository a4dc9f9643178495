"""Durable executions from their start to their end, and what becomes of them afterwards."""

import asyncio
from typing import Any

import orjson
import pytest

from tests.conftest import World
from tests.services.lambda_.durable_functions import (
    PENDING,
    Durable,
    Run,
    durable_world,
    step,
    succeeded,
    wait,
)
from tests.services.lambda_.functions import ECHO, call, create, refused, zipped

DAY = 86_400


@pytest.fixture
def durable(world: World) -> Durable:
    return durable_world(world)


async def echo(run: Run) -> Any:
    return succeeded(run.input)


async def waiting_for_a_day(run: Run) -> Any:
    """A step, a day, and the end."""
    if run.status("step") is None:
        await run.checkpoint(step("step", "START", Name="first"))
        await run.checkpoint(step("step", "SUCCEED", Payload='"done"'))
    if run.status("wait") is None:
        await run.checkpoint(wait("wait", DAY))
    if run.status("wait") != "SUCCEEDED":
        return PENDING
    return succeeded(orjson.loads(run.operations["step"]["StepDetails"]["Result"]))


async def failing(run: Run) -> Any:
    return {"Status": "FAILED", "Error": {"ErrorType": "Broken", "ErrorMessage": "no stock"}}


async def test_an_execution_runs_to_its_end_and_tells_its_history(durable: Durable) -> None:
    await durable.function(waiting_for_a_day)
    arn = await durable.start()

    assert await durable.status(arn) == "RUNNING"
    assert await durable.told(arn) == [
        "ExecutionStarted",
        "StepStarted",
        "StepSucceeded",
        "WaitStarted",
        "InvocationCompleted",
    ]

    await durable.world.advance(DAY)

    ended = await durable.get(arn)
    assert (ended["Status"], ended["Result"]) == ("SUCCEEDED", '"done"')
    assert ended["EndTimestamp"] - ended["StartTimestamp"] == DAY
    assert (await durable.told(arn))[5:] == [
        "WaitSucceeded",
        "InvocationCompleted",
        "ExecutionSucceeded",
    ]
    assert len(durable.runs) == 2
    assert durable.runs[1]["UpdatedOperationIds"] == ["wait"]


async def test_whoever_waits_is_told_the_result_or_the_error(durable: Durable) -> None:
    await durable.function(echo, "echo", ExecutionTimeout=900)
    await durable.function(failing, "failing", ExecutionTimeout=900)

    reply = await call(durable.context, "Invoke", FunctionName="echo:$LATEST", Payload=b'{"a":1}')
    assert reply["Payload"] == b'{"a":1}'
    assert reply["ExecutedVersion"] == "$LATEST"
    assert ":function:echo:$LATEST/durable-execution/" in reply["DurableExecutionArn"]

    reply = await call(durable.context, "Invoke", FunctionName="failing:$LATEST")
    assert reply["FunctionError"] == "Unhandled"
    assert orjson.loads(reply["Payload"]) == {"errorType": "Broken", "errorMessage": "no stock"}


async def test_whoever_waits_waits_through_the_waits_of_the_execution(durable: Durable) -> None:
    async def pausing(run: Run) -> Any:
        if run.status("w") is None:
            await run.checkpoint(wait("w", 60))
        return succeeded("later") if run.status("w") == "SUCCEEDED" else PENDING

    await durable.function(pausing, ExecutionTimeout=900)
    asked = call(durable.context, "Invoke", FunctionName="orders:$LATEST")
    waiting = asyncio.ensure_future(asked)
    await asyncio.sleep(0)
    while not durable.runs:
        await asyncio.sleep(0)
    await durable.world.settle()
    assert not waiting.done()
    await durable.world.advance(60)

    assert (await waiting)["Payload"] == b'"later"'


async def test_a_function_is_named_with_a_qualifier_and_bound_to_fifteen_minutes(
    durable: Durable,
) -> None:
    await durable.function(echo, ExecutionTimeout=901)

    for invocation_type in ("RequestResponse", "Event", "DryRun"):
        assert await refused(
            durable.context, "Invoke", FunctionName="orders", InvocationType=invocation_type
        ) == (
            "InvalidParameterValueException",
            "You cannot invoke a durable function using an unqualified ARN.",
        )
    assert await refused(durable.context, "Invoke", FunctionName="orders:$LATEST") == (
        "InvalidParameterValueException",
        "You cannot synchronously invoke a durable function with an executionTimeout greater"
        " than 15 minutes.",
    )


async def test_a_name_with_the_same_payload_finds_what_was_started(durable: Durable) -> None:
    await durable.function(echo)
    first = await durable.start(event={"n": 1}, DurableExecutionName="order-1")
    again = await durable.start(event={"n": 1}, DurableExecutionName="order-1")

    assert again == first
    assert len(durable.runs) == 1
    assert "/durable-execution/order-1/" in first
    code, message = await refused(
        durable.context,
        "Invoke",
        FunctionName="orders:$LATEST",
        InvocationType="Event",
        DurableExecutionName="order-1",
        Payload=b"2",
    )
    assert code == "DurableExecutionAlreadyStartedException"
    assert message == f"Execution already started: {first}"


async def test_an_execution_that_takes_too_long_is_timed_out(durable: Durable) -> None:
    await durable.function(waiting_for_a_day, ExecutionTimeout=3600)
    arn = await durable.start()
    expected = (await durable.get(arn))["ExpectedExecutionTimeoutTimestamp"]
    assert expected == durable.world.clock.now() + 3600

    await durable.world.advance(DAY)

    ended = await durable.get(arn)
    assert ended["Status"] == "TIMED_OUT"
    assert ended["Error"] == {"ErrorMessage": "Execution timed out after 3600 seconds."}
    assert ended["EndTimestamp"] == expected
    assert "ExpectedExecutionTimeoutTimestamp" not in ended
    assert (await durable.told(arn))[-1] == "ExecutionTimedOut"
    assert len(durable.runs) == 1


async def test_an_invocation_that_breaks_is_tried_again_for_some_minutes(durable: Durable) -> None:
    async def breaking(run: Run) -> Any:
        raise ValueError("broken")

    await durable.function(breaking)
    arn = await durable.start()
    assert await durable.status(arn) == "RUNNING"
    await durable.world.advance(600)

    ended = await durable.get(arn)
    assert (ended["Status"], ended["Error"]) == (
        "FAILED",
        {"ErrorType": "ValueError", "ErrorMessage": "broken"},
    )
    assert len(durable.runs) == 9
    events = await durable.history(arn)
    assert [event["EventType"] for event in events] == [
        "ExecutionStarted",
        *["InvocationCompleted"] * 9,
        "ExecutionFailed",
    ]
    assert events[1]["InvocationCompletedDetails"]["Error"]["Payload"] == ended["Error"]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"foo": 1}, "Invalid Status in invocation output."),
        (b"no json", "Invalid Status in invocation output."),
        ({"Status": "SUCCEEDED", "Error": {}}, "Cannot provide an Error for SUCCEEDED status."),
        ({"Status": "FAILED", "Result": "1"}, "Cannot provide a Result for FAILED status."),
    ],
)
async def test_an_answer_that_no_sdk_gives_ends_the_execution(
    durable: Durable, answer: Any, words: str
) -> None:
    async def odd(run: Run) -> Any:
        return answer

    await durable.function(odd)
    ended = await durable.get(await durable.start())
    assert ended["Status"] == "FAILED"
    assert ended["Error"] == {
        "ErrorType": "InvalidParameterValueException",
        "ErrorMessage": words,
    }


async def test_pending_with_nothing_to_wait_for_is_believed_three_times(durable: Durable) -> None:
    async def idle(run: Run) -> Any:
        return PENDING

    await durable.function(idle)
    arn = await durable.start()
    await durable.world.advance(60)

    ended = await durable.get(arn)
    assert ended["Error"]["ErrorMessage"] == (
        "Cannot return PENDING status with no pending operations."
    )
    assert len(durable.runs) == 3


async def test_a_function_that_is_gone_ends_its_executions(durable: Durable) -> None:
    await durable.function(waiting_for_a_day)
    arn = await durable.start()
    await call(durable.context, "DeleteFunction", FunctionName="orders")
    await durable.world.advance(DAY)

    ended = await durable.get(arn)
    assert ended["Status"] == "FAILED"
    assert ended["Error"]["ErrorType"] == "ResourceNotFoundException"


async def test_a_version_stays_the_one_that_was_invoked(durable: Durable) -> None:
    await durable.function(waiting_for_a_day)
    await call(durable.context, "PublishVersion", FunctionName="orders")
    await call(
        durable.context, "CreateAlias", FunctionName="orders", Name="live", FunctionVersion="1"
    )
    await durable.world.settle()
    arn = await durable.start("orders:live")

    assert ":function:orders:1/durable-execution/" in arn
    described = await durable.get(arn)
    assert described["Version"] == "1"
    assert described["FunctionArn"].endswith(":function:orders:1")
    assert described["DurableConfig"] == {"ExecutionTimeout": 864_000, "RetentionPeriodInDays": 14}


async def test_stopping_ends_an_execution_once(durable: Durable) -> None:
    await durable.function(waiting_for_a_day)
    arn = await durable.start()
    error = {"ErrorType": "Enough", "ErrorMessage": "by hand"}
    stopped = await call(
        durable.context, "StopDurableExecution", DurableExecutionArn=arn, Error=error
    )
    assert stopped == {"StopTimestamp": durable.world.clock.now()}
    await durable.world.advance(DAY)
    again = await call(durable.context, "StopDurableExecution", DurableExecutionArn=arn)

    assert again == stopped
    ended = await durable.get(arn)
    assert (ended["Status"], ended["Error"]) == ("STOPPED", error)
    assert len(durable.runs) == 1
    assert (await durable.told(arn))[-1] == "ExecutionStopped"


async def test_an_execution_is_kept_for_its_retention_and_then_gone(durable: Durable) -> None:
    await durable.function(echo, RetentionPeriodInDays=2)
    arn = await durable.start(DurableExecutionName="once")
    await durable.world.advance(2 * DAY - 1)
    assert await durable.status(arn) == "SUCCEEDED"

    await durable.world.advance(1)
    assert await refused(durable.context, "GetDurableExecution", DurableExecutionArn=arn) == (
        "ResourceNotFoundException",
        "Durable Execution does not exist",
    )
    assert await durable.start(DurableExecutionName="once") != arn


async def test_only_what_has_ended_is_deleted(durable: Durable) -> None:
    await durable.function(waiting_for_a_day)
    arn = await durable.start()
    code, _ = await refused(durable.context, "DeleteDurableExecution", DurableExecutionArn=arn)
    assert code == "ResourceConflictException"

    await durable.world.advance(DAY)
    reply = await call(durable.context, "DeleteDurableExecution", DurableExecutionArn=arn)
    assert reply == {"DeletionRequestTimestamp": durable.world.clock.now()}
    await durable.world.settle()
    code, _ = await refused(durable.context, "GetDurableExecutionHistory", DurableExecutionArn=arn)
    assert code == "ResourceNotFoundException"


async def test_the_event_of_a_failed_execution_goes_to_the_dead_letters(durable: Durable) -> None:
    queue = await durable.context.call("sqs", "CreateQueue", {"QueueName": "letters"})
    durable.programs["orders"] = failing
    await create(
        durable.context,
        DurableConfig={"ExecutionTimeout": 60},
        DeadLetterConfig={"TargetArn": "arn:aws:sqs:us-east-1:000000000000:letters"},
    )
    await durable.world.settle()
    await durable.start(event={"n": 7})

    received = await durable.context.call(
        "sqs",
        "ReceiveMessage",
        {"QueueUrl": queue["QueueUrl"], "MessageAttributeNames": ["All"]},
    )
    [letter] = received["Messages"]
    assert orjson.loads(letter["Body"]) == {"n": 7}
    assert letter["MessageAttributes"]["ErrorMessage"]["StringValue"] == "no stock"


async def test_executions_are_listed_newest_first_and_filtered(durable: Durable) -> None:
    await durable.function(waiting_for_a_day)
    for number in range(5):
        await durable.start(DurableExecutionName=f"n{number}")
        await durable.world.advance(1)

    async def listed(**more: Any) -> list[str]:
        reply = await call(
            durable.context, "ListDurableExecutionsByFunction", FunctionName="orders", **more
        )
        return [one["DurableExecutionName"] for one in reply["DurableExecutions"]]

    assert await listed() == ["n4", "n3", "n2", "n1", "n0"]
    assert await listed(ReverseOrder=True, MaxItems=2) == ["n0", "n1"]
    assert await listed(DurableExecutionName="n3") == ["n3"]
    assert await listed(Statuses=["SUCCEEDED"]) == []
    assert await listed(Qualifier="1") == []
    third = durable.world.clock.now() - 3
    assert await listed(StartedAfter=third) == ["n4", "n3"]
    assert await listed(StartedBefore=third) == ["n1", "n0"]

    names, marker = [], None
    while True:
        page = await call(
            durable.context,
            "ListDurableExecutionsByFunction",
            FunctionName="orders:$LATEST",
            MaxItems=2,
            **({"Marker": marker} if marker else {}),
        )
        names += [one["DurableExecutionName"] for one in page["DurableExecutions"]]
        marker = page.get("NextMarker")
        if marker is None:
            break
    assert names == ["n4", "n3", "n2", "n1", "n0"]
    for params, words in (
        ({"Statuses": ["RUNNING", "FAILED"]}, "Cannot filter by more than one status"),
        ({"Marker": "bogus"}, "Invalid Marker"),
    ):
        assert await refused(
            durable.context, "ListDurableExecutionsByFunction", FunctionName="orders", **params
        ) == ("InvalidParameterValueException", words)
    code, _ = await refused(
        durable.context, "ListDurableExecutionsByFunction", FunctionName="nobody"
    )
    assert code == "ResourceNotFoundException"


async def test_a_history_comes_in_pages_either_way_and_without_its_data(durable: Durable) -> None:
    await durable.function(waiting_for_a_day)
    arn = await durable.start(event={"secret": 1})
    await durable.world.advance(DAY)

    whole = await durable.history(arn)
    assert [event["EventId"] for event in whole] == list(range(1, 9))
    assert whole[0]["ExecutionStartedDetails"] == {
        "Input": {"Payload": '{"secret":1}', "Truncated": False},
        "ExecutionTimeout": 864_000,
    }
    assert whole[2]["StepSucceededDetails"] == {
        "Result": {"Payload": '"done"', "Truncated": False},
        "RetryDetails": {"CurrentAttempt": 1},
    }
    assert (whole[2]["Id"], whole[2]["Name"]) == ("step", "first")
    page = await call(
        durable.context, "GetDurableExecutionHistory", DurableExecutionArn=arn, MaxItems=5
    )
    rest = await call(
        durable.context,
        "GetDurableExecutionHistory",
        DurableExecutionArn=arn,
        MaxItems=5,
        Marker=page["NextMarker"],
    )
    assert page["Events"] + rest["Events"] == whole
    assert "NextMarker" not in rest
    assert await durable.history(arn, ReverseOrder=True) == whole[::-1]

    hidden = await durable.history(arn, IncludeExecutionData=False)
    assert hidden[0]["ExecutionStartedDetails"]["Input"] == {"Truncated": True}
    described = await durable.get(arn, IncludeExecutionData=False)
    assert described["ExecutionDataIncluded"] is False
    assert not {"InputPayload", "Result"} & set(described)


async def test_a_function_is_durable_from_the_beginning_or_never(durable: Durable) -> None:
    context = durable.context
    assert await refused(
        context,
        "CreateFunction",
        FunctionName="odd",
        Runtime="python3.11",
        Role="arn:aws:iam::000000000000:role/function",
        Handler="main.handler",
        Code={"ZipFile": zipped(ECHO)},
        DurableConfig={"RetentionPeriodInDays": 3},
    ) == (
        "InvalidParameterValueException",
        "You cannot create a function with a durable configuration without an executionTimeout",
    )
    await create(context, "plain")
    await durable.function(echo, KMSKeyArn="arn:aws:kms:us-east-1:000000000000:key/k")
    code, _ = await refused(
        context,
        "UpdateFunctionConfiguration",
        FunctionName="plain",
        DurableConfig={"ExecutionTimeout": 60},
    )
    assert code == "InvalidParameterValueException"
    changed = await call(
        context,
        "UpdateFunctionConfiguration",
        FunctionName="orders",
        DurableConfig={"RetentionPeriodInDays": 30},
    )
    assert changed["DurableConfig"] == {
        "ExecutionTimeout": 864_000,
        "RetentionPeriodInDays": 30,
        "KMSKeyArn": "arn:aws:kms:us-east-1:000000000000:key/k",
    }
    await durable.world.settle()
    arn = await durable.start()
    assert (await durable.get(arn))["DurableConfig"] == changed["DurableConfig"]


async def test_a_queue_is_worked_off_by_executions_that_are_waited_for(durable: Durable) -> None:
    async def waiting(run: Run) -> Any:
        if run.status("w") is None:
            await run.checkpoint(wait("w", 60))
        return succeeded({}) if run.status("w") == "SUCCEEDED" else PENDING

    context = durable.context
    await durable.function(waiting, ExecutionTimeout=900)
    made = await context.call(
        "sqs",
        "CreateQueue",
        {"QueueName": "work", "Attributes": {"VisibilityTimeout": "900"}},
    )
    await call(
        context,
        "CreateEventSourceMapping",
        EventSourceArn="arn:aws:sqs:us-east-1:000000000000:work",
        FunctionName="orders:$LATEST",
    )
    await context.call("sqs", "SendMessage", {"QueueUrl": made["QueueUrl"], "MessageBody": "m"})
    for _ in range(20):
        await durable.world.advance(10)
    listed = await call(context, "ListDurableExecutionsByFunction", FunctionName="orders")
    [execution] = listed["DurableExecutions"]
    assert execution["Status"] == "SUCCEEDED"
    left = await context.call(
        "sqs",
        "GetQueueAttributes",
        {"QueueUrl": made["QueueUrl"], "AttributeNames": ["All"]},
    )
    attributes = left["Attributes"]
    assert attributes["ApproximateNumberOfMessages"] == "0"
    assert attributes["ApproximateNumberOfMessagesNotVisible"] == "0"
