"""Finding tables in a transaction, as tables that were read before are remembered."""

from lambent.platform import Context
from lambent.services.dynamodb import store
from lambent.services.dynamodb.errors import ResourceNotFound
from lambent.services.dynamodb.records import Table
from lambent.services.dynamodb.table_rules import table_place
from lambent.storage.database import Tx

_CACHE = "dynamodb.tables"
# In these a table has no items that could be asked for.
_WITHOUT_ITEMS = frozenset({"CREATING", "DELETING", "RESTORING"})


def known(context: Context) -> store.Known:
    """By id; who looks compares the row, so that it may be as old as it likes."""
    found: store.Known = context.platform.caches.setdefault(_CACHE, {})
    return found


def find(tx: Tx, context: Context, given: str) -> Table | None:
    """`given` is a name or an ARN, as requests have it."""
    account, region, name = table_place(given, context.account, context.region)
    return store.find_table(tx, known(context), account, region, name)


def get(tx: Tx, context: Context, given: str) -> Table:
    table = find(tx, context, given)
    if table is None:
        name = table_place(given, context.account, context.region)[2]
        raise ResourceNotFound(f"Requested resource not found: Table: {name} not found")
    return table


def get_with_items(tx: Tx, context: Context, given: str) -> Table:
    """A table whose items can be read and written."""
    table = find(tx, context, given)
    if table is None or not has_items(table):
        # AWS: without the name, other than where a table itself is asked for.
        raise ResourceNotFound("Requested resource not found")
    return table


def has_items(table: Table) -> bool:
    return table.status not in _WITHOUT_ITEMS
