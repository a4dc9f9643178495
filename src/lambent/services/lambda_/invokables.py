"""
What an invoke needs to know, kept in memory: the store is read once for many invokes.

Whoever changes a function calls `forget` after its write. On a store that other nodes write to,
what is kept is looked up again after a second, so a node is at most so far behind.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from hashlib import sha256
from itertools import islice

import orjson

from lambent.core.errors import Impossible
from lambent.core.ids import new_uuid
from lambent.platform import Context
from lambent.runtime.api import FunctionVersion
from lambent.services.lambda_ import (
    metrics,
    names,
    preparation,
    provisioned_store,
    routing,
    snap_start,
    store,
    used_layers,
)
from lambent.services.lambda_.capacity import store as capacity_store
from lambent.services.lambda_.capacity.records import Scaling
from lambent.services.lambda_.concurrency import FunctionKey, InFlight, Room
from lambent.services.lambda_.configuration import shown_state
from lambent.services.lambda_.errors import ResourceNotFound
from lambent.services.lambda_.metrics import Counted
from lambent.services.lambda_.names import FunctionName
from lambent.services.lambda_.provisioned_records import total_counts
from lambent.services.lambda_.records import Function, Runnable, Version
from lambent.storage.database import StoreFull, Tx

_SHARED_STORE_SECONDS = 1.0
# The last invoke is written down so often at most; less where functions turn idle soon.
_NOTE_SECONDS = 60.0
# So many request ids are remembered before it begins anew; repeats come close together.
_MOST_REQUEST_IDS = 10_000
_CACHE = "lambda"


@dataclass(frozen=True, slots=True)
class Invokable:
    """One version, ready for the runtime. `runs` is None while it cannot be invoked."""

    version: Version
    runs: FunctionVersion | None


@dataclass(frozen=True, slots=True)
class Target:
    """What a FunctionName and a Qualifier mean: one version, or two that share the invokes."""

    key: FunctionKey
    name: FunctionName
    arn: str
    version: str
    weights: Mapping[str, float]
    invokables: Mapping[str, Invokable]
    rooms: Mapping[str, Room]
    counted: Mapping[str, Counted]
    valid_until: float

    def invokable_for(self, request_id: str) -> Invokable:
        if not self.weights:
            return self.invokables[self.version]
        # A request id is random; a retried one goes to the same version again.
        chance = int(request_id[:8], 16) / 0x1_0000_0000
        return self.invokables[routing.version_for(self.version, self.weights, chance)]


@dataclass(slots=True)
class _Known:
    targets: dict[tuple[str, str, str, str | None], Target] = field(default_factory=dict)
    # Counts the changes, so that a read that began before one does not outlive it.
    changes: int = 0
    last_invoked: dict[str, float] = field(default_factory=dict)
    noted: dict[str, float] = field(default_factory=dict)
    in_flight: InFlight = field(default_factory=InFlight)
    request_ids: set[str] = field(default_factory=set)
    # The events that wait for room in the order in which they came, by their function's ARN.
    throttled: dict[str, dict[str, None]] = field(default_factory=dict)


def forget(context: Context) -> None:
    """Something about a function has changed."""
    known = _known(context)
    known.changes += 1
    known.targets.clear()


async def get_target(context: Context, asked: str, qualifier: str | None) -> Target:
    """The target of an invoke; raises ResourceNotFound."""
    known = _known(context)
    key = (context.account, context.region, asked, qualifier)
    target = known.targets.get(key)
    if target is not None and target.valid_until > context.clock.now():
        return target
    changes = known.changes
    target = await _read_target(context, names.parse(asked, *key[:2], qualifier))
    if changes == known.changes:
        known.targets[key] = target
    return target


def in_flight(context: Context) -> InFlight:
    return _known(context).in_flight


def own_request_id(context: Context) -> str:
    """
    The request id of an invoke: the context's, and another when that one has been used.

    A service that invokes twice from one context would otherwise repeat an event's id, and the
    second event would be taken for the first.
    """
    used = _known(context).request_ids
    request_id = context.request_id
    if request_id in used:
        return new_uuid()
    if len(used) >= _MOST_REQUEST_IDS:
        used.clear()
    used.add(request_id)
    return request_id


def note_throttled(context: Context, function: str, item_id: str) -> None:
    """
    An event found no room: it goes before its time when there is some.

    Only remembered here. What another node throttles waits for its time, and so does everything
    after a restart.
    """
    _known(context).throttled.setdefault(function, {})[item_id] = None


def take_throttled(context: Context, target: Target) -> list[str]:
    """The events that may go now that another one has ended: those that wait for longest."""
    function = target.name.arn
    left = in_flight(context).left(target.rooms[target.version])
    taken = list(islice(_known(context).throttled.get(function, ()), left))
    for item_id in taken:
        note_tried(context, function, item_id)
    return taken


def note_tried(context: Context, function: str, item_id: str) -> None:
    """The event has its turn."""
    throttled = _known(context).throttled
    waiting = throttled.get(function, {})
    waiting.pop(item_id, None)
    if not waiting:
        throttled.pop(function, None)


async def note_invoked(context: Context, version: Version) -> None:
    """Remember that a version is in use; about once a minute the store learns of it."""
    known = _known(context)
    now = context.clock.now()
    known.last_invoked[version.id] = now
    if now - known.noted.get(version.id, version.last_invoked) >= _note_seconds(context):
        known.noted[version.id] = now
        name = FunctionName(version.account, version.region, version.name)
        # A full disk is no reason to refuse an invoke.
        with suppress(StoreFull):
            await context.db.write(
                partial(store.note_invoked, name=name, version=version.version, at=now)
            )


def last_invoked(context: Context, version: Version) -> float:
    """When a version was last invoked, as far as this node knows."""
    return max(version.last_invoked, _known(context).last_invoked.get(version.id, 0.0))


def environment_key(version: Version, runnable: Runnable) -> str:
    """The identity of exactly this code and configuration of this version."""
    return f"{version.id}/{sha256(orjson.dumps(runnable)).hexdigest()[:16]}"


async def _read_target(context: Context, name: FunctionName) -> Target:
    version, weights, versions, rooms, scalings = await context.db.read(
        partial(_read, name=name, account_limit=context.settings.functions.concurrent_executions)
    )
    shared = bool(context.settings.store)
    return Target(
        key=(name.account, name.region, name.name),
        name=name,
        arn=name.qualified_arn,
        version=version,
        weights=weights,
        invokables={one.version: await _invokable(context, one, scalings) for one in versions},
        rooms=rooms,
        counted=metrics.counted(context, name, list(rooms)),
        valid_until=context.clock.now() + _SHARED_STORE_SECONDS if shared else float("inf"),
    )


def _read(
    tx: Tx, name: FunctionName, account_limit: int
) -> tuple[str, Mapping[str, float], list[Version], dict[str, Room], dict[str, Scaling]]:
    function = store.find_function(tx, name)
    if function is None:
        raise ResourceNotFound(f"Function not found: {name.qualified_arn}")
    version, weights = name.qualifier or names.LATEST, {}
    if not names.is_version(version):
        alias = store.find_alias(tx, name, version)
        if alias is None:
            raise ResourceNotFound(f"Function not found: {name.qualified_arn}")
        version, weights = alias.version, alias.weights
    versions = [store.get_version(tx, name, number) for number in (version, *weights)]
    if name.qualifier is None and versions[0].is_managed:
        # AWS: without a qualifier it is what was published, not `$LATEST`.
        version = names.LATEST_PUBLISHED
        versions = [store.get_version(tx, name, version)]
    scalings = {
        one.version: capacity_store.scaling(tx, name, one.version)
        for one in versions
        if one.is_managed
    }
    rooms = _rooms(tx, function, name, versions, account_limit)
    rooms.update({one: _managed_room(name, one, scalings, versions) for one in scalings})
    return version, weights, versions, rooms, scalings


def _managed_room(
    name: FunctionName, version: str, scalings: Mapping[str, Scaling], versions: list[Version]
) -> Room:
    """AWS: as much as its environments take; an account's concurrency is not used for it."""
    (chosen,) = (
        one.running.configuration.capacity_provider for one in versions if one.version == version
    )
    each = chosen["PerExecutionEnvironmentMaxConcurrency"] if chosen else 1
    key = (name.account, name.region, f"{name.name}:{version}")
    return Room(key, version, 0, True, scalings[version].most * each)


