"""Somebody who issues tokens: keys, and the two pages where OpenID Connect says what they are."""

import base64
from typing import Any

import orjson
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tests.web import Answer, Asked, Web


def encoded(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


class Issuer:
    def __init__(self, web: Web) -> None:
        self.url = web.url
        self.keys: dict[str, rsa.RSAPrivateKey] = {}
        self.new_key("first")
        web.answer = self._page

    def new_key(self, key_id: str) -> None:
        self.keys[key_id] = rsa.generate_private_key(65_537, 2_048)

    def token(self, key_id: str = "first", algorithm: str = "RS256", **claims: Any) -> str:
        header = {"alg": algorithm, "kid": key_id, "typ": "JWT"}
        signed = f"{encoded(orjson.dumps(header))}.{encoded(orjson.dumps(claims))}"
        digest = {"256": hashes.SHA256(), "384": hashes.SHA384()}[algorithm[2:]]
        key = self.keys[key_id]
        signature = key.sign(signed.encode(), padding.PKCS1v15(), digest)
        return f"{signed}.{encoded(signature)}"

    def _page(self, asked: Asked) -> Answer:
        if asked.path == "/.well-known/openid-configuration":
            return Answer(200, orjson.dumps({"issuer": self.url, "jwks_uri": f"{self.url}/keys"}))
        keys = [self._public(key_id, key) for key_id, key in self.keys.items()]
        return Answer(200, orjson.dumps({"keys": keys}))

    def _public(self, key_id: str, key: rsa.RSAPrivateKey) -> dict[str, str]:
        numbers = key.public_key().public_numbers()
        modulus = numbers.n.to_bytes(256)
        exponent = numbers.e.to_bytes(3)
        return {"kty": "RSA", "kid": key_id, "n": encoded(modulus), "e": encoded(exponent)}
