"""
Which operation does a request ask for? Told by target, path, signature, host or form.

Of the models only the metadata is read here, but for the service whose request it is.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from urllib.parse import unquote

from lambent.core.errors import NotSupported
from lambent.wire.errors import InvalidAction, MethodNotAllowed, UnknownOperation
from lambent.wire.messages import HttpRequest
from lambent.wire.model import (
    UnknownModel,
    known_services,
    operation,
    service_metadata,
    service_model,
    signing_name,
)
from lambent.wire.query_values import form_pairs
from lambent.wire.rest_routes import rest_routes

_FORMS = frozenset({"query", "ec2"})
_RESTS = frozenset({"rest-json", "rest-xml"})
_NO_PARAMS: Mapping[str, str] = {}
_FORM = "application/x-www-form-urlencoded"
_CBOR_PATH = re.compile(r"/service/([^/]+)/operation/([^/]+)/?$")
_HOST_PREFIXES = ("sync-", "stream-", "streaming-", "data-")
# Paths that say whose they are when nothing else does: a browser, curl, an unsigned client.
_VERSIONED_PATH = re.compile(r"/\d{4}-\d{2}-\d{2}/")
_KNOWN_PATHS = (
    ("/v2/apis", "apigatewayv2"),
    ("/v2/email/", "sesv2"),
    ("/restapis", "apigateway"),
    ("/schedules", "scheduler"),
    ("/schedule-groups", "scheduler"),
    ("/v1/pipes", "pipes"),
    ("/TraceSegments", "xray"),
    ("/SamplingTargets", "xray"),
    ("/GetSamplingRules", "xray"),
)
_S3_HOST = re.compile(r"(?:(?P<bucket>.+?)\.)?s3(?:[.-].*)?$")


@dataclass(frozen=True, slots=True)
class Route:
    """What a request asks for. `path_params` are decoded, by their names in the model's path."""

    service: str
    operation: str
    protocol: str
    path_params: Mapping[str, str] = field(default_factory=dict)


def streams_input(route: Route) -> bool:
    """May the body be handed through as a stream?"""
    return operation(route.service, route.operation).streams_input


@dataclass(frozen=True, slots=True)
class _Services:
    """Lambent's services by the names that requests know them by."""

    by_target: dict[str, list[str]]
    by_signing_name: dict[str, list[str]]
    by_endpoint: dict[str, list[str]]
    routes: dict[str, Route]


def _grouped(pairs: Iterable[tuple[str | None, str]]) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for name, service in pairs:
        if name:
            grouped.setdefault(name, []).append(service)
    return grouped


@cache
def _index(services: frozenset[str]) -> _Services:
    metadata = {}
    for service in sorted(services):
        try:
            metadata[service] = service_metadata(service)
        except UnknownModel:
            # A service of our own has no model and no requests of AWS's kind.
            continue
    return _Services(
        by_target=_grouped((of.get("targetPrefix"), name) for name, of in metadata.items()),
        by_signing_name=_grouped((signing_name(of), name) for name, of in metadata.items()),
        by_endpoint=_grouped((of.get("endpointPrefix"), name) for name, of in metadata.items()),
        routes={},
    )


@lru_cache(maxsize=1)
def _all_services() -> _Services:
    return _index(frozenset(known_services()))


def route(request: HttpRequest, services: Collection[str]) -> Route:
    """
    The operation that `request` asks for, among those of `services`.

    Raises `NotSupported` for a service that Lambent does not have, and what AWS answers to an
    unknown operation of one that it has.
    """
    index = _index(services if isinstance(services, frozenset) else frozenset(services))
    target = request.headers.get("x-amz-target")
    if target:
        return index.routes.get(target) or _by_target(index, target, request)
    if request.path.startswith("/service/"):
        found = _CBOR_PATH.match(request.path)
        if found:
            return _by_cbor_path(index, found[1], found[2], request)
    signed_for = _signed_for(request)
    if signed_for is not None:
        candidates = index.by_signing_name.get(signed_for)
        if candidates is None:
            raise _not_ours(signed_for, _all_services().by_signing_name.get(signed_for))
        return _among(candidates, request)
    return _unsigned(index, request)


