"""Events drive functions and queues, by rules and by the clock, and outlive a power cut."""

import json
import threading
import time
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from tests.processes import ServerProcess
from tests.scenarios.functions import make_function, make_role, permit

# Says what it was told in a queue.
CODE = """
import json, os, boto3
queues = boto3.client("sqs")
def handler(event, context):
    queues.send_message(QueueUrl=os.environ["SEEN"], MessageBody=json.dumps(event))
"""


def _function(server: ServerProcess, seen: str) -> str:
    """The ARN of a function that is allowed to be called by EventBridge."""
    make_role(server)
    arn = make_function(server, CODE, Environment={"Variables": {"SEEN": seen}})
    permit(server, "events.amazonaws.com")
    return arn


def _rule(server: ServerProcess, name: str, targets: list[str], **asked: str) -> None:
    events = server.client("events")
    events.put_rule(Name=name, **asked)
    described = [{"Id": str(place), "Arn": arn} for place, arn in enumerate(targets)]
    events.put_targets(Rule=name, Targets=described)


def _queue(server: ServerProcess, name: str) -> tuple[str, str]:
    url = server.client("sqs").create_queue(QueueName=name)["QueueUrl"]
    return url, f"arn:aws:sqs:us-east-1:000000000000:{name}"


def _received(server: ServerProcess, url: str, count: int, seconds: float = 20.0) -> list[Any]:
    """What arrives, until there is as much as was waited for, and nothing more at once."""
    queues = server.client("sqs")
    bodies: list[Any] = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        wait = 1 if len(bodies) < count else 0
        reply = queues.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=wait, VisibilityTimeout=43_200
        )
        messages = reply.get("Messages", [])
        bodies += [json.loads(message["Body"]) for message in messages]
        if not messages and len(bodies) >= count:
            break
    return bodies


def test_a_rule_tells_a_function_and_a_queue_and_a_schedule_ticks(server: ServerProcess) -> None:
    seen, _ = _queue(server, "seen")
    orders, orders_arn = _queue(server, "orders")
    function = _function(server, seen)
    _rule(server, "orders", [function, orders_arn], EventPattern='{"source": ["shop"]}')
    _rule(server, "hourly", [function], ScheduleExpression="rate(1 hour)")

    entry = {"Source": "shop", "DetailType": "t", "Detail": '{"n": 1}'}
    reply = server.client("events").put_events(Entries=[entry])

    ids = [reply["Entries"][0]["EventId"]]
    assert [event["id"] for event in _received(server, orders, 1)] == ids
    assert [event["id"] for event in _received(server, seen, 1)] == ids
    server.advance("PT2H1M")
    ticks = _received(server, seen, 2)
    assert [event["detail-type"] for event in ticks] == ["Scheduled Event"] * 2
    assert len({event["time"] for event in ticks}) == 2


def test_events_that_were_acknowledged_are_delivered_after_a_kill(server: ServerProcess) -> None:
    orders, orders_arn = _queue(server, "orders")
    central = server.client("events").create_event_bus(Name="central")["EventBusArn"]
    pattern = '{"source": ["shop"]}'
    _rule(server, "forward", [central], EventPattern=pattern)
    events = server.client("events")
    events.put_rule(Name="deliver", EventBusName="central", EventPattern=pattern)
    target = {"Id": "1", "Arn": orders_arn}
    events.put_targets(Rule="deliver", EventBusName="central", Targets=[target])
    acknowledged: list[str] = []

    def put_until_it_ends() -> None:
        entries = [{"Source": "shop", "DetailType": "t", "Detail": "{}"}] * 10
        while True:
            try:
                reply = events.put_events(Entries=entries)
            except (BotoCoreError, ClientError):
                return
            acknowledged.extend(entry["EventId"] for entry in reply["Entries"])

    writer = threading.Thread(target=put_until_it_ends)
    writer.start()
    while len(acknowledged) < 200:
        time.sleep(0.005)
    server.kill()
    writer.join()
    server.start()

    arrived = {event["id"] for event in _received(server, orders, len(acknowledged))}
    assert set(acknowledged) <= arrived
