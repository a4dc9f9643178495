"""
Who asks, and may they? Signatures (AWS_IAM) and the API's own functions (CUSTOM).

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import orjson

from lambent.core.errors import AwsError
from lambent.languages import policies
from lambent.languages.regular_expressions import TooSlow, matcher
from lambent.platform import Context
from lambent.services.apigateway import rules
from lambent.services.apigateway.live.asked import Asked, authorizer_event, request_context
from lambent.services.apigateway.live.aws_calls import AwsUri
from lambent.services.apigateway.live.deployed import Deployed
from lambent.services.apigateway.live.integrations import SERVICE
from lambent.services.apigateway.live.logging import Log
from lambent.services.apigateway.live.mapping import (
    compact,
    request_value,
    with_stage_variables,
)
from lambent.services.apigateway.live.refusing import Refused
from lambent.services.apigateway.records import Document
from lambent.wire.http_events import Caller, value_in
from lambent.wire.messages import HttpRequest
from lambent.wire.signing import check_scope, parse_credential

_CACHE = "apigateway.verdicts"
_MOST_KEPT = 10_000


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an authorizer said, good for every method that its policy speaks of."""

    principal_id: str
    policy: Mapping[str, Any]
    context: Mapping[str, Any]
    usage_key: str | None
    made_at: float
    until: float


async def authorize(
    context: Context, request: HttpRequest, asked: Asked, deployed: Deployed, log: Log
) -> Asked:
    """The request with what is now known of who asks. Raises Refused."""
    match asked.endpoint.method.get("authorizationType", "NONE"):
        case "AWS_IAM":
            return replace(asked, caller=await _signed_by(context, request, asked))
        case "CUSTOM":
            authorizer = deployed.authorizers.get(asked.endpoint.method.get("authorizerId", ""))
            if authorizer is None:
                raise Refused("AUTHORIZER_CONFIGURATION_ERROR", None)
            return await _admitted(context, asked, authorizer, log)
    return asked


async def _signed_by(context: Context, request: HttpRequest, asked: Asked) -> Caller:
    credential = parse_credential(request)
    if credential is None:
        raise Refused("MISSING_AUTHENTICATION_TOKEN")
    try:
        check_scope(credential, "execute-api", asked.site.region)
        await context.platform.check_signature(context.platform, request)
    except AwsError as error:
        kind = "EXPIRED_TOKEN" if "Expired" in error.code else "INVALID_SIGNATURE"
        raise Refused(kind, error.message, error=error.code) from None
    principal = context.principal
    return Caller(credential.access_key_id, context.account, principal.user_id, principal.arn)


async def _admitted(context: Context, asked: Asked, authorizer: Document, log: Log) -> Asked:
    identity = identity_of(authorizer, asked)
    verdict = await _verdict(context, asked, authorizer, identity, log)
    match policies.effect(verdict.policy, "execute-api:Invoke", asked.method_arn):
        case "Allow":
            pass
        case "Deny":
            raise Refused(
                "ACCESS_DENIED",
                "User is not authorized to access this resource with an explicit deny",
            )
        case _:
            raise Refused("ACCESS_DENIED", "User is not authorized to access this resource")
    found = {**verdict.context, "principalId": verdict.principal_id, "integrationLatency": 0}
    if verdict.usage_key is not None:
        found["usageIdentifierKey"] = verdict.usage_key
    return replace(asked, authorizer=found)


def identity_of(authorizer: Document, asked: Asked) -> tuple[str, ...]:
    """What the authorizer goes by. Raises Refused where something of it is not there."""
    sources = [each.strip() for each in authorizer.get("identitySource", "").split(",")]
    context = request_context(asked)
    found = [request_value(source, asked, context) for source in sources if source]
    if any(value is None or value == "" for value in found):
        raise Refused("UNAUTHORIZED")
    expression = authorizer.get("identityValidationExpression")
    if expression and authorizer["type"] == "TOKEN":
        try:
            fits = matcher(expression, whole=True)(str(found[0]))
        except (re.error, TooSlow):
            raise Refused("AUTHORIZER_CONFIGURATION_ERROR", None) from None
        if not fits:
            raise Refused("UNAUTHORIZED")
    return tuple(map(str, found))


