"""
Functions at their scale: many at once, many alive, cold and late.

Everything goes over raw HTTP but what only the machine knows: memory by `/proc`, and how long a
process outlives its time-out.
"""

import os
import select
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from benchmarks import load
from benchmarks.clients import (
    PAUSE,
    client,
    cold_times,
    invocation,
    new_function,
    seconds_of_one,
)
from benchmarks.figures import Figure
from benchmarks.measures import Measure, side_by_side
from benchmarks.servers import Server

CLIENTS = 8
_SLEEPER = "import time\ndef handler(event, context):\n    time.sleep(1)\n"
# Grandchildren in sessions of their own; the number is how they are found again.
_STUBBORN = """
import os, subprocess, time
def handler(event, context):
    for number in range(5):
        subprocess.Popen(["sleep", "977.5"], start_new_session=True)
    time.sleep(900)
"""
_NODE = "exports.handler = async (event) => event;\n"
_IMPORTS_MUCH = (
    "import boto3, sqlite3, asyncio, email, xml.dom.minidom\n"
    "held = list(range(300_000))\n"
    "client = boto3.client('dynamodb')\n"
    "def handler(event, context):\n    return event\n"
)
_ALIVE = 500
_AT_ONCE = 1_000
_COLD = 30


def cold_start_ms(server: Server) -> float:
    return statistics.median(cold_times(server, "cold", _COLD))


def cold_node_ms(server: Server) -> float:
    return statistics.median(cold_times(server, "node", _COLD, _NODE, "nodejs20.x"))


def restored_ms(server: Server) -> float:
    """SnapStart: each of some versions is a snapshot, and its first invoke starts a copy."""
    functions = client(server, "lambda")
    times = []
    for number in range(10):
        name = f"snap{number}"
        # AWS: SnapStart is for Python 3.12 and later.
        new_function(server, name, _IMPORTS_MUCH, "python3.12")
        functions.update_function_configuration(
            FunctionName=name, SnapStart={"ApplyOn": "PublishedVersions"}
        )
        _wait(server, "function_updated_v2", FunctionName=name)
        functions.publish_version(FunctionName=name)
        _wait(server, "published_version_active", FunctionName=name, Qualifier="1")
        time.sleep(PAUSE)
        times.append(seconds_of_one(server, f"{name}%3A1") * 1000)
    return statistics.median(times[1:])


def _wait(server: Server, waiter: str, **named: str) -> None:
    config = {"Delay": 1, "MaxAttempts": 60}
    client(server, "lambda").get_waiter(waiter).wait(**named, WaiterConfig=config)


def warm_ms(server: Server) -> float:
    new_function(server, "warm")
    request = invocation(server, "warm")
    return load.run(server.port, 1, 2_000, lambda n: request, warm_up=50).median_ms


def _under_load(server: Server) -> load.Load:
    request = invocation(server, "warm")
    load.run(server.port, CLIENTS, 400, lambda n: request)
    return load.run(server.port, CLIENTS, 20_000, lambda n: request)


def warm_rate(server: Server) -> float:
    return _under_load(server).rate


def warm_p99_ms(server: Server) -> float:
    return _under_load(server).p99_ms


def overtime_ms(server: Server) -> float:
    """From when a function's time is up until its caller has the error and nothing of it runs."""
    new_function(server, "late", _STUBBORN, timeout=1)
    request = invocation(server, "late")
    times = []
    with ThreadPoolExecutor() as threads:
        for _ in range(8):
            began = time.perf_counter()
            invoked = threads.submit(load.run, server.port, 1, 1, lambda n: request)
            # Looking through all processes takes longer than ending these.
            time.sleep(0.5)
            stubborn = _stubborn_ones()
            assert stubborn
            invoked.result()
            for each in stubborn:
                select.select([each], [], [])
                os.close(each)
            # The time of a function begins once its environment is there.
            times.append((time.perf_counter() - began - 1) * 1000)
    return statistics.median(times[1:])


def _stubborn_ones() -> list[int]:
    """Descriptors that can be read when their processes have ended."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                if b"977.5" in (entry / "cmdline").read_bytes():
                    found.append(os.pidfd_open(int(entry.name)))
    return found


def seconds_of_many(server: Server) -> float:
    """A thousand invokes at once, none of which finds an environment, until the last has ended."""
    new_function(server, "sleeps", _SLEEPER)
    request = invocation(server, "sleeps")
    time.sleep(1)
    done = load.run(server.port, _AT_ONCE, _AT_ONCE, lambda n: request)
    bodies = set(done.bodies)
    assert bodies == {b"null"}, bodies
    assert len(done.bodies) == _AT_ONCE, len(done.bodies)
    return done.total


def seconds_of_many_again(server: Server) -> float:
    """The same once more: now there are environments."""
    request = invocation(server, "sleeps")
    return load.run(server.port, _AT_ONCE, _AT_ONCE, lambda n: request).total


def memory_of_each(server: Server) -> float:
    """What a function with an environment of its own adds, pages that are shared counted once."""
    new_function(server, "alive0")
    seconds_of_one(server, "alive0")
    time.sleep(3)
    first = server.memory()
    for number in range(1, _ALIVE):
        new_function(server, f"alive{number}")
        seconds_of_one(server, f"alive{number}")
    time.sleep(1)
    return (server.memory() - first) / (_ALIVE - 1)


# Each group on a new server.
_GROUPS = (
    (
        Measure("cold start, Python with boto3", "ms", 12, cold_start_ms),
        Measure("cold start, Node.js", "ms", 15, cold_node_ms),
        Measure("SnapStart, much imported", "ms", 10, restored_ms),
        Measure("warm invoke", "ms", 0.6, warm_ms),
        Measure(f"warm invokes, {CLIENTS} clients", "/s", 4_000, warm_rate, at_least=True),
        Measure(f"p99 of warm invokes, {CLIENTS} clients", "ms", 15, warm_p99_ms),
        Measure("a time-out's whole tree, beyond its time", "ms", 25, overtime_ms),
    ),
    (
        Measure(f"{_AT_ONCE:,} at once that sleep a second", "s", 4, seconds_of_many),
        Measure("the same, environments at hand", "s", 4, seconds_of_many_again),
    ),
    (Measure(f"memory of each of {_ALIVE} functions", "MB", 15, memory_of_each),),
)


def figures(peers: list[str]) -> list[Figure]:
    """Peers that run functions in Docker have none of these."""
    found = [figure for group in _GROUPS for figure in side_by_side(group)]
    return [*found, *_of_event_sources(peers)]


def _of_event_sources(peers: list[str]) -> list[Figure]:
    from benchmarks import event_sources

    return event_sources.figures(peers)


def main() -> None:
    for figure in figures([]):
        print(figure.line())


if __name__ == "__main__":
    main()
