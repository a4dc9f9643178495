"""
What the pages that a browser shows ask of S3's buckets: whether they may (CORS), and by forms.

While authorization is off, a page from elsewhere is kept out, unless the bucket's rules let it in.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial

from lambent import registry
from lambent.core.errors import AwsError
from lambent.platform import Platform
from lambent.server import browsers, forms
from lambent.services.s3 import cross_origin, store
from lambent.services.s3.cross_origin import Rule
from lambent.storage.database import Tx
from lambent.wire.codec import error_reply
from lambent.wire.messages import HttpReply, HttpRequest
from lambent.wire.routing import bucket_and_key

_SERVICES = frozenset(registry.SERVICES)

Answer = Callable[[HttpRequest, str], Awaitable[HttpReply]]


async def answer(
    platform: Platform, request: HttpRequest, request_id: str, go_on: Answer
) -> HttpReply:
    """The reply to what a page asks; `go_on` answers as it would anybody."""
    place = bucket_and_key(request, _SERVICES)
    if place is None:
        return await _answer_here(platform, request, request_id, go_on)
    bucket, key = place
    if browsers.is_form(request) and not key and not request.query:
        go_on = partial(forms.post, platform, bucket=bucket, put=go_on)
    is_there, rules = await platform.database.read(partial(_rules, bucket=bucket))
    asked = cross_origin.asked_by(request.method, request.headers)
    if request.method == "OPTIONS":
        try:
            headers = cross_origin.preflight(is_there, rules, asked, key)
            return HttpReply(200, headers)
        except AwsError as error:
            return error_reply(request, error, request_id)
    rule = None if asked is None else cross_origin.find_rule(rules, asked)
    if rule is None or asked is None:
        return await _answer_here(platform, request, request_id, go_on)
    if _reaches_further(request, key):
        reply = await _answer_here(platform, request, request_id, go_on)
    else:
        reply = await go_on(request, request_id)
    return replace(reply, headers=[*reply.headers, *cross_origin.reply_headers(rule, asked)])


def _reaches_further(request: HttpRequest, key: str) -> bool:
    """
    Is it about more than the bucket's objects? Where nobody is asked who they are, its rules should
    not let pages from elsewhere copy what others have, nor change the bucket itself.
    """
    changes_bucket = not key and request.method in ("PUT", "DELETE")
    return changes_bucket or "x-amz-copy-source" in request.headers


async def _answer_here(
    platform: Platform, request: HttpRequest, request_id: str, go_on: Answer
) -> HttpReply:
    try:
        if platform.settings.auth == "off":
            browsers.check_origin(request)
    except AwsError as error:
        return error_reply(request, error, request_id)
    return await go_on(request, request_id)


def _rules(tx: Tx, bucket: str) -> tuple[bool, Sequence[Rule]]:
    """Whether there is such a bucket, and its rules."""
    found = store.find_configuration(tx, bucket, "cors")
    if found is not None:
        return True, found["CORSRules"]
    return store.find_bucket(tx, bucket) is not None, ()
