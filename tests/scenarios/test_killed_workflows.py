"""
Workflows whose server is killed at random moments: all end, and nothing is done twice unasked.

Ten kills in the suite; LAMBENT_TEST_KILLS=100 makes it a hundred.
"""

import json
import os
import random
import threading
from collections import Counter
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from tests.processes import ServerProcess
from tests.services.stepfunctions.workflows import chain, task, wait

KILLS = int(os.environ.get("LAMBENT_TEST_KILLS", "10"))
LONGEST_LIFE_SECONDS = 1.0
MOST_TRIES = 6
ITEMS = [1, 2, 3]


def sending(queue: str, kind: str, item: str) -> dict[str, Any]:
    body = {"kind": kind, "run.$": "$.run", "item.$": item}
    return task("sqs:sendMessage", {"QueueUrl": queue, "MessageBody": body}, ResultPath=None)


def workload(queue: str) -> dict[str, Any]:
    """A Map around a Parallel of a task that may fail and one that waits and retries; then a
    distributed Map whose children do the same."""
    once = {
        **sending(queue, "once", "$.item"),
        "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": None, "Next": "Done"}],
        "Next": "Done",
    }
    tries = {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "BackoffRate": 1}
    retried = {
        **sending(queue, "retried", "$.item"),
        "Retry": [{**tries, "MaxAttempts": MOST_TRIES - 1}],
    }
    both = {
        "Type": "Parallel",
        "ResultPath": None,
        "Branches": [
            {"StartAt": "Once", "States": {"Once": once, "Done": {"Type": "Succeed"}}},
            chain(Delay=wait(1), Retried=retried),
        ],
    }
    child = {
        **sending(queue, "child", "$.item"),
        "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": None, "Next": "Sent"}],
        "Next": "Sent",
    }
    children = {"StartAt": "Child", "States": {"Child": child, "Sent": {"Type": "Succeed"}}}
    given = {"run.$": "$.run", "item.$": "$$.Map.Item.Value"}
    each: dict[str, Any] = {"Type": "Map", "ItemsPath": "$.items", "ItemSelector": given}
    return chain(
        Each={**each, "MaxConcurrency": 2, "ItemProcessor": chain(Both=both), "ResultPath": None},
        All={
            **each,
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


def test_whenever_the_server_is_killed_all_executions_end_and_nothing_is_done_twice(
    tmp_path: Path,
) -> None:
    """
    The queue keeps what a task did apart from what the execution knows of it.
    """
    chance = random.Random(20250101)
    server = ServerProcess(tmp_path)
    server.start()
    queue = server.client("sqs").create_queue(QueueName="done")["QueueUrl"]
    # The address is another after each start; the queue is the same.
    queue = "http://sqs.us-east-1.amazonaws.com/" + "/".join(queue.split("/")[-2:])
    machine = server.client("stepfunctions").create_state_machine(
        name="m",
        definition=json.dumps(workload(queue)),
        roleArn="arn:aws:iam::000000000000:role/r",
    )["stateMachineArn"]

    for kill in range(KILLS):
        timer = kill_at_a_random_moment(server, chance)
        try:
            workflows = server.client("stepfunctions")
            for number in range(2):
                name = f"{kill}-{number}"
                text = json.dumps({"run": name, "items": ITEMS})
                workflows.start_execution(stateMachineArn=machine, name=name, input=text)
        except (BotoCoreError, ClientError):
            pass
        timer.join()
        server.start()
    server.advance("PT1H")

    workflows = server.client("stepfunctions")
    pages = workflows.get_paginator("list_executions").paginate(stateMachineArn=machine)
    executions = [execution for page in pages for execution in page["executions"]]
    assert len(executions) >= KILLS / 2
    done = _done(server, queue)
    for execution in executions:
        _check(workflows, execution)
        for item in ITEMS:
            run = execution["name"]
            assert done["once", run, item] <= 1
            assert done["child", run, item] <= 1
            assert 1 <= done["retried", run, item] <= MOST_TRIES
    assert server.stop() == 0


def _check(workflows: Any, execution: Any) -> None:
    """It has succeeded, and its history is gapless with one end."""
    assert execution["status"] == "SUCCEEDED"
    pages = workflows.get_paginator("get_execution_history").paginate(
        executionArn=execution["executionArn"]
    )
    events = [event for page in pages for event in page["events"]]
    assert [event["id"] for event in events] == list(range(1, len(events) + 1))
    assert [event["type"] for event in events].count("ExecutionSucceeded") == 1
    [run] = workflows.list_map_runs(executionArn=execution["executionArn"])["mapRuns"]
    counts = workflows.describe_map_run(mapRunArn=run["mapRunArn"])["executionCounts"]
    assert (counts["succeeded"], counts["total"]) == (len(ITEMS), len(ITEMS))


def _done(server: ServerProcess, queue: str) -> Counter[tuple[str, str, int]]:
    queues = server.client("sqs")
    found: Counter[tuple[str, str, int]] = Counter()
    while messages := queues.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get(
        "Messages"
    ):
        for message in messages:
            body = json.loads(message["Body"])
            found[body["kind"], body["run"], body["item"]] += 1
    return found
