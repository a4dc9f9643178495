"""The changes that operations and work share; each happens inside one transaction."""

from dataclasses import replace
from typing import Any

from lambent.core.ids import uuid_from
from lambent.platform import Context
from lambent.services.lambda_ import kept_packages, lifecycle, store
from lambent.services.lambda_.capacity import store as capacity_store
from lambent.services.lambda_.names import FunctionName
from lambent.services.lambda_.records import Runnable, Version
from lambent.storage.database import Tx

# What runs when a version goes away may run on for as long as the longest time-out.
_LONGEST_INVOKE = 900.0


def add_version(tx: Tx, context: Context, version: Version) -> None:
    """Keep a version that has just been created and have it prepared."""
    store.put_version(tx, version)
    capacity_store.note_use(tx, version, context.clock.now())
    _enqueue_preparation(tx, context, version, lifecycle.CREATION)


def start_update(tx: Tx, context: Context, version: Version, asked_for: Runnable) -> Version:
    """Show the new code and configuration; invokes run the previous ones until it is prepared."""
    lifecycle.check_can_change(version.life, version.arn)
    updated = replace(
        version,
        configuration=asked_for.configuration,
        code=asked_for.code,
        previous=version.running,
        life=lifecycle.advance(version.life, lifecycle.UpdateAsked()),
        revision_id=next_revision(version),
        last_modified=context.clock.now(),
    )
    store.put_version(tx, updated)
    capacity_store.note_use(tx, updated, context.clock.now())
    _enqueue_preparation(tx, context, updated, lifecycle.UPDATE)
    return updated


def start_restoration(tx: Tx, context: Context, version: Version) -> None:
    """An invoke has found the version Inactive."""
    current = find_same_version(tx, version_name(version), version.version, version.id)
    if current is None or current.life.state != "Inactive":
        return
    restored = replace(
        current,
        life=lifecycle.advance(current.life, lifecycle.InvokedWhileInactive()),
        revision_id=next_revision(current),
    )
    store.put_version(tx, restored)
    _enqueue_preparation(tx, context, restored, lifecycle.RESTORATION)


def end_preparation(
    tx: Tx,
    context: Context,
    version: Version,
    told: lifecycle.Prepared | lifecycle.PreparationFailed,
    now: float,
) -> None:
    """Let the version live on with the outcome of its preparation."""
    if not lifecycle.awaits(version.life, told.purpose):
        return
    after = replace(
        version,
        life=lifecycle.advance(version.life, told),
        revision_id=next_revision(version),
    )
    if told.purpose == lifecycle.UPDATE:
        kept = version.running if isinstance(told, lifecycle.PreparationFailed) else None
        if kept is not None:
            # What is shown is what runs: the update is given up.
            after = replace(after, configuration=kept.configuration, code=kept.code)
        after = replace(after, previous=None)
        enqueue_reclaim(tx, context, version)
    if after.life.state == "Active" and version.life.state != "Active":
        after = replace(after, last_invoked=now)
        _enqueue_look_for_idleness(tx, context, after)
    store.put_version(tx, after)


def deactivate(tx: Tx, context: Context, version: Version) -> None:
    idle = replace(
        version,
        life=lifecycle.advance(version.life, lifecycle.IdleForLong()),
        revision_id=next_revision(version),
    )
    store.put_version(tx, idle)
    enqueue_reclaim(tx, context, version, delay=0.0)


def enqueue_reclaim(
    tx: Tx, context: Context, version: Version, delay: float = _LONGEST_INVOKE
) -> None:
    """Have the unpacked code that the version runs removed, when the last invoke has ended."""
    running = version.running
    layers = [layer.blob for layer in running.configuration.layers]
    context.at(version.account, version.region).enqueue(
        tx,
        f"lambda/reclaim/{version.id}/{version.revision_id}",
        "lambda.reclaim",
        {"blob": running.code.blob, "layers": layers},
        context.clock.now() + delay,
    )
    kept_packages.collect_later(tx, context)


def find_same_version(tx: Tx, name: FunctionName, version: str, id: str) -> Version | None:
    """The version if it is still the one that was meant, not a namesake made since."""
    found = store.find_version(tx, name, version)
    return found if found is not None and found.id == id else None


def version_name(version: Version) -> FunctionName:
    return FunctionName(version.account, version.region, version.name)


def next_revision(version: Version) -> str:
    """Every change of a version has a revision of its own, made from the one before."""
    return uuid_from(version.id, version.revision_id)


def version_payload(version: Version) -> dict[str, Any]:
    """What work items carry to find a version again."""
    return {"name": version.name, "version": version.version, "id": version.id}


def _enqueue_preparation(tx: Tx, context: Context, version: Version, purpose: str) -> None:
    settings = context.settings.functions
    now = context.clock.now()
    # Beyond the longest time that a preparation may take, it is looked at to be given up.
    delay = min(settings.preparation_delay_seconds, settings.preparation_seconds)
    context.at(version.account, version.region).enqueue(
        tx,
        f"lambda/prepare/{version.id}/{version.revision_id}",
        "lambda.prepare",
        {**version_payload(version), "purpose": purpose, "started": now},
        now + delay,
    )


def _enqueue_look_for_idleness(tx: Tx, context: Context, version: Version) -> None:
    context.at(version.account, version.region).enqueue(
        tx,
        f"lambda/idle/{version.id}",
        "lambda.look_for_idleness",
        version_payload(version),
        version.last_invoked + context.settings.functions.inactive_after_seconds,
    )
