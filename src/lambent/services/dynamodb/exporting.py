"""The work of an export: the items that were kept aside, as files in S3."""

import base64
import gzip
import hashlib
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from lambent.core.errors import AwsError
from lambent.core.ids import uuid_from
from lambent.platform import Context
from lambent.services.dynamodb import item_store, transfer_files, transfer_store
from lambent.services.dynamodb.item_store import Span
from lambent.services.dynamodb.transfer_files import DataFile
from lambent.services.dynamodb.transfer_store import Transfer
from lambent.storage.database import Tx
from lambent.work import queue
from lambent.work.queue import WorkItem

# Items have up to 400 KB.
_ROWS = 100
_FILE_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Bucket:
    caller: Context
    name: str
    folder: str

    async def put(self, name: str, body: bytes) -> str:
        key = f"{self.folder}/{name}"
        await self.caller.call("s3", "PutObject", {"Bucket": self.name, "Key": key, "Body": body})
        return key


async def export(context: Context, item: WorkItem) -> None:
    """Write all files and then the manifests; whoever does it again writes the same ones."""
    payload = item.payload
    transfer = await context.db.read(
        lambda tx: transfer_store.get_transfer(tx, "export", payload["arn"])
    )
    try:
        described = await _written(context, transfer, payload)
    except AwsError as error:
        # AWS: such as S3NoSuchBucket.
        described = {
            "ExportStatus": "FAILED",
            "FailureCode": f"S3{error.code}",
            "FailureMessage": error.message,
            "EndTime": context.clock.now(),
        }

    def write(tx: Tx) -> None:
        done = replace(transfer, description={**transfer.description, **described})
        transfer_store.put_transfer(tx, done)
        copy = {"copy": payload["copy"]}
        context.enqueue(tx, f"dynamodb/remove_copy/{payload['copy']}", "dynamodb.remove_copy", copy)
        queue.finish(tx, item.id)

    await context.db.write(write)


async def _written(context: Context, transfer: Transfer, payload: dict[str, Any]) -> dict[str, Any]:
    description = transfer.description
    prefix = description.get("S3Prefix")
    folder = f"AWSDynamoDB/{transfer.id}"
    bucket = _Bucket(
        context.acting_as(payload["principal"]),
        description["S3Bucket"],
        f"{prefix.rstrip('/')}/{folder}" if prefix else folder,
    )
    await bucket.put("_started", b"")
    files, size = await _data_files(context, bucket, transfer, payload["copy"])
    listed = transfer_files.manifest_files(files)
    files_key = await bucket.put("manifest-files.json", listed)
    await bucket.put("manifest-files.md5", _md5(listed))
    done = {
        "ExportStatus": "COMPLETED",
        "EndTime": context.clock.now(),
        "ItemCount": sum(file.items for file in files),
        "BilledSizeBytes": size,
        "ExportManifest": f"{bucket.folder}/manifest-summary.json",
    }
    summary = transfer_files.manifest_summary({**description, **done}, files_key)
    await bucket.put("manifest-summary.json", summary)
    await bucket.put("manifest-summary.md5", _md5(summary))
    return done


async def _data_files(
    context: Context, bucket: _Bucket, transfer: Transfer, copy: int
) -> tuple[list[DataFile], int]:
    files: list[DataFile] = []
    lines: list[bytes] = []
    size = total = 0
    span = Span()
    while True:
        found = await context.db.read(
            partial(item_store.page_of_items, table_id=copy, span=span, limit=_ROWS)
        )
        for one in found:
            line = transfer_files.item_line(one.kept.item)
            lines.append(line)
            size += len(line)
            total += one.size
        ended = len(found) < _ROWS
        if size >= _FILE_BYTES or (ended and (lines or not files)):
            body = gzip.compress(b"".join(lines), mtime=0)
            name = uuid_from(transfer.arn, str(len(files))).replace("-", "")[:26]
            key = await bucket.put(f"data/{name}.json.gz", body)
            files.append(DataFile.of(key, len(lines), body))
            lines, size = [], 0
        if ended:
            return files, total
        place = found[-1].kept.place
        span = Span(after=(place.partition, place.sort))


def _md5(body: bytes) -> bytes:
    return base64.b64encode(hashlib.md5(body).digest())
