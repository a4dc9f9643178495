"""
One page of a Query or Scan, in a transaction: up to a megabyte of items, or as many as asked for.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from lambent.languages.dynamodb_expressions import Condition, Item
from lambent.services.dynamodb import item_keys, item_store
from lambent.services.dynamodb.item_store import Found, Span
from lambent.services.dynamodb.records import Index, Kept, Place, Table
from lambent.storage.database import Tx

# AWS: a page ends with the item that makes it larger than this.
PAGE_BYTES = 1024 * 1024
# An index may have next to nothing of large items, which are read whole: a page ends after so much.
_WHOLE_BYTES = 16 * 1024 * 1024
# Items have up to 400 KB: so many are read before anything is known of their size.
_FIRST_ROWS = 30
_MOST_ROWS = 2_000


@dataclass(slots=True)
class Page:
    """
    `items` are what is shown of those that the filter let through, which `count` counts, as
    `scanned` counts all; `size` is what was read.

    `last` is the item where the page ended, None where nothing is left.
    """

    items: list[Item]
    count: int = 0
    scanned: int = 0
    size: int = 0
    last: Item | None = None
    # The bytes of whole items, of those that were read in an index.
    whole_size: int = 0


def read_page(
    tx: Tx,
    table: Table,
    index: Index | None,
    span: Span,
    *,
    limit: int | None,
    keeps: Condition | None,
    shown: Callable[[Item], Item] | None,
) -> Page:
    """What is not shown of an item is not kept, nor the item where nothing is."""
    page = Page([])
    holds = None if keeps is None else keeps.holds
    rows = _FIRST_ROWS
    while True:
        left = None if limit is None else limit - page.scanned
        wanted = rows if left is None else min(rows, left)
        found = _fetched(tx, table, index, span, wanted)
        for one in found:
            page.size += one.size
            page.whole_size += one.kept.size
            page.scanned += 1
            page.last = one.kept.item
            if holds is None or holds(one.kept.item):
                page.count += 1
                if shown is not None:
                    page.items.append(shown(one.kept.item))
            if page.size > PAGE_BYTES or page.whole_size > _WHOLE_BYTES:
                return page
        if limit is not None and page.scanned >= limit:
            return page
        if len(found) < wanted:
            page.last = None
            return page
        span = replace(span, after=key_bytes(table, index, found[-1].kept))
        rows = _next_rows(page)


def key_bytes(table: Table, index: Index | None, kept: Kept) -> tuple[bytes, ...]:
    """The whole key of a row, by which the rows of a table or index are sorted."""
    return place_bytes(table, index, kept.item, kept.place)


def place_bytes(table: Table, index: Index | None, item: Item, place: Place) -> tuple[bytes, ...]:
    if index is None:
        return place.partition, place.sort
    at = item_keys.index_place(table, index, item)
    assert at is not None
    return at.partition, at.sort, place.partition, place.sort


def _fetched(tx: Tx, table: Table, index: Index | None, span: Span, limit: int) -> list[Found]:
    if index is None:
        return item_store.page_of_items(tx, table.id, span, limit)
    return item_store.page_of_entries(tx, table.id, index.number, span, limit)


def _next_rows(page: Page) -> int:
    """As many as will probably fill the page."""
    average = max(1, page.whole_size // page.scanned)
    return max(1, min(_MOST_ROWS, (PAGE_BYTES - page.size) // average + 1))
