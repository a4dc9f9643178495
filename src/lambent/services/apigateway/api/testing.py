"""What can be tried before it is deployed."""

from collections.abc import Mapping
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit

from lambent.core.errors import Impossible
from lambent.platform import Context, Params, Reply
from lambent.services.apigateway import changes, kinds, known
from lambent.services.apigateway.live import authorizing, deployed, gateway, refusing, routing
from lambent.services.apigateway.live.asked import Asked, Site, context_variables
from lambent.services.apigateway.live.logging import Log, begun
from lambent.services.apigateway.live.mapping import compact
from lambent.services.apigateway.live.refusing import Refused
from lambent.services.apigateway.live.routing import Endpoint
from lambent.services.apigateway.records import Document
from lambent.storage.database import Tx
from lambent.wire.messages import HttpRequest

# AWS: the stage that such requests are of.
_STAGE = "test-invoke-stage"


async def test_invoke_method(context: Context, params: Params) -> Reply:
    """
    A request to a method as it is now: without authorizers, keys and validators.

    https://docs.aws.amazon.com/apigateway/latest/api/API_TestInvokeMethod.html
    """
    began = perf_counter()
    snapshot = await context.db.read(lambda tx: _snapshot(tx, context, params))
    live = deployed.compiled(snapshot)
    endpoint = _endpoint(snapshot, params)
    method = params["httpMethod"]
    request, path = _request(params, "GET" if method == "ANY" else method)
    path = path or endpoint.resource_path
    found = routing.find(routing.tree([_alone(endpoint)]), path, request.method)
    asked = _asked(context, request, params, live.api, endpoint, path, found[1] if found else {})
    log = Log(asked.request_id, "INFO", with_data=True, now=asked.now)
    begun(log, asked)
    variables = context_variables(asked)
    try:
        reply = await gateway.integrated(context, asked, variables, log)
    except Refused as refused:
        reply = refusing.reply_to(refused, live.gateway_responses, asked, variables)
    log.add(f"Method completed with status: {reply.status}")
    several: dict[str, list[str]] = {}
    for name, value in reply.headers:
        several.setdefault(name, []).append(value)
    return {
        "status": reply.status,
        "body": reply.body.decode(errors="replace"),
        "headers": dict(reply.headers),
        "multiValueHeaders": several,
        "log": "\n".join(line for _, line in log.lines),
        "latency": round((perf_counter() - began) * 1000),
    }


async def test_invoke_authorizer(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_TestInvokeAuthorizer.html"""
    began = perf_counter()
    owner = known.api_owner(context, params)
    part = await context.db.read(
        lambda tx: known.get_part(tx, owner, kinds.AUTHORIZER, params["authorizerId"])
    )
    request, path = _request(params, "GET")
    endpoint = Endpoint("test-invoke-resource-id", path or "/", {"httpMethod": "GET"})
    asked = _asked(context, request, params, {}, endpoint, path or "/", {})
    log = Log(asked.request_id, "INFO", with_data=True, now=asked.now)
    reply: dict[str, Any] = {"clientStatus": 0}
    try:
        identity = authorizing.identity_of(part.document, asked)
        verdict = await authorizing.ask(context, asked, part.document, identity, log)
        reply["principalId"] = verdict.principal_id
        reply["policy"] = compact(verdict.policy)
        reply["authorization"] = {name: [str(value)] for name, value in verdict.context.items()}
    except Refused as refused:
        reply["clientStatus"] = refused.status
    reply["log"] = "\n".join(line for _, line in log.lines)
    reply["latency"] = round((perf_counter() - began) * 1000)
    return reply


def _snapshot(tx: Tx, context: Context, params: Params) -> Document:
    resource = known.get_resource(tx, context, params)
    known.integration_of(known.method_of(resource, params["httpMethod"]))
    return changes.snapshot(tx, known.api_owner(context, params), deployable=False)


def _endpoint(snapshot: Document, params: Params) -> Endpoint:
    for resource in snapshot[kinds.RESOURCE.name]:
        if resource["id"] == params["resourceId"]:
            method = resource["resourceMethods"][params["httpMethod"]]
            return Endpoint(resource["id"], resource["path"], method)
    raise Impossible("the resource was there a moment ago")


def _alone(endpoint: Endpoint) -> Document:
    return {
        "id": endpoint.resource_id,
        "path": endpoint.resource_path,
        "resourceMethods": {"ANY": endpoint.method},
    }


def _request(params: Params, method: str) -> tuple[HttpRequest, str]:
    """The request that is described, and its path."""
    parts = urlsplit(params.get("pathWithQueryString") or "")
    pairs = list((params.get("headers") or {}).items())
    for name, values in (params.get("multiValueHeaders") or {}).items():
        pairs += [(name, value) for value in values]
    headers = {name.lower(): value for name, value in pairs}
    raw = [(name.encode(), value.encode()) for name, value in pairs]
    body = (params.get("body") or "").encode()
    return HttpRequest(method, parts.path, parts.query, headers, body, raw_headers=raw), parts.path


def _asked(
    context: Context,
    request: HttpRequest,
    params: Params,
    api: Document,
    endpoint: Endpoint,
    path: str,
    parameters: Mapping[str, str],
) -> Asked:
    stage = {"stageName": _STAGE, "variables": params.get("stageVariables") or {}}
    site = Site(context.account, context.region, params["restApiId"], "", stage, api)
    return gateway.asked_of(context, request, site, endpoint, path, parameters)
