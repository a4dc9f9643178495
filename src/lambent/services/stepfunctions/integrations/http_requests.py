"""
The request of `http:invoke`: what the state says, with what the connection adds; pure.

https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html
"""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import SplitResult, quote, urlsplit, urlunsplit

from lambent.core.errors import ClientError
from lambent.services.stepfunctions.rules import write_json
from lambent.web import WebRequest

# Tuples, in which any JSON can be looked for.
_METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD")
_WITHOUT_BODY = frozenset({"GET", "HEAD"})
_FIELDS = frozenset(
    {
        "ApiEndpoint",
        "Method",
        "Authentication",
        "InvocationConfig",
        "Headers",
        "QueryParameters",
        "RequestBody",
        "Transform",
    }
)
_FORBIDDEN_HEADERS = frozenset(
    {
        "a-im",
        "accept-charset",
        "accept-datetime",
        "accept-encoding",
        "authorization",
        "cache-control",
        "connection",
        "content-encoding",
        "content-md5",
        "date",
        "expect",
        "forwarded",
        "from",
        "host",
        "http2-settings",
        "if-match",
        "if-modified-since",
        "if-none-match",
        "if-range",
        "if-unmodified-since",
        "max-forwards",
        "origin",
        "pragma",
        "proxy-authorization",
        "referer",
        "server",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "via",
        "warning",
    }
)
_FORBIDDEN_PREFIXES = ("x-forwarded-", "x-amz-", "x-amzn-")
_ARRAY_FORMATS = ("INDICES", "REPEAT", "COMMAS", "BRACKETS")
_JSON = "application/json; charset=UTF-8"

Parameters = Mapping[str, Any]
# What the connection adds: the reply of RetrieveConnectionCredentials.
Additions = Mapping[str, Any]


class InvalidHttpTask(ClientError):
    """The parameters make no request."""

    code = "States.Runtime"


def connection_arn(parameters: Any) -> str:
    """The connection that an HTTP Task names in one of two fields."""
    if not isinstance(parameters, dict):
        raise InvalidHttpTask("The Parameters of an HTTP Task must be a JSON object.")
    for name in parameters:
        if name not in _FIELDS:
            raise InvalidHttpTask(f'The field "{name}" is not supported by Step Functions')
    for name in ("InvocationConfig", "Authentication"):
        config = parameters.get(name)
        if isinstance(config, dict) and isinstance(config.get("ConnectionArn"), str):
            return str(config["ConnectionArn"])
    raise InvalidHttpTask("An HTTP Task must have a ConnectionArn in its InvocationConfig.")


def request_of(parameters: Parameters, added: Additions, region: str) -> WebRequest:
    """The request; what the connection adds wins over what the state says."""
    method = parameters.get("Method")
    if method not in _METHODS:
        raise InvalidHttpTask(f"The Method {write_json(method)} is not supported.")
    query = {**_object(parameters, "QueryParameters"), **added.get("QueryParameters", {})}
    headers = _over(_checked_headers(parameters), added.get("Headers", {}))
    body = None
    if method not in _WITHOUT_BODY:
        body = _body(parameters, added.get("BodyParameters", {}))
    own = {
        **({} if body is None else {"Content-Type": _JSON}),
        "User-Agent": f"Amazon|StepFunctions|HttpInvoke|{region}",
        "Range": "bytes=0-262144",
    }
    given = {name.lower() for name in headers}
    headers |= {name: value for name, value in own.items() if name.lower() not in given}
    return WebRequest(
        str(method),
        _url(parameters.get("ApiEndpoint"), query),
        headers,
        None if body is None else body.encode(errors="replace"),
    )


def _object(parameters: Parameters, name: str) -> dict[str, Any]:
    value = parameters.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise InvalidHttpTask(f"The field {name} of an HTTP Task must be a JSON object.")
    return value


def _checked_headers(parameters: Parameters) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, value in _object(parameters, "Headers").items():
        small = name.lower()
        if small in _FORBIDDEN_HEADERS or small.startswith(_FORBIDDEN_PREFIXES):
            raise InvalidHttpTask(f"The header {name} cannot be used in an HTTP Task.")
        values = value if isinstance(value, list) else [value]
        headers[name] = ", ".join(map(_text, values))
    return headers


def _over(headers: Mapping[str, str], stronger: Mapping[str, str]) -> dict[str, str]:
    """Headers whose names differ only in capitals are one."""
    names = {name.lower() for name in stronger}
    return {name: value for name, value in headers.items() if name.lower() not in names} | dict(
        stronger
    )


def _url(endpoint: Any, query: Mapping[str, Any]) -> str:
    parts = _split(endpoint) if isinstance(endpoint, str) else None
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        raise InvalidHttpTask(f"The ApiEndpoint {write_json(endpoint)} is not a valid URL.")
    pairs = [
        f"{_encoded(name)}={_encoded(_text(value))}"
        for name, values in query.items()
        for value in (values if isinstance(values, list) else [values])
    ]
    if not pairs:
        return str(endpoint)
    joined = "&".join([parts.query, *pairs] if parts.query else pairs)
    return urlunsplit(parts._replace(query=joined))


def _split(url: str) -> SplitResult | None:
    try:
        return urlsplit(url)
    except ValueError:
        return None


def _body(parameters: Parameters, added: Mapping[str, str]) -> str | None:
    body = parameters.get("RequestBody")
    if added:
        if body is not None and not isinstance(body, dict):
            raise InvalidHttpTask(
                "The RequestBody of an HTTP Task must be a JSON object where its connection has"
                " body parameters."
            )
        body = {**(body or {}), **added}
    if body is None:
        return None
    transform = _object(parameters, "Transform")
    match transform.get("RequestBodyEncoding", "NONE"):
        case "URL_ENCODED":
            return _form(body, _object(transform, "RequestEncodingOptions"))
        case "NONE":
            return body if isinstance(body, str) else write_json(body)
        case other:
            raise InvalidHttpTask(f"The RequestBodyEncoding {write_json(other)} is not supported.")


def _form(body: Any, options: Parameters) -> str:
    array_format = options.get("ArrayFormat", "INDICES")
    if array_format not in _ARRAY_FORMATS:
        raise InvalidHttpTask(f"The ArrayFormat {write_json(array_format)} is not supported.")
    if not isinstance(body, dict):
        raise InvalidHttpTask("Only a JSON object can be URL-encoded.")
    return "&".join(
        f"{_encoded(name)}={value}"
        for key, each in body.items()
        for name, value in _fields(key, each, array_format)
    )


def _fields(name: str, value: Any, array_format: str) -> Iterator[tuple[str, str]]:
    """Objects in objects are `name[key]`; the values are encoded, the names not yet."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _fields(f"{name}[{key}]", each, array_format)
    elif not isinstance(value, list):
        yield name, _encoded(_text(value))
    elif array_format == "COMMAS":
        yield name, ",".join(_encoded(_text(each)) for each in value)
    else:
        for index, each in enumerate(value):
            suffix = {"INDICES": f"[{index}]", "BRACKETS": "[]", "REPEAT": ""}[array_format]
            yield from _fields(name + suffix, each, array_format)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else write_json(value)


def _encoded(text: str) -> str:
    return quote(text, safe="", errors="replace")
