"""
A request's walk: which endpoint → who asks → is there room → is it valid → integration → reply.

Whatever ends it early is a gateway response.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Any
from urllib.parse import unquote

from lambent.core.ids import new_uuid
from lambent.platform import Context
from lambent.services.apigateway.live import (
    answers,
    authorizing,
    deployed,
    integrations,
    logging,
    metrics,
    refusing,
    routing,
    tracing,
    usage,
    validating,
)
from lambent.services.apigateway.live.answers import MalformedAnswer, NoResponseFits, Reply
from lambent.services.apigateway.live.asked import (
    Address,
    Asked,
    Site,
    context_variables,
    headers_of,
    path_below_stage,
    query_of,
)
from lambent.services.apigateway.live.deployed import Deployed
from lambent.services.apigateway.live.integrations import (
    ConfigurationWrong,
    EndpointFailed,
    FunctionFailed,
    RequestTooLarge,
    UnsupportedMediaType,
)
from lambent.services.apigateway.live.logging import Log
from lambent.services.apigateway.live.mapping import MappingFailed
from lambent.services.apigateway.live.refusing import Refused
from lambent.services.apigateway.live.routing import Endpoint
from lambent.services.apigateway.live.tracing import Traced
from lambent.traces import new_root
from lambent.wire.http_events import source_ip
from lambent.wire.messages import HttpReply, HttpRequest

Json = dict[str, Any]

# AWS's limit of a request.
_LARGEST = 10 << 20
_FORBIDDEN = HttpReply(
    403,
    [("content-type", "application/json"), ("x-amzn-errortype", "ForbiddenException")],
    b'{"message":"Forbidden"}',
)


@dataclass(slots=True)
class Walk:
    """One request on its way; what is known of it grows."""

    context: Context
    request: HttpRequest
    asked: Asked
    variables: Json
    log: Log
    traced: Traced | None = None
    began: float = field(default_factory=perf_counter)
    integration_seconds: float | None = None


async def answer(context: Context, request: HttpRequest, address: Address) -> HttpReply | None:
    """The reply; None for an API that is none of ours."""
    chance = int(context.request_id[:8], 16) / 0x1_0000_0000
    found = await deployed.find(context, address.api_id, address.stage, chance)
    if found is None:
        return None
    live = found.deployed
    # AWS: an API may be closed to all but the domain names that are mapped to it.
    if live is None or (live.api.get("disableExecuteApiEndpoint") and not address.full_path):
        return _FORBIDDEN
    walk = _begun(context, request, found.site, live, address)
    reply = await _answered(walk, live)
    await _told(walk, reply)
    return _finished(walk.asked, reply)


def _begun(
    context: Context, request: HttpRequest, site: Site, live: Deployed, address: Address
) -> Walk:
    path = path_below_stage(address.path)
    route = routing.find(live.root, path, request.method)
    endpoint, parameters = route or (_nothing(request.method), {})
    asked = asked_of(context, request, site, endpoint, path, parameters)
    if address.full_path:
        asked = replace(asked, full_path=unquote(address.full_path))
    traced, asked = tracing.begun(context, asked)
    _, settings = usage.settings_of(asked)
    log = Log(
        asked.request_id,
        settings.get("loggingLevel", "OFF"),
        bool(settings.get("dataTraceEnabled")),
        now=asked.now,
    )
    return Walk(context, request, asked, context_variables(asked), log, traced)


def _nothing(method: str) -> Endpoint:
    return Endpoint("", "", {"httpMethod": method, "methodIntegration": None})


def asked_of(
    context: Context,
    request: HttpRequest,
    site: Site,
    endpoint: Endpoint,
    path: str,
    parameters: Mapping[str, str],
) -> Asked:
    now = context.clock.now()
    trace = request.headers.get("x-amzn-trace-id") or f"Root={new_root(now, new_uuid())}"
    host = request.headers.get("host", "").partition(":")[0]
    body: bytes = request.body
    kind = request.headers.get("content-type", "")
    types = site.api.get("binaryMediaTypes") or ()
    return Asked(
        site=site,
        endpoint=endpoint,
        method=request.method,
        path=path,
        full_path=f"/{site.stage_name}{path}",
        path_parameters=parameters,
        headers=headers_of(request, trace),
        query=query_of(request.query),
        body=body,
        is_binary="*/*" in types or answers.is_media_type(kind, types),
        host=host
        if "." in host and not host[0].isdigit()
        else f"{site.api_id}.execute-api.{site.region}.amazonaws.com",
        source_ip=source_ip(request),
        request_id=context.request_id,
        extended_id=_extended_id(context.request_id),
        trace=trace,
        now=now,
    )


def _extended_id(request_id: str) -> str:
    digits = request_id.replace("-", "")[:22]
    try:
        return base64.b64encode(bytes.fromhex(digits)).decode()
    except ValueError:
        return request_id


async def _answered(walk: Walk, live: Deployed) -> Reply:
    try:
        return await _invoked(walk, live)
    except Refused as refused:
        walk.log.failed = refused.status >= 500
        walk.log.add(f"Gateway response type: {refused.kind} with status code: {refused.status}")
        return refusing.reply_to(refused, live.gateway_responses, walk.asked, walk.variables)


async def _invoked(walk: Walk, live: Deployed) -> Reply:
    asked, log = walk.asked, walk.log
    if len(asked.body) > _LARGEST:
        raise Refused("REQUEST_TOO_LARGE")
    if not asked.endpoint.resource_id:
        raise Refused("MISSING_AUTHENTICATION_TOKEN")
    logging.begun(log, asked)
    asked = await authorizing.authorize(walk.context, walk.request, asked, live, log)
    asked = walk.asked = await usage.admit(walk.context, asked)
    walk.variables = context_variables(asked)
    validating.check(asked, live)
    began = perf_counter()
    try:
        return await integrated(walk.context, asked, walk.variables, log)
    finally:
        walk.integration_seconds = perf_counter() - began


async def integrated(context: Context, asked: Asked, variables: Json, log: Log) -> Reply:
    """The integration's answer as the reply. Raises Refused for what goes wrong."""
    try:
        return await integrations.answer(context, asked, variables, log)
    except UnsupportedMediaType:
        raise Refused("UNSUPPORTED_MEDIA_TYPE") from None
    except RequestTooLarge:
        raise Refused("REQUEST_TOO_LARGE") from None
    except EndpointFailed as failure:
        log.add(f"Execution failed due to a network error: {failure}")
        if failure.timed_out:
            raise Refused("INTEGRATION_TIMEOUT") from None
        raise Refused("INTEGRATION_FAILURE") from None
    except (FunctionFailed, MalformedAnswer) as failure:
        reason = "Malformed Lambda proxy response" if isinstance(failure, MalformedAnswer) else ""
        log.add(f"Execution failed due to configuration error: {reason}")
        # AWS: a proxy's answer that is none is a bad gateway's.
        raise Refused("DEFAULT_5XX", "Internal server error", status=502) from None
    except (NoResponseFits, MappingFailed, ConfigurationWrong) as failure:
        reason = str(failure) or "No match for output mapping and no default endpoint configured"
        log.add(f"Execution failed due to configuration error: {reason}")
        raise Refused("API_CONFIGURATION_ERROR") from None


