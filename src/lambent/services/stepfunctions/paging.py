"""Pages of lists: a token holds the number of the last row; pure."""

from typing import Any

from lambent.core import pages
from lambent.core.errors import ValidationFailed
from lambent.services.stepfunctions import errors

# What a store's numbers can hold.
_MOST = 1 << 63


def page(member: str, listed: list[dict[str, Any]], last: object | None) -> dict[str, Any]:
    """A reply with `nextToken` when there is more after the row `last`."""
    reply: dict[str, Any] = {member: listed}
    if last is not None:
        key = last if isinstance(last, tuple) else (last,)
        reply["nextToken"] = pages.token_after(*key)
    return reply


def moment_in(token: str | None) -> tuple[float, int]:
    """The time and the number that a token was made from; the end of time without a token."""
    if token is None:
        return 1e18, 0
    match _keys_in(token):
        case [float() | int() as at, int() as number] if abs(number) < _MOST and abs(at) < _MOST:
            return float(at), number
        case _:
            raise _invalid()


def number_in(token: str | None) -> int:
    """The number that a token was made from; 0 without a token."""
    found = _key_in(token, 0)
    if not isinstance(found, int) or abs(found) >= _MOST:
        raise _invalid()
    return found


def text_in(token: str | None) -> str:
    found = _key_in(token, "")
    if not isinstance(found, str):
        raise _invalid()
    return found


def _key_in(token: str | None, none: object) -> object:
    if token is None:
        return none
    keys = _keys_in(token)
    if len(keys) != 1:
        raise _invalid()
    return keys[0]


def _keys_in(token: str) -> list[object]:
    try:
        return pages.key_in(token)
    except ValidationFailed:
        raise _invalid() from None


def _invalid() -> errors.InvalidToken:
    return errors.InvalidToken("Invalid Token: 'Invalid token'")
