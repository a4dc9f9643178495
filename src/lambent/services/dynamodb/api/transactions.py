"""Items of several tables, all or nothing."""

import hashlib
from collections.abc import Callable
from typing import Any

import orjson

from lambent.core.errors import AwsError, ValidationFailed
from lambent.languages.dynamodb_expressions import Item, Projection, item_size
from lambent.platform import Context, Params, Reply
from lambent.services.dynamodb import (
    capacity,
    item_keys,
    item_store,
    metrics,
    requests,
    store,
    tables,
)
from lambent.services.dynamodb.api.items import collection_metrics
from lambent.services.dynamodb.capacity import Consumed
from lambent.services.dynamodb.errors import (
    ConditionalCheckFailed,
    DuplicateItem,
    IdempotentParameterMismatch,
    ResourceNotFound,
    TransactionCanceled,
)
from lambent.services.dynamodb.records import Place, Table
from lambent.services.dynamodb.writing import Change, Outcome, carry_out
from lambent.storage.database import Tx

_SIZE_LIMIT = 4 * 1024 * 1024
_TOKEN_SECONDS = 600.0
_Reason = dict[str, Any]

_READERS = {
    "Put": requests.put_change,
    "Update": requests.update_change,
    "Delete": requests.delete_change,
    "ConditionCheck": requests.check_change,
}


async def transact_write_items(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html"""
    asked = [_change(action) for action in params["TransactItems"]]
    _check_size([change.item for change in asked])
    outcomes, reply = await change_all(context, asked, params, params["TransactItems"])
    if params.get("ReturnItemCollectionMetrics") == "SIZE":
        collections = _collections(outcomes)
        if collections:
            reply["ItemCollectionMetrics"] = collections
    return reply


async def change_all(
    context: Context, asked: list[Change], params: Params, said: Any
) -> tuple[list[Outcome], dict[str, Any]]:
    """
    Make all changes or none, and once only for a ClientRequestToken.

    `said` is what the client asked for, which must be the same for the same token. The reply says
    the capacity that was taken.
    """
    token = params.get("ClientRequestToken", "")
    digest = _digest(said) if token else ""
    now = context.clock.now()

    def write(tx: Tx) -> tuple[list[Outcome], str | None]:
        known = _known(tx, context, token, digest, now) if token else None
        if known is not None:
            return [], known
        outcomes = _carried_out(tx, context, asked, now)
        if token:
            _remember(tx, context, token, digest, outcomes, now)
        return outcomes, None

    try:
        outcomes, known = await context.db.write(write)
    except TransactionCanceled as canceled:
        _count_failed(context, asked, canceled)
        raise
    consumed = _consumed(outcomes) if known is None else _read_again(known)
    for outcome in outcomes:
        metrics.count_written(context, outcome.table, outcome.consumed)
    # AWS: what was done before is only read again.
    return outcomes, _reply(consumed, params, "Write" if known is None else "Read")


async def transact_get_items(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactGetItems.html"""
    asked = [
        (get["TableName"], requests.read_key(get["Key"]), _shown(requests.read_projection(get)))
        for get in (item["Get"] for item in params["TransactItems"])
    ]
    found = await context.db.read(lambda tx: read_all(tx, context, asked))
    consumed: dict[str, Consumed] = {}
    for (name, _, _), (table, _, units) in zip(asked, found, strict=True):
        consumed.setdefault(table.arn, Consumed(name)).table += units
        metrics.count_read(context, table, Consumed(table.name, units))
    reply = _reply(list(consumed.values()), params, "Read")
    reply["Responses"] = [{} if item is None else {"Item": item} for _, item, _ in found]
    return reply


def _change(action: Params) -> Change:
    given = [name for name in _READERS if action.get(name) is not None]
    if len(given) != 1:
        raise ValidationFailed("TransactItems can only contain one of Check, Put, Update or Delete")
    asked = action[given[0]]
    if given[0] == "Update" and asked.get("UpdateExpression") is None:
        raise ValidationFailed("The expression can not be empty;")
    return _READERS[given[0]](asked)


def _carried_out(tx: Tx, context: Context, asked: list[Change], now: float) -> list[Outcome]:
    """All changes; where one fails the transaction is cancelled, and the store forgets the rest."""
    _check_distinct(tx, context, asked)
    outcomes: list[Outcome] = []
    reasons: list[_Reason] = []
    for change in asked:
        try:
            outcome = carry_out(tx, context, change, now)
        except ResourceNotFound:
            raise
        except AwsError as error:
            reasons.append(_reason(error))
        else:
            # AWS: a transaction prepares and commits, and pays for both.
            outcome.consumed.add(outcome.consumed)
            outcomes.append(outcome)
            reasons.append({"Code": "None"})
    if len(outcomes) < len(asked):
        raise cancelled(reasons)
    return outcomes


def cancelled(reasons: list[_Reason]) -> TransactionCanceled:
    codes = ", ".join(reason["Code"] for reason in reasons)
    return TransactionCanceled(
        f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]",
        members={"CancellationReasons": reasons},
    )


