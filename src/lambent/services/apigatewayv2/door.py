"""
The data plane of HTTP APIs: a request comes in, takes a route, and is answered.

Stage, route, room, who asks, preflight, integration: in this order.
"""

import asyncio
import base64
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any
from urllib.parse import unquote

from lambent.core.ids import new_uuid
from lambent.platform import Context
from lambent.services.apigatewayv2 import (
    access_logs,
    authorizing,
    domain_store,
    integrating,
    metrics,
    replies,
    stage_rules,
    store,
    throttling,
)
from lambent.services.apigatewayv2.deployed import Deployed, Route, compile_snapshot
from lambent.services.apigatewayv2.records import Live
from lambent.services.apigatewayv2.replies import Refused
from lambent.services.apigatewayv2.requests import ApiRequest, Outcome
from lambent.services.apigatewayv2.rules import DEFAULT_STAGE
from lambent.services.apigatewayv2.web_calls import MOST_BYTES
from lambent.storage.database import Tx
from lambent.traces import new_root
from lambent.wire import cors
from lambent.wire.http_events import forwarded_headers
from lambent.wire.messages import HttpReply, HttpRequest

_CACHE = "apigatewayv2.deployed"
_MOST_DEPLOYED = 1_000
_Compiled = dict[tuple[str, str], Deployed]
_Snapshot = Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a request leads: the stage, and the path within it."""

    live: Live
    inner_path: str
    # A custom one; empty for the API's own.
    domain_name: str = ""


@dataclass(slots=True)
class _Passage:
    """
    A request on its way, and what is known of it so far.

    `caller` is the context of who asks, `context` of the API's own place; `asked` is the request
    as it came.
    """

    caller: Context
    context: Context
    asked: HttpRequest
    request: ApiRequest
    outcome: Outcome = field(default_factory=Outcome)


async def answer(context: Context, asked: HttpRequest, name: str, path: str) -> HttpReply | None:
    """`name` is an API's id or a custom domain name. None where there is no such API."""
    compiled: _Compiled = context.platform.caches.setdefault(_CACHE, {})
    found = await context.db.read(partial(_read, name=name, path=path, compiled=compiled))
    if found is None:
        return None
    place, snapshot = found
    passage = _passage(context, asked, place, path)
    if not place.live.stage:
        # AWS: nothing of it is logged or counted.
        return replies.not_found().reply
    loop = asyncio.get_running_loop()
    began = loop.time()
    deployed = _deployed(compiled, place.live, snapshot)
    settings = deployed.cors if deployed is not None else None
    preflight = cors.preflight_reply(settings, asked, 204) if settings else None
    try:
        reply = await _reply(passage, deployed, preflight)
    except Refused as refused:
        reply = refused.reply
        passage.outcome.error, passage.outcome.error_type = refused.message, refused.type
        if refused.type in ("ACCESS_DENIED", "UNAUTHORIZED"):
            passage.outcome.authorizer_error = refused.reason
    if settings and reply is not preflight:
        reply = replace(reply, headers=cors.with_cors(settings, asked, reply.headers))
    reply.headers.append(("apigw-requestid", passage.request.id))
    passage.outcome.latency = float(round((loop.time() - began) * 1000))
    await _tell(passage, reply)
    return reply


async def _reply(
    passage: _Passage, deployed: Deployed | None, preflight: HttpReply | None
) -> HttpReply:
    if deployed is None:
        raise replies.not_found()
    asked = passage.asked
    match = deployed.routes.find(asked.method, passage.request.inner_path)
    if match is None:
        if preflight is not None:
            return preflight
        raise replies.not_found()
    route = match.route
    passage.request = replace(
        passage.request, route_key=route.key, path_parameters=match.path_parameters
    )
    _check_room(passage, route)
    # AWS: a preflight request for a route that wants to know who asks does not know either.
    authorized = await authorizing.authorized(
        passage.caller, passage.context, passage.request, route, asked
    )
    passage.request = replace(passage.request, authorized=authorized)
    if preflight is not None:
        return preflight
    if route.integration is None:
        raise replies.not_found()
    return await integrating.integrate(
        passage.context, passage.request, route.integration, passage.outcome
    )


def _check_room(passage: _Passage, route: Route) -> None:
    live = passage.request.live
    if len(passage.asked.body) > MOST_BYTES:
        raise replies.too_large()
    settings = stage_rules.route_settings(live.settings, route.key)
    key = (live.api.id, live.stage, route.key)
    if not throttling.has_room(passage.context.platform, key, settings):
        raise replies.too_many()


