"""Makes queues, and functions that write down what they are given, for tests of event sources."""

import json
from typing import Any

from lambent.core.errors import AwsError
from lambent.platform import Context
from tests.conftest import World
from tests.services.lambda_.functions import call, create, zipped

# Keeps each event as a line of a log group of its own: the sandbox shares nothing else with us.
# Fails for bodies that say so; `partly` reports them instead.
RECORDING = """
import json, time

def handler(event, context):
    bodies = [record["body"] for record in event["Records"]]
    print("EVENT", time.time_ns(), json.dumps(event))
    failing = [r["messageId"] for r in event["Records"] if "bad" in r["body"]]
    if failing and not PARTLY:
        raise ValueError("bad message")
    return {"batchItemFailures": [{"itemIdentifier": id} for id in failing]}
"""


async def make_queue(context: Context, name: str = "jobs", **attributes: str) -> tuple[str, str]:
    """Its URL and its ARN."""
    if name.endswith(".fifo"):
        attributes = {"FifoQueue": "true", "ContentBasedDeduplication": "true", **attributes}
    reply = await context.call("sqs", "CreateQueue", {"QueueName": name, "Attributes": attributes})
    return reply["QueueUrl"], f"arn:aws:sqs:us-east-1:{context.account}:{name}"


async def make_recorder(
    world: World, name: str = "recorder", *, partly: bool = False, **params: Any
) -> None:
    source = f"PARTLY = {partly}\n{RECORDING}"
    await create(world.context, name, Code={"ZipFile": zipped(source)}, **params)
    await world.settle()


async def connect(world: World, arn: str, name: str = "recorder", **params: Any) -> Any:
    """A mapping that is enabled."""
    mapping = await call(
        world.context,
        "CreateEventSourceMapping",
        EventSourceArn=arn,
        FunctionName=name,
        **params,
    )
    await world.settle()
    return mapping


async def send(context: Context, url: str, *bodies: str, **params: Any) -> None:
    for body in bodies:
        await context.call("sqs", "SendMessage", {"QueueUrl": url, "MessageBody": body, **params})


async def events(world: World, name: str = "recorder") -> list[Any]:
    """What the function was invoked with, in order."""
    await world.app.runtime._shipper.flush()
    try:
        reply = await world.context.call(
            "logs", "FilterLogEvents", {"logGroupName": f"/aws/lambda/{name}"}
        )
    except AwsError:
        # It has not run yet.
        return []
    lines = [event["message"] for event in reply["events"] if "EVENT " in event["message"]]
    # The streams of several environments are not in order: the platform's clock stands.
    told = [line.split(" ", 2) for line in lines]
    return [json.loads(event) for _, _, event in sorted(told, key=lambda each: int(each[1]))]
