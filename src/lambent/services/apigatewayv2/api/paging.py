"""Pages of a list, as every list of this API has them."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from lambent.core import pages
from lambent.core.errors import ValidationFailed
from lambent.platform import Params
from lambent.services.apigatewayv2.errors import BadRequest
from lambent.services.apigatewayv2.rules import page_size

Item = TypeVar("Item")


def page_start(params: Params) -> str:
    """The key of the last item of the page before."""
    try:
        (key,) = pages.key_or(params.get("NextToken"), [""])
    except ValidationFailed as error:
        raise BadRequest("Invalid next token") from error
    return str(key)


def page(
    params: Params,
    found: Sequence[Item],
    described: Callable[[Item], dict[str, Any]],
    key: Callable[[Item], str],
) -> dict[str, Any]:
    """A page of what was found, one item more than it may hold if there are further ones."""
    size = page_size(params)
    reply: dict[str, Any] = {"Items": [described(item) for item in found[:size]]}
    if len(found) > size:
        reply["NextToken"] = pages.token_after(key(found[size - 1]))
    return reply
