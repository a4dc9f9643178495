"""
The request of `apigateway:invoke`: what the state says, as HTTP; pure.

https://docs.aws.amazon.com/step-functions/latest/dg/connect-api-gateway.html
"""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from lambent.core.errors import ClientError
from lambent.services.stepfunctions.rules import write_json
from lambent.web import WebRequest

# Tuples, in which any JSON can be looked for.
_METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS")
_AUTH_TYPES = ("NO_AUTH", "IAM_ROLE", "RESOURCE_POLICY")
_FIELDS = frozenset(
    {
        *("AllowNullValues", "ApiEndpoint", "AuthType", "Headers", "Method", "Path"),
        *("QueryParameters", "RequestBody", "Stage"),
    }
)
REQUIRED = ("ApiEndpoint", "Method")
_FORBIDDEN_HEADERS = frozenset(
    {
        *("authorization", "connection", "content-md5", "expect", "host", "max-forwards"),
        *("proxy-authenticate", "server", "te", "transfer-encoding", "trailer", "upgrade", "via"),
        "www-authenticate",
    }
)
_FORBIDDEN_PREFIXES = ("x-forwarded", "x-amz", "x-amzn")
# The path of an API on its server, for those who cannot resolve its host.
_PATH_FORM = "/_lambent/execute-api/"

Parameters = Mapping[str, Any]


class InvalidApiTask(ClientError):
    """The parameters make no request."""

    code = "States.Runtime"


def request_of(parameters: Any) -> WebRequest:
    """The request, as for an API somewhere. Raises InvalidApiTask."""
    checked = _checked(parameters)
    headers = {
        name: ",".join(map(_text, value)) if isinstance(value, list) else _text(value)
        for name, value in _object(checked, "Headers").items()
    }
    body = _body(checked)
    if body is not None and not any(name.lower() == "content-type" for name in headers):
        headers["Content-Type"] = "application/json"
    url = _endpoint(checked["ApiEndpoint"]) + _path(checked)
    pairs = [
        f"{_encoded(name)}={_encoded(_text(value))}"
        for name, values in _object(checked, "QueryParameters").items()
        for value in (values if isinstance(values, list) else [values])
    ]
    if pairs:
        url += "?" + "&".join(pairs)
    return WebRequest(checked["Method"], url, headers, body)


def is_signed(parameters: Parameters) -> bool:
    """AWS: both kinds are signed by the role; the second is let in by the API's own policy."""
    return parameters.get("AuthType", "NO_AUTH") in ("IAM_ROLE", "RESOURCE_POLICY")


def is_api_here(url: str) -> bool:
    """Whether an address names an API: those are this server's, wherever AWS would have them."""
    host, _, path = url.partition("://")[2].partition("/")
    labels = host.partition(":")[0].split(".")
    return (len(labels) > 1 and labels[1] == "execute-api") or f"/{path}".startswith(_PATH_FORM)


def region_of(url: str) -> str | None:
    """The region in the host of an API, if it is there."""
    labels = url.partition("://")[2].partition("/")[0].partition(":")[0].split(".")
    known = len(labels) > 3 and labels[1] == "execute-api"
    return labels[2] if known else None


def unsupported_headers(headers: Any) -> list[str]:
    """The names that a state may not set, in small letters."""
    names = [str(name).removesuffix(".$").lower() for name in headers or ()]
    return [
        name for name in names if name in _FORBIDDEN_HEADERS or name.startswith(_FORBIDDEN_PREFIXES)
    ]


def header_words(names: list[str]) -> str:
    return f"The 'Headers' field contains unsupported values: [{', '.join(names)}]"


def findings(given: Parameters) -> Iterator[str]:
    """What is wrong with the parameters of a definition, as far as they stand there."""
    names = {str(name).removesuffix(".$") for name in given}
    for name in REQUIRED:
        if name not in names:
            yield f"The field '{name}' is required but was missing"
    for name in sorted(names - _FIELDS):
        yield f"The field '{name}' is not supported by Step Functions"
    headers = given.get("Headers")
    forbidden = unsupported_headers(headers) if isinstance(headers, dict) else []
    if forbidden:
        yield header_words(forbidden)


def _checked(parameters: Any) -> dict[str, Any]:
    if not isinstance(parameters, dict):
        raise InvalidApiTask("The Parameters must be a JSON object.")
    for name in REQUIRED:
        if name not in parameters:
            raise InvalidApiTask(f"The field '{name}' is required but was missing")
    for name in parameters:
        if name not in _FIELDS:
            raise InvalidApiTask(f'The field "{name}" is not supported by Step Functions')
    if parameters["Method"] not in _METHODS:
        raise InvalidApiTask(f"The Method {write_json(parameters['Method'])} is not supported.")
    if parameters.get("AuthType", "NO_AUTH") not in _AUTH_TYPES:
        raise InvalidApiTask(f"The AuthType {write_json(parameters['AuthType'])} is not supported.")
    forbidden = unsupported_headers(_object(parameters, "Headers"))
    if forbidden:
        raise InvalidApiTask(header_words(forbidden))
    return parameters


def _object(parameters: Parameters, name: str) -> dict[str, Any]:
    value = parameters.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise InvalidApiTask(f"The field {name} must be a JSON object.")
    return value


def _endpoint(endpoint: Any) -> str:
    """AWS: a host, without a scheme. Ours: with one, for an endpoint that has no certificate."""
    if not isinstance(endpoint, str) or not endpoint.strip("/ "):
        raise InvalidApiTask(f"The ApiEndpoint {write_json(endpoint)} is not a valid host.")
    if not endpoint.startswith(("http://", "https://")):
        endpoint = f"https://{endpoint}"
    return str(endpoint).rstrip("/")


def _path(parameters: Parameters) -> str:
    parts = [_text(parameters.get(name)) for name in ("Stage", "Path")]
    return "".join(f"/{quote(part.strip('/'), safe='/-_.~$')}" for part in parts if part.strip("/"))


def _body(parameters: Parameters) -> bytes | None:
    body = parameters.get("RequestBody")
    if body is None:
        return None
    if isinstance(body, str):
        return body.encode(errors="replace")
    if not parameters.get("AllowNullValues"):
        body = _without_nulls(body)
    return write_json(body).encode(errors="replace")


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nulls(one) for name, one in value.items() if one is not None}
    if isinstance(value, list):
        return [_without_nulls(one) for one in value]
    return value


def _text(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else write_json(value)


def _encoded(text: str) -> str:
    return quote(text, safe="", errors="replace")
