"""
`$context`: what an API knows of a request, by AWS's names. Pure.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
"""

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from lambent.services.apigatewayv2.requests import ApiRequest, Authorized, Outcome
from lambent.wire.http_events import request_time

_Variable = Callable[[ApiRequest, Outcome], Any]
_NOTHING = Outcome()


def context_value(name: str, request: ApiRequest, outcome: Outcome = _NOTHING) -> str | None:
    """The variable as text; None of one that there is not, or that nothing is known of."""
    variable = _VARIABLES.get(name)
    if variable is not None:
        found = variable(request, outcome)
    elif name.startswith("authorizer.") and request.authorized is not None:
        found = _of_authorizer(name.removeprefix("authorizer."), request.authorized)
    else:
        return None
    return None if found in (None, "") else _text(found)


def _of_authorizer(name: str, authorized: Authorized) -> Any:
    if name == "principalId":
        return authorized.principal_id
    if name.startswith("claims."):
        return (authorized.claims or {}).get(name.removeprefix("claims."))
    return (authorized.context or {}).get(name)


def _text(value: object) -> str:
    match value:
        case str():
            return value
        case bool():
            return str(value).lower()
        case float():
            return str(int(value))
        case dict() | list():
            return orjson.dumps(value).decode()
    return str(value)


def _caller(member: str) -> _Variable:
    def variable(request: ApiRequest, _: Outcome) -> Any:
        authorized = request.authorized
        caller = authorized.caller if authorized is not None else None
        return None if caller is None else getattr(caller, member)

    return variable


_VARIABLES: Mapping[str, _Variable] = {
    "accountId": lambda request, _: request.live.api.account,
    "apiId": lambda request, _: request.live.api.id,
    "authorizer.error": lambda _, outcome: outcome.authorizer_error,
    "dataProcessed": lambda request, outcome: len(request.http.body) + outcome.length,
    "domainName": lambda request, _: request.domain_name,
    "domainPrefix": lambda request, _: request.domain_name.partition(".")[0],
    "error.message": lambda _, outcome: outcome.error,
    "error.messageString": lambda _, outcome: f'"{outcome.error}"' if outcome.error else None,
    "error.responseType": lambda _, outcome: outcome.error_type,
    "extendedRequestId": lambda request, _: request.id,
    "httpMethod": lambda request, _: request.http.method,
    "identity.accessKey": _caller("access_key"),
    "identity.accountId": _caller("account"),
    "identity.caller": _caller("user_id"),
    "identity.sourceIp": lambda request, _: request.source_ip,
    "identity.user": _caller("user_id"),
    "identity.userAgent": lambda request, _: request.http.headers.get("user-agent"),
    "identity.userArn": _caller("arn"),
    "integration.error": lambda _, outcome: outcome.integration_error,
    "integration.integrationStatus": lambda _, outcome: outcome.integration_status,
    "integration.latency": lambda _, outcome: outcome.integration_latency,
    "integration.status": lambda _, outcome: outcome.function_status,
    "integrationErrorMessage": lambda _, outcome: outcome.integration_error,
    "integrationLatency": lambda _, outcome: outcome.integration_latency,
    "integrationStatus": lambda _, outcome: outcome.integration_status,
    "path": lambda request, _: request.path,
    "protocol": lambda _, __: "HTTP/1.1",
    "requestId": lambda request, _: request.id,
    "requestTime": lambda request, _: request_time(request.now),
    "requestTimeEpoch": lambda request, _: int(request.now * 1000),
    "responseLatency": lambda _, outcome: outcome.latency,
    "responseLength": lambda _, outcome: outcome.length,
    "routeKey": lambda request, _: request.route_key,
    "stage": lambda request, _: request.live.stage,
    "status": lambda _, outcome: outcome.status,
}
