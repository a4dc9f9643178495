"""
Running a function once, and accepting an event for later; what Invoke and its work share.
"""

import base64
import binascii
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import orjson

from lambent.platform import Context
from lambent.runtime.api import FunctionVersion, Invocation, InvocationResult
from lambent.services.lambda_ import (
    changes,
    debugging,
    hot_reload,
    invokables,
    lifecycle,
    lineage,
    metrics,
    setting_store,
    tracing,
)
from lambent.services.lambda_.errors import (
    InvalidRequestContent,
    RecursiveInvocation,
    TooManyRequests,
)
from lambent.services.lambda_.events import Attempts
from lambent.services.lambda_.invokables import Invokable, Target


@dataclass(frozen=True, slots=True)
class Asked:
    """An invoke as the client asked for it. `client_context` is base64, as it came."""

    request_id: str
    payload: bytes
    client_context: str | None = None
    trace_header: str | None = None
    # Of an event that was accepted before: what has become of it so far.
    attempts: Attempts | None = None


@dataclass(frozen=True, slots=True)
class Begun:
    """An invoke that counts as running until `end` is called, once; None where it did not run."""

    runs: FunctionVersion
    invocation: Invocation
    version: str
    end: Callable[[InvocationResult | None], None]


async def run(
    context: Context, target: Target, asked: Asked, *, limited: bool = True
) -> tuple[InvocationResult, str]:
    """Run the function; the result and the version that ran. Raises AWS's errors of Invoke."""
    begun = await begin(context, target, asked, limited=limited)
    try:
        result = await context.platform.runtime.invoke(begun.runs, begun.invocation)
    except BaseException:
        begun.end(None)
        raise
    begun.end(result)
    return result, begun.version


async def begin(context: Context, target: Target, asked: Asked, *, limited: bool = True) -> Begun:
    """
    Find room for the invoke. Raises AWS's errors of Invoke.

    `limited` invokes count against the requests a second that AWS allows: the synchronous ones.
    """
    invokable = await get_invokable(context, target, asked.request_id)
    invokable = debugging.attached(context, invokable)
    runs = await hot_reload.up_to_date(context, invokable)
    if runs is None:
        raise lifecycle.ImpossibleLife(f"{target.arn} is Active and cannot run")
    try:
        trace_header = await _entered(context, target, asked)
    except RecursiveInvocation:
        version = invokable.version.version
        metrics.count(context, target.counted[version], "RecursiveInvocationsDropped")
        raise
    traced = tracing.find_traced(
        context,
        runs,
        asked.trace_header,
        trace_header,
        request_id=asked.request_id,
        invoked_arn=target.arn,
        attempts=asked.attempts,
    )
    if traced is not None:
        trace_header = traced.header(trace_header)
    invocation = Invocation(
        asked.request_id,
        asked.payload,
        target.arn,
        _decoded_client_context(asked.client_context),
        trace_header,
    )
    limited = limited and not invokable.version.is_managed
    seat = _seat(context, target, invokable.version.version, limited=limited)
    try:
        await invokables.note_invoked(context, invokable.version)
    except BaseException:
        seat(None)
        raise
    end = seat if traced is None else traced.ending(seat)
    return Begun(runs, invocation, invokable.version.version, end)


def _seat(
    context: Context, target: Target, version: str, *, limited: bool
) -> Callable[[InvocationResult | None], None]:
    """Count the invoke as running; the answer ends that. Raises TooManyRequests."""
    flight = invokables.in_flight(context)
    room, counted, now = target.rooms[version], target.counted[version], context.clock.now()
    try:
        if limited:
            flight.check_rate(room, now)
        provisioned = flight.enter(room, now)
    except TooManyRequests:
        metrics.count(context, counted, "Throttles")
        raise
    running = flight.running_in(room)
    if room.provisioned:
        busy = flight.provisioned(room)
        metrics.count_provisioned(context, counted, room, busy, spilled=not provisioned, now=now)

    def leave(result: InvocationResult | None) -> None:
        flight.leave(room, provisioned)
        if result is not None:
            metrics.count_invoke(counted, now, result, running, reserved=room.reserved)
            metrics.count_extensions(context, counted, now, result)

    return leave


async def _entered(context: Context, target: Target, asked: Asked) -> str:
    """The trace header that the function runs with. Raises RecursiveInvocation."""
    now = context.clock.now()
    header, before = lineage.entered(asked.trace_header, target.name.arn, asked.request_id, now)
    if before >= lineage.MOST_RUNS:
        loops = await context.db.read(partial(setting_store.recursion, name=target.name))
        if loops == "Terminate":
            raise RecursiveInvocation(
                "Lambda has detected your function being invoked in a recursive loop with other"
                " AWS resources and stopped your function's invocation."
            )
    return header


def encoded_log(result: InvocationResult) -> str:
    """The tail of the log, as LogResult has it."""
    return base64.b64encode(result.log_tail).decode()


async def get_invokable(context: Context, target: Target, request_id: str) -> Invokable:
    """The version that the invoke goes to; one that is Inactive is restored, and this one fails."""
    invokable = target.invokable_for(request_id)
    await _restore_if_inactive(context, invokable)
    lifecycle.check_can_be_invoked(invokable.version.life)
    return invokable


async def check_can_be_queued(context: Context, target: Target, request_id: str) -> None:
    """Whether an event can be accepted; one for an Inactive version waits for its restoration."""
    invokable = target.invokable_for(request_id)
    await _restore_if_inactive(context, invokable)
    lifecycle.check_can_be_queued(invokable.version.life)


async def _restore_if_inactive(context: Context, invokable: Invokable) -> None:
    if invokable.version.life.state == "Inactive":
        await context.db.write(
            partial(changes.start_restoration, context=context, version=invokable.version)
        )
        invokables.forget(context)


def event_payload(target: Target, asked: Asked) -> dict[str, Any]:
    """An event as its work item keeps it; `read_event` is the way back."""
    return {
        "function": target.arn,
        "request_id": asked.request_id,
        "payload": asked.payload.decode(),
        "client_context": asked.client_context,
        "trace_header": asked.trace_header,
    }


def read_event(payload: dict[str, Any]) -> Asked:
    return Asked(
        payload["request_id"],
        payload["payload"].encode(),
        payload["client_context"],
        payload["trace_header"],
    )


def check_json(payload: bytes) -> None:
    try:
        orjson.loads(payload)
    except orjson.JSONDecodeError as error:
        # Integers beyond 64 bits and NaN, which AWS lets through, need the slower reader.
        try:
            json.loads(payload.decode())
        except (ValueError, RecursionError):
            raise InvalidRequestContent(
                f"Could not parse request body into json: {error}"
            ) from None


def _decoded_client_context(text: str | None) -> str | None:
    if not text:
        return None
    try:
        decoded = base64.b64decode(text, validate=True)
        orjson.loads(decoded)
    except (binascii.Error, ValueError):
        raise InvalidRequestContent(
            "Client context must be a valid Base64-encoded JSON object."
        ) from None
    return decoded.decode()
