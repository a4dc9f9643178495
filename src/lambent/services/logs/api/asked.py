"""Params that several operations have in common."""

from lambent.core.errors import ValidationFailed
from lambent.core.pages import key_or
from lambent.platform import Context, Params
from lambent.services.logs import rules, store
from lambent.services.logs.errors import InvalidParameter
from lambent.services.logs.records import LogGroup
from lambent.storage.database import Tx

_PAGE = 50


def now(context: Context) -> int:
    """The time in milliseconds, as events have it."""
    return int(context.clock.now() * 1000)


def group_name(params: Params) -> str:
    """The group that logGroupName or logGroupIdentifier names; one of them must be there."""
    name, identifier = params.get("logGroupName"), params.get("logGroupIdentifier")
    if name and identifier:
        raise InvalidParameter(
            "LogGroup name and LogGroup identifier are mutually exclusive parameters."
        )
    if not name and not identifier:
        raise InvalidParameter("Either LogGroup name or LogGroup identifier must be specified.")
    return str(name) if name else rules.group_name_in(str(identifier))


def get_group(tx: Tx, context: Context, name: str) -> LogGroup:
    return store.get_group(tx, context.account, context.region, name)


def page_size(params: Params) -> int:
    return int(params.get("limit", _PAGE))


def after(params: Params, start: list[object]) -> list[object]:
    """The key that the nextToken holds, or `start`."""
    try:
        return key_or(params.get("nextToken"), start)
    except ValidationFailed:
        raise InvalidParameter("The specified nextToken is invalid.") from None
