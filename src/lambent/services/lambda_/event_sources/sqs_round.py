"""
One round of polling: from the first message until the queue has no more.

Several batches are with the function at a time. Another begins whenever one was full, up to a
bound that grows while the round lasts and falls when the function is throttled.
"""

import asyncio
import logging
import os
from dataclasses import replace

from lambent.core.errors import AwsError
from lambent.core.ids import new_uuid
from lambent.platform import Context
from lambent.services.lambda_ import invokables, invoking, lineage, metrics, running
from lambent.services.lambda_.event_sources import batches, store
from lambent.services.lambda_.event_sources.filters import compile_filters
from lambent.services.lambda_.event_sources.memory import Remembered
from lambent.services.lambda_.event_sources.records import Batch, EventSourceMapping, Received
from lambent.services.lambda_.event_sources.sqs_queue import SourceQueue
from lambent.storage.database import Tx

_log = logging.getLogger(__name__)

# Environments are processes: beyond so many a core they only hinder one another.
_BATCHES_PER_CORE = 64
# AWS: a provisioned poller has up to ten batches with the function.
_BATCHES_PER_POLLER = 10


class Round:
    def __init__(
        self,
        context: Context,
        mapping: EventSourceMapping,
        queue: SourceQueue,
        visibility: int,
        window: int,
        remembered: Remembered,
    ) -> None:
        self._context = context
        self._mapping = mapping
        self._queue = queue
        self._visibility = visibility
        self._window = window
        self._remembered = remembered
        self._matches = compile_filters(mapping.settings.get("FilterCriteria"), "body")
        self._pollers = 0
        self._with_function = 0
        self._first, self._most = _bounds(mapping)
        self._grows_since = context.clock.now()
        # AWS: what happens to events is counted where the mapping asks for it.
        asked = (mapping.settings.get("MetricsConfig") or {}).get("Metrics") or ()
        place = mapping.account, mapping.region, mapping.id
        self._counted = metrics.of_mapping(*place) if "EventCount" in asked else None

    def _count(self, metric: str, events: int) -> None:
        if self._counted is not None and events:
            now = self._context.clock.now()
            self._context.platform.metrics.sheet(self._counted, now)[metric].append(float(events))

    async def run(self) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                self._group = group
                self._begin()
        except* AwsError as errors:
            # The queue is gone, or the role may not read it any more.
            _log.warning("%s is not read: %s", self._mapping.arn, errors.exceptions[0])
            self._remembered.pause(self._context.clock.now())

    def _begin(self) -> None:
        self._pollers += 1
        self._group.create_task(self._hand_over_all())

    async def _hand_over_all(self) -> None:
        """One poller: a batch after the other, until there are no more."""
        try:
            while await self._may_go_on():
                batch = await self._next_batch()
                if batch is None:
                    return
                if not self._has_room(batch) and self._pollers < self._most_at_once():
                    self._begin()
                await self._hand_over(batch)
        finally:
            self._pollers -= 1

    async def _may_go_on(self) -> bool:
        """Whether the mapping is as it was, nobody is throttled and the server is not ending."""
        now = self._context.clock.now()
        if self._context.platform.signals.ended or now < self._remembered.paused_until:
            return False
        if self._pollers > self._most_at_once():
            return False
        current = await self._context.db.read(self._find_mapping)
        return current is not None and current.revision == self._mapping.revision

    def _find_mapping(self, tx: Tx) -> EventSourceMapping | None:
        mapping = self._mapping
        return store.find_mapping(tx, mapping.account, mapping.region, mapping.id)

    async def _next_batch(self) -> Batch | None:
        """Messages for the function; None while there are none, or not enough of them."""
        now = self._context.clock.now()
        batch = self._waiting_batch(now)
        while batch is None or (self._has_room(batch) and now < batch.due):
            room = self._mapping.batch_size - (len(batch.messages) if batch else 0)
            received = await self._queue.receive(room)
            if not received:
                break
            self._count("PolledEventCount", len(received))
            if batch is None:
                batch = Batch((), now + self._window, now + self._visibility)
            batch, *further = batches.added(batch, await self._wanted(received))
            if further:
                await self._keep(further, now)
                return batch
            if not batch.messages:
                batch = None
        if batch is not None and self._has_room(batch) and now < batch.due:
            self._remembered.waiting.append(batch)
            return None
        return batch

    def _waiting_batch(self, now: float) -> Batch | None:
        waiting = self._remembered.waiting
        while waiting:
            batch = waiting.pop(0)
            # What is lost is visible again: whoever receives it next has it.
            if now < batch.lost:
                return batch
        return None

    async def _wanted(self, received: list[Received]) -> list[Received]:
        """What the filters let through. AWS: the rest is deleted."""
        if self._matches is None:
            return received
        wanted = [message for message in received if self._matches(message.record)]
        unwanted = [message for message in received if message not in wanted]
        self._count("FilteredOutEventCount", len(unwanted))
        await self._queue.delete(unwanted)
        return wanted

    async def _keep(self, further: list[Batch], now: float) -> None:
        """Batches that came with one that is full by its bytes."""
        if self._queue.is_fifo:
            # In order: not before the first has ended.
            await self._queue.give_back([one for batch in further for one in batch.messages])
        else:
            self._remembered.waiting += [replace(batch, due=now) for batch in further]

    async def _hand_over(self, batch: Batch) -> None:
        mapping = self._mapping
        self._with_function += 1
        self._count("InvokedEventCount", len(batch.messages))
        try:
            target = await invokables.get_target(self._context, mapping.function_arn, None)
            trace = lineage.joined(batches.trace_headers(batch))
            asked = invoking.Asked(new_uuid(), batches.payload(batch), trace_header=trace)
            result, _ = await running.run(self._context, target, asked, limited=False)
        except AwsError:
            self._with_function -= 1
            self._count("FailedInvokeEventCount", len(batch.messages))
            self._refused(batch)
            return
        self._with_function -= 1
        self._remembered.go_on()
        ids = [message.id for message in batch.messages]
        failed = batches.failed_ids(result, ids, reports_failures=mapping.reports_failures)
        self._count("FailedInvokeEventCount", len(failed))
        done = [one for one in batch.messages if one.id not in failed]
        await self._queue.delete(done)
        self._count("DeletedEventCount", len(done))

    def _refused(self, batch: Batch) -> None:
        """Throttled, or not ready: with fewer batches at a time, and after a while if with none."""
        now = self._context.clock.now()
        self._remembered.waiting.append(replace(batch, due=now))
        self._first, self._grows_since = max(1, self._with_function), now
        if not self._with_function:
            self._remembered.pause(now)

    def _has_room(self, batch: Batch) -> bool:
        return batches.has_room(batch, self._mapping.batch_size)

    def _most_at_once(self) -> int:
        growing_for = self._context.clock.now() - self._grows_since
        return batches.most_at_once(self._first, growing_for, self._most)


def _bounds(mapping: EventSourceMapping) -> tuple[int, int]:
    """How many batches at first, and at most."""
    machine = (os.cpu_count() or 1) * _BATCHES_PER_CORE
    pollers = mapping.settings.get("ProvisionedPollerConfig") or {}
    first = pollers.get("MinimumPollers", 0) * _BATCHES_PER_POLLER or batches.FIRST_BATCHES
    most = mapping.maximum_concurrency or batches.MOST_BATCHES
    if "MaximumPollers" in pollers:
        most = pollers["MaximumPollers"] * _BATCHES_PER_POLLER
    most = min(most, batches.MOST_BATCHES, machine)
    return min(first, most), most
