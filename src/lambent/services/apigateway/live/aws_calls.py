"""
Integrations of the type AWS: a request as the service's own endpoint would get it.

    arn:aws:apigateway:<region>:<service>:action/<Name>     an operation by its name
    arn:aws:apigateway:<region>:<service>:path/<path>       a request at a path

The wire reads it, the front door does it, the wire writes what the endpoint would have answered.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlencode

from lambent.core.errors import AwsError, NotSupported, ServerFault
from lambent.platform import Context
from lambent.wire.codec import codec, error_reply
from lambent.wire.messages import HttpReply, HttpRequest
from lambent.wire.model import known_services, service_metadata, service_model, signing_name
from lambent.wire.query_values import form_pairs
from lambent.wire.routing import Route, route

_FORM = "application/x-www-form-urlencoded"
_LARGEST = 10 << 20


@dataclass(frozen=True, slots=True)
class AwsUri:
    region: str
    service: str
    # The host's part before the service's: a bucket.
    subdomain: str
    kind: str
    rest: str

    @staticmethod
    def parse(uri: str) -> "AwsUri":
        _, _, _, region, service, rest = uri.split(":", 5)
        kind, _, what = rest.partition("/")
        subdomain, _, name = service.rpartition(".")
        return AwsUri(region, name, subdomain, kind, what)

    @property
    def function_arn(self) -> str | None:
        """The function whose invocation this is."""
        if self.service != "lambda" or self.kind != "path":
            return None
        _, found, rest = self.rest.partition("/functions/")
        arn, _, what = rest.rpartition("/")
        return arn if found and what.startswith("invocations") else None


async def call(
    context: Context,
    uri: AwsUri,
    *,
    method: str,
    headers: Mapping[str, str],
    query: list[tuple[str, str]],
    body: bytes,
) -> HttpReply:
    """What the service answers to this request, whole."""
    context = context.at(context.account, uri.region or context.region)
    service = service_named(uri.service)
    if service is None:
        raise NotSupported(f"There is no service {uri.service}.")
    sent = {name.lower(): value for name, value in headers.items()}
    request = HttpRequest(method, "/", urlencode(query), sent, body)
    try:
        if uri.kind == "action":
            request, found = _action(request, service, uri.rest)
        else:
            request, found = _path(request, service, uri, context.region)
        coder = codec(found.service, found.operation, found.protocol)
    except AwsError as error:
        return error_reply(request, error, context.request_id)
    try:
        params = coder.parse(request, found)
        reply = coder.write(
            await context.call(found.service, found.operation, params), context.request_id
        )
    except AwsError as error:
        return coder.write_error(error, context.request_id)
    return HttpReply(reply.status, reply.headers, await whole(reply))


async def whole(reply: HttpReply) -> bytes:
    if isinstance(reply.body, bytes):
        return reply.body
    pieces: list[bytes] = []
    length = 0
    async for piece in reply.body:
        pieces.append(piece)
        length += len(piece)
        if length > _LARGEST:
            raise ServerFault("The answer of the integration is larger than 10 MB.")
    return b"".join(pieces)


@cache
def service_named(name: str) -> str | None:
    """boto3's name of the service that an integration's ARN names by its endpoint."""
    known = known_services()
    if name in known and name not in _ELSEWHERE:
        return name
    for service in known:
        metadata = service_metadata(service)
        if name in (metadata.get("endpointPrefix"), signing_name(metadata)):
            return service
    return None


# Endpoints whose names are those of other clients, too.
_ELSEWHERE = frozenset({"states", "monitoring"})


def _action(request: HttpRequest, service: str, name: str) -> tuple[HttpRequest, Route]:
    metadata = service_metadata(service)
    spoken = {*metadata.get("protocols", ()), metadata["protocol"]}
    form = request.headers.get("content-type", "").startswith(_FORM)
    if "json" in spoken and not (form or request.query):
        version = metadata.get("jsonVersion", "1.0")
        headers = {
            **request.headers,
            "x-amz-target": f"{metadata['targetPrefix']}.{name}",
            "content-type": f"application/x-amz-json-{version}",
        }
        request = HttpRequest("POST", "/", "", headers, request.body or b"{}")
        return request, route(request, frozenset({service}))
    if {"query", "ec2"} & spoken or "awsQueryCompatible" in metadata:
        pairs = [*form_pairs(request.query)]
        if form:
            pairs += form_pairs(request.body.decode(errors="replace"))
        pairs = [pair for pair in pairs if pair[0] not in ("Action", "Version")]
        pairs += [("Action", name), ("Version", metadata["apiVersion"])]
        headers = {**request.headers, "content-type": _FORM}
        body = urlencode(pairs).encode()
        protocol = "ec2" if "ec2" in spoken else "query"
        if name not in service_model(service).operations:
            raise NotSupported(f"{service} has no operation {name}.")
        return HttpRequest("POST", "/", "", headers, body), Route(service, name, protocol, {})
    raise NotSupported(f"{service} has no actions: integrate it by path/.")


def _path(
    request: HttpRequest, service: str, uri: AwsUri, region: str
) -> tuple[HttpRequest, Route]:
    path, _, query = uri.rest.partition("?")
    scope = f"Credential=none/20150709/{region}/{signing_name(service_metadata(service))}"
    host = f"{uri.subdomain}.{uri.service}" if uri.subdomain else uri.service
    headers = {
        "content-type": _FORM,
        **request.headers,
        "authorization": f"AWS4-HMAC-SHA256 {scope}/aws4_request",
        "host": f"{host}.{region}.amazonaws.com",
    }
    if request.method in ("GET", "HEAD", "DELETE") and not request.body:
        headers.pop("content-type")
    joined = "&".join(part for part in (query, request.query) if part)
    request = HttpRequest(request.method, f"/{path}", joined, headers, request.body)
    return request, route(request, frozenset({service}))
