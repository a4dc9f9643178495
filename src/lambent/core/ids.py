"""Names for new things. The only randomness of the platform, asked for at the edge."""

import os
import uuid
from hashlib import sha256

_BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_BASE36 = "abcdefghijklmnopqrstuvwxyz0123456789"


def new_uuid() -> str:
    """A random id in the form that AWS's request and message ids have."""
    # By hand: uuid4 and its formatting cost four times as much, and every request needs one.
    digits = os.urandom(16).hex()
    variant = "89ab"[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


def new_unique_id(prefix: str, length: int = 21) -> str:
    """An IAM-like unique id: `AROA` and capitals and digits."""
    return prefix + "".join(_BASE32[byte % 32] for byte in os.urandom(length - len(prefix)))


def new_short_id(length: int) -> str:
    """Small letters and digits, as API Gateway names its things."""
    # 252 is the largest multiple of 36 that a byte has: no character comes more often.
    text = ""
    while len(text) < length:
        text += "".join(_BASE36[byte % 36] for byte in os.urandom(length) if byte < 252)
    return text[:length]


def uuid_from(*cause: str) -> str:
    """The same id for the same cause, in the form of a random one."""
    digest = sha256("\0".join(cause).encode()).digest()
    return str(uuid.UUID(bytes=digest[:16], version=4))
