"""Pages in the order of names, as every list of EventBridge has them."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from lambent.core import errors, pages
from lambent.platform import Params
from lambent.services.events.errors import is_not_valid
from lambent.services.events.rules import MOST_RESULTS

Record = TypeVar("Record")


def page_size(params: Params) -> int:
    return int(params.get("Limit", MOST_RESULTS))


def page_start(params: Params) -> str:
    """The name after which the page begins."""
    try:
        (key,) = pages.key_or(params.get("NextToken"), [""])
    except errors.ValidationFailed:
        raise is_not_valid("NextToken", "The token is invalid.") from None
    return key


def page_of(
    member: str,
    found: Sequence[Record],
    size: int,
    name: Callable[[Record], str],
    shown: Callable[[Record], Any],
) -> dict[str, Any]:
    """The reply, from the rows of one page and one more."""
    reply: dict[str, Any] = {member: [shown(one) for one in found[:size]]}
    if len(found) > size:
        reply["NextToken"] = pages.token_after(name(found[size - 1]))
    return reply
