"""
Keeps the environments that functions have provisioned: a work item a function, that never ends.

It is held until something changes: a config, an alias, the state of a version. A restart of the
server runs it again, and so brings the environments back.
"""

import asyncio
from dataclasses import dataclass, replace
from functools import partial

from lambent.core.errors import AwsError
from lambent.platform import Context
from lambent.runtime.api import FunctionVersion
from lambent.services.lambda_ import changes, invokables, provisioned_store, store
from lambent.services.lambda_.capacity import store as capacity_store
from lambent.services.lambda_.names import LATEST, FunctionName
from lambent.services.lambda_.provisioned_records import (
    Outcome,
    ProvisionedConcurrency,
    counts,
    settled,
    total_counts,
)
from lambent.services.lambda_.records import Alias, Version
from lambent.storage.database import Tx
from lambent.work import queue, signals
from lambent.work.queue import WorkItem

_CACHE = "lambda.provisioned"


@dataclass(frozen=True, slots=True)
class _Wanted:
    configs: list[ProvisionedConcurrency]
    aliases: dict[str, Alias]
    versions: dict[str, Version]
    # On capacity providers: the least that each version has.
    managed: dict[str, int]

    @property
    def counts(self) -> dict[str, int]:
        return {**total_counts(self.configs, self.aliases), **self.managed}


def changed(tx: Tx, name: FunctionName) -> None:
    """Something that the provisioned environments of a function depend on is different."""
    signals.announce(tx, _topic(name))


def begin(tx: Tx, context: Context, name: FunctionName) -> None:
    """A config was put: have the function looked after, if it is not yet."""
    context.at(name.account, name.region).enqueue(
        tx, f"lambda/provision/{name.arn}", "lambda.provision_concurrency", {"name": name.name}
    )
    changed(tx, name)


def follow_alias(tx: Tx, alias: Alias, name: FunctionName, now: float) -> None:
    """An alias points elsewhere: what is provisioned for it moves."""
    config = provisioned_store.find_config(tx, name, alias.name)
    if config is not None:
        moving = replace(config, status="IN_PROGRESS", allocated=0, last_modified=now)
        provisioned_store.put_config(tx, moving)
        changed(tx, name)


def remove(tx: Tx, name: FunctionName, qualifier: str | None) -> None:
    """A version or an alias is gone, or the function with all of them."""
    if qualifier is None:
        provisioned_store.remove_configs(tx, name)
    else:
        provisioned_store.remove_config(tx, name, qualifier)
    changed(tx, name)


async def provision_concurrency(context: Context, item: WorkItem) -> None:
    """Have the runtime keep what is wanted now, and say what has become of it."""
    name = FunctionName(context.account, context.region, item.payload["name"])
    context.platform.signals.hold(_topic(name), item)
    wanted = await context.db.read(partial(_read, name=name))
    await _release(context, name, wanted)
    if not wanted.counts:
        await context.db.write(partial(_end, item=item, name=name))
        return
    if missing := _missing(context, wanted):
        await context.db.write(partial(_say_in_progress, configs=missing))
    provided = await asyncio.gather(
        *(
            _provide(context, wanted.versions[version], count, name)
            for version, count in wanted.counts.items()
            if version in wanted.versions
        )
    )
    outcomes = dict(outcome for outcome in provided if outcome is not None)
    await context.db.write(partial(_say_settled, wanted=wanted, outcomes=outcomes))
    invokables.forget(context)


async def _provide(
    context: Context, version: Version, count: int, name: FunctionName
) -> tuple[str, Outcome] | None:
    """None while the version cannot be invoked; its next state is news."""
    if version.life.state == "Inactive":
        await context.db.write(partial(changes.start_restoration, context=context, version=version))
        return None
    try:
        target = await invokables.get_target(context, f"{name.arn}:{version.version}", None)
        runs = target.invokables[version.version].runs
        if runs is None:
            return None
        _kept(context, name)[version.version] = runs
        there = await context.platform.runtime.provision(runs, count)
    except AwsError as error:
        return version.version, Outcome(0, error.code)
    failure = there.failure or "Unknown" if there.status == "FAILED" else ""
    return version.version, Outcome(there.allocated, failure)


async def _release(context: Context, name: FunctionName, wanted: _Wanted) -> None:
    """Let go of what is not wanted any more."""
    kept = _kept(context, name)
    for version in set(kept) - set(wanted.counts):
        await context.platform.runtime.provision(kept.pop(version), 0)


def _kept(context: Context, name: FunctionName) -> dict[str, FunctionVersion]:
    """What this node keeps environments for: version → as the runtime knows it."""
    known: dict[str, dict[str, FunctionVersion]] = context.platform.caches.setdefault(_CACHE, {})
    return known.setdefault(name.arn, {})


def _read(tx: Tx, name: FunctionName) -> _Wanted:
    configs = provisioned_store.list_configs(tx, name)
    found = (store.find_alias(tx, name, config.qualifier) for config in configs)
    aliases = {alias.name: alias for alias in found if alias is not None}
    managed = _managed(tx, name)
    counted = (*total_counts(configs, aliases), *managed)
    versions = (store.find_version(tx, name, one) for one in counted)
    found_versions = {one.version: one for one in versions if one is not None}
    return _Wanted(configs, aliases, found_versions, managed)


def _managed(tx: Tx, name: FunctionName) -> dict[str, int]:
    """Version → how many environments, for those on capacity providers that are to have some."""
    leasts = {
        version: capacity_store.scaling(tx, name, version).least
        for version in capacity_store.list_versions(tx, name)
        if version != LATEST
    }
    return {version: least for version, least in leasts.items() if least}


def _end(tx: Tx, item: WorkItem, name: FunctionName) -> None:
    """Unless a config has been put in this moment."""
    if not provisioned_store.list_configs(tx, name, limit=1) and not _managed(tx, name):
        queue.finish(tx, item.id)


def _missing(context: Context, wanted: _Wanted) -> list[ProvisionedConcurrency]:
    """The configs that were ready before a restart, and are not any more."""
    if not wanted.configs:
        return []
    kept = _kept(context, FunctionName(*_place(wanted.configs[0])))
    return [
        config
        for config in wanted.configs
        if config.status == "READY" and not kept.keys() >= counts(config, wanted.aliases).keys()
    ]


def _say_in_progress(tx: Tx, configs: list[ProvisionedConcurrency]) -> None:
    for config in configs:
        provisioned_store.put_config(tx, replace(config, status="IN_PROGRESS", allocated=0))


def _say_settled(tx: Tx, wanted: _Wanted, outcomes: dict[str, Outcome]) -> None:
    for config in wanted.configs:
        name = FunctionName(*_place(config))
        current = provisioned_store.find_config(tx, name, config.qualifier)
        # What was changed meanwhile is seen to by the run that follows.
        if current is not None and current.requested == config.requested:
            provisioned_store.put_config(tx, settled(current, wanted.aliases, outcomes))


def _topic(name: FunctionName) -> str:
    return f"lambda/provisioned/{name.arn}"


def _place(config: ProvisionedConcurrency) -> tuple[str, str, str]:
    return config.account, config.region, config.function_name
