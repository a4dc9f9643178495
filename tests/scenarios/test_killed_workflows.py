"""
Workflows whose server is killed at random moments: all end, and nothing is done twice unasked.

What their tasks do is counted by another server, which lives through all of it. Ten kills in the
suite; LAMBENT_TEST_KILLS=100 makes it a hundred.
"""

import json
import os
import random
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from tests.processes import ServerProcess
from tests.services.stepfunctions.workflows import chain, task, wait
from tests.web import Web, serving

KILLS = int(os.environ.get("LAMBENT_TEST_KILLS", "10"))
LONGEST_LIFE_SECONDS = 1.0
# So many that no run of kills uses them up: then the execution would fail, rightly.
MOST_TRIES = 30
ITEMS = [1, 2, 3]
DEEP_ITEMS = [4, 5]


class Outside:
    """What counts the calls of tasks, and how tasks call it."""

    def __init__(self, web: Web, connection: str) -> None:
        self._web = web
        self._connection = connection

    def calling(self, kind: str, item: str) -> dict[str, Any]:
        parameters = {
            "ApiEndpoint": f"{self._web.url}/{kind}",
            "Method": "POST",
            "InvocationConfig": {"ConnectionArn": self._connection},
            "RequestBody": {"kind": kind, "run.$": "$.run", "item.$": item},
        }
        return task("http:invoke", parameters, ResultPath=None)

    def calls(self) -> Counter[tuple[str, str, int]]:
        bodies = [
            json.loads(asked.body)
            for asked in self._web.asked
            # Whoever was killed while it sent a body has asked for nothing.
            if len(asked.body) == int(asked.headers["content-length"])
        ]
        return Counter((body["kind"], body["run"], body["item"]) for body in bodies)


def at_most_once(state: dict[str, Any], kind: str) -> dict[str, Any]:
    """The task; that it may have failed is no matter."""
    done = f"{kind} done"
    caught = {"Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": None, "Next": done}]}
    return {
        "StartAt": kind,
        "States": {kind: {**state, **caught, "Next": done}, done: {"Type": "Succeed"}},
    }


def workload(outside: Outside) -> dict[str, Any]:
    """
    A Map around a Parallel of a task, and of a wait before another Parallel: of a task that is
    tried again, and of a Map of tasks. Then a distributed Map of tasks.
    """
    again = {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "BackoffRate": 1}
    retried = {
        **outside.calling("retried", "$.item"),
        "Retry": [{**again, "MaxAttempts": MOST_TRIES - 1}],
    }
    given = {"run.$": "$.run", "item.$": "$$.Map.Item.Value"}
    deepest = {
        "Type": "Map",
        "ItemsPath": "$.deep",
        "ItemSelector": {**given, "outer.$": "$.item"},
        "ItemProcessor": at_most_once(outside.calling("deep", "$.item"), "deep"),
    }
    deep = {
        "Type": "Parallel",
        "ResultPath": None,
        "Branches": [chain(Retried=retried), chain(Deepest=deepest)],
    }
    both = {
        "Type": "Parallel",
        "ResultPath": None,
        "Branches": [
            at_most_once(outside.calling("once", "$.item"), "once"),
            chain(Delay=wait(1), Deep=deep),
        ],
    }
    each: dict[str, Any] = {"Type": "Map", "ItemsPath": "$.items"}
    children = at_most_once(outside.calling("child", "$.item"), "child")
    return chain(
        Each={
            **each,
            "ItemSelector": {**given, "deep.$": "$.deep"},
            "MaxConcurrency": 2,
            "ItemProcessor": chain(Both=both),
            "ResultPath": None,
        },
        All={
            **each,
            "ItemSelector": given,
            "ItemProcessor": {
                **children,
                "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            },
            "ResultPath": "$.children",
        },
    )


def kill_at_a_random_moment(server: ServerProcess, chance: random.Random) -> threading.Timer:
    timer = threading.Timer(chance.random() * LONGEST_LIFE_SECONDS, server.kill)
    timer.start()
    return timer


def connected(server: ServerProcess) -> str:
    """The ARN of a connection, which http:invoke needs."""
    made = server.client("events").create_connection(
        Name="outside",
        AuthorizationType="API_KEY",
        AuthParameters={"ApiKeyAuthParameters": {"ApiKeyName": "X-Key", "ApiKeyValue": "k"}},
    )
    return str(made["ConnectionArn"])


def test_whenever_the_server_is_killed_all_executions_end_and_nothing_is_done_twice(
    tmp_path: Path,
) -> None:
    with serving() as web:
        server = ServerProcess(tmp_path)
        server.start()
        outside = Outside(web, connected(server))
        machine = server.client("stepfunctions").create_state_machine(
            name="m",
            definition=json.dumps(workload(outside)),
            roleArn="arn:aws:iam::000000000000:role/r",
        )["stateMachineArn"]

        start_and_kill(server, machine)
        server.advance("PT1H")

        check_all(server, machine, outside.calls())
        assert server.stop() == 0


def start_and_kill(server: ServerProcess, machine: str) -> None:
    chance = random.Random(20250101)
    for kill in range(KILLS):
        # To make a client takes longer than many a server lives.
        workflows = server.client("stepfunctions")
        timer = kill_at_a_random_moment(server, chance)
        try:
            for number in range(2):
                name = f"{kill}-{number}"
                text = json.dumps({"run": name, "items": ITEMS, "deep": DEEP_ITEMS})
                workflows.start_execution(stateMachineArn=machine, name=name, input=text)
        except (BotoCoreError, ClientError):
            pass
        timer.join()
        server.start()


def check_all(server: ServerProcess, machine: str, calls: Counter[tuple[str, str, int]]) -> None:
    workflows = server.client("stepfunctions")
    pages = workflows.get_paginator("list_executions").paginate(stateMachineArn=machine)
    executions = [execution for page in pages for execution in page["executions"]]
    assert len(executions) >= KILLS / 2
    for execution in executions:
        _check(workflows, execution)
        run = execution["name"]
        for item in ITEMS:
            assert calls["once", run, item] <= 1
            assert calls["child", run, item] <= 1
            assert 1 <= calls["retried", run, item] <= MOST_TRIES
        for item in DEEP_ITEMS:
            # Once for each of the outer Map's items.
            assert calls["deep", run, item] <= len(ITEMS)
    # Many calls were made all the same: a kill loses those that are on their way, no more.
    expected = len(executions) * (2 * len(ITEMS) + len(ITEMS) * len(DEEP_ITEMS))
    made = sum(count for (kind, _, _), count in calls.items() if kind != "retried")
    assert made >= expected * 0.1


def _check(workflows: Any, execution: Any) -> None:
    """It has succeeded, and its history is gapless with one end."""
    if execution["status"] != "SUCCEEDED":
        pytest.fail(str(workflows.describe_execution(executionArn=execution["executionArn"])))
    pages = workflows.get_paginator("get_execution_history").paginate(
        executionArn=execution["executionArn"]
    )
    events = [event for page in pages for event in page["events"]]
    assert [event["id"] for event in events] == list(range(1, len(events) + 1))
    assert [event["type"] for event in events].count("ExecutionSucceeded") == 1
    [run] = workflows.list_map_runs(executionArn=execution["executionArn"])["mapRuns"]
    counts = workflows.describe_map_run(mapRunArn=run["mapRunArn"])["executionCounts"]
    assert (counts["succeeded"], counts["total"]) == (len(ITEMS), len(ITEMS))
