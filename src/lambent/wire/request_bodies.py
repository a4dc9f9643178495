"""Request bodies that SDKs compress (`requestcompression` in the model, CloudWatch's metrics)."""

import zlib

from lambent.core.errors import ClientError
from lambent.wire.errors import SerializationFailed
from lambent.wire.messages import HttpRequest

# Far above any operation that allows compression, far below what would hurt.
_MAXIMUM_SIZE = 64 * 1024 * 1024


class RequestEntityTooLarge(ClientError):
    code = "RequestEntityTooLargeException"
    status = 413


def plain_body(request: HttpRequest) -> bytes:
    """The body of a request that may have been compressed."""
    body: bytes = request.body
    encoding = request.headers.get("content-encoding")
    if encoding is None or encoding.rpartition(",")[2].strip() != "gzip":
        return body
    reader = zlib.decompressobj(wbits=31)
    try:
        plain = reader.decompress(body, _MAXIMUM_SIZE)
    except zlib.error:
        raise SerializationFailed("The body is not gzip") from None
    if reader.unconsumed_tail:
        raise RequestEntityTooLarge("The request is too large")
    return plain
