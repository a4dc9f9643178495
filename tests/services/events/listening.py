"""Rules with queues behind them, so that a test reads as what arrived."""

from typing import Any

import orjson

from lambent.platform import Context, Reply

ACCOUNT = "000000000000"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/events"


def queue_arn(name: str) -> str:
    return f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name}"


def rule_arn(name: str) -> str:
    return f"arn:aws:events:us-east-1:{ACCOUNT}:rule/{name}"


def bus_arn(name: str) -> str:
    return f"arn:aws:events:us-east-1:{ACCOUNT}:event-bus/{name}"


async def listen(
    context: Context,
    name: str = "orders",
    pattern: dict[str, Any] | None = None,
    *,
    bus: str = "default",
    **target: Any,
) -> None:
    """A queue, and a rule of the same name that tells it of what matches."""
    await context.call("sqs", "CreateQueue", {"QueueName": name})
    rule = {"Name": name, "EventBusName": bus}
    asked = orjson.dumps(pattern or {"source": ["shop"]}).decode()
    await context.call("events", "PutRule", {**rule, "EventPattern": asked})
    await put_target(context, name, bus=bus, **{"Arn": queue_arn(name), **target})


async def put_target(context: Context, rule: str, *, bus: str = "default", **target: Any) -> None:
    params = {"Rule": rule, "EventBusName": bus, "Targets": [{"Id": "one", **target}]}
    await context.call("events", "PutTargets", params)


def entry(detail: Any = None, **members: Any) -> dict[str, Any]:
    text = orjson.dumps({"id": 1} if detail is None else detail).decode()
    return {"Source": "shop", "DetailType": "Order Placed", "Detail": text, **members}


async def put(context: Context, *entries: dict[str, Any]) -> Reply:
    return await context.call("events", "PutEvents", {"Entries": list(entries or (entry(),))})


async def messages(context: Context, name: str = "orders") -> list[dict[str, Any]]:
    """What is in the queue; it is gone afterwards."""
    url = (await context.call("sqs", "GetQueueUrl", {"QueueName": name}))["QueueUrl"]
    found: list[dict[str, Any]] = []
    while True:
        asked = {"QueueUrl": url, "MaxNumberOfMessages": 10, "MessageAttributeNames": ["All"]}
        received = (await context.call("sqs", "ReceiveMessage", asked)).get("Messages") or []
        if not received:
            return found
        for message in received:
            found.append(message)
            handle = message["ReceiptHandle"]
            await context.call("sqs", "DeleteMessage", {"QueueUrl": url, "ReceiptHandle": handle})


async def bodies(context: Context, name: str = "orders") -> list[Any]:
    return [orjson.loads(message["Body"]) for message in await messages(context, name)]
