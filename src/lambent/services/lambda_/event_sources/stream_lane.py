"""
One lane of a shard: its records in order, batch after batch, each until it is done or given up.

What is done is written down after each batch; whoever forgets the rest reads it again.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from itertools import takewhile
from typing import Any

from lambent.core.errors import AwsError
from lambent.core.ids import new_uuid, uuid_from
from lambent.platform import Context
from lambent.runtime.api import InvocationResult
from lambent.services.lambda_ import invokables, invoking, metrics, running
from lambent.services.lambda_.event_sources import (
    positions,
    store,
    stream_batches,
    stream_windows,
)
from lambent.services.lambda_.event_sources.filters import compile_filters
from lambent.services.lambda_.event_sources.memory import LaneState
from lambent.services.lambda_.event_sources.positions import Position
from lambent.services.lambda_.event_sources.records import (
    EventSourceMapping,
    Received,
    StreamBatch,
)
from lambent.services.lambda_.event_sources.stream_source import SourceStream, arrived_at
from lambent.services.lambda_.event_sources.stream_windows import Window
from lambent.storage.database import Tx

_log = logging.getLogger(__name__)

_EXHAUSTED, _TOO_OLD = "RetryAttemptsExhausted", "RecordAgeExceeded"


class Lane:
    def __init__(
        self,
        context: Context,
        mapping: EventSourceMapping,
        stream: SourceStream,
        shard: str,
        number: int,
        state: LaneState,
    ) -> None:
        self._context = context
        self._mapping = mapping
        self._stream = stream
        self._shard = shard
        self._number = number
        self._state = state
        self._matches = compile_filters(mapping.settings.get("FilterCriteria"), "")
        asked = (mapping.settings.get("MetricsConfig") or {}).get("Metrics") or ()
        place = mapping.account, mapping.region, mapping.id
        self._counted = metrics.of_mapping(*place) if "EventCount" in asked else None

    async def run(self) -> float | None:
        """Hand over all that there is; when to look again if there is no news of the stream."""
        state = self._state
        while await self._may_go_on():
            now = self._context.clock.now()
            if now < state.paused_until:
                return state.paused_until
            batch = await self._next_batch(now)
            if self._window_ends(batch, now):
                if batch is not None:
                    state.waiting.insert(0, batch)
                await self._close_window(now, is_final=True)
            elif batch is not None:
                await self._hand_over(batch, now)
            else:
                return self._next_look()
        return None

    def _next_look(self) -> float | None:
        state = self._state
        looks = [state.due] if state.gathered else []
        if state.window is not None:
            looks.append(state.window.start + self._mapping.tumbling_seconds)
        return min(looks, default=None)

    async def _may_go_on(self) -> bool:
        """Whether the mapping is as it was, and the server is not ending."""
        if self._context.platform.signals.ended:
            return False
        mapping = self._mapping
        place = mapping.account, mapping.region, mapping.id
        current = await self._context.db.read(lambda tx: store.find_mapping(tx, *place))
        return current is not None and current.revision == mapping.revision

    # What comes next --------------------------------------------------------------------------

    async def _next_batch(self, now: float) -> StreamBatch | None:
        """A batch that is to go now; None while there is none, or not enough for one."""
        state, size = self._state, self._mapping.batch_size
        if state.waiting:
            return state.waiting.pop(0)
        if len(state.gathered) < size:
            await self._gather(now)
        fits = self._of_one_window(stream_batches.how_many_fit(state.gathered, size))
        full = fits == size or fits < len(state.gathered)
        if not state.gathered or (not full and now < state.due):
            return None
        taken, state.gathered = state.gathered[:fits], state.gathered[fits:]
        # Behind the last one there is nothing but what the filters held back.
        end = taken[-1].id if state.gathered else state.read_to or taken[-1].id
        return StreamBatch(tuple(taken), end)

    async def _gather(self, now: float) -> None:
        """Read on until a batch is full or the shard has no more."""
        state, mapping = self._state, self._mapping
        while len(state.gathered) < mapping.batch_size:
            if state.read_to is None:
                state.read_to = await self._position()
            # The store answers at once: whoever else wants the loop has it here.
            await asyncio.sleep(0)
            found = await self._stream.records(self._shard, state.read_to)
            if not found:
                return
            state.read_to = found[-1].id
            mine = [
                one
                for one in found
                if mapping.lanes == 1 or stream_batches.lane_of(one, mapping.lanes) == self._number
            ]
            self._count("PolledEventCount", len(mine))
            wanted = [one for one in mine if self._matches is None or self._matches(one.record)]
            self._count("FilteredOutEventCount", len(mine) - len(wanted))
            if wanted and not state.gathered:
                state.due = now + mapping.window_seconds
            state.gathered += wanted

    async def _position(self) -> str:
        position = await self._context.db.read(
            lambda tx: positions.find_position(tx, self._mapping, self._shard, self._number)
        )
        if position is None:
            return ""
        self._state.window = stream_windows.read(position.tumbling)
        return position.sequence

    # Tumbling windows -------------------------------------------------------------------------

    def _window_of(self, record: Received) -> float:
        return stream_windows.start_of(arrived_at(record), self._mapping.tumbling_seconds)

    def _of_one_window(self, count: int) -> int:
        """How many of the first records are of the window that the first one is of."""
        gathered = self._state.gathered
        if not self._mapping.tumbling_seconds or not count:
            return count
        first = self._window_of(gathered[0])
        same = takewhile(lambda one: self._window_of(one) == first, gathered[:count])
        return sum(1 for _ in same)

    def _window_ends(self, batch: StreamBatch | None, now: float) -> bool:
        """Whether the window that is open has no more records."""
        window = self._state.window
        if window is None:
            return False
        if batch is not None:
            return self._window_of(batch.records[0]) > window.start
        # What has not come by now will be of another one.
        return now >= window.start + self._mapping.tumbling_seconds

    async def _close_window(self, now: float, *, is_final: bool) -> None:
        """The last invoke of a window, which may end early because its state is too large."""
        state, mapping = self._state, self._mapping
        window = state.window
        assert window is not None
        nothing = StreamBatch((), "")
        event = stream_windows.event(
            mapping, self._shard, nothing, window, is_final=is_final, is_early=not is_final
        )
        answered = await self._invoked(event, new_uuid(), now)
        if answered is None:
            return
        result, _ = answered
        most = mapping.settings.get("MaximumRetryAttempts", -1)
        if result.function_error is not None and not 0 <= most <= state.failures:
            # AWS: nothing goes on until it is done.
            state.pause(now)
            return
        state.window = None
        state.go_on()
        position = await self._context.db.read(
            lambda tx: positions.find_position(tx, mapping, self._shard, self._number)
        )
        await self._done(position.sequence if position is not None else "")

    # What becomes of it -----------------------------------------------------------------------

    async def _hand_over(self, batch: StreamBatch, now: float) -> None:
        mapping = self._mapping
        arrived = [arrived_at(record) for record in batch.records]
        gone, left = stream_batches.split_by_age(batch, arrived, mapping.settings, now)
        if gone is not None:
            await self._give_up(gone, _TOO_OLD, new_uuid(), None)
        if left is None:
            return
        request_id = new_uuid()
        self._count("InvokedEventCount", len(left.records))
        age = max(0.0, now - arrived[-1])
        metrics.count_of(self._context, mapping.function_arn, "IteratorAge", age * 1000)
        event, window = stream_batches.payload(left), None
        if mapping.tumbling_seconds:
            window = self._state.window or Window(self._window_of(left.records[0]), {})
            event = stream_windows.event(mapping, self._shard, left, window)
        answered = await self._invoked(event, request_id, now)
        if answered is None:
            self._state.waiting.insert(0, left)
            return
        result, version = answered
        if window is not None:
            window = stream_windows.after(window, result)
            if window is None and result.function_error is None:
                # AWS: an answer without a state is a failure.
                result = replace(result, function_error="Unhandled")
            self._state.window = window or self._state.window
        await self._judge(left, result, version, request_id)
        if window is not None and window.is_too_large:
            await self._close_window(now, is_final=False)

    async def _invoked(
        self, event: bytes, request_id: str, now: float
    ) -> tuple[InvocationResult, str] | None:
        """What the function answered, and which version; None where it was not reached."""
        mapping = self._mapping
        try:
            target = await invokables.get_target(self._context, mapping.function_arn, None)
            asked = invoking.Asked(request_id, event)
            return await running.run(self._context, target, asked, limited=False)
        except AwsError as error:
            # AWS: an attempt that did not reach the function does not count.
            _log.info("%s waits: %s", mapping.arn, error)
            self._state.pause(now)
            return None

    async def _judge(
        self, batch: StreamBatch, result: InvocationResult, version: str, request_id: str
    ) -> None:
        mapping, state = self._mapping, self._state
        left = stream_batches.left_of(batch, result, reports_failures=mapping.reports_failures)
        self._count("FailedInvokeEventCount", len(left.records))
        if not left.records:
            await self._done(batch.end)
            state.go_on()
            return
        done = len(batch.records) - len(left.records)
        if done:
            await self._done(batch.records[done - 1].id)
        splits = bool(mapping.settings.get("BisectBatchOnFunctionError"))
        if splits and not done and len(left.records) > 1:
            state.waiting[:0] = stream_batches.halves(left)
        elif stream_batches.is_given_up(left, mapping.settings):
            response = {
                "statusCode": 200,
                "executedVersion": version,
                **({"functionError": result.function_error} if result.function_error else {}),
            }
            await self._give_up(left, _EXHAUSTED, request_id, response)
            state.go_on()
            return
        else:
            state.waiting.insert(0, left)
        state.pause(self._context.clock.now())

    async def _done(self, sequence: str) -> None:
        await self._context.db.write(self._advance(sequence))

    def _advance(self, sequence: str) -> Callable[[Tx], None]:
        position = Position(sequence, stream_windows.written(self._state.window))
        return lambda tx: positions.put_position(
            tx, self._mapping, self._shard, self._number, position
        )

    async def _give_up(
        self,
        batch: StreamBatch,
        condition: str,
        request_id: str,
        response: dict[str, Any] | None,
    ) -> None:
        """Go on behind a batch; its destination is told of it, in the same write."""
        self._count("DroppedEventCount", len(batch.records))
        delivery = await self._delivery(batch, condition, request_id, response)
        advance = self._advance(batch.end)

        def write(tx: Tx) -> None:
            advance(tx)
            if delivery is not None:
                item_id = f"lambda/delivery/stream/{uuid_from(self._mapping.id, request_id)}"
                self._context.enqueue(tx, item_id, "lambda.deliver", delivery)

        await self._context.db.write(write)

    async def _delivery(
        self,
        batch: StreamBatch,
        condition: str,
        request_id: str,
        response: dict[str, Any] | None,
    ) -> dict[str, Any] | None:
        mapping = self._mapping
        on_failure = (mapping.settings.get("DestinationConfig") or {}).get("OnFailure") or {}
        destination = on_failure.get("Destination")
        if not destination:
            return None
        target = await invokables.get_target(self._context, mapping.function_arn, None)
        version = target.invokables[target.version].version
        now = self._context.clock.now()
        body = stream_batches.failure_record(
            mapping,
            self._shard,
            replace(batch, attempts=max(1, batch.attempts)),
            [_instant(arrived_at(record)) for record in batch.records],
            condition=condition,
            request_id=request_id,
            response=response,
            timestamp=_instant(now),
        )
        return {
            "body": body,
            "succeeded": False,
            "target": destination,
            "function": mapping.function_arn,
            "name": version.name,
            "role": version.configuration.role,
        }

    def _count(self, metric: str, events: int) -> None:
        if self._counted is not None and events:
            now = self._context.clock.now()
            self._context.platform.metrics.sheet(self._counted, now)[metric].append(float(events))


def _instant(at: float) -> str:
    moment = datetime.fromtimestamp(at, UTC)
    # AWS: no fraction where there is none, as of the records of DynamoDB.
    fraction = f".{moment.microsecond // 1000:03d}" if moment.microsecond else ""
    return f"{moment:%Y-%m-%dT%H:%M:%S}{fraction}Z"
