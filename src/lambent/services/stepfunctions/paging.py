"""Pages of lists: a token holds the number of the last row; pure."""

from typing import Any

from lambent.core import pages
from lambent.core.errors import ValidationFailed
from lambent.services.stepfunctions import errors


def page(member: str, listed: list[dict[str, Any]], last: object | None) -> dict[str, Any]:
    """A reply with `nextToken` when there is more after the row `last`."""
    reply: dict[str, Any] = {member: listed}
    if last is not None:
        reply["nextToken"] = pages.token_after(last)
    return reply


def number_in(token: str | None) -> int:
    """The number that a token was made from; 0 without a token."""
    found = _key_in(token, 0)
    if not isinstance(found, int):
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
    try:
        key = pages.key_in(token)
    except ValidationFailed:
        raise _invalid() from None
    if len(key) != 1:
        raise _invalid()
    return key[0]


def _invalid() -> errors.InvalidToken:
    return errors.InvalidToken("Invalid Token: 'Invalid token'")