def _not_ours(name: str, known: list[str] | None) -> Exception:
    if known:
        return NotSupported(f"Lambent does not have the service {' or '.join(known)}")
    return UnknownOperation(f"There is no service {name}")


def _by_target(index: _Services, target: str, request: HttpRequest) -> Route:
    prefix, _, name = target.rpartition(".")
    for service in index.by_target.get(prefix, ()):
        if name in service_model(service).operations:
            found = index.routes[target] = Route(service, name, "json", _NO_PARAMS)
            return found
    if prefix not in index.by_target:
        raise _not_ours(prefix or target, _all_services().by_target.get(prefix))
    raise UnknownOperation(f"There is no operation {name}")


def _by_cbor_path(index: _Services, prefix: str, name: str, request: HttpRequest) -> Route:
    for service in index.by_target.get(prefix, ()):
        if name in service_model(service).operations:
            return Route(service, name, "smithy-rpc-v2-cbor", _NO_PARAMS)
    if prefix not in index.by_target:
        raise _not_ours(prefix, _all_services().by_target.get(prefix))
    raise UnknownOperation(f"There is no operation {name}")


def _signed_for(request: HttpRequest) -> str | None:
    """The service name in the signature's credential scope."""
    authorization = request.headers.get("authorization", "")
    start = authorization.find("Credential=")
    if start >= 0:
        scope = authorization[start + 11 :].partition(",")[0].strip().split("/")
    elif "X-Amz-Credential=" in request.query:
        credential = dict(form_pairs(request.query)).get("X-Amz-Credential", "")
        scope = credential.split("/")
    elif authorization.startswith("AWS ") or "AWSAccessKeyId=" in request.query:
        # Signature version 2 names no service, and only S3 was still asked in it.
        return "s3"
    else:
        return None
    if len(scope) >= 5:
        return scope[-2]
    # AWS: SigV4A leaves the region out of the scope.
    return scope[2] if len(scope) == 4 else None


@cache
def _protocols(service: str) -> frozenset[str]:
    metadata = service_metadata(service)
    protocols = {*metadata.get("protocols", ()), metadata["protocol"]}
    if "awsQueryCompatible" in metadata:
        protocols.add("query")
    return frozenset(protocols)


def _form_action(request: HttpRequest) -> tuple[str, str] | None:
    """The `Action` and `Version` of a query request, wherever they stand."""
    pairs: dict[str, str] = {}
    if "Action=" in request.query:
        pairs = dict(form_pairs(request.query))
    elif (
        isinstance(request.body, bytes)
        and b"Action=" in request.body
        and request.headers.get("content-type", _FORM).startswith(_FORM)
    ):
        pairs = dict(form_pairs(request.body.decode("utf-8", "replace")))
    action = pairs.get("Action")
    return None if action is None else (action, pairs.get("Version", ""))


def _among(candidates: list[str], request: HttpRequest) -> Route:
    """The operation of one of the services that share a signing name."""
    is_rest = False
    rest = []
    for service in candidates:
        protocols = _protocols(service)
        if not protocols.isdisjoint(_FORMS):
            asked = _form_action(request)
            if asked is not None:
                return _by_action(candidates, *asked)
        if not protocols.isdisjoint(_RESTS):
            is_rest = True
            rest.append(service)
    for service in rest:
        found = _by_path(service, request)
        if found is not None:
            return found
    if "s3" in rest:
        raise MethodNotAllowed("The specified method is not allowed against this resource.")
    if is_rest:
        raise UnknownOperation(f"There is no operation {request.method} {request.path}")
    if _protocols(candidates[0]) & _FORMS:
        raise InvalidAction("Could not find operation in the request")
    raise UnknownOperation("The request names no operation")


def _by_action(candidates: Iterable[str], action: str, version: str) -> Route:
    spoken = [service for service in candidates if _protocols(service) & _FORMS]
    # Of several services with one signing name, the one whose version it is comes first.
    spoken.sort(key=lambda service: service_metadata(service)["apiVersion"] != version)
    for service in spoken:
        if action in service_model(service).operations:
            protocol = "ec2" if "ec2" in _protocols(service) else "query"
            return Route(service, action, protocol, _NO_PARAMS)
    raise InvalidAction(f"Could not find operation {action} for version {version or 'NO_VERSION'}")


