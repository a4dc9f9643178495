"""Params that several operations have in common."""

from typing import TypeVar

from lambent.core.errors import ValidationFailed
from lambent.core.pages import key_or, token_after
from lambent.platform import Context, Params
from lambent.services.lambda_ import limits, names
from lambent.services.lambda_.errors import InvalidParameterValue, PreconditionFailed
from lambent.services.lambda_.names import FunctionName

Item = TypeVar("Item")


def function_name(context: Context, params: Params, member: str = "FunctionName") -> FunctionName:
    """The function that the params name, with the qualifier if there is one."""
    return names.parse(params[member], context.account, context.region, params.get("Qualifier"))


def unqualified(context: Context, params: Params) -> FunctionName:
    """The function, for operations that a version or alias cannot be named to."""
    name = function_name(context, params)
    if name.qualifier not in (None, names.LATEST):
        raise InvalidParameterValue(
            "This operation is permitted on Lambda functions only. Aliases and versions do not"
            " support this operation. Please specify either a function name or an unqualified"
            " function ARN."
        )
    return FunctionName(name.account, name.region, name.name)


def check_revision(params: Params, revision_id: str) -> None:
    if params.get("RevisionId", revision_id) != revision_id:
        raise PreconditionFailed(
            "The Revision Id provided does not match the latest Revision Id. Call the"
            " GetFunction/GetAlias API to retrieve the latest Revision Id"
        )


def page_size(params: Params) -> int:
    """AWS: MaxItems may be up to 10,000, and a page has 50 at most."""
    return min(int(params.get("MaxItems", limits.PAGE)), limits.PAGE)


def after(params: Params, start: list[object]) -> list[object]:
    """The key that the Marker holds, or `start`."""
    try:
        return key_or(params.get("Marker"), start)
    except ValidationFailed:
        raise InvalidParameterValue("Invalid Marker") from None


def page(found: list[Item], size: int, *key: object) -> tuple[list[Item], dict[str, str]]:
    """The page's items and its NextMarker; `key` is that of the last item of a full page."""
    if len(found) <= size:
        return found, {}
    return found[:size], {"NextMarker": token_after(*key)}
