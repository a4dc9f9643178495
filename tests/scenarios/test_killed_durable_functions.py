"""
Durable functions whose server is killed at random moments: all end, and nothing that was
checkpointed is done again.

Six kills in the suite; LAMBENT_TEST_KILLS=100 makes it a hundred.
"""

import io
import json
import os
import random
import threading
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from tests.processes import ServerProcess

KILLS = int(os.environ.get("LAMBENT_TEST_KILLS", "6"))
LONGEST_LIFE_SECONDS = 1.5
ROLE = "arn:aws:iam::000000000000:role/r"
TRUST = """{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
 "Principal": {"Service": ["lambda.amazonaws.com"]}}]}"""
STEPS = ("a", "b", "c", "d")
# What an SDK does, without one. A step tells the queue that it runs, and that it is checkpointed.
CODE = """
import json, os, boto3
functions, queues = boto3.client("lambda"), boto3.client("sqs")

class Suspended(Exception):
    pass

class Replay:
    def __init__(self, event):
        self.arn, self.token = event["DurableExecutionArn"], event["CheckpointToken"]
        operations = event["InitialExecutionState"]["Operations"]
        self.input = operations[0]["ExecutionDetails"]["InputPayload"]
        self.operations = {one["Id"]: one for one in operations}

    def checkpoint(self, **update):
        reply = functions.checkpoint_durable_execution(
            DurableExecutionArn=self.arn, CheckpointToken=self.token, Updates=[update])
        self.token = reply["CheckpointToken"]
        for one in reply["NewExecutionState"]["Operations"]:
            self.operations[one["Id"]] = one

    def status(self, id):
        return self.operations[id]["Status"] if id in self.operations else None

    def note(self, what, id):
        queues.send_message(QueueUrl=os.environ["DONE"],
                            MessageBody=json.dumps([what, self.input, id]))

    def step(self, id, tries=1):
        if self.status(id) == "SUCCEEDED":
            return
        if self.status(id) == "PENDING":
            raise Suspended
        tried = self.operations.get(id, {}).get("StepDetails", {}).get("Attempt", 0)
        self.note("run", id)
        if tried + 1 < tries:
            self.checkpoint(Id=id, Type="STEP", Action="RETRY",
                            Error={"ErrorMessage": "again"},
                            StepOptions={"NextAttemptDelaySeconds": 1})
            raise Suspended
        self.checkpoint(Id=id, Type="STEP", Action="SUCCEED", Payload=json.dumps(id))
        self.note("checkpointed", id)

    def until(self, id, **update):
        if self.status(id) is None:
            self.checkpoint(Id=id, Action="START", **update)
        if self.status(id) == "STARTED":
            raise Suspended
        assert self.status(id) == "SUCCEEDED", self.operations[id]

def handler(event, context):
    replay = Replay(event)
    try:
        replay.step("a")
        replay.until("w", Type="WAIT", WaitOptions={"WaitSeconds": 1})
        replay.step("b", tries=2)
        replay.until("i", Type="CHAINED_INVOKE", Payload=replay.input,
                     ChainedInvokeOptions={"FunctionName": "child:$LATEST"})
        replay.step("c")
    except Suspended:
        return {"Status": "PENDING"}
    return {"Status": "SUCCEEDED", "Result": replay.input}

def child(event, context):
    replay = Replay(event)
    try:
        replay.until("w", Type="WAIT", WaitOptions={"WaitSeconds": 1})
        replay.step("d")
    except Suspended:
        return {"Status": "PENDING"}
    return {"Status": "SUCCEEDED", "Result": replay.input}
"""


def test_whenever_the_server_is_killed_all_executions_go_on_where_they_were(
    tmp_path: Path,
) -> None:
    chance = random.Random(20251122)
    server = ServerProcess(tmp_path)
    server.start()
    queue = server.client("sqs").create_queue(QueueName="done")["QueueUrl"]
    # The address is another after each start; the queue is the same.
    queue = "http://sqs.us-east-1.amazonaws.com/" + "/".join(queue.split("/")[-2:])
    _create_functions(server, queue)

    started: dict[str, str] = {}
    for kill in range(KILLS):
        timer = threading.Timer(chance.random() * LONGEST_LIFE_SECONDS, server.kill)
        timer.start()
        try:
            functions = server.client("lambda")
            for number in range(2):
                name = f"{kill}-{number}"
                started[name] = _start(functions, name)
        except (BotoCoreError, ClientError):
            pass
        timer.join()
        server.start()
    server.advance("PT1H")

    functions = server.client("lambda")
    assert len(started) >= KILLS / 2
    for name, arn in started.items():
        _check(functions, name, arn)
    done = _done(server, queue)
    for name in started:
        for step in STEPS:
            text = json.dumps(name)
            assert done["run", text, step] >= 1
            # Whoever was told that the step is checkpointed has told it once.
            assert done["checkpointed", text, step] <= 1
    # Only what ran when the server was killed has run again.
    runs = sum(count for (what, _, _), count in done.items() if what == "run")
    assert runs <= len(started) * (len(STEPS) + 1) + KILLS * 4
    assert server.stop() == 0


def _create_functions(server: ServerProcess, queue: str) -> None:
    server.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=TRUST)
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        archive.writestr("main.py", CODE)
    functions = server.client("lambda")
    for name, handler in (("orders", "main.handler"), ("child", "main.child")):
        functions.create_function(
            FunctionName=name,
            Runtime="python3.11",
            Handler=handler,
            Role=ROLE,
            Code={"ZipFile": body.getvalue()},
            Timeout=20,
            Environment={"Variables": {"DONE": queue}},
            DurableConfig={"ExecutionTimeout": 86_400},
        )
    for name in ("orders", "child"):
        functions.get_waiter("function_active_v2").wait(
            FunctionName=name, WaiterConfig={"Delay": 1}
        )


def _start(functions: Any, name: str) -> str:
    reply = functions.invoke(
        FunctionName="orders:$LATEST",
        InvocationType="Event",
        DurableExecutionName=name,
        Payload=json.dumps(name),
    )
    arn: str = reply["DurableExecutionArn"]
    return arn


def _check(functions: Any, name: str, arn: str) -> None:
    """It has succeeded, and its history is gapless with one end."""
    execution = functions.get_durable_execution(DurableExecutionArn=arn)
    assert (execution["Status"], execution.get("Result")) == ("SUCCEEDED", json.dumps(name))
    pages = functions.get_paginator("get_durable_execution_history").paginate(
        DurableExecutionArn=arn
    )
    events = [event for page in pages for event in page["Events"]]
    assert [event["EventId"] for event in events] == list(range(1, len(events) + 1))
    types = Counter(event["EventType"] for event in events)
    assert events[-1]["EventType"] == "ExecutionSucceeded"
    assert types["ExecutionSucceeded"] == 1
    assert (types["StepSucceeded"], types["StepFailed"]) == (3, 1)
    assert (types["WaitStarted"], types["WaitSucceeded"]) == (1, 1)
    assert (types["ChainedInvokeStarted"], types["ChainedInvokeSucceeded"]) == (1, 1)


def _done(server: ServerProcess, queue: str) -> Counter[tuple[str, str, str]]:
    """How often each step of each execution ran, and was known to be checkpointed."""
    queues = server.client("sqs")
    done: Counter[tuple[str, str, str]] = Counter()
    while messages := queues.receive_message(
        QueueUrl=queue, MaxNumberOfMessages=10, VisibilityTimeout=43_200
    ).get("Messages"):
        done.update(tuple(json.loads(message["Body"])) for message in messages)
    return done
