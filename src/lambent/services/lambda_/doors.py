"""
The pages of ours that Lambda has: `/_lambent/lambda/code/<sha256>`, a deployment package, and
`/_lambent/lambda/url/<url-id>/<path>`, a function URL for those who cannot resolve its host.
"""

from functools import partial

from lambent.platform import Context
from lambent.services.lambda_ import layer_store, store, url_door
from lambent.services.lambda_.errors import ResourceNotFound
from lambent.storage.database import Tx
from lambent.wire.messages import HttpReply, HttpRequest


async def code(context: Context, request: HttpRequest, rest: str) -> HttpReply:
    """
    What GetFunction's Code.Location names.

    Whoever knows the content's hash may fetch it, as whoever has AWS's presigned URL may.
    """
    known = await context.db.read(partial(_is_code, blob=rest))
    path = context.platform.blobs.path(rest)
    if not known or not path.exists():
        raise ResourceNotFound("There is no such deployment package.")
    size = path.stat().st_size
    headers = [("content-type", "application/zip"), ("content-length", str(size))]
    return HttpReply(200, headers, context.platform.blobs.stream(rest, 0, size))


async def url(context: Context, request: HttpRequest, rest: str) -> HttpReply:
    """
    The function behind a URL.

    https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
    """
    url_id, _, path = rest.partition("/")
    return await url_door.answer(context, request, url_id, f"/{path}")


def _is_code(tx: Tx, blob: str) -> bool:
    return store.is_code(tx, blob) or layer_store.is_layer_code(tx, blob)
