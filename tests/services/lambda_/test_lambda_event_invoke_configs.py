"""What is configured of asynchronous invokes, and the records that destinations get."""

from typing import Any

import orjson
import pytest

from lambent.platform import Context
from tests.conftest import World
from tests.services.lambda_.functions import ARN, call, create, invoke, refused, zipped

FAILING = zipped("def handler(event, context):\n    raise KeyError('broken')\n")


async def make_queue(context: Context, name: str) -> tuple[str, str]:
    """Its ARN and its URL."""
    reply = await context.call("sqs", "CreateQueue", {"QueueName": name})
    return f"arn:aws:sqs:us-east-1:000000000000:{name}", reply["QueueUrl"]


async def messages(context: Context, url: str) -> list[Any]:
    reply = await context.call(
        "sqs", "ReceiveMessage", {"QueueUrl": url, "MaxNumberOfMessages": 10}
    )
    return [orjson.loads(message["Body"]) for message in reply.get("Messages", [])]


async def accept(context: Context, event: object, **more: Any) -> None:
    params = {"FunctionName": "orders", "InvocationType": "Event", **more}
    reply = await call(context, "Invoke", Payload=orjson.dumps(event), **params)
    assert reply["StatusCode"] == 202


async def test_what_is_put_replaces_all_and_what_is_updated_is_merged(world: World) -> None:
    context = world.context
    await create(context)
    arn, _ = await make_queue(context, "failed")
    put = await call(
        context,
        "PutFunctionEventInvokeConfig",
        FunctionName="orders",
        MaximumRetryAttempts=0,
        DestinationConfig={"OnFailure": {"Destination": arn}},
    )
    assert put == {
        "LastModified": world.clock.now(),
        "FunctionArn": f"{ARN}orders:$LATEST",
        "MaximumRetryAttempts": 0,
        "DestinationConfig": {"OnSuccess": {}, "OnFailure": {"Destination": arn}},
    }
    updated = await call(
        context,
        "UpdateFunctionEventInvokeConfig",
        FunctionName="orders",
        MaximumEventAgeInSeconds=60,
    )
    assert (updated["MaximumRetryAttempts"], updated["MaximumEventAgeInSeconds"]) == (0, 60)
    assert updated["DestinationConfig"]["OnFailure"] == {"Destination": arn}
    assert updated == await call(
        context, "GetFunctionEventInvokeConfig", FunctionName="orders", Qualifier="$LATEST"
    )
    again = await call(
        context, "PutFunctionEventInvokeConfig", FunctionName="orders", MaximumRetryAttempts=1
    )
    assert "MaximumEventAgeInSeconds" not in again
    assert again["DestinationConfig"] == {"OnSuccess": {}, "OnFailure": {}}


async def test_every_qualifier_has_its_own(world: World) -> None:
    context = world.context
    await create(context)
    await world.settle()
    await call(context, "PublishVersion", FunctionName="orders")
    await call(context, "CreateAlias", FunctionName="orders", Name="live", FunctionVersion="1")
    for qualifier in ("1", "live", "$LATEST"):
        await call(
            context,
            "PutFunctionEventInvokeConfig",
            FunctionName="orders",
            Qualifier=qualifier,
            MaximumRetryAttempts=1,
        )
    listed = await call(context, "ListFunctionEventInvokeConfigs", FunctionName="orders")
    arns = [one["FunctionArn"] for one in listed["FunctionEventInvokeConfigs"]]
    assert arns == [f"{ARN}orders:{qualifier}" for qualifier in ("$LATEST", "1", "live")]

    await call(context, "DeleteAlias", FunctionName="orders", Name="live")
    await call(context, "DeleteFunctionEventInvokeConfig", FunctionName="orders", Qualifier="1")
    assert await refused(
        context, "DeleteFunctionEventInvokeConfig", FunctionName="orders", Qualifier="1"
    ) == (
        "ResourceNotFoundException",
        f"The function {ARN}orders:1 doesn't have an EventInvokeConfig",
    )
    listed = await call(context, "ListFunctionEventInvokeConfigs", FunctionName="orders")
    assert len(listed["FunctionEventInvokeConfigs"]) == 1


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({}, "You must specify at least one of error handling or destination setting."),
        ({"MaximumRetryAttempts": 3}, "less than or equal to 2"),
        ({"MaximumEventAgeInSeconds": 59}, "greater than or equal to 60"),
        (
            {"DestinationConfig": {"OnSuccess": {"Destination": f"{ARN}orders"}}},
            "You can't specify the function as a destination for itself.",
        ),
        (
            {"DestinationConfig": {"OnSuccess": {"Destination": "arn:aws:s3:::bucket"}}},
            "The destination ARN arn:aws:s3:::bucket is invalid.",
        ),
        ({"FunctionName": "other", "MaximumRetryAttempts": 1}, "The function doesn't exist."),
    ],
)
async def test_what_is_refused(context: Context, params: dict[str, Any], words: str) -> None:
    await create(context)
    asked = {"FunctionName": "orders", **params}
    assert words in (await refused(context, "PutFunctionEventInvokeConfig", **asked))[1]