def _by_path(service: str, request: HttpRequest) -> Route | None:
    bucket = _bucket_of_host(request) if service == "s3" else None
    found = rest_routes(service).find(request, bucket)
    if found is None:
        return None
    name, path_params = found
    protocol = "rest-xml" if "rest-xml" in _protocols(service) else "rest-json"
    return Route(service, name, protocol, path_params)


def _host(request: HttpRequest) -> str:
    host = request.headers.get("host", "").lower()
    if host.startswith("["):
        return host
    return host.partition(":")[0]


def _bucket_of_host(request: HttpRequest) -> str | None:
    """The bucket of a virtual-hosted request."""
    host = _host(request)
    found = _S3_HOST.match(host)
    if found:
        return found["bucket"]
    # SDKs with the endpoint http://localhost put the bucket straight before it.
    bucket, dot, rest = host.rpartition(".localhost")
    return bucket if dot and not rest and bucket else None


def bucket_and_key(request: HttpRequest, services: frozenset[str]) -> tuple[str, str] | None:
    """
    What a request to S3 is about, though none of its operations may fit; None for all others.

    The key is empty for what is about the bucket itself.
    """
    if not _is_for_s3(_index(services), request):
        return None
    bucket = _bucket_of_host(request)
    rest = request.path[1:]
    if bucket is None:
        bucket, _, rest = rest.partition("/")
    return (unquote(bucket), unquote(rest)) if bucket else None


def _is_for_s3(index: _Services, request: HttpRequest) -> bool:
    """As `route` finds it."""
    if "x-amz-target" in request.headers or request.path.startswith("/service/"):
        return False
    signed_for = _signed_for(request)
    if signed_for is not None:
        return signed_for == "s3"
    candidates = _service_of_host(index, request)
    if candidates is not None:
        return "s3" in candidates
    return not (
        request.headers.get("content-type", "").startswith(_FORM)
        or _form_action(request) is not None
        or _by_known_path(request.path)
    )


def _service_of_host(index: _Services, request: HttpRequest) -> list[str] | None:
    host = _host(request)
    if _S3_HOST.match(host):
        return index.by_endpoint.get("s3")
    first = host.partition(".")[0]
    for prefix in _HOST_PREFIXES:
        first = first.removeprefix(prefix)
    # An IP address or a plain host name names no service.
    return index.by_endpoint.get(first) if "." in host else None


def _unsigned(index: _Services, request: HttpRequest) -> Route:
    candidates = _service_of_host(index, request)
    if candidates is not None:
        return _among(candidates, request)
    ours = [service for services in index.by_signing_name.values() for service in services]
    asked = _form_action(request)
    if asked is not None:
        return _by_action(_whose_version(ours, asked[1]), *asked)
    for service in _by_known_path(request.path):
        if service in ours:
            found = _by_path(service, request)
            if found is not None:
                return found
    if "s3" not in ours:
        raise UnknownOperation(f"There is no operation {request.method} {request.path}")
    return _among(["s3"], request)


def _whose_version(services: list[str], version: str) -> list[str]:
    spoken = [service for service in services if _protocols(service) & _FORMS]
    exact = [service for service in spoken if service_metadata(service)["apiVersion"] == version]
    return exact or spoken


def _by_known_path(path: str) -> list[str]:
    if _VERSIONED_PATH.match(path):
        return ["lambda"]
    return [service for prefix, service in _KNOWN_PATHS if path.startswith(prefix)]


def protocol_of(request: HttpRequest) -> str:
    """The protocol that a request seems to speak, for answers to those that lead nowhere."""
    headers = request.headers
    if headers.get("smithy-protocol") == "rpc-v2-cbor":
        return "smithy-rpc-v2-cbor"
    if "x-amz-target" in headers:
        return "json"
    signed_for = _signed_for(request)
    if _form_action(request) is not None:
        return "ec2" if signed_for == "ec2" else "query"
    if signed_for == "s3" or (signed_for is None and not _by_known_path(unquote(request.path))):
        return "rest-xml"
    return "rest-json"
