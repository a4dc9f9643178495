"""
Runs a server until it is told to end: sockets, the ready line, SIGTERM.

SIGTERM lets what is in flight finish, for as long as the setting says, and takes nothing new.
"""

import asyncio
import gc
import signal
import socket
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import uvloop

from lambent.core.settings import Settings
from lambent.server.app import build
from lambent.server.connection import Connection
from lambent.storage.database import DataFolderInUse, DataFolderUnusable, StoreFull

# The committer's thread needs the interpreter for some microseconds after each sync; the default
# of 5 ms would let a busy event loop keep it waiting for so long.
_SWITCH_INTERVAL = 0.0005
# A client between two requests is kept for so long; SDKs keep their connections for a minute.
_QUIET_SECONDS = 75.0
_SWEEP_SECONDS = 5.0
_DRAIN_LOOK_SECONDS = 0.01
_BACKLOG = 4_096
# Objects, then collections of the younger generation.
_COLLECT_AFTER = (10_000, 20, 20)


class CannotServe(Exception):
    """A reason why the server does not start, as a sentence for the person who started it."""


def serve(settings: Settings, started: float) -> None:
    """Serve until SIGTERM or SIGINT. `started` is when the process began (`time.time()`)."""
    sys.setswitchinterval(_SWITCH_INTERVAL)
    if settings.ephemeral:
        with tempfile.TemporaryDirectory(prefix="lambent-") as folder:
            uvloop.run(_serve(replace(settings, data=Path(folder)), started))
    else:
        uvloop.run(_serve(settings, started))


async def _serve(settings: Settings, started: float) -> None:
    listener = _listen(settings)
    port = listener.getsockname()[1]
    try:
        app = await build(replace(settings, port=port))
    except (DataFolderInUse, DataFolderUnusable, StoreFull) as error:
        raise CannotServe(str(error)) from error
    for sentence in app.runtime.capabilities.missing:
        print(f"Lambent: {sentence}", file=sys.stderr, flush=True)
    app.worker.start()
    ended = _end_by_signal()
    connections: set[Connection] = set()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: Connection(app.http.answer, connections), sock=listener, backlog=_BACKLOG
    )
    sweeping = loop.create_task(_sweep(connections, settings.stall_seconds))
    # What is there now stays: the collector need not look through it again and again. And most of
    # what a request makes is gone before it would look at that.
    gc.freeze()
    gc.set_threshold(*_COLLECT_AFTER)
    took = (time.time() - started) * 1000
    print(f"Lambent ready on {app.platform.settings.endpoint_url} ({took:.0f} ms)", flush=True)
    await ended.wait()
    sweeping.cancel()
    server.close()
    # Long polls answer now: their clients would otherwise hold the drain up.
    app.platform.signals.end()
    await _drain(connections, settings.drain_seconds)
    await app.close()


def _end_by_signal() -> asyncio.Event:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    return ended


async def _sweep(connections: set[Connection], stall_seconds: float) -> None:
    """End the connections that ask nothing for long, or stop in the middle of something."""
    pause = min(_SWEEP_SECONDS, stall_seconds / 2)
    while True:
        await asyncio.sleep(pause)
        for connection in list(connections):
            connection.end_if_still(_QUIET_SECONDS, stall_seconds)


async def _drain(connections: set[Connection], seconds: float) -> None:
    """Let what is being answered end, for so long."""
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    for connection in list(connections):
        connection.end()
    while connections and loop.time() < until:
        await asyncio.sleep(_DRAIN_LOOK_SECONDS)
    for connection in list(connections):
        connection.abandon()


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        raise CannotServe(
            f"cannot listen on {settings.host}:{settings.port}: {error.strerror};"
            " --port names another port, 0 takes a free one"
        ) from error
    listener.listen(_BACKLOG)
    listener.setblocking(False)
    return listener
