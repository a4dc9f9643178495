"""
Access key ids and secrets. As on AWS, an id tells its account to whoever can read it.

After the four letters of the prefix stand ten bytes in base 32; the account is forty bits of them.
"""

import base64
import binascii

from lambent.core.ids import new_unique_id

# Of the first six bytes: the top bit is set, forty bits are the account, seven are random.
_TOP_BIT = 1 << 47
_RANDOM_BITS = 7


def new_access_key_id(prefix: str, account: str) -> str:
    """`AKIA…` for a user's key, `ASIA…` for a session's."""
    random = base64.b32decode(new_unique_id("", 16))
    low = random[0] & ((1 << _RANDOM_BITS) - 1)
    head = _TOP_BIT | (int(account) << _RANDOM_BITS) | low
    return prefix + base64.b32encode(head.to_bytes(6, "big") + random[6:]).decode()


def new_secret_access_key() -> str:
    return new_unique_id("", 40)


def account_of(access_key_id: str) -> str | None:
    """The account that the key belongs to; None where the text is no access key id."""
    try:
        head = base64.b32decode(access_key_id[4:])[:6]
    except binascii.Error:
        return None
    if len(head) < 6:
        return None
    account = (int.from_bytes(head, "big") & (_TOP_BIT - 1)) >> _RANDOM_BITS
    return f"{account:012d}" if account < 10**12 else None
