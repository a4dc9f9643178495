"""
Workflows in depth, the same work on each server: starts, transitions, tasks, and Maps.

A peer that cannot do a piece of work, or takes longer than a minute, has no figure; why is printed.
"""

import json
import statistics
import time
from datetime import UTC, datetime
from typing import Any

from benchmarks import load
from benchmarks.clients import checked_invocation, client, new_function
from benchmarks.figures import Figure
from benchmarks.measures import Measure, side_by_side
from benchmarks.server import execution_ms, start_execution_rate, transition_rate
from benchmarks.servers import Server

CLIENTS = 8
ROLE = "arn:aws:iam::000000000000:role/bench"
_LINES = 100_000
_LONGEST_SECONDS = 60.0


def call(server: Server, operation: str, params: dict[str, Any]) -> Any:
    request = load.json_call(
        server.port, "states", f"AWSStepFunctions.{operation}", json.dumps(params).encode()
    )
    return json.loads(load.run(server.port, 1, 1, lambda n: request).bodies[0])


def machine(server: Server, definition: dict[str, Any], kind: str = "STANDARD") -> str:
    params = {
        "name": f"bench{time.time_ns()}",
        "definition": json.dumps(definition),
        "roleArn": ROLE,
        "type": kind,
    }
    arn: str = call(server, "CreateStateMachine", params)["stateMachineArn"]
    return arn


def single(state: dict[str, Any], name: str = "Only") -> dict[str, Any]:
    return {"StartAt": name, "States": {name: {**state, "End": True}}}


def start_request(server: Server, arn: str, given: Any) -> bytes:
    body = json.dumps({"stateMachineArn": arn, "input": json.dumps(given)}).encode()
    return load.json_call(server.port, "states", "AWSStepFunctions.StartExecution", body)


def seconds_to_end(server: Server, arn: str, given: Any, look_every: float = 0.0) -> float:
    """One execution from its start to its end."""
    began = time.perf_counter()
    started = call(server, "StartExecution", {"stateMachineArn": arn, "input": json.dumps(given)})
    while time.perf_counter() - began < _LONGEST_SECONDS:
        described = call(server, "DescribeExecution", {"executionArn": started["executionArn"]})
        if described["status"] != "RUNNING":
            assert described["status"] == "SUCCEEDED", described
            return time.perf_counter() - began
        time.sleep(look_every)
    raise TimeoutError(f"not done in {_LONGEST_SECONDS:.0f} s")


def wait_until_none_runs(server: Server, arn: str) -> None:
    until = time.perf_counter() + _LONGEST_SECONDS
    asked = {"stateMachineArn": arn, "statusFilter": "RUNNING", "maxResults": 1}
    while call(server, "ListExecutions", asked)["executions"]:
        if time.perf_counter() > until:
            raise TimeoutError(f"not done in {_LONGEST_SECONDS:.0f} s")


def check_all_succeeded(server: Server, arn: str, executions: int) -> None:
    """Some peers say that what they never ran has succeeded, or let it fail unseen."""
    asked = {"stateMachineArn": arn, "statusFilter": "SUCCEEDED", "maxResults": 1_000}
    found = len(call(server, "ListExecutions", asked)["executions"])
    assert found == min(executions, 1_000), f"{found} of {executions} have succeeded"


def running_transition_rate(server: Server) -> float:
    """A thousand executions that run at once go through twenty states each from one moment on."""
    executions, passes = 1_000, 20
    names = [f"Pass{number}" for number in range(passes)]
    states: dict[str, Any] = {"Wait": {"Type": "Wait", "TimestampPath": "$.at", "Next": names[0]}}
    for name, following in zip(names, [*names[1:], None], strict=True):
        states[name] = {"Type": "Pass", **({"Next": following} if following else {"End": True})}
    arn = machine(server, {"StartAt": "Wait", "States": states})
    # Until then all of them are started, or as many as a slow server starts in its time.
    at = int(time.time()) + 25
    moment = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    start = start_request(server, arn, {"at": moment})
    started = len(load.run(server.port, CLIENTS, executions, lambda n: start).bodies)
    assert time.time() < at, f"{started} executions were started too late"
    time.sleep(at - time.time())
    wait_until_none_runs(server, arn)
    seconds = time.time() - at
    check_all_succeeded(server, arn, started)
    return started * (passes + 1) / seconds


def task_rate(server: Server) -> float:
    """Executions a second of one task that calls another service."""
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:sts:getCallerIdentity",
        "Parameters": {},
    }
    arn = machine(server, single(state))
    start = start_request(server, arn, {})
    began = time.perf_counter()
    started = len(load.run(server.port, CLIENTS, 2_000, lambda n: start).bodies)
    wait_until_none_runs(server, arn)
    seconds = time.perf_counter() - began
    check_all_succeeded(server, arn, started)
    return started / seconds