async def _tell(passage: _Passage, reply: HttpReply) -> None:
    """Write the access log, and count."""
    live, outcome, request = passage.request.live, passage.outcome, passage.request
    outcome.status = reply.status
    outcome.length = len(reply.body) if isinstance(reply.body, bytes) else 0
    settings = stage_rules.route_settings(live.settings, request.route_key)
    detailed = bool(settings.get("DetailedMetricsEnabled") and request.route_key)
    metrics.count(passage.context, request, outcome, detailed=detailed)
    log = live.settings.get("AccessLogSettings")
    if log:
        await access_logs.write(passage.context, log, request, outcome)


def _passage(context: Context, asked: HttpRequest, place: _Place, path: str) -> _Passage:
    now = context.clock.now()
    trace = asked.headers.get("x-amzn-trace-id") or f"Root={new_root(now, new_uuid())}"
    api = place.live.api
    # Functions are asked with the trace that their events have.
    there = replace(
        context.at(api.account, api.region), request={**asked.headers, "x-amzn-trace-id": trace}
    )
    # AWS: of what has no body, too.
    length = {"content-length": str(len(asked.body))}
    request = ApiRequest(
        http=replace(asked, headers={**forwarded_headers(asked, trace), **length}),
        live=place.live,
        path=path,
        inner_path=place.inner_path,
        domain_name=place.domain_name or _own_domain(asked, place.live),
        id=_request_id(context.request_id),
        now=now,
    )
    return _Passage(context, there, asked, request)


def _own_domain(asked: HttpRequest, live: Live) -> str:
    host = asked.headers.get("host", "").partition(":")[0]
    own = live.api.id
    return host if host.startswith(own) else f"{own}.execute-api.{live.api.region}.localhost"


def _request_id(uuid: str) -> str:
    """
    In the form that the ids of HTTP APIs have.

    >>> _request_id("01234567-89ab-4cde-8f01-23456789abcd")
    'ASNFZ4mrTN6PASM='
    """
    return base64.b64encode(bytes.fromhex(uuid.replace("-", "")[:22])).decode()


def _find_place(tx: Tx, name: str, path: str) -> _Place | None:
    if "." in name:
        return _find_mapped(tx, name, path)
    first = unquote(path[1:].partition("/")[0])
    live = store.find_live(tx, name, (first, DEFAULT_STAGE))
    if live is None:
        return None
    if live.api.settings.get("DisableExecuteApiEndpoint"):
        return _Place(replace(live, stage=""), path)
    if live.stage in ("", DEFAULT_STAGE):
        return _Place(live, path)
    _, _, rest = path[1:].partition("/")
    return _Place(live, f"/{rest}")


def _find_mapped(tx: Tx, name: str, path: str) -> _Place | None:
    """AWS: the longest key that the path begins with; the empty one fits any path."""
    mappings = domain_store.list_mappings(tx, name)
    for mapping in sorted(mappings, key=lambda one: len(one.key), reverse=True):
        if not mapping.key:
            rest = path
        elif f"{path}/".startswith(f"/{mapping.key}/"):
            rest = path[len(mapping.key) + 1 :] or "/"
        else:
            continue
        live = store.find_live(tx, mapping.api_id, (mapping.stage, mapping.stage))
        return None if live is None else _Place(live, rest, name)
    return None


def _read(tx: Tx, name: str, path: str, compiled: _Compiled) -> tuple[_Place, _Snapshot] | None:
    """The place, and what it serves if that is not compiled yet: in one read, as it may change."""
    place = _find_place(tx, name, path)
    if place is None:
        return None
    live = place.live
    deployment_id = live.settings.get("DeploymentId", "")
    if not deployment_id or (live.api.id, deployment_id) in compiled:
        return place, None
    return place, store.get_snapshot(tx, live.api.id, deployment_id)


def _deployed(compiled: _Compiled, live: Live, snapshot: _Snapshot) -> Deployed | None:
    """What the stage serves. A deployment never changes, so that it is compiled once."""
    key = (live.api.id, live.settings.get("DeploymentId", ""))
    if snapshot is not None:
        if len(compiled) >= _MOST_DEPLOYED:
            compiled.clear()
        compiled[key] = compile_snapshot(snapshot)
    return compiled.get(key)
