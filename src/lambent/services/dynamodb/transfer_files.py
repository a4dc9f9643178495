"""
The files of exports and imports: lines of items, and the manifests beside them. Pure.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html
"""

import base64
import csv
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from lambent.languages.dynamodb_expressions import ExpressionRefused, Item, checked_item

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class DataFile:
    key: str
    items: int
    md5: bytes

    @classmethod
    def of(cls, key: str, items: int, body: bytes) -> "DataFile":
        return cls(key, items, hashlib.md5(body).digest())


def item_line(item: Item) -> bytes:
    return orjson.dumps({"Item": item}, default=_base64) + b"\n"


def manifest_files(files: Sequence[DataFile]) -> bytes:
    return b"".join(
        orjson.dumps(
            {
                "itemCount": file.items,
                "md5Checksum": base64.b64encode(file.md5).decode(),
                "etag": file.md5.hex(),
                "dataFileS3Key": file.key,
            }
        )
        + b"\n"
        for file in files
    )


def manifest_summary(description: Mapping[str, Any], files_key: str) -> bytes:
    return orjson.dumps(
        {
            "version": "2020-06-30",
            "exportArn": description["ExportArn"],
            "startTime": instant(description["StartTime"]),
            "endTime": instant(description["EndTime"]),
            "tableArn": description["TableArn"],
            "tableId": description["TableId"],
            "exportTime": instant(description["ExportTime"]),
            "s3Bucket": description["S3Bucket"],
            "s3Prefix": description.get("S3Prefix"),
            "s3SseAlgorithm": description["S3SseAlgorithm"],
            "s3SseKmsKeyId": description.get("S3SseKmsKeyId"),
            "manifestFilesS3Key": files_key,
            "billedSizeBytes": description["BilledSizeBytes"],
            "itemCount": description["ItemCount"],
            "outputFormat": description["ExportFormat"],
            "exportType": description["ExportType"],
        }
    )


def instant(at: float) -> str:
    moment = datetime.fromtimestamp(round(at, 3), UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def items_of_json(lines: Sequence[str]) -> Iterator[Item | None]:
    """What DYNAMODB_JSON has: an item a line; None for a line that is none."""
    for line in lines:
        try:
            item = orjson.loads(line)["Item"]
            yield checked_item({name: _with_bytes(value) for name, value in item.items()})
        except (ValueError, LookupError, TypeError, AttributeError, ExpressionRefused):
            yield None


def items_of_csv(
    lines: Sequence[str], header: Sequence[str], delimiter: str, types: Mapping[str, str]
) -> Iterator[Item | None]:
    """AWS: all is text but keys, which have the types that the table gives them."""
    for row in csv.reader(lines, delimiter=delimiter):
        if not row:
            continue
        try:
            yield checked_item(
                {
                    name: _typed(text, types.get(name, "S"))
                    for name, text in zip(header, row, strict=False)
                    if text
                }
            )
        except (ValueError, ExpressionRefused):
            yield None


def _typed(text: str, kind: str) -> Json:
    return {kind: base64.b64decode(text, validate=True) if kind == "B" else text}


def _with_bytes(value: Mapping[str, Any]) -> Json:
    """The value with bytes where the text has base64."""
    [(kind, inner)] = value.items()
    match kind:
        case "B":
            return {"B": base64.b64decode(inner, validate=True)}
        case "BS":
            return {"BS": [base64.b64decode(one, validate=True) for one in inner]}
        case "L":
            return {"L": [_with_bytes(one) for one in inner]}
        case "M":
            return {"M": {name: _with_bytes(one) for name, one in inner.items()}}
    return {kind: inner}


def _base64(value: Any) -> str:
    return base64.b64encode(value).decode()