async def _told(walk: Walk, reply: Reply) -> None:
    asked, seconds = walk.asked, perf_counter() - walk.began
    _, settings = usage.settings_of(asked)
    found = asked.endpoint if asked.endpoint.resource_id else None
    metrics.count(
        walk.context,
        asked.site,
        found,
        status=reply.status,
        seconds=seconds,
        integration_seconds=walk.integration_seconds,
        detailed=bool(settings.get("metricsEnabled")) and found is not None,
    )
    if walk.traced is not None:
        tracing.ended(
            walk.context,
            walk.traced,
            asked,
            status=reply.status,
            length=len(reply.body),
            seconds=seconds,
            integration_seconds=walk.integration_seconds,
        )
    walk.log.add(f"Method completed with status: {reply.status}")
    await logging.write_execution_log(walk.context, asked.site, walk.log)
    if asked.site.stage.get("accessLogSettings"):
        variables = access_variables(walk, reply, seconds)
        await logging.write_access_log(walk.context, asked.site, variables, asked.now)


def access_variables(walk: Walk, reply: Reply, seconds: float) -> Json:
    """`$context` as access logs have it: with how it ended."""
    variables = dict(walk.variables)
    latency = round((walk.integration_seconds or 0.0) * 1000)
    integration = dict(variables.get("integration") or {})
    integration.setdefault("latency", latency)
    return {
        **variables,
        "status": reply.status,
        "responseLength": len(reply.body),
        "responseLatency": round(seconds * 1000),
        "integrationLatency": latency if walk.integration_seconds is not None else None,
        "integrationStatus": integration.get("integrationStatus"),
        "integration": integration,
    }


def _finished(asked: Asked, reply: Reply) -> HttpReply:
    headers = [
        ("x-amzn-RequestId", asked.request_id),
        ("x-amz-apigw-id", asked.extended_id),
        *(pair for pair in reply.headers if pair[0].lower() != "x-amzn-trace-id"),
        ("X-Amzn-Trace-Id", asked.trace),
    ]
    return HttpReply(reply.status, headers, reply.body)
