"""What the benchmarks make on a server: boto3's clients, a role, and functions."""

import io
import json
import time
import zipfile
from typing import Any

import boto3
from botocore.config import Config

from benchmarks import load
from benchmarks.servers import Server

EVENT = b'{"hello": "world"}'
ECHO = "import boto3\ndef handler(event, context):\n    return event\n"
# A sandbox is made ahead again in less.
PAUSE = 0.3
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


def role(server: Server) -> str:
    """One that functions and state machines may act as."""
    iam = client(server, "iam")
    try:
        arn: str = iam.get_role(RoleName="bench")["Role"]["Arn"]
    except iam.exceptions.NoSuchEntityException:
        arn = iam.create_role(RoleName="bench", AssumeRolePolicyDocument=_TRUST)["Role"]["Arn"]
    return arn


def new_function(
    server: Server,
    name: str,
    code: str = ECHO,
    runtime: str = "python3.11",
    timeout: int = 30,
    memory: int = 128,
) -> None:
    """Make one, and wait until it is active without waiting a second."""
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("index.py" if runtime.startswith("python") else "index.js", code)
    functions = client(server, "lambda")
    functions.create_function(
        FunctionName=name,
        Runtime=runtime,
        Handler="index.handler",
        Role=role(server),
        Code={"ZipFile": package.getvalue()},
        MemorySize=memory,
        Timeout=timeout,
    )
    until = time.perf_counter() + 60
    while functions.get_function_configuration(FunctionName=name)["State"] == "Pending":
        if time.perf_counter() > until:
            raise TimeoutError(f"{name} stays pending")
        time.sleep(0.005)


def invocation(server: Server, name: str) -> bytes:
    path = f"/2015-03-31/functions/{name}/invocations"
    return load.http("POST", path, server.port, "lambda", {}, EVENT)


def checked_invocation(server: Server, name: str) -> bytes:
    """The same; raises AssertionError when the server does not really run the function."""
    reply = client(server, "lambda").invoke(FunctionName=name, Payload=EVENT)["Payload"].read()
    assert json.loads(reply) == json.loads(EVENT), f"answered {reply[:60]!r}"
    return invocation(server, name)


def seconds_of_one(server: Server, name: str) -> float:
    request = invocation(server, name)
    done = load.run(server.port, 1, 1, lambda n: request)
    assert json.loads(done.bodies[0]) == json.loads(EVENT), f"answered {done.bodies[0][:200]!r}"
    return done.seconds[0]


def cold_times(
    server: Server,
    prefix: str,
    count: int,
    code: str = ECHO,
    runtime: str = "python3.11",
    memory: int = 128,
) -> list[float]:
    """Milliseconds of the first invoke of each of some functions, the first two left out."""
    times = []
    for number in range(count):
        name = f"{prefix}{number}"
        new_function(server, name, code, runtime, memory=memory)
        time.sleep(PAUSE)
        times.append(seconds_of_one(server, name) * 1000)
    return times[2:]
