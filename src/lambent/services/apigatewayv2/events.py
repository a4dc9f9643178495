"""
A request as the event of a function, in both payload formats. Pure.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
"""

from typing import Any
from urllib.parse import parse_qsl

from lambent.services.apigatewayv2.requests import ApiRequest, Authorized
from lambent.services.apigatewayv2.route_rules import method_and_path
from lambent.wire.http_events import event_body, iam_authorizer, request_time


def request_event(request: ApiRequest, version: str) -> dict[str, Any]:
    """The event of an integration."""
    return _event_1(request) if version == "1.0" else _event_2(request)


def authorizer_event(
    request: ApiRequest, version: str, arn: str, identity: tuple[str, ...]
) -> dict[str, Any]:
    """The event of a Lambda authorizer: what the request says, without its body."""
    event = request_event(request, version)
    del event["isBase64Encoded"]
    event.pop("body", None)
    if version == "2.0":
        named = {"type": "REQUEST", "routeArn": arn, "identitySource": list(identity) or None}
        return {"version": "2.0", **named, **event}
    joined = ",".join(identity)
    del event["multiValueHeaders"], event["multiValueQueryStringParameters"]
    named = {
        "type": "REQUEST",
        "methodArn": arn,
        "identitySource": joined or None,
        "authorizationToken": joined or None,
    }
    return {"version": "1.0", **named, **event}


def _event_2(request: ApiRequest) -> dict[str, Any]:
    headers = dict(request.http.headers)
    cookies = headers.pop("cookie", "")
    body, is_base64 = event_body(request.http)
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": request.route_key,
        "rawPath": request.raw_path,
        "rawQueryString": request.http.query,
        "headers": headers,
        "requestContext": _context_2(request),
        "isBase64Encoded": is_base64,
    }
    if cookies:
        event["cookies"] = [cookie.strip() for cookie in cookies.split(";")]
    if request.query:
        event["queryStringParameters"] = request.query
    if request.path_parameters:
        event["pathParameters"] = request.path_parameters
    if request.stage_variables:
        event["stageVariables"] = request.stage_variables
    if body is not None:
        event["body"] = body
    return event


def _context_2(request: ApiRequest) -> dict[str, Any]:
    context: dict[str, Any] = {
        "accountId": request.live.api.account,
        "apiId": request.live.api.id,
        "domainName": request.domain_name,
        "domainPrefix": request.domain_name.partition(".")[0],
        "http": {
            "method": request.http.method,
            "path": request.raw_path,
            "protocol": "HTTP/1.1",
            "sourceIp": request.source_ip,
            "userAgent": request.http.headers.get("user-agent", ""),
        },
        "requestId": request.id,
        "routeKey": request.route_key,
        "stage": request.live.stage,
        "time": request_time(request.now),
        "timeEpoch": int(request.now * 1000),
    }
    if request.authorized is not None:
        context["authorizer"] = _authorizer_2(request.authorized)
    return context


def _authorizer_2(authorized: Authorized) -> dict[str, Any]:
    if authorized.caller is not None:
        return {"iam": iam_authorizer(authorized.caller)}
    if authorized.claims is not None:
        scopes = None if authorized.scopes is None else list(authorized.scopes)
        return {"jwt": {"claims": authorized.claims, "scopes": scopes}}
    return {"lambda": authorized.context}


def _event_1(request: ApiRequest) -> dict[str, Any]:
    body, is_base64 = event_body(request.http)
    pairs = parse_qsl(request.http.query, keep_blank_values=True)
    several: dict[str, list[str]] = {}
    for name, value in pairs:
        several.setdefault(name, []).append(value)
    _, resource = method_and_path(request.route_key)
    return {
        "version": "1.0",
        "resource": resource,
        "path": request.path,
        "httpMethod": request.http.method,
        "headers": request.http.headers,
        "multiValueHeaders": {name: [value] for name, value in request.http.headers.items()},
        "queryStringParameters": dict(pairs) or None,
        "multiValueQueryStringParameters": several or None,
        "requestContext": _context_1(request, resource),
        "pathParameters": request.path_parameters or None,
        "stageVariables": request.stage_variables or None,
        "body": body,
        "isBase64Encoded": is_base64,
    }


def _context_1(request: ApiRequest, resource: str) -> dict[str, Any]:
    caller = request.authorized.caller if request.authorized else None
    return {
        "accountId": request.live.api.account,
        "apiId": request.live.api.id,
        "authorizer": _authorizer_1(request.authorized),
        "domainName": request.domain_name,
        "domainPrefix": request.domain_name.partition(".")[0],
        "extendedRequestId": request.id,
        "httpMethod": request.http.method,
        "identity": {
            "accessKey": caller.access_key if caller else None,
            "accountId": caller.account if caller else None,
            "caller": caller.user_id if caller else None,
            "cognitoAmr": None,
            "cognitoAuthenticationProvider": None,
            "cognitoAuthenticationType": None,
            "cognitoIdentityId": None,
            "cognitoIdentityPoolId": None,
            "principalOrgId": None,
            "sourceIp": request.source_ip,
            "user": caller.user_id if caller else None,
            "userAgent": request.http.headers.get("user-agent", ""),
            "userArn": caller.arn if caller else None,
        },
        "path": request.path,
        "protocol": "HTTP/1.1",
        "requestId": request.id,
        "requestTime": request_time(request.now),
        "requestTimeEpoch": int(request.now * 1000),
        "resourceId": request.route_key,
        "resourcePath": resource,
        "stage": request.live.stage,
    }


def _authorizer_1(authorized: Authorized | None) -> dict[str, Any]:
    if authorized is None or authorized.context is None:
        found = authorized if authorized is not None else Authorized()
        scopes = None if found.scopes is None else list(found.scopes)
        return {"claims": found.claims, "scopes": scopes}
    principal = {} if authorized.principal_id is None else {"principalId": authorized.principal_id}
    return {**authorized.context, **principal}
