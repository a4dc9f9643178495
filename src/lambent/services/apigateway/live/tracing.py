"""
What X-Ray hears of a request to a stage whose tracing is enabled.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-xray.html
"""

import secrets
from dataclasses import dataclass, replace
from typing import Any

from lambent.platform import Context
from lambent.services.apigateway.live.asked import Asked
from lambent.traces import Recorded, TraceContext, new_root, parse_header


@dataclass(frozen=True, slots=True)
class Traced:
    """A request that is traced. Its integration is a part of its own, below the stage's."""

    trace: TraceContext
    segment_id: str
    integration_id: str


def begun(context: Context, asked: Asked) -> tuple[Traced | None, Asked]:
    """The request with the header that its integration gets; what the client has decided stands."""
    if not asked.site.stage.get("tracingEnabled"):
        return None, asked
    given = parse_header(asked.trace) or TraceContext(new_root(asked.now, secrets.token_hex(12)))
    sampled = given.sampled
    if sampled is None:
        sampled = context.platform.traces.samples(_stage_arn(asked), asked.now)
    if not sampled:
        return None, replace(asked, trace=f"Root={given.root};Sampled=0")
    trace = TraceContext(given.root, given.parent, True)
    traced = Traced(trace, secrets.token_hex(8), secrets.token_hex(8))
    return traced, replace(asked, trace=trace.header(traced.integration_id))


def ended(
    context: Context,
    traced: Traced,
    asked: Asked,
    *,
    status: int,
    length: int,
    seconds: float,
    integration_seconds: float | None,
) -> None:
    site = asked.site
    found = document(
        traced,
        asked,
        status=status,
        length=length,
        seconds=seconds,
        integration_seconds=integration_seconds,
    )
    context.platform.traces.record(Recorded(site.account, site.region, found))


def document(
    traced: Traced,
    asked: Asked,
    *,
    status: int,
    length: int,
    seconds: float,
    integration_seconds: float | None,
) -> dict[str, Any]:
    """The segment of the stage."""
    site, began = asked.site, asked.now
    request = {
        "url": f"https://{asked.host}{asked.full_path}",
        "method": asked.method,
        "client_ip": asked.source_ip,
        "x_forwarded_for": True,
    }
    if agent := asked.header("user-agent"):
        request["user_agent"] = agent
    found: dict[str, Any] = {
        "id": traced.segment_id,
        "trace_id": traced.trace.root,
        "name": f"{site.api.get('name', site.api_id)}/{site.stage_name}",
        "start_time": began,
        "end_time": began + seconds,
        "origin": "AWS::ApiGateway::Stage",
        "resource_arn": _stage_arn(asked),
        "http": {"request": request, "response": {"status": status, "content_length": length}},
        "aws": {
            "account_id": site.account,
            "api_gateway": {
                "account_id": site.account,
                "rest_api_id": site.api_id,
                "stage": site.stage_name,
                "request_id": asked.request_id,
            },
        },
        "annotations": {"aws:api_id": site.api_id, "aws:api_stage": site.stage_name},
    }
    if traced.trace.parent:
        found["parent_id"] = traced.trace.parent
    found |= _verdict(status)
    if integration_seconds is not None:
        found["subsegments"] = [_integration(traced, asked, status, seconds, integration_seconds)]
    return found


def _integration(
    traced: Traced, asked: Asked, status: int, seconds: float, integration_seconds: float
) -> dict[str, Any]:
    ended_at = asked.now + seconds
    integration = asked.endpoint.integration
    is_function = ":lambda:path/" in integration.get("uri", "")
    found = {
        "id": traced.integration_id,
        "name": "Lambda" if is_function else str(integration["type"]),
        "start_time": max(asked.now, ended_at - integration_seconds),
        "end_time": ended_at,
        "http": {"response": {"status": status}},
    }
    if integration["type"].startswith("AWS"):
        found["namespace"] = "aws"
    elif integration["type"].startswith("HTTP"):
        found["namespace"] = "remote"
    return found | _verdict(status)


def _verdict(status: int) -> dict[str, bool]:
    if status >= 500:
        return {"fault": True}
    if status == 429:
        return {"error": True, "throttle": True}
    return {"error": True} if status >= 400 else {}


def _stage_arn(asked: Asked) -> str:
    site = asked.site
    return f"arn:aws:apigateway:{site.region}::/restapis/{site.api_id}/stages/{site.stage_name}"
