"""Tokens that nobody should believe."""

import base64
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from lambent.services.apigatewayv2 import tokens
from lambent.services.apigatewayv2.tokens import InvalidToken


def encoded(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def signed(key: rsa.RSAPrivateKey, algorithm: str = "RS256", **claims: Any) -> str:
    header = {"alg": algorithm, "kid": "k"}
    text = f"{encoded(orjson.dumps(header))}.{encoded(orjson.dumps(claims))}"
    signature = key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{text}.{encoded(signature)}"


def public(key: rsa.RSAPrivateKey) -> dict[str, str]:
    numbers = key.public_key().public_numbers()
    return {"n": encoded(numbers.n.to_bytes(256)), "e": encoded(numbers.e.to_bytes(3))}


MINE, ANOTHERS = (rsa.generate_private_key(65_537, 2_048) for _ in range(2))


def test_a_token_of_the_issuer_is_believed() -> None:
    tokens.check_signature(tokens.read_token(signed(MINE)), public(MINE))


@pytest.mark.parametrize("algorithm", ["none", "None", "", "HS256", "ES256"])
def test_only_signatures_by_rsa_are_read(algorithm: str) -> None:
    with pytest.raises(InvalidToken, match="signing method is invalid"):
        tokens.read_token(signed(MINE, algorithm))


def test_a_token_that_another_key_signed_is_refused() -> None:
    with pytest.raises(InvalidToken, match="signature verification failed"):
        tokens.check_signature(tokens.read_token(signed(ANOTHERS)), public(MINE))


def test_claims_cannot_be_exchanged() -> None:
    header, _, signature = signed(MINE, sub="me").split(".")
    forged = f"{header}.{encoded(orjson.dumps({'sub': 'admin'}))}.{signature}"

    with pytest.raises(InvalidToken, match="signature verification failed"):
        tokens.check_signature(tokens.read_token(forged), public(MINE))


@pytest.mark.parametrize("text", ["", "a.b", "a.b.c", "Bearer ", "....", "é.é.é"])
def test_what_is_no_token_is_refused(text: str) -> None:
    with pytest.raises(InvalidToken):
        tokens.read_token(text)
