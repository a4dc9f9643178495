"""
Event sources: how long ten thousand messages of a queue take to go through a function.

Each must come once. The messages lie in the queue before the mapping is made, so that the time
is that of receiving, invoking and deleting alone.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from benchmarks import servers
from benchmarks.clients import client, new_function
from benchmarks.figures import Figure
from benchmarks.servers import Server

MESSAGES = 10_000
_BATCH = 10
# Keeps count where all environments of a function can: in its log.
_CODE = """
def handler(event, context):
    print("SEEN", *(record["body"] for record in event["Records"]))
"""


def fill(server: Server, url: str) -> None:
    queues = client(server, "sqs")

    def send(first: int) -> None:
        entries = [{"Id": str(n), "MessageBody": str(n)} for n in range(first, first + _BATCH)]
        assert "Failed" not in queues.send_message_batch(QueueUrl=url, Entries=entries)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(send, range(0, MESSAGES, _BATCH)))


def seconds_to_empty(server: Server, name: str) -> float:
    queues, functions = client(server, "sqs"), client(server, "lambda")
    url = queues.create_queue(QueueName=name)["QueueUrl"]
    arn = f"arn:aws:sqs:us-east-1:000000000000:{name}"
    new_function(server, name, _CODE)
    fill(server, url)
    began = time.perf_counter()
    functions.create_event_source_mapping(EventSourceArn=arn, FunctionName=name, BatchSize=_BATCH)
    while any(int(left) for left in _left(queues, url)):
        time.sleep(0.05)
    return time.perf_counter() - began


def seen(server: Server, name: str) -> list[str]:
    """The bodies that the function has seen."""
    time.sleep(1)
    pages = client(server, "logs").get_paginator("filter_log_events")
    found = pages.paginate(logGroupName=f"/aws/lambda/{name}", filterPattern="SEEN")
    return [
        body for page in found for event in page["events"] for body in event["message"].split()[1:]
    ]


def _left(queues: Any, url: str) -> list[str]:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    attributes = queues.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return list(attributes.values())


def figures(peers: list[str]) -> list[Figure]:
    with servers.running("lambent") as server:
        seconds = seconds_to_empty(server, "bench")
        bodies = seen(server, "bench")
        missing = len({str(n) for n in range(MESSAGES)} - set(bodies))
        again = len(bodies) - len(set(bodies))
    return [
        Figure(f"{MESSAGES:,} messages in batches of {_BATCH}", "s", seconds, 8),
        Figure("messages that did not come", "", missing, 0),
        Figure("messages that came again", "", again, 0),
    ]


def main() -> None:
    for figure in figures([]):
        print(figure.line())


if __name__ == "__main__":
    main()
