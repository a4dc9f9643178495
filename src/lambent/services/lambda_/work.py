"""What Lambda does later: preparing versions, asynchronous invokes, looking for idle functions."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from lambent.core.errors import AwsError
from lambent.platform import Context
from lambent.runtime.api import InvocationResult, SnapshotFailed
from lambent.services.lambda_ import (
    changes,
    destinations,
    events,
    invokables,
    invoking,
    kept_packages,
    lifecycle,
    metrics,
    preparation,
    provisioning,
    running,
    setting_store,
    snap_start,
    store,
    used_layers,
)
from lambent.services.lambda_.capacity.work import settle_capacity_provider
from lambent.services.lambda_.destinations import Ending
from lambent.services.lambda_.durable.work import (
    delete_durable_execution,
    fire_durable_timer,
    run_chained_invoke,
    run_durable_function,
    time_out_durable_execution,
)
from lambent.services.lambda_.errors import RecursiveInvocation, ResourceNotFound
from lambent.services.lambda_.event_invoke_config import EventInvokeConfig
from lambent.services.lambda_.event_records import Outcome
from lambent.services.lambda_.event_sources.polling import (
    poll_event_source,
    settle_event_source,
    wake_event_source,
)
from lambent.services.lambda_.invokables import Target
from lambent.services.lambda_.lifecycle import PreparationFailed, Prepared
from lambent.services.lambda_.names import FunctionName
from lambent.services.lambda_.provisioning import provision_concurrency
from lambent.services.lambda_.records import Runnable, Version
from lambent.storage.database import Tx
from lambent.work import queue
from lambent.work.queue import WorkItem

__all__ = [
    "async_invoke",
    "collect_packages",
    "delete_durable_execution",
    "deliver",
    "fire_durable_timer",
    "look_for_idleness",
    "poll_event_source",
    "prepare",
    "provision_concurrency",
    "reclaim",
    "run_chained_invoke",
    "run_durable_function",
    "settle_capacity_provider",
    "settle_event_source",
    "time_out_durable_execution",
    "wake_event_source",
]


# The Reason of a TooManyRequestsException when the function has no room of its own left.
_FUNCTION_THROTTLED = "ReservedFunctionConcurrentInvocationLimitExceeded"


async def prepare(context: Context, item: WorkItem) -> None:
    """Prepare a version that was created, updated or found Inactive, and say how it ended."""
    version = await context.db.read(partial(_find, context=context, item=item))
    purpose = item.payload["purpose"]
    if version is None or not lifecycle.awaits(version.life, purpose):
        await context.db.write(partial(queue.finish, item_id=item.id))
        return
    if purpose == lifecycle.RESTORATION:
        runnable = version.running
    else:
        runnable = Runnable(version.configuration, version.code)
    told = await _outcome(context, item, runnable, purpose)
    if isinstance(told, Prepared) and snap_start.is_on(version, runnable.configuration):
        told = await _snapshot(context, version, runnable, purpose)
    now = context.clock.now()

    def write(tx: Tx) -> None:
        current = _find(tx, context, item)
        if current is not None:
            changes.end_preparation(tx, context, current, told, now)
            # Environments that are to be provisioned for the version wait for this.
            provisioning.changed(tx, changes.version_name(current))
            if current.is_managed:
                provisioning.begin(tx, context, changes.version_name(current))
        queue.finish(tx, item.id)

    await context.db.write(write)
    invokables.forget(context)
    if purpose == lifecycle.UPDATE and isinstance(told, Prepared):
        await context.platform.runtime.retire(invokables.environment_key(version, version.running))


async def look_for_idleness(context: Context, item: WorkItem) -> None:
    """Turn a version Inactive when nobody has invoked it for long; otherwise look again."""
    version = await context.db.read(partial(_find, context=context, item=item))
    if version is None or version.life.state != "Active" or version.is_managed:
        # Whatever makes it Active again has it looked at again; AWS: on managed instances it stays.
        await context.db.write(partial(queue.finish, item_id=item.id))
        return
    patience = context.settings.functions.inactive_after_seconds
    look_at = invokables.last_invoked(context, version) + patience
    now = context.clock.now()
    running = invokables.in_flight(context).running((context.account, context.region, version.name))
    key = invokables.environment_key(version, version.running)
    # AWS: a version with provisioned concurrency stays as it is.
    provisioned = context.platform.runtime.provisioned(key).requested
    if running or provisioned or version.life.update_status == "InProgress":
        look_at = max(look_at, now + patience)
    if look_at > now:
        await context.db.write(partial(queue.postpone, item_id=item.id, run_at=look_at))
        return

    def write(tx: Tx) -> None:
        current = _find(tx, context, item)
        if current is not None:
            changes.deactivate(tx, context, current)
        queue.finish(tx, item.id)

    await context.db.write(write)
    invokables.forget(context)
    await context.platform.runtime.retire(invokables.environment_key(version, version.running))


async def collect_packages(context: Context, item: WorkItem) -> None:
    """Remove deployment packages that nothing names any more."""
    await kept_packages.collect(context, item)


async def reclaim(context: Context, item: WorkItem) -> None:
    """Remove unpacked code that no version needs any more."""
    await preparation.reclaim(context, item.payload["blob"])
    for layer in item.payload.get("layers", ()):
        await used_layers.reclaim(context, layer)
    await context.db.write(partial(queue.finish, item_id=item.id))


async def async_invoke(context: Context, item: WorkItem) -> None:
    """Run an accepted event; again after a minute and after two more if the function fails."""
    try:
        target = await invokables.get_target(context, item.payload["function"], None)
    except ResourceNotFound:
        # The function is gone, and with it the place where its dead letters would go.
        await context.db.write(partial(queue.finish, item_id=item.id))
        return
    invokables.note_tried(context, target.name.arn, item.id)
    config = await context.db.read(partial(setting_store.event_invoke_config, name=target.name))
    attempt = await _attempt(context, target, item, config)
    if isinstance(attempt.decision, events.Retry) and attempt.result is None:
        invokables.note_throttled(context, target.name.arn, item.id)
        await _try_later(context, item, attempt.decision, ())
        return
    next_ones = invokables.take_throttled(context, target)
    if isinstance(attempt.decision, events.Retry):
        await _try_later(context, item, attempt.decision, next_ones)
        return
    ending = _ending(target, item, config, attempt)
    if ending.given_up is not None:
        # AWS: whether or not it goes to a destination or to the dead letters.
        metrics.count_event(context, target, item.payload["request_id"], "AsyncEventsDropped")

    def write(tx: Tx) -> None:
        destinations.enqueue_deliveries(tx, context, ending)
        queue.finish(tx, item.id)
        _hasten(tx, context, next_ones)

    await context.db.write(write)


async def _try_later(
    context: Context, item: WorkItem, retry: events.Retry, next_ones: Sequence[str]
) -> None:
    payload = {**item.payload, "state": retry.state}

    def write(tx: Tx) -> None:
        queue.postpone(tx, item.id, retry.at, payload)
        _hasten(tx, context, next_ones)

    await context.db.write(write)


def _hasten(tx: Tx, context: Context, item_ids: Sequence[str]) -> None:
    for item_id in item_ids:
        queue.hasten(tx, item_id, context.clock.now())


async def deliver(context: Context, item: WorkItem) -> None:
    """Hand the record of an event, or its dead letter, to where it is to go."""
    await destinations.deliver(context, item.payload)
    await context.db.write(partial(queue.finish, item_id=item.id))


@dataclass(frozen=True, slots=True)
class _Attempt:
    decision: events.Decision
    result: InvocationResult | None = None
    version: str = ""


async def _attempt(
    context: Context, target: Target, item: WorkItem, config: EventInvokeConfig
) -> _Attempt:
    state = events.read_state(item.payload, item.run_at)
    too_old = events.before_attempt(state, context.clock.now(), config)
    if too_old is not None:
        return _Attempt(too_old)
    age = (context.clock.now() - state.accepted) * 1000
    metrics.count_event(context, target, item.payload["request_id"], "AsyncEventAge", age)
    try:
        asked = replace(invoking.read_event(item.payload), attempts=state)
        # AWS: the requests a second are counted where the event is accepted, if at all.
        result, version = await running.run(context, target, asked, limited=False)
    except RecursiveInvocation as error:
        return _Attempt(events.in_a_loop(state, error.message))
    except AwsError as error:
        if error.members.get("Reason") == _FUNCTION_THROTTLED and await _is_off(context, target):
            return _Attempt(events.switched_off(state, error.message))
        now = context.clock.now()
        return _Attempt(events.after_refusal(state, now, error.code, error.message, config))
    decision = events.after_result(state, context.clock.now(), result, config)
    return _Attempt(decision, result, version)


async def _is_off(context: Context, target: Target) -> bool:
    function = await context.db.read(partial(store.find_function, name=target.name))
    return function is not None and function.reserved_concurrency == 0


def _ending(target: Target, item: WorkItem, config: EventInvokeConfig, attempt: _Attempt) -> Ending:
    decision, result = attempt.decision, attempt.result
    given_up = decision if isinstance(decision, events.GiveUp) else None
    state = events.read_state(item.payload, item.run_at)
    outcome = Outcome(
        given_up.condition if given_up else "Success",
        given_up.attempts if given_up else state.failures + 1,
        attempt.version,
        result.payload if result else None,
        result.function_error if result else None,
    )
    version = target.invokable_for(item.payload["request_id"]).version
    return Ending(item.payload, version, config, outcome, given_up)


async def _snapshot(
    context: Context, version: Version, runnable: Runnable, purpose: str
) -> Prepared | PreparationFailed:
    """AWS: a version with SnapStart is Pending until it has been initialised."""
    runs = await invokables.function_version(context, version, runnable)
    try:
        await context.platform.runtime.snapshot(runs)
    except SnapshotFailed as failure:
        return PreparationFailed(purpose, str(failure), "FunctionError")
    except AwsError as error:
        return PreparationFailed(purpose, error.message, "InternalError")
    return Prepared(purpose)


async def _outcome(
    context: Context, item: WorkItem, runnable: Runnable, purpose: str
) -> Prepared | PreparationFailed:
    most = context.settings.functions.preparation_seconds
    if context.clock.now() - item.payload["started"] >= most:
        return PreparationFailed(
            purpose, f"The preparation did not end within {most:g} seconds.", "InternalError"
        )
    return await preparation.prepare(context, runnable, purpose)


def _find(tx: Tx, context: Context, item: WorkItem) -> Version | None:
    name = FunctionName(context.account, context.region, item.payload["name"])
    return changes.find_same_version(tx, name, item.payload["version"], item.payload["id"])
