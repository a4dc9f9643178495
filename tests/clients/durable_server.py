"""A server with durable functions, and what tests ask of their executions."""

import json
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from tests.processes import ServerProcess

ACCOUNT = "777777777001"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "lambda.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)


class DurableServer:
    """A server with an account, in which each handler of a package's `orders` is a function."""

    def __init__(self, server: ServerProcess, package: bytes, runtime: str = "python3.13") -> None:
        self.server = server
        self.functions = server.client("lambda", account=ACCOUNT)
        self.queues = server.client("sqs", account=ACCOUNT)
        self.done = self.queues.create_queue(QueueName="done")["QueueUrl"]
        self._package, self._runtime = package, runtime
        server.client("iam", account=ACCOUNT).create_role(
            RoleName="r", AssumeRolePolicyDocument=TRUST
        )

    def create(self, name: str, **more: Any) -> None:
        """Unless another test has created it."""
        with suppress(self.functions.exceptions.ResourceConflictException):
            self._create(name, **more)

    def _create(self, name: str, **more: Any) -> None:
        self.functions.create_function(
            FunctionName=name,
            Runtime=self._runtime,
            Handler=f"orders.{name}",
            Role=f"arn:aws:iam::{ACCOUNT}:role/r",
            Code={"ZipFile": self._package},
            Timeout=30,
            Environment={"Variables": {"DONE": self.done}},
            **more,
        )
        self.functions.get_waiter("function_active_v2").wait(
            FunctionName=name, WaiterConfig={"Delay": 1}
        )

    def start(self, name: str, event: object = None, **config: int) -> str:
        """A durable function and an execution of it."""
        self.create(name, DurableConfig={"ExecutionTimeout": 864_000, **config})
        return self.start_again(name, event)

    def start_again(self, name: str, event: object = None) -> str:
        reply = self.functions.invoke(
            FunctionName=f"{name}:$LATEST",
            InvocationType="Event",
            Payload=json.dumps(event or {}),
        )
        arn: str = reply["DurableExecutionArn"]
        return arn

    def until(self, arn: str, holds: Callable[[list[str]], bool]) -> list[str]:
        """The types of the events of the history, once they are as they should be."""
        deadline = time.monotonic() + 60
        while not holds(types := [event["EventType"] for event in self.history(arn)]):
            assert time.monotonic() < deadline, types
            time.sleep(0.05)
        return types

    def until_suspended(self, arn: str, times: int = 1) -> None:
        """The function has been invoked so often and waits for something."""
        self.until(arn, lambda types: types.count("InvocationCompleted") >= times)

    def result(self, arn: str) -> Any:
        self.until(arn, lambda types: types[-1].startswith("Execution") and len(types) > 1)
        ended = self.functions.get_durable_execution(DurableExecutionArn=arn)
        assert ended["Status"] == "SUCCEEDED", ended.get("Error")
        return json.loads(ended["Result"])

    def history(self, arn: str) -> list[dict[str, Any]]:
        pages = self.functions.get_paginator("get_durable_execution_history")
        return [
            event
            for page in pages.paginate(DurableExecutionArn=arn, PaginationConfig={"PageSize": 50})
            for event in page["Events"]
        ]

    def noted(self) -> list[str]:
        """What the steps of functions have said since the last look."""
        said: list[str] = []
        while messages := self.queues.receive_message(
            QueueUrl=self.done, MaxNumberOfMessages=10, VisibilityTimeout=43_200
        ).get("Messages"):
            for message in messages:
                self.queues.delete_message(
                    QueueUrl=self.done, ReceiptHandle=message["ReceiptHandle"]
                )
                said.append(message["Body"])
        return said
