"""
The pages of ours that Lambda has: `/_lambent/lambda/code/<sha256>`, a deployment package,
`/_lambent/lambda/url/<url-id>/<path>`, a function URL for those who cannot resolve its host, and
`/_lambent/lambda/debug`, where a debugger's session is begun and ended.
"""

from functools import partial
from typing import Any

import orjson

from lambent.platform import Context
from lambent.services.lambda_ import (
    debugging,
    kept_packages,
    layer_store,
    names,
    store,
    url_door,
)
from lambent.services.lambda_.errors import InvalidParameterValue, ResourceNotFound
from lambent.storage.database import Tx
from lambent.wire.messages import HttpReply, HttpRequest


async def code(context: Context, request: HttpRequest, rest: str) -> HttpReply:
    """
    What GetFunction's Code.Location names.

    Whoever knows the content's hash may fetch it, as whoever has AWS's presigned URL may.
    """
    known = await context.db.read(partial(_is_code, blob=rest))
    blobs = kept_packages.blobs_of(context)
    path = blobs.path(rest)
    if not known or not path.exists():
        raise ResourceNotFound("There is no such deployment package.")
    size = path.stat().st_size
    headers = [("content-type", "application/zip"), ("content-length", str(size))]
    return HttpReply(200, headers, blobs.stream(rest, 0, size))


async def url(context: Context, request: HttpRequest, rest: str) -> HttpReply:
    """
    The function behind a URL.

    https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
    """
    url_id, _, path = rest.partition("/")
    return await url_door.answer(context, request, url_id, f"/{path}")


async def debug(context: Context, request: HttpRequest, rest: str) -> HttpReply:
    """
    POST `{"function", "qualifier", "port", "waits"}` begins, DELETE `{"function", "qualifier"}`
    ends the session of a version.
    """
    asked = _asked(request)
    name = names.parse(asked["function"], context.account, context.region, asked.get("qualifier"))
    there = context.at(name.account, name.region)
    if request.method == "DELETE":
        await debugging.end(there, name.arn, name.qualifier)
        return HttpReply(204, [], b"")
    session = await debugging.begin(
        there,
        name.arn,
        name.qualifier,
        port=int(asked.get("port", 0)),
        waits=bool(asked.get("waits", True)),
    )
    return HttpReply(200, [("content-type", "application/json")], orjson.dumps(session))


def _asked(request: HttpRequest) -> dict[str, Any]:
    # A page in a browser may send other types to anybody, but has to ask before it sends this one.
    is_json = request.headers.get("content-type", "").partition(";")[0] == "application/json"
    try:
        asked = orjson.loads(request.body) if is_json else None
    except orjson.JSONDecodeError:
        asked = None
    if (
        request.method not in ("POST", "DELETE")
        or not isinstance(asked, dict)
        or not isinstance(asked.get("function"), str)
        or not isinstance(asked.get("qualifier"), str | None)
        or asked.get("port", 0) not in range(65536)
    ):
        raise InvalidParameterValue('POST or DELETE JSON such as {"function": "greet"}.')
    return asked


def _is_code(tx: Tx, blob: str) -> bool:
    return store.is_code(tx, blob) or layer_store.is_layer_code(tx, blob)
