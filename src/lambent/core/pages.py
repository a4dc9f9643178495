"""Page tokens: opaque to clients, the key of the last row to us."""

import base64
import binascii
from typing import TypeVar, cast

import orjson

from lambent.core.errors import ValidationFailed

Part = TypeVar("Part")


def token_after(*key: object) -> str:
    """The token for the page that begins after the row with `key` (JSON values)."""
    return base64.urlsafe_b64encode(orjson.dumps(key)).decode().rstrip("=")


def key_or(token: str | None, start: list[Part]) -> list[Part]:
    """
    The key in `token`, or `start` where there is none. Raises ValidationFailed for a token that is
    not of the same form: clients may send one that another list gave them.
    """
    if not token:
        return start
    key = key_in(token)
    if [type(part) for part in key] != [type(part) for part in start]:
        raise ValidationFailed("Invalid token")
    return cast(list[Part], key)


def key_in(token: str) -> list[object]:
    """The key that `token_after` put into a token; raises ValidationFailed for any other text."""
    try:
        key = orjson.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except (ValueError, binascii.Error):
        raise ValidationFailed("Invalid token") from None
    if not isinstance(key, list) or not key:
        raise ValidationFailed("Invalid token")
    return key
