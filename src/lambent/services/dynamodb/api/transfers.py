"""Exports of tables to S3, and tables that are imported from it."""

from typing import Any

from lambent.core.errors import NotSupported
from lambent.core.ids import new_uuid
from lambent.core.pages import key_or, token_after
from lambent.platform import Context, Params, Reply
from lambent.services.dynamodb import (
    backup_store,
    store,
    table_rules,
    tables,
    transfer_store,
)
from lambent.services.dynamodb.errors import (
    InvalidExportTime,
    PointInTimeRecoveryUnavailable,
    ResourceInUse,
    TableNotFound,
)
from lambent.services.dynamodb.records import Table
from lambent.services.dynamodb.transfer_store import Transfer
from lambent.storage.database import Tx

_PAGE = 25


async def export_table_to_point_in_time(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExportTableToPointInTime.html"""
    _check_format(params.get("ExportFormat"))
    if params.get("ExportType") == "INCREMENTAL_EXPORT":
        raise NotSupported("Lambent does not support incremental exports of DynamoDB's tables.")
    now = context.clock.now()
    export_id = _new_id(now)

    def write(tx: Tx) -> Transfer:
        table = tables.find(tx, context, params["TableArn"])
        if table is None:
            raise TableNotFound(f"Table not found: {params['TableArn']}")
        same = _same(tx, "export", table.name, context, params)
        if same is not None:
            return same
        at = _export_time(table, params, now)
        transfer = Transfer(table.account, table.region, "export", table.name, export_id, {})
        transfer.description.update(_described(transfer, table, params, at=at, now=now))
        copy = backup_store.add_copy(tx, table.id, now)
        backup_store.turn_back(tx, table.id, copy, at)
        transfer_store.put_transfer(tx, transfer)
        payload = {"arn": transfer.arn, "copy": copy, "principal": context.principal.arn}
        context.enqueue(tx, f"dynamodb/export/{transfer.arn}", "dynamodb.export", payload)
        return transfer

    return {"ExportDescription": (await context.db.write(write)).description}


async def describe_export(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeExport.html"""
    transfer = await context.db.read(
        lambda tx: transfer_store.get_transfer(tx, "export", params["ExportArn"])
    )
    return {"ExportDescription": transfer.description}


async def list_exports(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListExports.html"""
    limit = params.get("MaxResults", _PAGE)
    names = ("ExportArn", "ExportStatus", "ExportType")
    return await _listed(context, "export", "ExportSummaries", names, params, limit)


async def import_table(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ImportTable.html"""
    _check_format(params["InputFormat"])
    compression = params.get("InputCompressionType", "NONE")
    if compression == "ZSTD":
        raise NotSupported("Lambent does not support imports that are packed with ZSTD.")
    now = context.clock.now()
    asked = params["TableCreationParameters"]
    new = table_rules.new_table(asked, context.account, context.region, new_uuid(), now)
    import_id = _new_id(now)

    def write(tx: Tx) -> Transfer:
        same = _same(tx, "import", new.name, context, params)
        if same is not None:
            return same
        if tables.find(tx, context, new.name) is not None:
            raise ResourceInUse(f"Table already exists: {new.name}")
        # It is ACTIVE when all is imported.
        table = store.add_table(tx, new)
        transfer = Transfer(table.account, table.region, "import", table.name, import_id, {})
        kept = ("ClientToken", "InputFormatOptions", "S3BucketSource", "TableCreationParameters")
        transfer.description.update(
            {
                "ImportArn": transfer.arn,
                "ImportStatus": "IN_PROGRESS",
                "TableArn": table.arn,
                "TableId": table.uid,
                "InputFormat": params["InputFormat"],
                "InputCompressionType": compression,
                "StartTime": now,
                **{name: params[name] for name in kept if params.get(name) is not None},
            }
        )
        transfer_store.put_transfer(tx, transfer)
        payload = {
            "arn": transfer.arn,
            "table": table.id,
            "types": dict(table.types),
            "principal": context.principal.arn,
        }
        context.enqueue(tx, f"dynamodb/import/{transfer.arn}", "dynamodb.import_items", payload)
        return transfer

    return {"ImportTableDescription": (await context.db.write(write)).description}


async def describe_import(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeImport.html"""
    transfer = await context.db.read(
        lambda tx: transfer_store.get_transfer(tx, "import", params["ImportArn"])
    )
    return {"ImportTableDescription": transfer.description}


async def list_imports(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListImports.html"""
    limit = params.get("PageSize", _PAGE)
    names = ("ImportArn", "ImportStatus", "TableArn", "S3BucketSource", "InputFormat", "StartTime")
    return await _listed(context, "import", "ImportSummaryList", (*names, "EndTime"), params, limit)


async def _listed(
    context: Context, kind: str, member: str, names: tuple[str, ...], params: Params, limit: int
) -> Reply:
    [after] = key_or(params.get("NextToken"), [""])
    table_name = params.get("TableArn", "").rsplit("/", 1)[-1]
    found = await context.db.read(
        lambda tx: transfer_store.list_transfers(
            tx,
            context.account,
            context.region,
            kind,
            table_name=table_name,
            after=str(after),
            limit=limit + 1,
        )
    )
    reply: dict[str, Any] = {
        member: [
            {name: one.description[name] for name in names if name in one.description}
            for one in found[:limit]
        ]
    }
    if len(found) > limit:
        reply["NextToken"] = token_after(found[limit - 1].id)
    return reply


def _check_format(given: str | None) -> None:
    if given == "ION":
        raise NotSupported("Lambent does not support Amazon Ion; DYNAMODB_JSON and CSV it does.")


def _new_id(now: float) -> str:
    return f"{int(now * 1000):014d}-{new_uuid()[:8]}"


def _same(tx: Tx, kind: str, table_name: str, context: Context, params: Params) -> Transfer | None:
    """AWS: what has the token of an earlier request is that request."""
    token = params.get("ClientToken")
    place = context.account, context.region, kind
    known = transfer_store.list_transfers(
        tx, *place, table_name=table_name, after="", limit=1_000 if token else 0
    )
    return next((one for one in known if one.description.get("ClientToken") == token), None)


def _export_time(table: Table, params: Params, now: float) -> float:
    recovery = table.settings.get("PointInTimeRecovery")
    if recovery is None:
        raise PointInTimeRecoveryUnavailable(
            f"Point in time recovery is not enabled for table '{table.name}'"
        )
    at: float = params.get("ExportTime", now)
    if not max(recovery["since"], now - recovery["days"] * 86_400.0) <= at <= now:
        raise InvalidExportTime("ExportTime is outside of the point in time recovery window")
    return at


def _described(
    transfer: Transfer, table: Table, params: Params, *, at: float, now: float
) -> dict[str, Any]:
    kept = ("ClientToken", "S3Bucket", "S3BucketOwner", "S3Prefix", "S3SseKmsKeyId")
    return {
        "ExportArn": transfer.arn,
        "ExportStatus": "IN_PROGRESS",
        "StartTime": now,
        "TableArn": table.arn,
        "TableId": table.uid,
        "ExportTime": at,
        "S3SseAlgorithm": params.get("S3SseAlgorithm", "AES256"),
        "ExportFormat": params.get("ExportFormat", "DYNAMODB_JSON"),
        "ExportType": params.get("ExportType", "FULL_EXPORT"),
        **{name: params[name] for name in kept if params.get(name) is not None},
    }
