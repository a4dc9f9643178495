"""A request to an API as the data plane sees it, and as `$context` and events show it. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote

from lambent.services.apigateway.live.routing import Endpoint
from lambent.services.apigateway.records import Document
from lambent.wire.http_events import Caller, request_time, source_ip
from lambent.wire.messages import HttpRequest

Pairs = Sequence[tuple[str, str]]
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Site:
    """Where a request goes: whose API, which stage of it, what is deployed there."""

    account: str
    region: str
    api_id: str
    deployment_id: str
    stage: Document
    api: Document

    @property
    def stage_name(self) -> str:
        return str(self.stage["stageName"])

    @property
    def variables(self) -> Mapping[str, str]:
        variables: Mapping[str, str] = self.stage.get("variables") or {}
        return variables


@dataclass(frozen=True, slots=True)
class Address:
    """What an address names: an API, its stage, and the path below it, still encoded."""

    api_id: str
    stage: str
    path: str
    # With what stands before it, where that is not the stage.
    full_path: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    site: Site
    endpoint: Endpoint
    method: str
    # Below the stage, decoded.
    path: str
    # As the client sees it: with the stage, or with the base path of a domain name.
    full_path: str
    path_parameters: Mapping[str, str]
    # As they were written, each as often as it was sent.
    headers: Pairs
    query: Pairs
    body: bytes
    is_binary: bool
    host: str
    source_ip: str
    request_id: str
    extended_id: str
    trace: str
    now: float
    protocol: str = "HTTP/1.1"
    caller: Caller | None = None
    api_key: Mapping[str, str] = field(default_factory=dict)
    authorizer: Mapping[str, Any] | None = None

    def header(self, name: str) -> str | None:
        """The last of that name, whatever its capitals."""
        name = name.lower()
        return next((value for key, value in reversed(self.headers) if key.lower() == name), None)

    @property
    def content_type(self) -> str:
        """The media type of the body, without parameters. AWS: JSON if nothing is said."""
        kind = (self.header("content-type") or "").partition(";")[0].strip().lower()
        return kind or "application/json"

    @property
    def method_arn(self) -> str:
        site = self.site
        return (
            f"arn:aws:execute-api:{site.region}:{site.account}:{site.api_id}/{site.stage_name}"
            f"/{self.method}{self.path}"
        )

    @property
    def source_arn(self) -> str:
        """Who invokes, for resource policies: the method as it is configured."""
        site = self.site
        method = "*" if self.endpoint.http_method == "ANY" else self.method
        path = self.endpoint.resource_path
        return (
            f"arn:aws:execute-api:{site.region}:{site.account}:{site.api_id}/{site.stage_name}"
            f"/{method}{path}"
        )


def headers_of(request: HttpRequest, trace: str) -> list[tuple[str, str]]:
    """The client's headers as it wrote them, and what AWS's own front end adds."""
    raw = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.raw_headers]
    headers = raw or list(request.headers.items())
    known = {name.lower() for name, _ in headers}
    port = request.headers.get("host", "").partition(":")[2]
    added = {
        "X-Forwarded-For": source_ip(request),
        "X-Forwarded-Port": port or "80",
        "X-Forwarded-Proto": "http",
    }
    headers += [(name, value) for name, value in added.items() if name.lower() not in known]
    kept = [(name, value) for name, value in headers if name.lower() != "x-amzn-trace-id"]
    return [*kept, ("X-Amzn-Trace-Id", trace)]


def query_of(query: str) -> list[tuple[str, str]]:
    return parse_qsl(query, keep_blank_values=True) if query else []


def path_below_stage(rest: str) -> str:
    """
    >>> path_below_stage("orders/a%20b/")
    '/orders/a b/'
    """
    return "/" + unquote(rest)


def last_of_each(pairs: Pairs) -> dict[str, str] | None:
    """AWS: None, where there is nothing."""
    return dict(pairs) or None


def all_of_each(pairs: Pairs) -> dict[str, list[str]] | None:
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found or None


def identity(asked: Asked) -> Json:
    caller = asked.caller
    return {
        "cognitoIdentityPoolId": None,
        "accountId": caller.account if caller else None,
        "cognitoIdentityId": None,
        "caller": caller.user_id if caller else None,
        "sourceIp": asked.source_ip,
        "principalOrgId": None,
        "accessKey": caller.access_key if caller else None,
        "cognitoAuthenticationType": None,
        "cognitoAuthenticationProvider": None,
        "userArn": caller.arn if caller else None,
        "userAgent": asked.header("user-agent"),
        "user": caller.user_id if caller else None,
        **({"apiKey": asked.api_key["value"]} if "value" in asked.api_key else {}),
        **({"apiKeyId": asked.api_key["id"]} if "id" in asked.api_key else {}),
    }


def request_context(asked: Asked) -> Json:
    """The requestContext of events; `$context` in templates has the same and some more."""
    site = asked.site
    found: Json = {
        "resourceId": asked.endpoint.resource_id,
        "resourcePath": asked.endpoint.resource_path,
        **({"operationName": name} if (name := asked.endpoint.method.get("operationName")) else {}),
        "httpMethod": asked.method,
        "extendedRequestId": asked.extended_id,
        "requestTime": request_time(asked.now),
        "path": asked.full_path,
        "accountId": site.account,
        "protocol": asked.protocol,
        "stage": site.stage_name,
        "domainPrefix": asked.host.partition(".")[0],
        "requestTimeEpoch": int(asked.now * 1000),
        "requestId": asked.request_id,
        "identity": identity(asked),
        "domainName": asked.host,
        "deploymentId": site.deployment_id,
        "apiId": site.api_id,
    }
    if asked.authorizer is not None:
        found["authorizer"] = dict(asked.authorizer)
    return found


def context_variables(asked: Asked) -> Json:
    """`$context`, to which what happens later is added."""
    found = request_context(asked)
    # AWS: what events show as null is an empty text here.
    empty = {name: "" if value is None else value for name, value in found["identity"].items()}
    return {
        **found,
        "identity": empty,
        "awsEndpointRequestId": None,
        "xrayTraceId": asked.trace.partition("=")[2].partition(";")[0],
        "requestOverride": {"header": {}, "path": {}, "querystring": {}},
        "responseOverride": {"header": {}, "status": None},
        "error": {},
        "integration": {},
    }


def proxy_event(asked: Asked, body: str | None, is_base64: bool) -> Json:
    """
    What a function behind an AWS_PROXY integration gets.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
    """
    return {
        "resource": asked.endpoint.resource_path,
        "path": asked.path,
        "httpMethod": asked.method,
        **_headers_and_parameters(asked),
        "requestContext": request_context(asked),
        "body": body,
        "isBase64Encoded": is_base64,
    }


def authorizer_event(asked: Asked, context: Json) -> Json:
    """What an authorizer of the type REQUEST gets."""
    return {
        "type": "REQUEST",
        "methodArn": asked.method_arn,
        "resource": asked.endpoint.resource_path,
        "path": asked.path,
        "httpMethod": asked.method,
        **_headers_and_parameters(asked),
        "requestContext": context,
    }


def _headers_and_parameters(asked: Asked) -> Json:
    return {
        "headers": last_of_each(asked.headers),
        "multiValueHeaders": all_of_each(asked.headers),
        "queryStringParameters": last_of_each(asked.query),
        "multiValueQueryStringParameters": all_of_each(asked.query),
        "pathParameters": dict(asked.path_parameters) or None,
        "stageVariables": dict(asked.site.variables) or None,
    }