def _rooms(
    tx: Tx, function: Function, name: FunctionName, versions: list[Version], account_limit: int
) -> dict[str, Room]:
    """Where the invokes of each version may run."""
    configs = provisioned_store.list_configs(tx, name)
    found = (store.find_alias(tx, name, config.qualifier) for config in configs)
    aliases = {alias.name: alias for alias in found if alias is not None}
    provisioned = total_counts(configs, aliases)
    if function.reserved_concurrency is not None:
        on_demand = function.reserved_concurrency - sum(provisioned.values())
    else:
        on_demand = account_limit - store.reserved_concurrency(tx, name.account, name.region)
        on_demand -= provisioned_store.unreserved_total(tx, name.account, name.region)
    key = (name.account, name.region, name.name)
    return {
        one.version: Room(
            key,
            one.version,
            provisioned.get(one.version, 0),
            function.reserved_concurrency is not None,
            on_demand,
        )
        for one in versions
    }


async def _invokable(
    context: Context, version: Version, scalings: Mapping[str, Scaling]
) -> Invokable:
    state = shown_state(version)
    if state != "Active":
        return Invokable(replace(version, life=replace(version.life, state=state)), None)
    most = _most_environments(scalings.get(version.version))
    return Invokable(version, await function_version(context, version, version.running, most))


async def function_version(
    context: Context, version: Version, runnable: Runnable, most_environments: int | None = None
) -> FunctionVersion:
    """A version as the runtime knows it, once it is prepared."""
    folder = await preparation.code_folder(context, runnable.code)
    chosen = runnable.configuration
    return FunctionVersion(
        key=environment_key(version, runnable),
        arn=version.arn,
        function_name=version.name,
        version=version.version,
        role=chosen.role,
        runtime=chosen.runtime,
        handler=chosen.handler,
        memory_size=chosen.memory_size,
        timeout=chosen.timeout,
        ephemeral_storage=chosen.ephemeral_storage,
        environment=chosen.environment or {},
        code=folder,
        layers=await used_layers.prepared_layers(context, chosen.layers),
        log_group=chosen.logging["LogGroup"],
        account=version.account,
        region=version.region,
        log_format=chosen.logging["LogFormat"],
        log_level=chosen.logging.get("ApplicationLogLevel", ""),
        architecture=chosen.architecture,
        tracing_mode=chosen.tracing_mode,
        snap_start=snap_start.is_on(version, chosen),
        most_environments=most_environments,
    )


def _most_environments(scaling: Scaling | None) -> int | None:
    return None if scaling is None else scaling.most


def _note_seconds(context: Context) -> float:
    return min(_NOTE_SECONDS, context.settings.functions.inactive_after_seconds / 20)


def _known(context: Context) -> _Known:
    caches = context.platform.caches
    known = caches.get(_CACHE)
    if known is None:
        known = caches[_CACHE] = _Known()
    if not isinstance(known, _Known):
        raise Impossible("the cache of lambda belongs to somebody else")
    return known
