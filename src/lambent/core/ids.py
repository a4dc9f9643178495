"""Names for new things. The only randomness of the platform, asked for at the edge."""

import os
import uuid
from hashlib import sha256

_BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


def new_uuid() -> str:
    """A random id in the form that AWS's request and message ids have."""
    return str(uuid.UUID(bytes=os.urandom(16), version=4))


def new_unique_id(prefix: str, length: int = 21) -> str:
    """An IAM-like unique id: `AROA` and capitals and digits."""
    return prefix + "".join(_BASE32[byte % 32] for byte in os.urandom(length - len(prefix)))


def uuid_from(*cause: str) -> str:
    """The same id for the same cause, in the form of a random one."""
    digest = sha256("\0".join(cause).encode()).digest()
    return str(uuid.UUID(bytes=digest[:16], version=4))
