"""
How fast functions start and answer, against what the machine can do (the floor, in brackets).

`python -m benchmarks.sandbox`
"""

import asyncio
import statistics
import tempfile
import time
import uuid
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import uvloop

from lambent.core.clock import SystemClock
from lambent.runtime.api import FunctionVersion, Invocation, RuntimeSettings
from lambent.runtime.runtime import Runtime

ARN = "arn:aws:lambda:us-east-1:000000000000:function:measured"
PYTHON = "import boto3\ndef handler(event, context): return event\n"
PYTHON_CLIENT = "import boto3\ndef handler(event, context): boto3.client('sqs')\n"
SLEEPS = "import time\ndef handler(event, context): time.sleep(60)\n"
SLEEPS_A_SECOND = "import time\ndef handler(event, context): time.sleep(1)\n"
IMPORTS_MUCH = (
    "import boto3, sqlite3, asyncio, email, xml.dom.minidom\n"
    "held = list(range(300_000))\nclient = boto3.client('dynamodb')\n" + "{}"
)
CUSTOM = """#!/usr/bin/env -S python3 -S
import http.client, os
api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
while True:
    api.request("GET", "/2018-06-01/runtime/invocation/next")
    answer = api.getresponse()
    event, request_id = answer.read(), answer.getheader("Lambda-Runtime-Aws-Request-Id")
    api.request("POST", f"/2018-06-01/runtime/invocation/{request_id}/response", event)
    api.getresponse().read()
"""
NODE = "exports.handler = async (event) => event;"


RUNTIMES = {"app.js": "nodejs20.x", "app.py": "python3.11", "bootstrap": "provided.al2023"}


async def credentials(version: FunctionVersion) -> Mapping[str, str]:
    return {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_SESSION_TOKEN": "c"}


async def ship(batches: object) -> None: ...


def function(folder: Path, file: str, source: str, **configured: Any) -> FunctionVersion:
    code = folder / uuid.uuid4().hex
    code.mkdir(parents=True, mode=0o755)
    (code / file).write_text(source)
    (code / file).chmod(0o755)
    version = FunctionVersion(
        key=code.name,
        arn=ARN,
        function_name="measured",
        version="$LATEST",
        runtime=RUNTIMES[file],
        handler="app.handler",
        memory_size=256,
        timeout=30,
        ephemeral_storage=512,
        environment={},
        code=code,
        layers=(),
        log_group="/aws/lambda/measured",
        account="000000000000",
        region="us-east-1",
    )
    return replace(version, **configured)


async def timed(runtime: Runtime, version: FunctionVersion) -> float:
    started = time.perf_counter()
    await runtime.invoke(version, Invocation(str(uuid.uuid4()), b"{}", ARN))
    return (time.perf_counter() - started) * 1000


async def cold(runtime: Runtime, version: FunctionVersion, times: int) -> list[float]:
    taken = []
    for n in range(times):
        taken.append(await timed(runtime, replace(version, key=f"{version.key}-{n}")))
        await runtime.retire(f"{version.key}-{n}")
        await asyncio.sleep(0.15)
    return taken


def show(what: str, milliseconds: list[float], floor: str) -> None:
    ordered = sorted(milliseconds)
    print(
        f"{what:<58} median {statistics.median(ordered):8.2f} ms"
        f"   p99 {ordered[int(len(ordered) * 0.99)]:8.2f} ms   [{floor}]"
    )


async def measure(folder: Path) -> None:
    settings = RuntimeSettings(folder / "work", "http://127.0.0.1:4566", max_environments=2000)
    runtime = Runtime(settings, credentials, ship, SystemClock())
    for sentence in runtime.capabilities.missing:
        print(sentence)
    await runtime.warm("python3.11")
    await runtime.warm("nodejs20.x")
    await asyncio.sleep(3)
    python, node = function(folder, "app.py", PYTHON), function(folder, "app.js", NODE)
    show("Python, cold, boto3 imported", await cold(runtime, python, 50), "floor 5.7")
    client = function(folder, "app.py", PYTHON_CLIENT)
    show("Python, cold, and a boto3 client made", await cold(runtime, client, 20), "floor 17")
    show("Node.js, cold", await cold(runtime, node, 30), "floor 1.4")
    await timed(runtime, python)
    show("Python, warm", [await timed(runtime, python) for _ in range(5000)], "floor 0.09")
    await timed(runtime, node)
    show("Node.js, warm", [await timed(runtime, node) for _ in range(5000)], "floor 0.09")
    custom = function(folder, "bootstrap", CUSTOM)
    await timed(runtime, custom)
    show("Runtime API, warm", [await timed(runtime, custom) for _ in range(2000)], "aim 0.6")
    source = IMPORTS_MUCH.format(SLEEPS_A_SECOND)
    restored = await restorations(runtime, function(folder, "app.py", source, snap_start=True))
    show("Python, SnapStart, much imported, beyond its second", restored, "aim 10")
    sleeper = function(folder, "app.py", SLEEPS, timeout=1)
    beyond = [taken - 1000 for taken in await cold(runtime, sleeper, 5)]
    show("A time-out, beyond its second (cold start included)", beyond, "aim 25")
    await throughput(runtime, python)
    await burst(runtime, function(folder, "app.py", SLEEPS_A_SECOND, memory_size=128))
    await runtime.close()


async def restorations(runtime: Runtime, version: FunctionVersion) -> list[float]:
    """One after the other while those before still run, so that each needs a copy of its own."""
    await runtime.snapshot(version)
    running = []
    for _ in range(20):
        await asyncio.sleep(0.15)
        running.append(asyncio.ensure_future(timed(runtime, version)))
        if len(running) % 6 == 0:
            await asyncio.sleep(1)
            await runtime.retire(version.key)
            await runtime.snapshot(version)
    return [taken - 1000 for taken in await asyncio.gather(*running)]


async def throughput(runtime: Runtime, version: FunctionVersion) -> None:
    async def caller() -> None:
        for _ in range(1000):
            await timed(runtime, version)

    started = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(8)))
    rate = 8000 / (time.perf_counter() - started)
    print(f"{'Python, warm, 8 callers':<58} {rate:8.0f} a second   [floor 35000]")


async def burst(runtime: Runtime, version: FunctionVersion) -> None:
    count = 200
    started = time.perf_counter()
    await asyncio.gather(*(timed(runtime, version) for _ in range(count)))
    taken = time.perf_counter() - started
    alive = [each.pid for each in runtime.environments() if each.key == version.key]
    memory = statistics.mean(map(proportional_memory, alive)) / 1024
    print(f"{f'{count} at once that sleep a second':<58} {taken:8.2f} s")
    print(f"{f'Memory of each of {len(alive)} environments (PSS)':<58} {memory:8.1f} MB   [aim 15]")


def proportional_memory(pid: int) -> int:
    """KB of a process and its children, shared pages counted once."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    own = next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return own + sum(proportional_memory(int(child)) for child in children)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        uvloop.run(measure(Path(folder)))


if __name__ == "__main__":
    main()
