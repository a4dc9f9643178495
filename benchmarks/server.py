"""
The platform from outside: start, memory, queue, functions, workflows, through raw HTTP.

The same work on each server, one after the other, in one run on one machine.
"""

import json
import statistics
import time

from benchmarks import load, servers
from benchmarks.clients import (
    checked_invocation,
    client,
    cold_times,
    new_function,
    role,
)
from benchmarks.figures import Figure
from benchmarks.measures import Measure, side_by_side
from benchmarks.servers import Server

CLIENTS = 8
_PASS_STATES = json.dumps(
    {
        "StartAt": "S1",
        "States": {
            f"S{n}": {"Type": "Pass", **({"End": True} if n == 5 else {"Next": f"S{n + 1}"})}
            for n in range(1, 6)
        },
    }
)


def start_seconds(server: Server) -> float:
    """The median of five starts, the one of the server that is measured among them."""
    times = [server.started_in]
    for _ in range(4):
        with servers.running(server.name) as another:
            times.append(another.started_in)
    return statistics.median(times)


def idle_memory(server: Server) -> float:
    time.sleep(1)
    return server.memory()


def send_message_rate(server: Server) -> float:
    url = client(server, "sqs").create_queue(QueueName="bench")["QueueUrl"]
    body = json.dumps({"QueueUrl": url, "MessageBody": "x" * 200}).encode()
    request = load.json_call(server.port, "sqs", "AmazonSQS.SendMessage", body)
    return load.run(server.port, CLIENTS, 10_000, lambda n: request, warm_up=50).rate


def cold_start_ms(server: Server) -> float:
    return statistics.median(cold_times(server, "cold", 12, memory=512))


def warm_invoke_ms(server: Server) -> float:
    new_function(server, "warm", memory=512)
    request = checked_invocation(server, "warm")
    return load.run(server.port, 1, 500, lambda n: request, warm_up=20).median_ms


def invoke_rate(server: Server) -> float:
    request = checked_invocation(server, "warm")
    load.run(server.port, CLIENTS, 200, lambda n: request)
    return load.run(server.port, CLIENTS, 6_000, lambda n: request).rate


def _machine(server: Server) -> str:
    made = client(server, "stepfunctions").create_state_machine(
        name=f"bench{time.time_ns()}", definition=_PASS_STATES, roleArn=role(server)
    )
    arn: str = made["stateMachineArn"]
    return arn


def _start(server: Server, arn: str) -> bytes:
    body = json.dumps({"stateMachineArn": arn, "input": '{"n": 1}'}).encode()
    return load.json_call(server.port, "states", "AWSStepFunctions.StartExecution", body)


def execution_ms(server: Server) -> float:
    """StartExecution to SUCCEEDED as DescribeExecution tells it, asked again at once."""
    start = _start(server, _machine(server))
    times = []
    for _ in range(60):
        began = time.perf_counter()
        arn = json.loads(load.run(server.port, 1, 1, lambda n: start).bodies[0])["executionArn"]
        _wait_for_end(server, arn)
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)


def _wait_for_end(server: Server, arn: str) -> None:
    until = time.perf_counter() + 20
    body = json.dumps({"executionArn": arn}).encode()
    ask = load.json_call(server.port, "states", "AWSStepFunctions.DescribeExecution", body)
    while time.perf_counter() < until:
        answer = json.loads(load.run(server.port, 1, 1, lambda n: ask).bodies[0])
        if answer["status"] != "RUNNING":
            assert answer["status"] == "SUCCEEDED", answer
            return
    raise TimeoutError("the execution does not end")


def start_execution_rate(server: Server) -> float:
    start = _start(server, _machine(server))
    return load.run(server.port, CLIENTS, 4_000, lambda n: start, warm_up=20).rate


def transition_rate(server: Server) -> float:
    """Five transitions an execution, from the first start to the last execution's end."""
    start = _start(server, _machine(server))
    began = time.perf_counter()
    done = load.run(server.port, CLIENTS, 3_000, lambda n: start)
    for body in done.bodies[-CLIENTS:]:
        _wait_for_end(server, json.loads(body)["executionArn"])
    return len(done.bodies) * 5 / (time.perf_counter() - began)


# The order matters: a server is idle before anything is asked of it.
_MEASURES = (
    Measure("start to first answer", "s", 0.3, start_seconds),
    Measure("idle memory of the process tree", "MB", 100, idle_memory),
    Measure("SQS SendMessage, 8 clients", "/s", 5_000, send_message_rate, at_least=True),
    Measure("cold start, boto3 imported", "ms", 20, cold_start_ms),
    Measure("warm invoke", "ms", 1.5, warm_invoke_ms),
    Measure("warm invokes, 8 clients", "/s", 1_500, invoke_rate, at_least=True),
    Measure("five Pass states, start to SUCCEEDED", "ms", 10, execution_ms),
    Measure("StartExecution, 8 clients", "/s", 1_000, start_execution_rate, at_least=True),
    Measure("durable transitions, 8 clients", "/s", 5_000, transition_rate, at_least=True),
)


def figures(peers: list[str]) -> list[Figure]:
    return side_by_side(_MEASURES, peers)