def _reason(error: AwsError) -> _Reason:
    if isinstance(error, ConditionalCheckFailed):
        return {
            "Code": "ConditionalCheckFailed",
            "Message": error.message,
            **error.members,
        }
    if isinstance(error, DuplicateItem):
        return {"Code": "DuplicateItem", "Message": error.message}
    return {"Code": "ValidationError", "Message": error.message}


def _check_distinct(tx: Tx, context: Context, asked: list[Change]) -> None:
    seen: set[tuple[int, Place]] = set()
    for change in asked:
        table = tables.get_with_items(tx, context, change.table)
        try:
            check = item_keys.item_place if change.kind == "Put" else item_keys.key_place
            place = table.id, check(table, change.item)
        except ValidationFailed:
            # Said later, as the reason of the one action.
            continue
        if place in seen:
            raise ValidationFailed(
                "Transaction request cannot include multiple operations on one item"
            )
        seen.add(place)


def _shown(wanted: Projection | None) -> Callable[[Item], Item]:
    return (lambda item: item) if wanted is None else wanted.of


def read_all(
    tx: Tx, context: Context, asked: list[tuple[str, Item, Callable[[Item], Item]]]
) -> list[tuple[Table, Item | None, float]]:
    """The items of some keys, what is shown of each, and what reading it takes."""
    found: list[tuple[Table, Item | None, float]] = []
    seen: set[tuple[int, Place]] = set()
    size = 0
    for name, key, shown in asked:
        table = tables.get_with_items(tx, context, name)
        place = item_keys.key_place(table, key)
        if (table.id, place) in seen:
            raise ValidationFailed(
                "Transaction request cannot include multiple operations on one item"
            )
        seen.add((table.id, place))
        kept = item_store.find_item(tx, table.id, place)
        units = 2 * capacity.read_units(0 if kept is None else kept.size, consistent=True)
        item = None
        if kept is not None:
            size += kept.size
            item = shown(kept.item)
        found.append((table, item, units))
    if size > _SIZE_LIMIT:
        raise cancelled([{"Code": "ValidationError", "Message": _TOO_LARGE}] * len(asked))
    return found


_TOO_LARGE = "Collection size of items in transaction exceeded limit of 4 MB"


def _check_size(items: list[Item]) -> None:
    if sum(item_size(item) for item in items) > _SIZE_LIMIT:
        raise ValidationFailed(_TOO_LARGE)


# Tokens ------------------------------------------------------------------------------------------


def _digest(said: Any) -> str:
    text = orjson.dumps(said, default=bytes.hex, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(text).hexdigest()


def _known(tx: Tx, context: Context, token: str, digest: str, now: float) -> str | None:
    """The capacity of the transaction that the token stands for; None where it is new."""
    found = store.find_transaction(tx, context.account, context.region, token, now)
    if found is None:
        return None
    known, capacity_taken = found
    if known != digest:
        raise IdempotentParameterMismatch(
            "An error occurred (IdempotentParameterMismatchException)"
        )
    return capacity_taken


def _remember(
    tx: Tx, context: Context, token: str, digest: str, outcomes: list[Outcome], now: float
) -> None:
    sizes: dict[str, float] = {}
    for outcome in outcomes:
        size = item_size(outcome.new or outcome.old or {})
        units = 2 * capacity.read_units(size, consistent=True)
        name = outcome.consumed.table_name
        sizes[name] = sizes.get(name, 0.0) + units
    store.put_transaction(
        tx,
        context.account,
        context.region,
        token,
        digest=digest,
        capacity=orjson.dumps(sizes).decode(),
        now=now,
        expires_at=now + _TOKEN_SECONDS,
    )


def _read_again(known: str) -> list[Consumed]:
    return [Consumed(name, units) for name, units in orjson.loads(known).items()]


# Replies -----------------------------------------------------------------------------------------


def _consumed(outcomes: list[Outcome]) -> list[Consumed]:
    found: dict[str, Consumed] = {}
    for outcome in outcomes:
        name = outcome.consumed.table_name
        found.setdefault(outcome.table.arn, Consumed(name)).add(outcome.consumed)
    return list(found.values())


def _reply(consumed: list[Consumed], params: Params, kind: str) -> dict[str, Any]:
    asked = params.get("ReturnConsumedCapacity")
    said = [capacity.reply_of(each, asked, kind) for each in consumed]
    return {"ConsumedCapacity": said} if any(said) else {}


def _collections(outcomes: list[Outcome]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for outcome in outcomes:
        item = outcome.new or outcome.old
        if item is not None and outcome.table.has_local_indexes:
            found.setdefault(outcome.table.name, []).append(collection_metrics(outcome.table, item))
    return found


def _count_failed(context: Context, asked: list[Change], canceled: TransactionCanceled) -> None:
    for change, reason in zip(asked, canceled.members["CancellationReasons"], strict=True):
        if reason["Code"] == "ConditionalCheckFailed":
            metrics.count_failed_check(context, change.table)
