"""
The keys of those who issue tokens, asked for where OpenID Connect says that they are.

In memory, for two hours as AWS keeps them; a key that is not known asks again, but not all the
time.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lambent import web
from lambent.platform import Context
from lambent.services.apigatewayv2.tokens import InvalidToken
from lambent.web import WebRequest
from lambent.wire.http_events import value_in

_CACHE = "apigatewayv2.issuers"
_KEPT_SECONDS = 7_200.0
_ASK_AGAIN_AFTER = 60.0
_SECONDS = 5.0
_MOST_BYTES = 262_144


@dataclass(frozen=True, slots=True)
class _Keys:
    by_id: Mapping[str, Mapping[str, Any]]
    asked: float


async def get_key(context: Context, issuer: str, key_id: str) -> Mapping[str, Any]:
    """Raises InvalidToken where the issuer has no such key, or does not answer."""
    known: dict[str, _Keys] = context.platform.caches.setdefault(_CACHE, {})
    now = context.clock.now()
    keys = known.get(issuer)
    age = now - keys.asked if keys is not None else _KEPT_SECONDS
    if keys is None or age >= _KEPT_SECONDS or (key_id not in keys.by_id and _is_due(age)):
        keys = known[issuer] = _Keys(await _asked_keys(issuer), now)
    key = keys.by_id.get(key_id)
    if key is None:
        raise InvalidToken("the token does not have a known kid")
    return key


def _is_due(age: float) -> bool:
    return age >= _ASK_AGAIN_AFTER


async def _asked_keys(issuer: str) -> dict[str, Mapping[str, Any]]:
    place = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
    address = (await _asked(place, "OIDC discovery endpoint")).get("jwks_uri")
    if not isinstance(address, str) or not address.startswith(("https://", "http://")):
        raise InvalidToken("OIDC discovery endpoint communication error")
    keys = (await _asked(address, "JWKS")).get("keys")
    listed = [key for key in keys if isinstance(key, dict)] if isinstance(keys, list) else []
    return {
        key["kid"]: key
        for key in listed
        if isinstance(key.get("kid"), str) and key.get("kty") == "RSA"
    }


async def _asked(address: str, what: str) -> dict[str, Any]:
    request = WebRequest("GET", address, {"accept": "application/json"})
    try:
        reply = await web.send(request, seconds=_SECONDS, most_bytes=_MOST_BYTES, redirects=True)
    except web.WebFailure as failure:
        raise InvalidToken(f"{what} communication error") from failure
    found = value_in(reply.body) if reply.status == 200 else None
    if not isinstance(found, dict):
        raise InvalidToken(f"{what} communication error")
    return found
