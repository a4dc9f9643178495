"""
The platform from outside: start, memory, queue, functions, workflows, through raw HTTP.

The same work on each server, one after the other, in one run on one machine.
"""

import io
import json
import statistics
import time
import zipfile
from collections.abc import Callable
from typing import Any

import boto3
from botocore.config import Config

from benchmarks import load, servers
from benchmarks.figures import Figure
from benchmarks.servers import Server

CLIENTS = 8
_TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": ["lambda.amazonaws.com", "states.amazonaws.com"]},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)
_PASS_STATES = json.dumps(
    {
        "StartAt": "S1",
        "States": {
            f"S{n}": {"Type": "Pass", **({"End": True} if n == 5 else {"Next": f"S{n + 1}"})}
            for n in range(1, 6)
        },
    }
)
_CODE = "import boto3\ndef handler(event, context):\n    return event\n"
_EVENT = b'{"hello": "world"}'

Measure = Callable[[Server], float]


def client(server: Server, service: str) -> Any:
    config = Config(retries={"total_max_attempts": 1}, read_timeout=60)
    return boto3.client(
        service,
        endpoint_url=server.url,
        region_name="us-east-1",
        aws_access_key_id="bench",
        aws_secret_access_key="bench",
        config=config,
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


def _role(server: Server) -> str:
    iam = client(server, "iam")
    try:
        arn: str = iam.get_role(RoleName="bench")["Role"]["Arn"]
    except iam.exceptions.NoSuchEntityException:
        arn = iam.create_role(RoleName="bench", AssumeRolePolicyDocument=_TRUST)["Role"]["Arn"]
    return arn


def _function(server: Server, name: str) -> None:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        archive.writestr("index.py", _CODE)
    functions = client(server, "lambda")
    functions.create_function(
        FunctionName=name,
        Runtime="python3.11",
        Handler="index.handler",
        Role=_role(server),
        Code={"ZipFile": body.getvalue()},
        MemorySize=512,
        Timeout=30,
    )
    functions.get_waiter("function_active_v2").wait(
        FunctionName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60}
    )


def _invoke_request(server: Server, name: str) -> bytes:
    """A prepared call; raises AssertionError when the server does not really run the function."""
    reply = client(server, "lambda").invoke(FunctionName=name, Payload=_EVENT)["Payload"].read()
    assert json.loads(reply) == json.loads(_EVENT), f"answered {reply[:60]!r}"
    return _invoke(server, name)


def _invoke(server: Server, name: str) -> bytes:
    path = f"/2015-03-31/functions/{name}/invocations"
    return load.http("POST", path, server.port, "lambda", {}, _EVENT)


def cold_start_ms(server: Server) -> float:
    """The first invoke of each of some functions, the first of all left out."""
    times = []
    for number in range(12):
        _function(server, f"cold{number}")
        request = _invoke(server, f"cold{number}")
        done = load.run(server.port, 1, 1, lambda n: request)  # noqa: B023 - called at once
        assert json.loads(done.bodies[0]) == json.loads(_EVENT), f"answered {done.bodies[0]!r}"
        times.append(done.seconds[0] * 1000)
    return statistics.median(times[2:])


def warm_invoke_ms(server: Server) -> float:
    _function(server, "warm")
    request = _invoke_request(server, "warm")
    return load.run(server.port, 1, 500, lambda n: request, warm_up=20).median_ms


def invoke_rate(server: Server) -> float:
    request = _invoke_request(server, "warm")
    load.run(server.port, CLIENTS, 200, lambda n: request)
    return load.run(server.port, CLIENTS, 6_000, lambda n: request).rate


def _machine(server: Server) -> str:
    made = client(server, "stepfunctions").create_state_machine(
        name=f"bench{time.time_ns()}", definition=_PASS_STATES, roleArn=_role(server)
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


# What is measured, its unit, its target, and whether more is better. The order matters: a server
# is idle before anything is asked of it.
_MEASURES: tuple[tuple[str, str, float, bool, Measure], ...] = (
    ("start to first answer", "s", 0.3, False, start_seconds),
    ("idle memory of the process tree", "MB", 100, False, idle_memory),
    ("SQS SendMessage, 8 clients", "/s", 5_000, True, send_message_rate),
    ("cold start, boto3 imported", "ms", 20, False, cold_start_ms),
    ("warm invoke", "ms", 1.5, False, warm_invoke_ms),
    ("warm invokes, 8 clients", "/s", 1_500, True, invoke_rate),
    ("five Pass states, start to SUCCEEDED", "ms", 10, False, execution_ms),
    ("StartExecution, 8 clients", "/s", 1_000, True, start_execution_rate),
    ("durable transitions, 8 clients", "/s", 5_000, True, transition_rate),
)


def figures(peers: list[str]) -> list[Figure]:
    measured = {name: _measure(name) for name in ["lambent", *peers]}
    return [
        Figure(
            name,
            unit,
            measured["lambent"][name],
            target,
            at_least,
            {peer: measured[peer][name] for peer in peers if name in measured[peer]},
        )
        for name, unit, target, at_least, _ in _MEASURES
    ]


def _measure(server_name: str) -> dict[str, float]:
    values = {}
    with servers.running(server_name) as server:
        for name, unit, _, _, measure in _MEASURES:
            try:
                values[name] = measure(server)
            except Exception as error:
                if server_name == "lambent":
                    raise
                # A peer that cannot do the work (moto runs functions in Docker) has no figure.
                print(f"   {server_name}: {name}: {type(error).__name__}: {str(error)[:100]}")
            else:
                print(f"   {server_name}: {name}: {values[name]:.2f} {unit}", flush=True)
    return values
