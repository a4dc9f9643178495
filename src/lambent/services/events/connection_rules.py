"""
What a connection adds to a request, and what of it may be shown; pure.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-target-connection.html
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from lambent.services.events.errors import is_not_valid
from lambent.services.events.event_records import read_json, write_json
from lambent.services.events.records import Connection
from lambent.web import WebReply, WebRequest

Parameters = Mapping[str, Any]

_MEMBERS = {
    "BASIC": "BasicAuthParameters",
    "API_KEY": "ApiKeyAuthParameters",
    "OAUTH_CLIENT_CREDENTIALS": "OAuthParameters",
}
_SECRETS = frozenset({"Password", "ClientSecret", "ApiKeyValue"})
_FORM = "application/x-www-form-urlencoded"
# A token without an end is asked for again after an hour, or when it is refused.
_TOKEN_SECONDS = 3_600.0


@dataclass(frozen=True, slots=True)
class Additions:
    """What a request gets of a connection; each wins over what the request had of the name."""

    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: Mapping[str, str]


def check_parameters(authorization_type: str, parameters: Parameters) -> None:
    needed = _MEMBERS[authorization_type]
    others = [name for name in _MEMBERS.values() if name != needed and name in parameters]
    if needed not in parameters or others:
        raise is_not_valid(
            "AuthParameters",
            f"{needed}, and no other, must be specified for the authorization type"
            f" {authorization_type}.",
        )
    if "ConnectivityParameters" in parameters:
        raise is_not_valid("AuthParameters", "Lambent has no private connectivity.")
    further = (
        parameters.get("InvocationHttpParameters", {}),
        parameters.get("OAuthParameters", {}).get("OAuthHttpParameters", {}),
    )
    for group in further:
        for one in (one for several in group.values() for one in several):
            if not one.get("Key"):
                raise is_not_valid("AuthParameters", "A parameter must have a Key.")


def merged(known: Parameters, given: Parameters) -> dict[str, Any]:
    """UpdateConnection: what is not given stays as it was."""
    result = dict(known)
    for name, value in given.items():
        before = result.get(name)
        both = isinstance(value, Mapping) and isinstance(before, Mapping)
        result[name] = merged(before, value) if both else value  # type: ignore[arg-type]
    return result


def shown(parameters: Parameters) -> dict[str, Any]:
    """The parameters without their secrets."""
    result: dict[str, Any] = {}
    for name, value in parameters.items():
        if name in _SECRETS:
            continue
        if isinstance(value, Mapping):
            result[name] = shown(value)
        elif isinstance(value, list):
            result[name] = [_shown_parameter(one) for one in value]
        else:
            result[name] = value
    return result


def _shown_parameter(parameter: Parameters) -> dict[str, Any]:
    secret = bool(parameter.get("IsValueSecret"))
    kept = {name: value for name, value in parameter.items() if not (secret and name == "Value")}
    return {**kept, "IsValueSecret": secret}


def additions(connection: Connection) -> Additions:
    """`connection` has its token, if it is one that needs one."""
    parameters = connection.parameters
    further = parameters.get("InvocationHttpParameters", {})
    headers = _pairs(further.get("HeaderParameters"))
    match connection.authorization_type:
        case "BASIC":
            basic = parameters["BasicAuthParameters"]
            plain = f"{basic['Username']}:{basic['Password']}".encode()
            headers["Authorization"] = f"Basic {base64.b64encode(plain).decode()}"
        case "API_KEY":
            key = parameters["ApiKeyAuthParameters"]
            headers[key["ApiKeyName"]] = key["ApiKeyValue"]
        case _:
            headers["Authorization"] = connection.token
    return Additions(
        headers,
        _pairs(further.get("QueryStringParameters")),
        _pairs(further.get("BodyParameters")),
    )


def _pairs(parameters: Any) -> dict[str, str]:
    return {one["Key"]: one.get("Value", "") for one in parameters or ()}


# OAuth ----------------------------------------------------------------------------------------


def token_request(parameters: Parameters) -> WebRequest:
    """
    The client credentials grant: a form, or JSON where the headers ask for it; the query of a GET.
    """
    asked = parameters["OAuthParameters"]
    further = asked.get("OAuthHttpParameters", {})
    client = asked["ClientParameters"]
    fields = {
        "grant_type": "client_credentials",
        "client_id": client["ClientID"],
        "client_secret": client["ClientSecret"],
        **_pairs(further.get("BodyParameters")),
    }
    headers = {
        "Accept": "application/json",
        "User-Agent": "Amazon/EventBridge/ApiDestinations",
        **_pairs(further.get("HeaderParameters")),
    }
    query = _pairs(further.get("QueryStringParameters"))
    if asked["HttpMethod"] == "GET":
        url = with_query(asked["AuthorizationEndpoint"], {**fields, **query})
        return WebRequest("GET", url, headers)
    content_type = next(
        (value for name, value in headers.items() if name.lower() == "content-type"), ""
    )
    if "json" in content_type:
        body = write_json(fields)
    else:
        body = urlencode(fields)
        headers = {"Content-Type": _FORM, **headers}
    url = with_query(asked["AuthorizationEndpoint"], query)
    return WebRequest(asked["HttpMethod"], url, headers, body.encode())


def token_of(reply: WebReply, now: float) -> tuple[str, float] | None:
    """The Authorization header's value, and until when it holds; None where there is no token."""
    try:
        answered = read_json(reply.body.decode())
    except ValueError:
        return None
    if not isinstance(answered, dict) or not isinstance(answered.get("access_token"), str):
        return None
    kind = answered.get("token_type")
    # RFC 6749 does not care for the capitals, servers do.
    kind = "Bearer" if not isinstance(kind, str) or kind.lower() == "bearer" else kind
    seconds = answered.get("expires_in")
    if isinstance(seconds, str) and seconds.isdigit():
        seconds = int(seconds)
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        seconds = _TOKEN_SECONDS
    return f"{kind} {answered['access_token']}", now + seconds


def with_query(url: str, added: Mapping[str, str]) -> str:
    """The URL with further parameters; those of the same name are replaced."""
    if not added:
        return url
    parts = urlsplit(url)
    known = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True)]
    kept = [(name, value) for name, value in known if name not in added]
    return urlunsplit(parts._replace(query=urlencode([*kept, *added.items()])))
