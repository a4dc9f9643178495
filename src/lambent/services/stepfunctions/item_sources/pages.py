"""
Items come in pages, and every item knows the place behind it.

A *place* is a JSON value that says how far a source is read; `None` is its beginning. Whoever has
stored one can go on reading there, also after a crash: no list of items is kept anywhere.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

Place = Any


class ReadingFailed(Exception):
    """The items cannot be read: States.ItemReaderFailed, with this cause."""


@dataclass(frozen=True, slots=True)
class Item:
    value: Any
    place: Place
    """Where the next item begins."""
    key: str | None = None
    """Of an object's member."""
    source: str = "STATE_DATA"
    """As `$$.Map.Item.Source` shows it."""


@dataclass(frozen=True, slots=True)
class Page:
    """`place` is where the next page begins; a page may have no item and not be the last."""

    items: list[Item]
    place: Place
    last: bool


ReadPage = Callable[[Place], Awaitable[Page]]
"""A source: the page that begins at a place."""
