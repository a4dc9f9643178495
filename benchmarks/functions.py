"""
Functions at their scale: many at once, many alive, cold and late.

Everything goes over raw HTTP but what only the machine knows: memory by `/proc`, and how long a
process outlives its time-out.
"""

import io
import statistics
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

from benchmarks import load, servers
from benchmarks.figures import Figure
from benchmarks.server import _role, client
from benchmarks.servers import Server

CLIENTS = 8
_ECHO = "import boto3\ndef handler(event, context):\n    return event\n"
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
# A sandbox is made ahead again in less.
_PAUSE = 0.3


def new_function(
    server: Server, name: str, code: str, runtime: str = "python3.11", timeout: int = 30
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
        Role=_role(server),
        Code={"ZipFile": package.getvalue()},
        Timeout=timeout,
    )
    while functions.get_function_configuration(FunctionName=name)["State"] == "Pending":
        time.sleep(0.005)


def invocation(server: Server, name: str) -> bytes:
    path = f"/2015-03-31/functions/{name}/invocations"
    return load.http("POST", path, server.port, "lambda", {}, b'{"hello": "world"}')


def seconds_of_one(server: Server, name: str) -> float:
    request = invocation(server, name)
    done = load.run(server.port, 1, 1, lambda n: request)
    assert b"errorMessage" not in done.bodies[0], done.bodies[0]
    return done.seconds[0]


def cold_ms(server: Server, prefix: str, code: str, runtime: str = "python3.11") -> float:
    """The first invoke of each of some functions, the first two of all left out."""
    times = []
    for number in range(_COLD):
        name = f"{prefix}{number}"
        new_function(server, name, code, runtime)
        time.sleep(_PAUSE)
        times.append(seconds_of_one(server, name) * 1000)
    return statistics.median(times[2:])


def cold_start_ms(server: Server) -> float:
    return cold_ms(server, "cold", _ECHO)


def cold_node_ms(server: Server) -> float:
    return cold_ms(server, "node", _NODE, runtime="nodejs20.x")


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
        time.sleep(_PAUSE)
        times.append(seconds_of_one(server, f"{name}%3A1") * 1000)
    return statistics.median(times[1:])


def _wait(server: Server, waiter: str, **named: str) -> None:
    config = {"Delay": 1, "MaxAttempts": 60}
    client(server, "lambda").get_waiter(waiter).wait(**named, WaiterConfig=config)


def warm_ms(server: Server) -> float:
    new_function(server, "warm", _ECHO)
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
    for _ in range(8):
        began = time.perf_counter()
        load.run(server.port, 1, 1, lambda n: request)
        while _stubborn_ones():
            pass
        # The time of a function begins once its environment is there.
        times.append((time.perf_counter() - began - 1) * 1000)
    return statistics.median(times[1:])


def _stubborn_ones() -> list[Path]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if b"977.5" in (entry / "cmdline").read_bytes():
                    found.append(entry)
            except OSError:
                continue
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
    new_function(server, "alive0", _ECHO)
    seconds_of_one(server, "alive0")
    time.sleep(3)
    first = server.memory()
    for number in range(1, _ALIVE):
        new_function(server, f"alive{number}", _ECHO)
        seconds_of_one(server, f"alive{number}")
    time.sleep(1)
    return (server.memory() - first) / (_ALIVE - 1)


Measure = Callable[[Server], float]
# What is measured, its unit, its target, and whether more is better; each group on a new server.
_MEASURES: tuple[tuple[tuple[str, str, float, bool, Measure], ...], ...] = (
    (
        ("cold start, Python with boto3", "ms", 12, False, cold_start_ms),
        ("cold start, Node.js", "ms", 15, False, cold_node_ms),
        ("SnapStart, much imported", "ms", 10, False, restored_ms),
        ("warm invoke", "ms", 0.6, False, warm_ms),
        (f"warm invokes, {CLIENTS} clients", "/s", 4_000, True, warm_rate),
        (f"p99 of warm invokes, {CLIENTS} clients", "ms", 15, False, warm_p99_ms),
        ("a time-out's whole tree, beyond its time", "ms", 25, False, overtime_ms),
    ),
    (
        (f"{_AT_ONCE:,} at once that sleep a second", "s", 4, False, seconds_of_many),
        ("the same, environments at hand", "s", 4, False, seconds_of_many_again),
    ),
    ((f"memory of each of {_ALIVE} functions", "MB", 15, False, memory_of_each),),
)


def figures(peers: list[str]) -> list[Figure]:
    """Peers that run functions in Docker have none of these."""
    found = []
    for group in _MEASURES:
        with servers.running("lambent") as server:
            for name, unit, target, at_least, measure in group:
                value = measure(server)
                print(f"   {name}: {value:.2f} {unit}", flush=True)
                found.append(Figure(name, unit, value, target, at_least))
    return [*found, *_of_event_sources(peers)]


def _of_event_sources(peers: list[str]) -> list[Figure]:
    from benchmarks import event_sources

    return event_sources.figures(peers)


def main() -> None:
    for figure in figures([]):
        print(figure.line())


if __name__ == "__main__":
    main()
