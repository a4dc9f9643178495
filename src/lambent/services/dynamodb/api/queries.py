"""Many items at a time: Query and Scan."""

from collections.abc import Callable
from typing import Any

from lambent.platform import Context, Params, Reply
from lambent.services.dynamodb import capacity, metrics, pages, requests, selections, tables
from lambent.services.dynamodb.capacity import Consumed
from lambent.services.dynamodb.pages import Page
from lambent.services.dynamodb.records import Table
from lambent.services.dynamodb.selections import Selection
from lambent.storage.database import Tx

_Select = Callable[[Table, Params], Selection]


async def query(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html"""
    requests.check_styles(params, ("FilterExpression", "KeyConditionExpression"))
    return await _page(context, params, selections.query_selection)


async def scan(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Scan.html"""
    requests.check_styles(params, ("FilterExpression",))
    return await _page(context, params, selections.scan_selection)


async def _page(context: Context, params: Params, select: _Select) -> Reply:
    def read(tx: Tx) -> tuple[Table, Selection, Page]:
        table = tables.get_with_items(tx, context, params["TableName"])
        selection = select(table, params)
        page = pages.read_page(
            tx,
            table,
            selection.index,
            selection.span,
            limit=params.get("Limit"),
            keeps=selection.keeps,
            shown=selection.shown,
        )
        return table, selection, page

    table, selection, page = await context.db.read(read)
    consumed = _consumed(params, selection, page)
    metrics.count_read(context, table, consumed)
    reply: dict[str, Any] = {"Count": page.count, "ScannedCount": page.scanned}
    if selection.shown is not None:
        reply["Items"] = page.items
    if page.last is not None:
        reply["LastEvaluatedKey"] = selections.last_key(table, selection.index, page.last)
    return capacity.with_capacity(reply, consumed, params)


def _consumed(params: Params, selection: Selection, page: Page) -> Consumed:
    consistent = bool(params.get("ConsistentRead"))
    consumed = Consumed(params["TableName"])
    units = capacity.read_units(page.size, consistent=consistent)
    index = selection.index
    if index is None:
        consumed.table = units
        return consumed
    consumed.add_index(index.name, units, is_global=index.is_global)
    if selection.fetches:
        consumed.table = capacity.read_units(page.whole_size, consistent=consistent)
    return consumed
