"""What a route's integration answers: a function, another web address, or an AWS service."""

import asyncio

import orjson

from lambent.platform import Context
from lambent.services.apigatewayv2 import events, replies, service_calls, web_calls
from lambent.services.apigatewayv2.deployed import Integration
from lambent.services.apigatewayv2.functions import FunctionFailed, invoke
from lambent.services.apigatewayv2.parameter_mapping import changed_reply, changed_request
from lambent.services.apigatewayv2.replies import Refused
from lambent.services.apigatewayv2.requests import ApiRequest, Outcome
from lambent.services.apigatewayv2.route_rules import method_and_path
from lambent.services.apigatewayv2.rules import DEFAULT_ROUTE
from lambent.wire.http_events import Malformed
from lambent.wire.messages import HttpReply


async def integrate(
    context: Context, request: ApiRequest, integration: Integration, outcome: Outcome
) -> HttpReply:
    """`context` is of the API's own place. Raises Refused where the integration gave no answer."""
    changed = changed_request(request, integration.request_changes)
    loop = asyncio.get_running_loop()
    began = loop.time()
    try:
        reply = await _answer(context, request, changed, integration, outcome)
    except Refused as refused:
        outcome.integration_error = refused.reason
        raise
    finally:
        outcome.integration_latency = float(round((loop.time() - began) * 1000))
    outcome.function_status = reply.status
    return changed_reply(request, reply, integration.reply_changes)


async def _answer(
    context: Context,
    request: ApiRequest,
    changed: ApiRequest,
    integration: Integration,
    outcome: Outcome,
) -> HttpReply:
    if integration.settings["IntegrationType"] == "HTTP_PROXY":
        reply = await web_calls.pass_on(request, changed, integration)
        outcome.integration_status = reply.status
        return reply
    if integration.parameters:
        reply = await service_calls.call_service(context, request, integration)
        outcome.integration_status = reply.status
        return reply
    return await _function_reply(context, changed, integration, outcome)


async def _function_reply(
    context: Context, request: ApiRequest, integration: Integration, outcome: Outcome
) -> HttpReply:
    version = integration.settings["PayloadFormatVersion"]
    event = orjson.dumps(events.request_event(request, version))
    try:
        payload = await invoke(
            context,
            integration.uri(request, None) or "",
            event,
            source=_source(request),
            role=integration.settings.get("CredentialsArn"),
            seconds=integration.seconds,
        )
    except FunctionFailed as failure:
        outcome.integration_status = failure.status
        raise _refusal(failure) from failure
    outcome.integration_status = 200
    try:
        return replies.function_reply(payload, version)
    except Malformed as error:
        raise replies.failed(
            "The response from the Lambda function doesn't match the format that API Gateway"
            " expects."
        ) from error


def _source(request: ApiRequest) -> str:
    """AWS: the path of the route and not of the request, and a star for any method."""
    method, path = method_and_path(request.route_key)
    method = "*" if method == "ANY" else method
    path = f"/{path}" if path == DEFAULT_ROUTE else path
    return f"{request.api_arn}/{request.live.stage}/{method}{path}"


def _refusal(failure: FunctionFailed) -> Refused:
    reason = str(failure)
    if failure.timed_out or failure.status in (429, 503):
        return replies.unavailable(reason)
    if failure.status == 413:
        return replies.too_large()
    return replies.failed(reason)
