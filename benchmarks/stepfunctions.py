"""
Workflows in depth: starts, transitions, tasks, big Maps, and many executions that wait.

`benchmarks.server` compares the first of these with peers; the others are ours alone.
"""

import json
import time
from typing import Any

from benchmarks import load, servers
from benchmarks.figures import Figure
from benchmarks.server import client, execution_ms, start_execution_rate, transition_rate
from benchmarks.servers import Server

CLIENTS = 8
ROLE = "arn:aws:iam::000000000000:role/bench"
_WAITING = 20_000
_LINES = 100_000


def call(server: Server, operation: str, params: dict[str, Any]) -> Any:
    request = load.json_call(
        server.port, "states", f"AWSStepFunctions.{operation}", json.dumps(params).encode()
    )
    return json.loads(load.run(server.port, 1, 1, lambda n: request).bodies[0])


def machine(server: Server, definition: dict[str, Any]) -> str:
    params = {
        "name": f"bench{time.time_ns()}",
        "definition": json.dumps(definition),
        "roleArn": ROLE,
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
    while True:
        described = call(server, "DescribeExecution", {"executionArn": started["executionArn"]})
        if described["status"] != "RUNNING":
            assert described["status"] == "SUCCEEDED", described
            return time.perf_counter() - began
        time.sleep(look_every)


def task_rate(server: Server) -> float:
    """Executions a second of one task that calls another service through the front door."""
    arn = machine(
        server,
        single(
            {
                "Type": "Task",
                "Resource": "arn:aws:states:::aws-sdk:sts:getCallerIdentity",
                "Parameters": {},
            }
        ),
    )
    start = start_request(server, arn, {})
    executions = 2_000
    began = time.perf_counter()
    load.run(server.port, CLIENTS, executions, lambda n: start)
    while call(server, "ListExecutions", {"stateMachineArn": arn, "statusFilter": "RUNNING"})[
        "executions"
    ]:
        pass
    return executions / (time.perf_counter() - began)


def map_growth(server: Server) -> float:
    """How much longer an inline Map over twice the items takes."""
    # 25,000 events are the limit of an execution: 4 an iteration and a few around.
    arn = machine(
        server,
        single(
            {
                "Type": "Map",
                "ItemsPath": "$.items",
                "ItemProcessor": single({"Type": "Pass"}, "Item"),
                "ResultPath": None,
            }
        ),
    )
    half = min(seconds_to_end(server, arn, {"items": list(range(2_500))}) for _ in range(3))
    whole = min(seconds_to_end(server, arn, {"items": list(range(5_000))}) for _ in range(3))
    return whole / half


def waiting(server: Server) -> tuple[float, float]:
    """Starts a second of executions that wait, and milliseconds to list a page of them."""
    arn = machine(server, single({"Type": "Wait", "Seconds": 86_400}))
    start = start_request(server, arn, {"n": 1})
    rate = load.run(server.port, CLIENTS, _WAITING, lambda n: start).rate
    body = json.dumps({"stateMachineArn": arn, "statusFilter": "RUNNING"}).encode()
    page = load.json_call(server.port, "states", "AWSStepFunctions.ListExecutions", body)
    return rate, load.run(server.port, 1, 50, lambda n: page).median_ms


def distributed_map(server: Server) -> tuple[float, float]:
    """Seconds for 100,000 JSON lines with an Express child each, and the server's memory then."""
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
    seconds = seconds_to_end(server, machine(server, single(state)), {}, look_every=0.05)
    return seconds, server.memory()


def figures(peers: list[str]) -> list[Figure]:
    with servers.running("lambent") as server:
        map_seconds, map_memory = distributed_map(server)
        waits, page_ms = waiting(server)
        return [
            Figure("five Pass states, start to SUCCEEDED", "ms", execution_ms(server), 5),
            Figure("StartExecution, 8 clients", "/s", start_execution_rate(server), 2_000, True),
            Figure("durable transitions, 8 clients", "/s", transition_rate(server), 15_000, True),
            Figure("executions of one SDK task, 8 clients", "/s", task_rate(server), 500, True),
            Figure("inline Map, twice the items", "times", map_growth(server), 2.2),
            Figure("distributed Map of 100,000 JSON lines", "s", map_seconds, 60),
            Figure("  and the server's memory after it", "MB", map_memory, 400),
            Figure("executions that wait, 8 clients", "/s", waits, 1_000, True),
            Figure(f"a page of {_WAITING:,} executions", "ms", page_ms, 10),
        ]


def main() -> None:
    for figure in figures([]):
        print(figure.line())


if __name__ == "__main__":
    main()
