"""
Settings → platform → server; the only place where things are built.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from lambent import front_door, registry
from lambent.core.clock import Clock, SystemClock
from lambent.core.ids import new_uuid
from lambent.core.settings import Settings
from lambent.metrics import Figures, Metrics
from lambent.platform import Context, Platform, Principal
from lambent.runtime.api import FunctionVersion, LogBatch, RuntimeSettings
from lambent.runtime.runtime import Runtime
from lambent.server import identity
from lambent.server.function_credentials import FunctionCredentials
from lambent.server.hosts import OwnPages
from lambent.server.http import HttpServer
from lambent.server.pages import pages
from lambent.server.worker import Worker
from lambent.storage import facts, migrations
from lambent.storage.blobs import Blobs
from lambent.storage.database import Database, DataFolderUnusable, StoreFull, Tx
from lambent.storage.sqlite import SqliteDatabase
from lambent.traces import Recorded, Traces
from lambent.wire.messages import HttpReply, HttpRequest
from lambent.work import queue
from lambent.work.signals import Signals

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class App:
    """A platform that is put together, and what drives it."""

    platform: Platform
    runtime: Runtime
    worker: Worker
    http: HttpServer

    def context(self, account: str = "", region: str = "us-east-1") -> Context:
        """The context of somebody at the machine itself: the account's root user."""
        account = account or self.platform.settings.account_id
        principal = Principal(f"arn:aws:iam::{account}:root", account)
        return Context(self.platform, account, region, principal, new_uuid())

    async def close(self) -> None:
        await self.worker.stop(self.platform.settings.drain_seconds)
        self.platform.signals.end()
        await self.platform.runtime.close()
        await self.platform.metrics.close()
        await self.platform.traces.close()
        await self.platform.database.close()


async def build(settings: Settings, clock: Clock | None = None) -> App:
    """
    Open the store, make its tables, and put the platform together. Nothing runs yet.

    Raises DataFolderInUse and DataFolderUnusable.
    """
    # Sandboxes leave the folder that the server was started in.
    settings = replace(settings, data=settings.data.absolute())
    database = _open(settings)
    schemas = [migrations.schema_of(package) for package in registry.packages()]
    try:
        await database.write(partial(migrations.create, schemas=schemas))
    except DataFolderUnusable:
        await database.close()
        raise
    if clock is None:
        moved = await database.read(partial(facts.find_fact, name=facts.CLOCK_MOVED))
        clock = SystemClock(moved or 0.0)
    holder: list[App] = []
    runtime = Runtime(
        _runtime_settings(settings),
        credentials=FunctionCredentials(lambda version: _as_lambda(holder[0], version)),
        ship_logs=lambda batches: _ship_logs(holder[0], batches),
        clock=clock,
        receive_segment=lambda datagram: _receive_segment(holder[0], datagram),
    )
    platform = Platform(
        database=database,
        blobs=Blobs(settings.data / "blobs"),
        clock=clock,
        caller=front_door.call,
        runtime=runtime,
        settings=settings,
        signals=Signals(),
        check_signature=identity.check_signature,
        answer_here=lambda request: _answer_here(holder[0], request),
        metrics=Metrics(keep=lambda figures: _keep_figures(holder[0], figures)),
        traces=Traces(keep=lambda recorded: _keep_segments(holder[0], recorded)),
    )
    worker = Worker(platform, shared=bool(settings.store))
    database.announce = worker.announced
    own_pages = OwnPages(platform, pages(platform, worker, partial(_reset, platform)))
    app = App(platform, runtime, worker, HttpServer(platform, own_pages))
    holder.append(app)
    await database.write(queue.release)
    return app


def _open(settings: Settings) -> Database:
    if settings.store:
        # A slow import, for those who have several nodes.
        from lambent.storage.postgres import PostgresDatabase

        return PostgresDatabase(settings.store)
    return SqliteDatabase(settings.data / "lambent.db", durable=not settings.ephemeral)


def _runtime_settings(settings: Settings) -> RuntimeSettings:
    functions = settings.functions
    return RuntimeSettings(
        work_folder=settings.data / "runtime",
        endpoint_url=settings.endpoint_url,
        sandbox=functions.sandbox,
        network=functions.network,
        cpu=functions.cpu,
        idle_seconds=functions.environment_idle_seconds,
        drain_seconds=settings.drain_seconds,
        allow_runtime_substitution=functions.allow_runtime_substitution,
    )


def _as_lambda(app: App, what: FunctionVersion | LogBatch) -> Context:
    return app.context(what.account, what.region).acting_as("lambda.amazonaws.com")


async def _ship_logs(app: App, batches: list[LogBatch]) -> None:
    """Hand what functions wrote to the logs service, a batch a stream; all in one transaction."""
    await asyncio.gather(*(_ship_batch(app, batch) for batch in batches))


async def _ship_batch(app: App, batch: LogBatch) -> None:
    keep = registry.inner_operations("logs")["KeepLines"]
    place = {"LogGroup": batch.log_group, "LogStream": batch.log_stream}
    try:
        await keep(_as_lambda(app, batch), {**place, "Events": batch.events})
    except StoreFull:
        # Better lost than that functions wait until somebody makes room.
        _log.error("%d events of %s found no room", len(batch.events), batch.log_group)


async def _keep_figures(app: App, figures: Sequence[Figures]) -> None:
    """Hand what services have counted to the metrics service."""
    # Not through the front door, which would read the service's model for it.
    keep = registry.inner_operations("cloudwatch")["KeepFigures"]
    await keep(app.context(), {"Figures": figures})


async def _answer_here(app: App, request: HttpRequest) -> HttpReply:
    return await app.http.answer(request)


def _receive_segment(app: App, datagram: bytes) -> None:
    app.platform.traces.receive(datagram)


async def _keep_segments(app: App, recorded: Sequence[Recorded]) -> None:
    """Hand what services and functions have told of their work to the traces service."""
    keep = registry.inner_operations("xray")["KeepSegments"]
    await keep(app.context(), {"Recorded": recorded})


async def _reset(platform: Platform) -> None:
    """Empty every table; what runs is told to look again and finds nothing."""

    def empty(tx: Tx) -> None:
        for table in migrations.tables(tx):
            tx.execute(f"DELETE FROM {table}")

    await platform.database.write(empty)
    await asyncio.to_thread(platform.blobs.clear)
    platform.caches.clear()
    platform.metrics.forget()
    platform.traces.forget()
