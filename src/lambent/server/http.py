"""
HTTP ↔ wire: reads a request, finds who calls and what, passes the front door, writes the reply.

Our own paths, `/_lambent/…`, are told apart in `hosts`; the bytes are the `connection`'s.
"""

import logging

from lambent import front_door, registry
from lambent.core.errors import AwsError, ServerFault
from lambent.core.ids import new_uuid
from lambent.platform import Platform
from lambent.server import bodies, browsers, hosts, identity
from lambent.wire.codec import codec, error_reply
from lambent.wire.messages import HttpReply, HttpRequest
from lambent.wire.routing import route, streams_input

_FORM = "application/x-www-form-urlencoded"

_SERVICES = frozenset(registry.SERVICES)

_log = logging.getLogger(__name__)


class HttpServer:
    """Answers requests over one platform."""

    def __init__(self, platform: Platform, own_pages: hosts.OwnPages) -> None:
        self._platform = platform
        self._own_pages = own_pages

    async def answer(self, request: HttpRequest) -> HttpReply:
        """The reply to any request, whatever it is; never raises but when it is cancelled."""
        try:
            return await self._answer(request, new_uuid())
        except Exception:
            _log.exception("%s %s failed", request.method, request.path)
            return HttpReply(500, [], b"")

    async def _answer(self, request: HttpRequest, request_id: str) -> HttpReply:
        own_path = hosts.own_path(request) or await hosts.mapped_path(self._platform, request)
        if own_path is not None:
            return await self._own_pages.answer(request, own_path, request_id)
        if browsers.may_ask(request):
            # Few know browsers; a start should not read S3 for them.
            from lambent.server import buckets

            return await buckets.answer(self._platform, request, request_id, self._call)
        return await self._call(request, request_id)

    async def _call(self, request: HttpRequest, request_id: str) -> HttpReply:
        try:
            # The query protocol names its operation in the body.
            if request.headers.get("content-type", "").startswith(_FORM):
                request = await bodies.whole(request)
            found = route(request, _SERVICES)
            if not streams_input(found):
                request = await bodies.whole(request)
        except AwsError as error:
            return error_reply(request, error, request_id)
        coder = codec(found.service, found.operation, found.protocol)
        try:
            params = coder.parse(request, found)
            context = await identity.context_of(self._platform, request, request_id)
            reply = await front_door.call(context, found.service, found.operation, params)
            return coder.write(reply, request_id)
        except AwsError as error:
            return coder.write_error(error, request_id)
        except Exception:
            _log.exception("%s.%s failed (%s)", found.service, found.operation, request_id)
            return coder.write_error(ServerFault("An internal error occurred."), request_id)