async def test_a_failed_event_is_told_with_what_the_function_said(world: World) -> None:
    context = world.context
    await create(context, Code={"ZipFile": FAILING})
    arn, url = await make_queue(context, "failed")
    await call(
        context,
        "PutFunctionEventInvokeConfig",
        FunctionName="orders",
        MaximumRetryAttempts=1,
        DestinationConfig={"OnFailure": {"Destination": arn}},
    )
    await world.settle()
    await accept(context, {"id": 7})
    await world.advance(59)
    assert await messages(context, url) == []
    await world.advance(2)

    (record,) = await messages(context, url)
    assert record["version"] == "1.0"
    assert record["requestPayload"] == {"id": 7}
    assert record["requestContext"]["functionArn"] == f"{ARN}orders:$LATEST"
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert record["requestContext"]["approximateInvokeCount"] == 2
    assert record["responseContext"] == {
        "statusCode": 200,
        "executedVersion": "$LATEST",
        "functionError": "Unhandled",
    }
    assert record["responsePayload"]["errorType"] == "KeyError"


async def test_a_success_is_told_to_the_next_function(world: World) -> None:
    context = world.context
    await create(context)
    source = (
        "import json\n"
        "seen = []\n"
        "def handler(event, context):\n"
        "    if event is None:\n"
        "        return seen\n"
        "    seen.append(event)\n"
    )
    await create(context, "next", Code={"ZipFile": zipped(source)})
    await call(
        context,
        "PutFunctionEventInvokeConfig",
        FunctionName="orders",
        DestinationConfig={"OnSuccess": {"Destination": f"{ARN}next"}},
    )
    await world.settle()
    await accept(context, {"id": 7})
    await world.settle()

    (record,) = await invoke(context, "next", None)
    assert record["requestContext"]["condition"] == "Success"
    assert record["requestContext"]["approximateInvokeCount"] == 1
    assert record["responseContext"] == {"statusCode": 200, "executedVersion": "$LATEST"}
    assert record["responsePayload"] == {"id": 7}


async def test_a_function_that_is_switched_off_gives_its_events_up_at_once(world: World) -> None:
    context = world.context
    await create(context)
    arn, url = await make_queue(context, "failed")
    await call(
        context,
        "PutFunctionEventInvokeConfig",
        FunctionName="orders",
        MaximumEventAgeInSeconds=60,
        DestinationConfig={"OnFailure": {"Destination": arn}},
    )
    await world.settle()
    await call(
        context, "PutFunctionConcurrency", FunctionName="orders", ReservedConcurrentExecutions=0
    )
    await accept(context, 1)
    await world.settle()
    (record,) = await messages(context, url)
    assert record["requestContext"]["condition"] == "ZeroReservedConcurrency"
    assert "responseContext" not in record


async def test_a_bucket_takes_the_records_of_failures(world: World) -> None:
    context = world.context
    await create(context, Code={"ZipFile": FAILING})
    await context.call("s3", "CreateBucket", {"Bucket": "failures"})
    await call(
        context,
        "PutFunctionEventInvokeConfig",
        FunctionName="orders",
        MaximumRetryAttempts=0,
        DestinationConfig={"OnFailure": {"Destination": "arn:aws:s3:::failures"}},
    )
    await world.settle()
    await accept(context, {"id": 7})
    await world.settle()

    listed = await context.call("s3", "ListObjectsV2", {"Bucket": "failures"})
    (found,) = listed["Contents"]
    assert found["Key"].startswith("aws/lambda/async/orders/")


async def test_a_dead_letter_and_a_destination_each_get_their_own(world: World) -> None:
    context = world.context
    letters, letters_url = await make_queue(context, "letters")
    failed, failed_url = await make_queue(context, "failed")
    await create(context, Code={"ZipFile": FAILING}, DeadLetterConfig={"TargetArn": letters})
    await call(
        context,
        "PutFunctionEventInvokeConfig",
        FunctionName="orders",
        MaximumRetryAttempts=0,
        DestinationConfig={"OnFailure": {"Destination": failed}},
    )
    await world.settle()
    await accept(context, {"id": 7})
    await world.settle()

    assert await messages(context, letters_url) == [{"id": 7}]
    (record,) = await messages(context, failed_url)
    assert record["requestPayload"] == {"id": 7}
