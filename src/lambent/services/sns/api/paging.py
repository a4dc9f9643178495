"""Pages of a hundred, as every list of SNS has them."""

from collections.abc import Sequence
from typing import Any

from lambent.core import errors, pages
from lambent.platform import Params, Reply
from lambent.services.sns.errors import InvalidParameter
from lambent.services.sns.rules import PAGE


def page_start(params: Params) -> str:
    """The key after which the page begins."""
    try:
        (key,) = pages.key_or(params.get("NextToken"), [""])
    except errors.ValidationFailed:
        raise InvalidParameter("NextToken") from None
    return key


def page_of(member: str, shown: Sequence[Any], keys: Sequence[str]) -> Reply:
    """The reply, from the rows of one page and one more."""
    if len(shown) <= PAGE:
        return {member: list(shown)}
    return {member: list(shown[:PAGE]), "NextToken": pages.token_after(keys[PAGE - 1])}
