"""
Archives: the events of a bus, kept.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-archive.html
"""

from dataclasses import replace
from typing import Any

from lambent.core.ids import new_uuid
from lambent.platform import Context, Params, Reply
from lambent.services.events import archive_store, archiving, changes, rules
from lambent.services.events.api.paging import page_of, page_size, page_start
from lambent.services.events.errors import ValidationFailed
from lambent.services.events.records import Archive
from lambent.storage.database import Tx


async def create_archive(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateArchive.html"""
    pattern = params.get("EventPattern") or ""
    if pattern:
        rules.matcher_of(pattern)
    account, region, bus = rules.bus_place(
        params["EventSourceArn"], context.account, context.region
    )
    archive = Archive(
        account=account,
        region=region,
        name=params["ArchiveName"],
        bus=bus,
        pattern=pattern,
        description=params.get("Description", ""),
        kms_key=params.get("KmsKeyIdentifier", ""),
        retention_days=params.get("RetentionDays", 0),
        created=context.clock.now(),
    )
    place, revision = context.at(account, region), new_uuid()
    await context.db.write(lambda tx: archiving.add_archive(tx, place, archive, revision))
    return _changed(archive)


async def update_archive(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_UpdateArchive.html"""
    if params.get("EventPattern"):
        rules.matcher_of(params["EventPattern"])
    revision = new_uuid()

    def write(tx: Tx) -> Archive:
        known = archiving.get_archive(tx, context, params["ArchiveName"])
        archive = replace(
            known,
            pattern=params.get("EventPattern", known.pattern),
            description=params.get("Description", known.description),
            kms_key=params.get("KmsKeyIdentifier", known.kms_key),
            retention_days=params.get("RetentionDays", known.retention_days),
        )
        archiving.put_archive(tx, context, archive, revision)
        return archive

    return _changed(await context.db.write(write))


async def delete_archive(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DeleteArchive.html"""
    revision = new_uuid()

    def delete(tx: Tx) -> None:
        archive = archiving.get_archive(tx, context, params["ArchiveName"])
        archiving.remove_archive(tx, context, archive, revision)

    await context.db.write(delete)
    return {}


async def describe_archive(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DescribeArchive.html"""
    archive = await context.db.read(
        lambda tx: archiving.get_archive(tx, context, params["ArchiveName"])
    )
    reply = {"ArchiveArn": archive.arn, **_listed(archive)}
    optional = {
        "Description": archive.description,
        "EventPattern": archive.pattern,
        "KmsKeyIdentifier": archive.kms_key,
    }
    return reply | {name: value for name, value in optional.items() if value}


async def list_archives(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListArchives.html"""
    check_filters(params, "ListArchives")
    size = page_size(params)

    def read(tx: Tx) -> list[Archive]:
        bus = ""
        if "EventSourceArn" in params:
            bus = changes.get_bus(tx, context, params["EventSourceArn"]).name
        if params.get("State", "ENABLED") != "ENABLED":
            return []
        return archive_store.list_archives(
            tx,
            context.account,
            context.region,
            prefix=params.get("NamePrefix", ""),
            bus=bus,
            after=page_start(params),
            limit=size + 1,
        )

    found = await context.db.read(read)
    return page_of("Archives", found, size, lambda one: one.name, _listed)


def check_filters(params: Params, operation: str) -> None:
    given = [name for name in ("State", "EventSourceArn", "NamePrefix") if name in params]
    if len(given) > 1:
        raise ValidationFailed(
            f"At most one filter is allowed for {operation}."
            " Use either : State, EventSourceArn, or NamePrefix."
        )


def _changed(archive: Archive) -> Reply:
    return {"ArchiveArn": archive.arn, "CreationTime": archive.created, "State": "ENABLED"}


def _listed(archive: Archive) -> dict[str, Any]:
    bus = f"arn:aws:events:{archive.region}:{archive.account}:event-bus/{archive.bus}"
    return {
        "ArchiveName": archive.name,
        "EventSourceArn": bus,
        "State": "ENABLED",
        "RetentionDays": archive.retention_days,
        "SizeBytes": archive.size_bytes,
        "EventCount": archive.event_count,
        "CreationTime": archive.created,
    }