async def _verdict(
    context: Context, asked: Asked, authorizer: Document, identity: tuple[str, ...], log: Log
) -> Verdict:
    kept: dict[object, Verdict] = context.platform.caches.setdefault(_CACHE, {})
    site = asked.site
    key = (site.api_id, site.stage_name, site.deployment_id, authorizer["id"], identity)
    now = context.clock.now()
    verdict = kept.get(key) if identity else None
    flushed = float(site.stage.get(rules.FLUSHED, 0.0))
    if verdict is not None and now < verdict.until and verdict.made_at > flushed:
        return verdict
    verdict = await ask(context, asked, authorizer, identity, log)
    if identity and verdict.until > now:
        if len(kept) >= _MOST_KEPT:
            kept.clear()
        kept[key] = verdict
    return verdict


async def ask(
    context: Context, asked: Asked, authorizer: Document, identity: tuple[str, ...], log: Log
) -> Verdict:
    """Invoke the authorizer. Raises Refused."""
    payload = orjson.dumps(_event(asked, authorizer, identity))
    uri = with_stage_variables(authorizer["authorizerUri"], asked.site.variables)
    function = AwsUri.parse(uri).function_arn
    if function is None:
        raise Refused("AUTHORIZER_CONFIGURATION_ERROR", None)
    log.add(f"Starting authorizer: {authorizer['id']}")
    site = asked.site
    source = f"arn:aws:execute-api:{site.region}:{site.account}:{site.api_id}"
    caller = context.at(site.account, site.region).acting_as(
        authorizer.get("authorizerCredentials") or SERVICE
    )
    caller = replace(
        caller,
        request={
            "x-amzn-trace-id": asked.trace,
            "aws:sourcearn": f"{source}/authorizers/{authorizer['id']}",
        },
    )
    try:
        reply = await caller.call(
            "lambda", "Invoke", {"FunctionName": function, "Payload": payload}
        )
    except AwsError as error:
        log.add(f"Execution failed due to configuration error: {error.message}")
        raise Refused("AUTHORIZER_CONFIGURATION_ERROR", None) from None
    answer = value_in(bytes(reply["Payload"]))
    if reply.get("FunctionError"):
        message = answer.get("errorMessage") if isinstance(answer, dict) else None
        if message == "Unauthorized":
            raise Refused("UNAUTHORIZED")
        log.add(f"Execution failed due to an authorizer error: {message}")
        raise Refused("AUTHORIZER_FAILURE", None)
    ttl = float(authorizer.get("authorizerResultTtlInSeconds", 300))
    return verdict_of(answer, context.clock.now(), ttl)


def verdict_of(answer: Any, now: float, ttl: float) -> Verdict:
    """An authorizer's answer. Raises Refused for one that is none."""
    if not isinstance(answer, dict) or not policies.is_policy(answer.get("policyDocument")):
        raise Refused("AUTHORIZER_CONFIGURATION_ERROR", None)
    principal, given = answer.get("principalId"), answer.get("context") or {}
    if not isinstance(principal, str | int) or not isinstance(given, dict):
        raise Refused("AUTHORIZER_CONFIGURATION_ERROR", None)
    if any(isinstance(value, dict | list) for value in given.values()):
        # AWS: only plain values.
        raise Refused("AUTHORIZER_CONFIGURATION_ERROR", None)
    context = {name: _text(value) for name, value in given.items()}
    key = answer.get("usageIdentifierKey")
    return Verdict(
        str(principal), answer["policyDocument"], context, key, made_at=now, until=now + ttl
    )


def _text(value: Any) -> Any:
    """AWS: whatever it was, functions and templates get text."""
    return value if value is None or isinstance(value, str) else compact(value)


def _event(asked: Asked, authorizer: Document, identity: tuple[str, ...]) -> dict[str, Any]:
    if authorizer["type"] == "TOKEN":
        return {
            "type": "TOKEN",
            "methodArn": asked.method_arn,
            "authorizationToken": identity[0] if identity else None,
        }
    return authorizer_event(asked, request_context(asked))
