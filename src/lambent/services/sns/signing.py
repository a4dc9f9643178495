"""
The key that messages are signed with, and the signatures.

The library for it is imported on first use: a server that only sends mail needs none of it.
"""

import asyncio
import base64
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial
from hashlib import sha1

from lambent.platform import Context
from lambent.services.sns import store
from lambent.services.sns.records import SigningKey

_CACHE = "sns.signing_key"
_BITS = 2048
# Nobody renews the certificate of a store that is kept.
_VALID = timedelta(days=36_500)


async def signing_key(context: Context) -> SigningKey:
    """The platform's key, made when it is first asked for."""
    caches = context.platform.caches
    key: SigningKey | None = caches.get(_CACHE)
    if key is None:
        key = await context.db.read(store.find_signing_key)
    if key is None:
        fresh = await asyncio.to_thread(_new_key, context.clock.now())
        key = await context.db.write(partial(store.add_signing_key, key=fresh))
    caches[_CACHE] = key
    return key


@lru_cache(maxsize=256)
def signature(key: SigningKey, text: str, version: str) -> str:
    """
    Base64 of RSA over SHA-1 (version 1) or SHA-256 (version 2).

    Kept for a while: one message goes to many subscriptions.
    """
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    digest: hashes.HashAlgorithm = hashes.SHA256() if version == "2" else hashes.SHA1()
    signed = _loaded(key.private_key).sign(text.encode(), padding.PKCS1v15(), digest)
    return base64.b64encode(signed).decode()


@lru_cache(maxsize=4)
def _loaded(private_key: str):  # type: ignore[no-untyped-def]
    # Without a type: to name it would import the library.
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    return load_pem_private_key(private_key.encode(), password=None)


def _new_key(now: float) -> SigningKey:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.x509.oid import NameOID

    private = rsa.generate_private_key(public_exponent=65_537, key_size=_BITS)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    begins = datetime.fromtimestamp(now, UTC) - timedelta(days=1)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + _VALID)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("sns.amazonaws.com")]), False)
        .sign(private, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    return SigningKey(
        name=f"SimpleNotificationService-{sha1(pem).hexdigest()[:32]}",
        private_key=private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode(),
        certificate=pem.decode(),
    )
