"""
Runs a server until it is told to end: sockets, the ready line, SIGTERM.

SIGTERM lets what is in flight finish, for as long as the setting says, and takes nothing new.
"""

import asyncio
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import uvicorn
import uvloop

from lambent.core.settings import Settings
from lambent.server.app import App, build
from lambent.storage.database import DataFolderInUse, DataFolderUnusable

# The committer's thread needs the interpreter for some microseconds after each sync; the default
# of 5 ms would let a busy event loop keep it waiting for so long.
_SWITCH_INTERVAL = 0.0005


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
    except (DataFolderInUse, DataFolderUnusable) as error:
        raise CannotServe(str(error)) from error
    config = uvicorn.Config(
        app.http,
        loop="none",
        http="httptools",
        lifespan="off",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=int(settings.drain_seconds),
    )
    for sentence in app.runtime.capabilities.missing:
        print(f"Lambent: {sentence}", file=sys.stderr, flush=True)
    server = _Server(config, app, started)
    app.worker.start()
    await server.serve(sockets=[listener])
    await app.close()


class _Server(uvicorn.Server):
    """uvicorn's server, with our ready line and our order of ending."""

    def __init__(self, config: uvicorn.Config, app: App, started: float) -> None:
        super().__init__(config)
        self._app = app
        self._started = started

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        # uvicorn's own would end the process by the signal before the platform is closed.
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        took = (time.time() - self._started) * 1000
        url = self._app.platform.settings.endpoint_url
        print(f"Lambent ready on {url} ({took:.0f} ms)", flush=True)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # Long polls answer now: their clients would otherwise hold the drain up.
        self._app.platform.signals.end()
        await super().shutdown(sockets=sockets)


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        raise CannotServe(
            f"cannot listen on {settings.host}:{settings.port}: {error.strerror}"
        ) from error
    listener.listen(4096)
    listener.setblocking(False)
    return listener
