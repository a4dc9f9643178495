"""Requests that are passed on to another web address, and what it answers."""

from urllib.parse import quote, urlsplit, urlunsplit

from lambent import web
from lambent.services.apigatewayv2.deployed import Integration
from lambent.services.apigatewayv2.replies import failed, unavailable
from lambent.services.apigatewayv2.requests import ApiRequest
from lambent.services.apigatewayv2.rules import DEFAULT_ROUTE
from lambent.web import WebRequest
from lambent.wire.http_events import NOT_PASSED_ON
from lambent.wire.messages import HttpReply

MOST_BYTES = 10 * 1024 * 1024
# What is said in the one header Forwarded, and what the next connection says for itself.
_NOT_SENT = NOT_PASSED_ON | {"host", "x-forwarded-for", "x-forwarded-port", "x-forwarded-proto"}
_NOT_TAKEN = NOT_PASSED_ON | {"date", "server"}
# Bodies packed so come unpacked; others are not asked for, and go as they come.
_PACKED = ("gzip", "deflate")


async def pass_on(request: ApiRequest, changed: ApiRequest, integration: Integration) -> HttpReply:
    """`changed` is the request as the integration wants it. Raises Refused."""
    method = integration.settings["IntegrationMethod"]
    asked = WebRequest(
        request.http.method if method == "ANY" else method,
        target_url(request, changed, integration),
        _headers(changed),
        changed.http.body or None,
    )
    try:
        reply = await web.send(
            asked, seconds=integration.seconds, most_bytes=MOST_BYTES, redirects=False
        )
    except web.WebFailure as failure:
        raise unavailable(str(failure)) from failure
    if not reply.is_whole:
        raise failed("The integration's answer is larger than 10 MB")
    headers = [
        (name.lower(), value)
        for name, value in reply.headers
        if name.lower() not in _NOT_TAKEN
        and (name.lower() != "content-encoding" or value.lower() not in _PACKED)
    ]
    return HttpReply(reply.status, headers, reply.body)


def target_url(request: ApiRequest, changed: ApiRequest, integration: Integration) -> str:
    """
    Where a request goes.

    AWS: `{proxy}` in the URI is what the route's variable took; a URI without variables gets the
    path of a request that only `$default` takes, and no other.
    """
    uri = integration.uri(request, None) or ""
    for name, value in request.path_parameters.items():
        uri = uri.replace(f"{{{name}}}", quote(value, safe="/~"))
    parts = urlsplit(uri)
    path = parts.path
    if changed.inner_path != request.inner_path:
        path = changed.inner_path
    elif request.route_key == DEFAULT_ROUTE:
        path = path.rstrip("/") + request.inner_path
    query = "&".join(text for text in (parts.query, changed.http.query) if text)
    return urlunsplit((parts.scheme, parts.netloc, path, query, ""))


def _headers(request: ApiRequest) -> dict[str, str]:
    sent = {name: value for name, value in request.http.headers.items() if name not in _NOT_SENT}
    if "accept-encoding" in sent:
        wanted = [packing for packing in _PACKED if packing in sent["accept-encoding"]]
        sent["accept-encoding"] = ", ".join(wanted) or "identity"
    host = request.http.headers.get("host", request.domain_name)
    return {
        **sent,
        "forwarded": f"by=127.0.0.1;for={request.source_ip};host={host};proto=http",
        "via": "HTTP/1.1 AmazonAPIGateway",
    }
