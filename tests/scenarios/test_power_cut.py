"""The server ends in the middle of everything, by SIGTERM or by kill -9: nothing is lost."""

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from tests.processes import ServerProcess
from tests.scenarios.functions import ROLE, make_function, make_role

# Sends what it is given to a queue: what it did can be counted afterwards.
CODE = """
import json, os, boto3
queues = boto3.client("sqs")
def handler(event, context):
    queues.send_message(QueueUrl=os.environ["DONE"], MessageBody=json.dumps(event))
    return event
"""
WORKFLOW = {
    "StartAt": "Both",
    "States": {
        "Both": {
            "Type": "Parallel",
            "Branches": [
                {
                    "StartAt": "Send",
                    "States": {
                        "Send": {
                            "Type": "Task",
                            "Resource": "arn:aws:states:::sqs:sendMessage",
                            "Parameters": {"QueueUrl": "", "MessageBody.$": "$.n"},
                            "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1}],
                            "End": True,
                        }
                    },
                },
                {
                    "StartAt": "Wait",
                    "States": {"Wait": {"Type": "Wait", "Seconds": 3600, "End": True}},
                },
            ],
            "End": True,
        }
    },
}


class Story:
    """Clients that write until the server is gone, and remember what was acknowledged."""

    def __init__(self, server: ServerProcess) -> None:
        self.server = server
        queues = server.client("sqs")
        self.kept = queues.create_queue(QueueName="kept")["QueueUrl"]
        self.invoked = queues.create_queue(QueueName="invoked")["QueueUrl"]
        self.sent_by_workflow = queues.create_queue(QueueName="sent")["QueueUrl"]
        make_role(server)
        make_function(server, CODE, Environment={"Variables": {"DONE": self.invoked}})
        definition = json.loads(
            json.dumps(WORKFLOW).replace('""', json.dumps(self.sent_by_workflow))
        )
        self.machine = server.client("stepfunctions").create_state_machine(
            name="m", definition=json.dumps(definition), roleArn=ROLE
        )["stateMachineArn"]
        self.acknowledged: dict[str, list[str]] = {"messages": [], "events": [], "executions": []}

    def go_on_until_it_ends(self) -> list[threading.Thread]:
        queues, functions, workflows = (
            self.server.client(name) for name in ("sqs", "lambda", "stepfunctions")
        )

        def send(n: str) -> None:
            queues.send_message(QueueUrl=self.kept, MessageBody=n)

        def invoke(n: str) -> None:
            functions.invoke(FunctionName="f", InvocationType="Event", Payload=json.dumps(n))

        def start(n: str) -> None:
            workflows.start_execution(
                stateMachineArn=self.machine, name=n, input=json.dumps({"n": n})
            )

        threads = [
            threading.Thread(target=self._repeat, args=(kind, call))
            for kind, call in (("messages", send), ("events", invoke), ("executions", start))
        ]
        for thread in threads:
            thread.start()
        return threads

    def _repeat(self, kind: str, call: Callable[[str], Any]) -> None:
        for number in range(100_000):
            try:
                call(str(number))
            except (BotoCoreError, ClientError):
                return
            self.acknowledged[kind].append(str(number))


@pytest.mark.parametrize("end", ["kill", "stop"])
def test_what_was_acknowledged_is_there_after_the_next_start(tmp_path: Path, end: str) -> None:
    server = ServerProcess(tmp_path / "data")
    server.start()
    story = Story(server)
    threads = story.go_on_until_it_ends()
    done = story.acknowledged
    while min(map(len, done.values())) < 20 or len(done["events"]) < 200:
        time.sleep(0.01)
    getattr(server, end)()
    for thread in threads:
        thread.join()

    server.start()
    messages = set(_everything(server, story.kept))
    assert set(story.acknowledged["messages"]) <= messages
    # Retries of what was in flight wait for a minute or two.
    server.advance("PT10M")
    invoked = {json.loads(body) for body in _everything(server, story.invoked)}
    assert set(story.acknowledged["events"]) <= invoked
    server.advance("PT2H")
    workflows = server.client("stepfunctions")
    for name in story.acknowledged["executions"]:
        arn = story.machine.replace(":stateMachine:", ":execution:") + f":{name}"
        assert workflows.describe_execution(executionArn=arn)["status"] == "SUCCEEDED"
        _check_history(workflows, arn)
    sent = set(_everything(server, story.sent_by_workflow))
    assert set(story.acknowledged["executions"]) <= sent
    assert server.stop() == 0


def _everything(server: ServerProcess, url: str) -> list[str]:
    queues = server.client("sqs")
    bodies: list[str] = []
    while True:
        messages = queues.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=43_200
        ).get("Messages")
        if not messages:
            return bodies
        bodies += [message["Body"] for message in messages]


def _check_history(workflows: Any, arn: str) -> None:
    """Numbered without a gap, begun once and ended once."""
    pages = workflows.get_paginator("get_execution_history").paginate(executionArn=arn)
    events = [event for page in pages for event in page["events"]]
    assert [event["id"] for event in events] == list(range(1, len(events) + 1))
    ends = [event for event in events if event["type"] == "ExecutionSucceeded"]
    assert ends == [events[-1]]