def lambda_task_ms(server: Server) -> float:
    """How much longer an execution of one Lambda task takes than the warm invoke itself."""
    new_function(server, "tasked", memory=512)
    invoke = checked_invocation(server, "tasked")
    answer = load.run(server.port, 1, 20, lambda n: invoke).bodies[-1]
    assert answer == b'{"hello": "world"}', f"the function answers {answer[:80]!r}"
    warm = load.run(server.port, 1, 200, lambda n: invoke).median_ms
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": "tasked", "Payload.$": "$"},
        "OutputPath": "$.Payload",
    }
    arn = machine(server, single(state))
    # By the execution's own times: to ask all the while how it goes would slow the function.
    times = [_own_ms(server, arn) for _ in range(100)]
    return statistics.median(times) - warm


def _own_ms(server: Server, arn: str) -> float:
    params = {"stateMachineArn": arn, "input": '{"hello": "world"}'}
    started = call(server, "StartExecution", params)["executionArn"]
    for _ in range(200):
        time.sleep(0.02)
        described = call(server, "DescribeExecution", {"executionArn": started})
        if described["status"] == "SUCCEEDED":
            return float(described["stopDate"] - described["startDate"]) * 1000
    raise TimeoutError("the execution does not end")


_MAP = {
    "Type": "Map",
    "ItemsPath": "$.items",
    "ItemProcessor": single({"Type": "Pass"}, "Item"),
    "ResultPath": None,
}


def _sync_seconds(server: Server, arn: str, items: int) -> float:
    given = json.dumps({"items": list(range(items))})
    began = time.perf_counter()
    reply = call(server, "StartSyncExecution", {"stateMachineArn": arn, "input": given})
    assert reply["status"] == "SUCCEEDED", reply
    return time.perf_counter() - began


def inline_map_seconds(server: Server) -> float:
    """Ten thousand items in an Express workflow: a Standard one may have 25,000 events."""
    arn = machine(server, single(_MAP), "EXPRESS")
    return min(_sync_seconds(server, arn, 10_000) for _ in range(3))


def inline_map_growth(server: Server) -> float:
    """How much more of the processors twice the items take: the clock also counts others' work."""
    arn = machine(server, single(_MAP), "EXPRESS")
    used = []
    for items in (5_000, 10_000):
        before = server.processor_seconds()
        for _ in range(5):
            _sync_seconds(server, arn, items)
        used.append(server.processor_seconds() - before)
    return used[1] / used[0]


def distributed_map_seconds(server: Server) -> float:
    """A hundred thousand JSON lines with an Express child each, and their results in files."""
    s3 = client(server, "s3")
    s3.create_bucket(Bucket="lines")
    lines = "".join(f'{{"id": {number}, "name": "item {number}"}}\n' for number in range(_LINES))
    s3.put_object(Bucket="lines", Key="items.jsonl", Body=lines.encode())
    config = {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}
    state = {
        "Type": "Map",
        "ItemProcessor": {**single({"Type": "Pass"}, "Item"), "ProcessorConfig": config},
        "ItemReader": {
            "Resource": "arn:aws:states:::s3:getObject",
            "ReaderConfig": {"InputType": "JSONL"},
            "Parameters": {"Bucket": "lines", "Key": "items.jsonl"},
        },
        "ResultWriter": {
            "Resource": "arn:aws:states:::s3:putObject",
            "Parameters": {"Bucket": "lines", "Prefix": "results"},
        },
    }
    arn = machine(server, single(state))
    seconds = seconds_to_end(server, arn, {}, look_every=0.05)
    found = s3.list_objects_v2(Bucket="lines", Prefix="results").get("Contents", [])
    [manifest] = [one["Key"] for one in found if one["Key"].endswith("manifest.json")]
    listed = json.loads(s3.get_object(Bucket="lines", Key=manifest)["Body"].read())
    size = sum(file["Size"] for file in listed["ResultFiles"]["SUCCEEDED"])
    assert size > 100 * _LINES, f"the results have {size} bytes"
    return seconds


def memory(server: Server) -> float:
    return server.memory()


_LARGE_MAP = "distributed Map of 100,000 JSON lines"
_INLINE_MAP = "inline Map of 10,000 items"
# The order matters: the memory is that after the large Map.
_MEASURES = (
    Measure(_LARGE_MAP, "s", 60, distributed_map_seconds),
    Measure("  and the server's memory after it", "MB", 400, memory, follows=_LARGE_MAP),
    Measure("five Pass states, start to SUCCEEDED", "ms", 5, execution_ms),
    Measure("StartExecution, 8 clients", "/s", 2_000, start_execution_rate, at_least=True),
    Measure(
        "transitions of new executions, 8 clients", "/s", 10_000, transition_rate, at_least=True
    ),
    Measure(
        "transitions of 1,000 running executions",
        "/s",
        15_000,
        running_transition_rate,
        at_least=True,
    ),
    Measure("executions of one SDK task, 8 clients", "/s", 500, task_rate, at_least=True),
    Measure("what a Lambda task adds to its invoke", "ms", 3, lambda_task_ms),
    Measure(_INLINE_MAP, "s", 5, inline_map_seconds),
    Measure(
        "  and how much longer than 5,000 items",
        "times",
        2.2,
        inline_map_growth,
        follows=_INLINE_MAP,
    ),
)


def figures(peers: list[str]) -> list[Figure]:
    return side_by_side(_MEASURES, [*peers, "localstack"] if peers else [])


def main() -> None:
    for figure in figures([]):
        print(figure.line())


if __name__ == "__main__":
    main()
