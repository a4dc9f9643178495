"""
A hundred thousand executions that wait: their room, their lists, a crash among them, and silence.

Ours alone: what the peers keep, they keep in memory, and lose.
"""

import json
import os
import shutil
import signal
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks import load, servers
from benchmarks.figures import Figure
from benchmarks.servers import Server
from benchmarks.stepfunctions import CLIENTS, call, machine, single, start_request

_EXECUTIONS = 100_000
_IDLE_SECONDS = 5.0
# What one run of the load gives at most, since it ends when it takes too long.
_AT_ONCE = 5_000


def start_many(server: Server, arn: str) -> float:
    """Starts a second."""
    start = start_request(server, arn, {"n": 1})
    began = time.perf_counter()
    left = _EXECUTIONS
    while left:
        left -= len(load.run(server.port, CLIENTS, min(left, _AT_ONCE), lambda n: start).bodies)
    return _EXECUTIONS / (time.perf_counter() - began)


def store_megabytes(folder: str) -> float:
    return sum(file.stat().st_size for file in Path(folder).rglob("*") if file.is_file()) / 1e6


def page_ms(server: Server, **asked: Any) -> float:
    body = json.dumps({"statusFilter": "RUNNING", **asked}).encode()
    page = load.json_call(server.port, "states", "AWSStepFunctions.ListExecutions", body)
    return load.run(server.port, 1, 50, lambda n: page).median_ms


def last_page_ms(server: Server, arn: str) -> float:
    """Of the pages of a thousand that there are, the one at the end."""
    token: dict[str, str] = {}
    asked: dict[str, Any] = {"stateMachineArn": arn, "maxResults": 1_000}
    while True:
        page = call(server, "ListExecutions", {**asked, **token})
        if "nextToken" not in page:
            return page_ms(server, **{**asked, "maxResults": 100}, **token)
        token = {"nextToken": page["nextToken"]}


def idle_share(server: Server) -> float:
    """Of a processor, in percent."""
    before = server.processor_seconds()
    time.sleep(_IDLE_SECONDS)
    return (server.processor_seconds() - before) / _IDLE_SECONDS * 100


def figures(peers: list[str]) -> list[Figure]:
    folder = tempfile.mkdtemp(prefix="bench-waiting-")
    try:
        with servers.running("lambent", folder) as server:
            arn = machine(server, single({"Type": "Wait", "Seconds": 86_400}))
            rate = start_many(server, arn)
            size = store_megabytes(folder)
            first, last = page_ms(server, stateMachineArn=arn), last_page_ms(server, arn)
            idle = idle_share(server)
            os.killpg(server.pid, signal.SIGKILL)
        with servers.running("lambent", folder) as server:
            again = server.started_in
            after = page_ms(server, stateMachineArn=arn)
            memory = server.memory()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return [
        Figure("starts of executions that wait, 8 clients", "/s", rate, 1_000, True),
        Figure(f"the store with {_EXECUTIONS:,} that wait", "MB", size, 1_000),
        Figure("  the first page of them", "ms", first, 10),
        Figure("  the last page of them", "ms", last, 10),
        Figure("  a processor's time while they wait", "%", idle, 2),
        Figure("  start to first answer after kill -9", "s", again, 3),
        Figure("  the first page then", "ms", after, 10),
        Figure("  the server's memory then", "MB", memory, 200),
    ]


def main() -> None:
    for figure in figures([]):
        print(figure.line())


if __name__ == "__main__":
    main()
