"""The server dies while a function reads a table's stream: every change reaches it all the same."""

import io
import json
import threading
import time
import zipfile
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from tests.processes import ServerProcess

ROLE = "arn:aws:iam::000000000000:role/r"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Service": "lambda.amazonaws.com"},
        }
    ],
}
# Sends what it is given to a queue: what it did can be counted afterwards.
CODE = """
import json, os, boto3
queues = boto3.client("sqs")
def handler(event, context):
    numbers = [int(record["dynamodb"]["Keys"]["n"]["N"]) for record in event["Records"]]
    queues.send_message(QueueUrl=os.environ["DONE"], MessageBody=json.dumps(numbers))
"""


def prepare(server: ServerProcess) -> str:
    """A table whose changes go to a function; the queue of what it has seen."""
    tables = server.client("dynamodb")
    table = tables.create_table(
        TableName="numbers",
        KeySchema=[{"AttributeName": "n", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "n", "AttributeType": "N"}],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
        BillingMode="PAY_PER_REQUEST",
    )["TableDescription"]
    tables.get_waiter("table_exists").wait(TableName="numbers", WaiterConfig={"Delay": 1})
    url: str = server.client("sqs").create_queue(QueueName="done")["QueueUrl"]
    server.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(TRUST))
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        archive.writestr("index.py", CODE)
    functions = server.client("lambda")
    functions.create_function(
        FunctionName="f",
        Runtime="python3.11",
        Handler="index.handler",
        Role=ROLE,
        Code={"ZipFile": body.getvalue()},
        Timeout=30,
        Environment={"Variables": {"DONE": url}},
    )
    functions.get_waiter("function_active_v2").wait(FunctionName="f", WaiterConfig={"Delay": 1})
    functions.create_event_source_mapping(
        EventSourceArn=table["LatestStreamArn"],
        FunctionName="f",
        StartingPosition="LATEST",
        BatchSize=10,
        ParallelizationFactor=2,
    )
    return url


def put_until_it_ends(server: ServerProcess, acknowledged: list[int]) -> None:
    client = server.client("dynamodb")
    for number in range(100_000):
        try:
            client.put_item(TableName="numbers", Item={"n": {"N": str(number)}})
        except (BotoCoreError, ClientError):
            return
        acknowledged.append(number)


def seen(queues: Any, url: str) -> list[int]:
    found: list[int] = []
    while True:
        messages = queues.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=43_200
        ).get("Messages")
        if not messages:
            return found
        for message in messages:
            found += json.loads(message["Body"])


def test_every_change_reaches_the_function(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path / "data")
    server.start()
    url = prepare(server)
    acknowledged: list[int] = []
    thread = threading.Thread(target=put_until_it_ends, args=(server, acknowledged))
    found: set[int] = set()
    thread.start()
    while len(acknowledged) < 300 or not found:
        found |= set(seen(server.client("sqs"), url))
    server.kill()
    thread.join()

    server.start()
    until = time.monotonic() + 60
    while not set(acknowledged) <= found and time.monotonic() < until:
        found |= set(seen(server.client("sqs"), url))
        time.sleep(0.1)
    assert set(acknowledged) <= found
    assert server.stop() == 0
