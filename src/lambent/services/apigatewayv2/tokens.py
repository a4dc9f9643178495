"""
JSON Web Tokens: what they say, and whether it is to be believed. Pure.

AWS: keys are RSA's; the descriptions are its own words, as it puts them into WWW-Authenticate.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

_HASHES = {"256": "SHA256", "384": "SHA384", "512": "SHA512"}
_ALGORITHMS = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"})


class InvalidToken(Exception):
    """The text says why, as the client is told."""


@dataclass(frozen=True, slots=True)
class Token:
    algorithm: str
    key_id: str
    claims: Mapping[str, Any]
    signed: bytes
    signature: bytes


def read_token(text: str) -> Token:
    """Raises InvalidToken."""
    if text[:7].lower() == "bearer ":
        text = text[7:]
    parts = text.strip().split(".")
    if len(parts) != 3:
        raise InvalidToken("the token is malformed")
    try:
        header, claims = (orjson.loads(_decoded(part)) for part in parts[:2])
        signature = _decoded(parts[2])
    except (ValueError, binascii.Error):
        raise InvalidToken("the token is malformed") from None
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise InvalidToken("the token is malformed")
    if header.get("alg") not in _ALGORITHMS:
        raise InvalidToken("signing method is invalid")
    if not isinstance(header.get("kid"), str):
        raise InvalidToken("the token does not have a kid")
    signed = f"{parts[0]}.{parts[1]}".encode()
    return Token(header["alg"], header["kid"], claims, signed, signature)


def check_signature(token: Token, key: Mapping[str, Any]) -> None:
    """`key` is one of the issuer's, as its key set has it. Raises InvalidToken."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers

    try:
        exponent, modulus = (_number(key[name]) for name in ("e", "n"))
        public = RSAPublicNumbers(exponent, modulus).public_key()
    except (KeyError, ValueError, TypeError, AttributeError, binascii.Error):
        raise InvalidToken("the issuer's key is invalid") from None
    digest: hashes.HashAlgorithm = getattr(hashes, _HASHES[token.algorithm[2:]])()
    scheme: padding.PKCS1v15 | padding.PSS = padding.PKCS1v15()
    if token.algorithm.startswith("PS"):
        scheme = padding.PSS(padding.MGF1(digest), padding.PSS.DIGEST_LENGTH)
    try:
        public.verify(token.signature, token.signed, scheme, digest)
    except InvalidSignature:
        raise InvalidToken("signature verification failed") from None


def check_claims(token: Token, issuer: str, audience: list[str], now: float) -> None:
    """Raises InvalidToken."""
    claims = token.claims
    if claims.get("iss") != issuer:
        raise InvalidToken("issuer does not match")
    # AWS: client_id counts where there is no aud.
    for_whom = claims.get("aud", claims.get("client_id"))
    given = for_whom if isinstance(for_whom, list) else [for_whom]
    if audience and not set(audience) & {one for one in given if isinstance(one, str)}:
        raise InvalidToken("the token does not have a valid audience")
    if _time(claims, "exp", 0.0) <= now:
        raise InvalidToken("the token has expired")
    if _time(claims, "nbf", now) > now:
        raise InvalidToken("the token is not valid yet")
    if _time(claims, "iat", now) > now:
        raise InvalidToken("the token was issued in the future")


def scopes_of(token: Token) -> frozenset[str]:
    """`scope` is text with blanks, `scp` may be a list as well."""
    found = token.claims.get("scope", token.claims.get("scp")) or ""
    words = found.split() if isinstance(found, str) else found
    return frozenset(word for word in words if isinstance(word, str))


def claim_texts(token: Token) -> dict[str, str]:
    """AWS: every claim is text, and lists and maps are written as Go writes them."""
    return {name: _text(value) for name, value in token.claims.items()}


def _text(value: object) -> str:
    match value:
        case str():
            return value
        case bool():
            return str(value).lower()
        case None:
            return "<nil>"
        case list():
            return f"[{' '.join(_text(one) for one in value)}]"
        case dict():
            pairs = " ".join(f"{name}:{_text(value[name])}" for name in sorted(value))
            return f"map[{pairs}]"
        case float() if value.is_integer():
            return str(int(value))
    return str(value)


def _time(claims: Mapping[str, Any], name: str, otherwise: float) -> float:
    value = claims.get(name, otherwise)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidToken(f"the claim {name} is invalid")
    return float(value)


def _number(text: str) -> int:
    return int.from_bytes(_decoded(text))


def _decoded(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
