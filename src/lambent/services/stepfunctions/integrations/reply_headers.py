"""
What an optimised integration tells of the HTTP reply: its headers, as each service of AWS sends
them, in their order. The length is that of the reply which a client of the service would get.
"""

import zlib
from collections.abc import Mapping
from typing import Any

from lambent.wire.codec import codec
from lambent.wire.model import service_model
from lambent.wire.timestamps import http_date

Json = dict[str, Any]

_CONNECTED = ("x-amzn-RequestId", "connection", "Content-Length", "Date", "Content-Type")
_HEADERS: Mapping[str, tuple[str, ...]] = {
    "lambda": (
        "X-Amz-Log-Result",
        "X-Amz-Executed-Version",
        "x-amzn-Remapped-Content-Length",
        "Connection",
        "x-amzn-RequestId",
        "Content-Length",
        "Date",
        "X-Amzn-Trace-Id",
        "Content-Type",
    ),
    "dynamodb": (
        "Server",
        "Connection",
        "x-amzn-RequestId",
        "x-amz-crc32",
        "Content-Length",
        "Date",
        "Content-Type",
    ),
    "sns": _CONNECTED,
    "sqs": _CONNECTED,
    "stepfunctions": _CONNECTED,
}
_OTHERS = ("x-amzn-RequestId", "Content-Length", "Date", "Content-Type")
# AWS: putEvents answers with its entries alone.
_SILENT = frozenset(("events",))


def http_metadata(
    service: str, operation: str, reply: Mapping[str, Any], request_id: str, now: float
) -> Json:
    """SdkHttpMetadata and SdkResponseMetadata, or nothing."""
    if service in _SILENT:
        return {}
    values = _values(service, operation, reply, request_id, now)
    headers = {name: values[name] for name in _HEADERS.get(service, _OTHERS) if name in values}
    return {
        "SdkHttpMetadata": {
            "AllHttpHeaders": {name: [value] for name, value in headers.items()},
            "HttpHeaders": dict(sorted(headers.items(), key=lambda header: header[0].lower())),
            "HttpStatusCode": 200,
        },
        "SdkResponseMetadata": {"RequestId": request_id},
    }


def _values(
    service: str, operation: str, reply: Mapping[str, Any], request_id: str, now: float
) -> dict[str, str]:
    written = codec(service, operation, service_model(service).protocols[0]).write(
        dict(reply), request_id
    )
    body = written.body if isinstance(written.body, bytes) else b""
    return {
        "Server": "Server",
        "Connection": "keep-alive",
        "connection": "keep-alive",
        "x-amzn-Remapped-Content-Length": "0",
        "X-Amzn-Trace-Id": _trace(request_id, now),
        **dict(written.headers),
        "x-amzn-RequestId": request_id,
        "x-amz-crc32": str(zlib.crc32(body)),
        "Content-Length": str(len(body)),
        "Date": http_date(int(now)),
    }


def _trace(request_id: str, now: float) -> str:
    """The trace of a call that nobody samples."""
    digits = request_id.replace("-", "").lower().ljust(32, "0")
    return (
        f"Root=1-{int(now):08x}-{digits[:24]};Parent={digits[16:32]};Sampled=0;"
        f"Lineage=1:{digits[:8]}:0"
    )
