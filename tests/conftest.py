"""
What every test may ask for: a database, a clock, and a whole platform (`world`).

Async tests run on uvloop as the server does. Nothing here is a stand-in: the store, the worker,
the front door and the sandboxes are the real ones; only the clock stands until it is moved.
"""

import asyncio
import inspect
import tempfile
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest
import uvloop

from lambent import registry
from lambent.core.clock import ManualClock
from lambent.core.settings import Settings
from lambent.platform import Context, Platform
from lambent.storage import migrations
from lambent.storage.database import Database
from lambent.storage.postgres import PostgresDatabase
from lambent.storage.sqlite import SqliteDatabase
from tests.postgres import PostgresServer

if TYPE_CHECKING:
    from lambent.server.app import App


# Properties have no deadline: the machine may be busy, and models are read on first use.
hypothesis.settings.register_profile("unhurried", deadline=None)
hypothesis.settings.load_profile("unhurried")


@pytest.fixture(autouse=True)
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        yield runner


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    names = pyfuncitem._fixtureinfo.argnames
    arguments = {name: pyfuncitem.funcargs[name] for name in names}
    pyfuncitem.funcargs["runner"].run(pyfuncitem.obj(**arguments))
    return True


@dataclass(frozen=True)
class World:
    """A platform in a folder of its own, and its clock."""

    app: "App"
    clock: ManualClock

    @property
    def platform(self) -> Platform:
        return self.app.platform

    @property
    def context(self) -> Context:
        return self.app.context()

    async def settle(self) -> None:
        """Do all that is due, and what follows from it."""
        await self.app.worker.settle()

    async def advance(self, seconds: float) -> None:
        """Move the clock; everything that falls due on the way is done, in order."""
        await self.app.worker.move_clock(seconds)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    # pytest's own folders belong to root alone, and the server runs as somebody else.
    with tempfile.TemporaryDirectory(prefix="lambent-postgres-") as folder:
        Path(folder).chmod(0o755)
        server = PostgresServer(Path(folder) / "server")
        yield server
        server.stop()


@pytest.fixture(params=["sqlite", "postgres"])
def database(
    request: pytest.FixtureRequest, runner: asyncio.Runner, tmp_path: Path
) -> Iterator[Database]:
    """The same promises, kept by both stores: empty, with the work table."""
    opened = _open_database(request, tmp_path)
    schemas = [migrations.schema_of(package) for package in registry.packages()]
    runner.run(opened.write(partial(migrations.create, schemas=schemas)))
    yield opened
    runner.run(opened.close())


def _open_database(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    if request.param == "sqlite":
        return SqliteDatabase(tmp_path / "lambent.db")
    server: PostgresServer = request.getfixturevalue("postgres")
    return PostgresDatabase(server.new_database(f"test_{uuid.uuid4().hex}"))


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return replace(Settings(), data=tmp_path / "data", drain_seconds=1.0)


@pytest.fixture
def world(runner: asyncio.Runner, settings: Settings, clock: ManualClock) -> Iterator[World]:
    from lambent.server.app import build

    app = runner.run(build(settings, clock))
    yield World(app, clock)
    runner.run(app.close())


@pytest.fixture
def context(world: World) -> Context:
    return world.context
