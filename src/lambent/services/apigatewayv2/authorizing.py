"""
Who may take a route: tokens, Lambda authorizers, signatures.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-access-control.html
"""

from dataclasses import replace
from typing import Any

import orjson

from lambent.core.errors import AwsError
from lambent.languages import policies
from lambent.platform import Context
from lambent.services.apigatewayv2 import authorizer_cache, events, issuers, tokens
from lambent.services.apigatewayv2.authorizer_cache import Answer
from lambent.services.apigatewayv2.deployed import Authorizer, Route
from lambent.services.apigatewayv2.functions import FunctionFailed, invoke
from lambent.services.apigatewayv2.integration_rules import function_arn
from lambent.services.apigatewayv2.replies import failed, forbidden, unauthorized
from lambent.services.apigatewayv2.requests import ApiRequest, Authorized
from lambent.wire.http_events import Caller, value_in
from lambent.wire.messages import HttpRequest
from lambent.wire.signing import check_scope, parse_credential

# AWS: what an authorizer may take.
_SECONDS = 10.0


async def authorized(
    caller: Context, context: Context, request: ApiRequest, route: Route, asked: HttpRequest
) -> Authorized | None:
    """
    What is known of the client. Raises Refused.

    `caller` is the context of who asks, `context` of the API's own place; `asked` is the request
    as it came, which is what a signature is of.
    """
    match route.settings.get("AuthorizationType", "NONE"):
        case "JWT" if route.authorizer is not None:
            return await _by_token(context, request, route, route.authorizer)
        case "CUSTOM" if route.authorizer is not None:
            return await _by_function(context, request, route, route.authorizer)
        case "AWS_IAM":
            return await _by_signature(caller, request, asked)
        case "NONE":
            return None
    raise failed("The route names an authorizer that is not there")


async def _by_token(
    context: Context, request: ApiRequest, route: Route, authorizer: Authorizer
) -> Authorized:
    wanted: list[str] = route.settings.get("AuthorizationScopes") or []
    configuration = authorizer.settings["JwtConfiguration"]
    text = authorizer.sources[0](request, None)
    if not text:
        raise unauthorized("missing: token not provided", "Bearer")
    scope = f'scope="{" ".join(wanted)}"'
    try:
        token = tokens.read_token(text)
        key = await issuers.get_key(context, configuration["Issuer"], token.key_id)
        tokens.check_signature(token, key)
        audience = configuration.get("Audience") or []
        tokens.check_claims(token, configuration["Issuer"], audience, context.clock.now())
    except tokens.InvalidToken as error:
        why = f'Bearer {scope} error="invalid_token" error_description="{error}"'
        raise unauthorized(f"invalid_token: {error}", why) from error
    scopes = tokens.scopes_of(token)
    if wanted and not scopes & set(wanted):
        why = f"expected scopes: [{' '.join(wanted)}]"
        refusal = forbidden(f"insufficient_scope: {why}")
        refusal.challenge = f'Bearer {scope} error="insufficient_scope" error_description="{why}"'
        raise refusal
    held = tuple(one for one in wanted if one in scopes) if wanted else None
    return Authorized(claims=tokens.claim_texts(token), scopes=held)


async def _by_function(
    context: Context, request: ApiRequest, route: Route, authorizer: Authorizer
) -> Authorized:
    values = [source(request, None) for source in authorizer.sources]
    if not all(values):
        raise unauthorized("an identity source is missing")
    identity = tuple(value for value in values if value)
    live = request.live
    key = (live.api.id, live.stage, authorizer.id, identity)
    lifetime = authorizer.settings["AuthorizerResultTtlInSeconds"] if identity else 0
    answer = (
        authorizer_cache.find_answer(context.platform, key, authorizer.settings)
        if lifetime
        else None
    )
    arn = route_arn(request)
    if answer is None:
        answer = await _asked(context, request, authorizer, arn, identity)
        answer = replace(answer, expires=context.clock.now() + lifetime)
        if lifetime:
            authorizer_cache.keep_answer(context.platform, key, answer)
    if not _lets_through(answer, arn):
        raise forbidden("the authorizer denies it")
    return answer.authorized


async def _asked(
    context: Context,
    request: ApiRequest,
    authorizer: Authorizer,
    arn: str,
    identity: tuple[str, ...],
) -> Answer:
    settings = authorizer.settings
    version = settings["AuthorizerPayloadFormatVersion"]
    event = events.authorizer_event(request, version, arn, identity)
    try:
        payload = await invoke(
            context,
            function_arn(settings["AuthorizerUri"]),
            orjson.dumps(event),
            source=f"{request.api_arn}/authorizers/{authorizer.id}",
            role=settings.get("AuthorizerCredentialsArn"),
            seconds=_SECONDS,
        )
    except FunctionFailed as failure:
        raise failed(str(failure)) from failure
    found = value_in(payload)
    if not isinstance(found, dict):
        raise failed("The authorizer's answer is no object")
    return _answer(found, settings)


def _answer(found: dict[str, Any], settings: Any) -> Answer:
    known = found.get("context")
    principal = found.get("principalId")
    who = Authorized(
        context=known if isinstance(known, dict) else {},
        principal_id=principal if isinstance(principal, str) else None,
    )
    if settings.get("EnableSimpleResponses"):
        allowed = found.get("isAuthorized")
        if not isinstance(allowed, bool):
            raise failed("The authorizer's answer has no isAuthorized")
        return Answer(allowed, None, who, settings, 0.0)
    if "policyDocument" not in found:
        raise failed("The authorizer's answer has no policyDocument")
    return Answer(True, found["policyDocument"], who, settings, 0.0)


def _lets_through(answer: Answer, arn: str) -> bool:
    if answer.policy is None:
        return answer.is_authorized
    try:
        return policies.effect(answer.policy, "execute-api:Invoke", arn) == "Allow"
    except policies.MalformedPolicy as error:
        raise failed(str(error)) from error


async def _by_signature(context: Context, request: ApiRequest, asked: HttpRequest) -> Authorized:
    credential = parse_credential(asked)
    if credential is None:
        raise forbidden("Missing Authentication Token")
    try:
        check_scope(credential, "execute-api", request.live.api.region)
        await context.platform.check_signature(context.platform, asked)
    except AwsError as error:
        raise forbidden(error.message) from error
    principal = context.principal
    caller = Caller(credential.access_key_id, context.account, principal.user_id, principal.arn)
    return Authorized(caller=caller)


def route_arn(request: ApiRequest) -> str:
    """What a policy names: the stage, the method and the path of the request."""
    return f"{request.api_arn}/{request.live.stage}/{request.http.method}{request.inner_path}"
