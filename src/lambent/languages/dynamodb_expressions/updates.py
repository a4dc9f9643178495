"""UpdateExpression: the item that follows from an item."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from lambent.languages.dynamodb_expressions.placeholders import Placeholders
from lambent.languages.dynamodb_expressions.values import Item


@dataclass(frozen=True, slots=True)
class Update:
    """
    `applied(item, key_names)` is a new item; refuses a change of a key and what does not fit.

    `of_changed(item)` has the parts that the update names: of the old item for UPDATED_OLD, of the
    new one for UPDATED_NEW. `paths` are the first names of the paths that it writes or reads.
    """

    applied: Callable[[Item, Collection[str]], Item]
    of_changed: Callable[[Item], Item]
    paths: frozenset[str]


def update(text: str, placeholders: Placeholders) -> Update:
    raise NotImplementedError
