"""Invoke: what comes back, what is refused, what is tried again."""

import asyncio
import base64
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import orjson
import pytest

from lambent.core.errors import AwsError
from lambent.core.settings import Settings
from lambent.platform import Context
from lambent.services.lambda_ import invokables
from lambent.storage.database import Database, Result, Tx
from tests.conftest import World
from tests.services.lambda_.functions import ARN, answering, call, create, invoke, refused, zipped

FAILING = "def handler(event, context):\n    raise ValueError('broken: ' + str(event))\n"
SLOW = "import time\ndef handler(event, context):\n    time.sleep(event)\n    return event\n"


class CountingDatabase:
    """The database, and how often it was asked."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.announce = database.announce
        self.asked = 0

    async def read(self, fn: Callable[[Tx], Result]) -> Result:
        self.asked += 1
        return await self._database.read(fn)

    async def write(self, fn: Callable[[Tx], Result]) -> Result:
        self.asked += 1
        return await self._database.write(fn)

    async def close(self) -> None:
        await self._database.close()


async def printed(world: World, name: str = "orders") -> list[str]:
    """What a function has printed; no more is run after that."""
    await world.platform.runtime.close()
    reply = await world.context.call(
        "logs", "FilterLogEvents", {"logGroupName": f"/aws/lambda/{name}"}
    )
    written = [event["message"] for event in reply["events"]]
    own = ("INIT_START ", "START ", "END ", "REPORT ")
    return [message for message in written if not message.startswith(own)]


async def outcomes(context: Context, count: int) -> Counter[str]:
    """What becomes of so many invokes at once: `ran`, or the reason why not."""
    answers = await asyncio.gather(
        *(invoke(context, event=0.05) for _ in range(count)), return_exceptions=True
    )
    return Counter(
        answer.members["Reason"] if isinstance(answer, AwsError) else "ran" for answer in answers
    )


async def waiting(world: World) -> list[tuple[float, int]]:
    """When each accepted event is tried next, and how often the function has failed it."""
    rows = await world.platform.database.read(
        lambda tx: tx.all(
            "SELECT run_at, payload FROM work_item WHERE kind = 'lambda.async_invoke'"
        )
    )
    now = world.clock.now()
    return [
        (row["run_at"] - now, orjson.loads(row["payload"]).get("state", {}).get("failures", 0))
        for row in rows
    ]


async def test_a_reply_carries_status_version_and_log(world: World) -> None:
    await create(world.context)
    await world.settle()
    reply = await call(
        world.context, "Invoke", FunctionName="orders", Payload=b'{"a": 1}', LogType="Tail"
    )

    assert (reply["StatusCode"], reply["ExecutedVersion"]) == (200, "$LATEST")
    assert orjson.loads(reply["Payload"]) == {"a": 1}
    log = base64.b64decode(reply["LogResult"]).decode()
    assert log.startswith("START RequestId: ")
    assert "REPORT RequestId: " in log


async def test_no_payload_is_an_empty_object(world: World) -> None:
    await create(world.context)
    await world.settle()
    reply = await call(world.context, "Invoke", FunctionName="orders")

    assert orjson.loads(reply["Payload"]) == {}


async def test_an_error_of_the_handler_is_told_with_its_type_and_trace(world: World) -> None:
    await create(world.context, Code={"ZipFile": zipped(FAILING)})
    await world.settle()
    reply = await call(world.context, "Invoke", FunctionName="orders", Payload=b"1")

    assert (reply["StatusCode"], reply["FunctionError"]) == (200, "Unhandled")
    error = orjson.loads(reply["Payload"])
    assert (error["errorType"], error["errorMessage"]) == ("ValueError", "broken: 1")
    assert "line 2, in handler" in error["stackTrace"][0]


async def test_a_dry_run_runs_nothing(world: World) -> None:
    await create(world.context, Code={"ZipFile": zipped(FAILING)})
    await world.settle()
    reply = await call(world.context, "Invoke", FunctionName="orders", InvocationType="DryRun")

    assert reply == {"StatusCode": 204, "Payload": b""}
    assert world.platform.runtime.environments() == []


async def test_payloads_have_their_limits(world: World) -> None:
    await create(world.context)
    await world.settle()
    context = world.context

    async def sent(size: int, kind: str) -> tuple[str, str]:
        payload = b'"' + b"x" * (size - 2) + b'"'
        return await refused(
            context, "Invoke", FunctionName="orders", Payload=payload, InvocationType=kind
        )

    assert await sent(6_291_457, "RequestResponse") == (
        "RequestEntityTooLargeException",
        "Request must be smaller than 6291456 bytes for the InvokeFunction operation",
    )
    assert await sent(1_048_577, "Event") == (
        "RequestEntityTooLargeException",
        "1048577 byte payload is too large for the Event invocation type (limit 1048576 bytes)",
    )


async def test_a_payload_must_be_json(world: World) -> None:
    await create(world.context)
    await world.settle()
    code, message = await refused(
        world.context, "Invoke", FunctionName="orders", Payload=b"{'a': 1}"
    )

    assert code == "InvalidRequestContentException"
    assert message.startswith("Could not parse request body into json: ")
    big = b"[123456789012345678901234567890]"
    reply = await call(world.context, "Invoke", FunctionName="orders", Payload=big)
    assert reply["Payload"] == big


async def test_the_client_context_reaches_the_handler(world: World) -> None:
    source = "def handler(event, context):\n    return context.client_context.custom\n"
    await create(world.context, Code={"ZipFile": zipped(source)})
    await world.settle()
    sent = base64.b64encode(b'{"custom": {"screen": "small"}}').decode()

    assert await invoke(world.context, ClientContext=sent) == {"screen": "small"}
    assert await refused(
        world.context, "Invoke", FunctionName="orders", ClientContext="nonsense!"
    ) == (
        "InvalidRequestContentException",
        "Client context must be a valid Base64-encoded JSON object.",
    )


async def test_an_event_is_accepted_and_then_run(world: World) -> None:
    source = "def handler(event, context):\n    print('got', event)\n"
    await create(world.context, Code={"ZipFile": zipped(source)})
    await world.settle()
    context = world.context
    for event in (b"1", b"2"):
        # Two from one context: each has a request id of its own.
        reply = await call(
            context, "Invoke", FunctionName="orders", Payload=event, InvocationType="Event"
        )
        assert reply == {"StatusCode": 202, "Payload": b""}
    await world.settle()

    assert sorted(await printed(world)) == ["got 1\n", "got 2\n"]


async def test_a_failed_event_is_tried_again_after_one_minute_and_after_two(world: World) -> None:
    await create(world.context, Code={"ZipFile": zipped(FAILING)})
    await world.settle()
    await call(world.context, "Invoke", FunctionName="orders", InvocationType="Event")
    await world.settle()

    assert await waiting(world) == [(60.0, 1)]
    await world.advance(59)
    assert await waiting(world) == [(1.0, 1)]
    await world.advance(1)
    assert await waiting(world) == [(120.0, 2)]
    await world.advance(120)
    assert await waiting(world) == []


async def test_an_event_keeps_its_request_id_through_its_retries(world: World) -> None:
    source = "def handler(event, context):\n    print(context.aws_request_id)\n    raise KeyError\n"
    await create(world.context, Code={"ZipFile": zipped(source)})
    await world.settle()
    await call(world.context, "Invoke", FunctionName="orders", InvocationType="Event")
    await world.advance(180)

    ids = [message for message in await printed(world) if len(message) == 37]
    assert len(ids) == 3
    assert len(set(ids)) == 1


async def test_an_event_that_no_attempt_could_use_goes_to_the_dead_letters(world: World) -> None:
    context = world.context
    queue = await context.call("sqs", "CreateQueue", {"QueueName": "dead"})
    await create(
        context,
        Code={"ZipFile": zipped(FAILING)},
        DeadLetterConfig={"TargetArn": "arn:aws:sqs:us-east-1:000000000000:dead"},
    )
    await world.settle()
    await call(
        context, "Invoke", FunctionName="orders", Payload=b'{"id": 7}', InvocationType="Event"
    )
    await world.advance(200)

    reply = await context.call(
        "sqs",
        "ReceiveMessage",
        {"QueueUrl": queue["QueueUrl"], "MessageAttributeNames": ["All"]},
    )
    (message,) = reply["Messages"]
    attributes = message["MessageAttributes"]
    assert message["Body"] == '{"id": 7}'
    assert attributes["ErrorMessage"]["StringValue"] == "broken: {'id': 7}"
    assert attributes["ErrorCode"]["StringValue"] == "200"


async def test_events_of_a_deleted_function_are_dropped(world: World) -> None:
    await create(world.context, Code={"ZipFile": zipped(FAILING)})
    await world.settle()
    await call(world.context, "Invoke", FunctionName="orders", InvocationType="Event")
    await world.settle()
    await call(world.context, "DeleteFunction", FunctionName="orders")
    await world.advance(60)

    assert await waiting(world) == []


async def test_a_function_has_no_more_than_it_has_reserved(world: World) -> None:
    context = world.context
    await create(context, Code={"ZipFile": zipped(SLOW)})
    await world.settle()
    await call(
        context, "PutFunctionConcurrency", FunctionName="orders", ReservedConcurrentExecutions=1
    )

    assert await outcomes(context, 2) == {
        "ReservedFunctionConcurrentInvocationLimitExceeded": 1,
        "ran": 1,
    }
    assert await outcomes(context, 1) == {"ran": 1}


async def test_reserving_nothing_stops_a_function(world: World) -> None:
    context = world.context
    await create(context)
    await world.settle()
    await invoke(context)
    await call(
        context, "PutFunctionConcurrency", FunctionName="orders", ReservedConcurrentExecutions=0
    )
    assert (await refused(context, "Invoke", FunctionName="orders"))[0] == (
        "TooManyRequestsException"
    )
    await call(context, "DeleteFunctionConcurrency", FunctionName="orders")
    assert await call(context, "GetFunctionConcurrency", FunctionName="orders") == {}
    assert await invoke(context, event=1) == 1


async def test_a_throttled_event_is_kept_until_there_is_room(world: World) -> None:
    context = world.context
    source = "def handler(event, context):\n    print('ran', event)\n"
    await create(context, Code={"ZipFile": zipped(source)})
    await world.settle()
    await call(
        context, "PutFunctionConcurrency", FunctionName="orders", ReservedConcurrentExecutions=1
    )
    # Its one environment is taken.
    room = (await invokables.get_target(context, "orders", None)).rooms["$LATEST"]
    place = invokables.in_flight(context).enter(room, world.clock.now())
    await call(context, "Invoke", FunctionName="orders", Payload=b"7", InvocationType="Event")
    await world.advance(3600)
    invokables.in_flight(context).leave(room, place)
    await world.advance(300)

    assert await printed(world) == ["ran 7\n"]


async def test_throttled_events_run_as_soon_as_others_have_ended(world: World) -> None:
    context = world.context
    source = "def handler(event, context):\n    print('ran')\n"
    await create(context, Code={"ZipFile": zipped(source)})
    await world.settle()
    await call(
        context, "PutFunctionConcurrency", FunctionName="orders", ReservedConcurrentExecutions=2
    )
    await asyncio.gather(
        *(call(context, "Invoke", FunctionName="orders", InvocationType="Event") for _ in range(30))
    )
    # By then each has had its turn four times.
    await world.advance(10)

    assert len(await printed(world)) == 30


async def test_so_much_of_the_account_cannot_be_reserved(context: Context) -> None:
    await create(context)
    assert await refused(
        context, "PutFunctionConcurrency", FunctionName="orders", ReservedConcurrentExecutions=901
    ) == (
        "InvalidParameterValueException",
        "Specified ReservedConcurrentExecutions for function decreases account's"
        " UnreservedConcurrentExecution below its minimum value of [100].",
    )
    await call(
        context, "PutFunctionConcurrency", FunctionName="orders", ReservedConcurrentExecutions=900
    )
    settings = await call(context, "GetAccountSettings")
    assert settings["AccountLimit"]["UnreservedConcurrentExecutions"] == 100
    assert settings["AccountUsage"]["FunctionCount"] == 1
    reply = await call(context, "GetFunction", FunctionName="orders")
    assert reply["Concurrency"] == {"ReservedConcurrentExecutions": 900}


async def test_a_warm_invoke_writes_nothing(world: World) -> None:
    await create(world.context)
    await world.settle()
    await invoke(world.context)
    counting = CountingDatabase(world.platform.database)
    context = replace(world.context, platform=replace(world.platform, database=counting))
    for number in range(10):
        assert await invoke(context, event=number) == number

    assert counting.asked == 0


class TestWithFewEnvironments:
    """An account that may run two invokes at once."""

    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return replace(settings, functions=replace(settings.functions, concurrent_executions=2))

    async def test_the_account_has_a_limit_of_its_own(self, world: World) -> None:
        context = world.context
        await create(context, Code={"ZipFile": zipped(SLOW)})
        await world.settle()

        assert await outcomes(context, 3) == {"ConcurrentInvocationLimitExceeded": 1, "ran": 2}
        assert await outcomes(context, 2) == {"ran": 2}


async def test_updated_code_is_run_from_the_next_invoke_on(world: World) -> None:
    context = world.context
    await create(context, Code={"ZipFile": answering(0)})
    await world.settle()
    for number in range(1, 4):
        await call(context, "UpdateFunctionCode", FunctionName="orders", ZipFile=answering(number))
        await world.settle()
        assert await invoke(context) == number
        assert await invoke(context, f"{ARN}orders") == number
