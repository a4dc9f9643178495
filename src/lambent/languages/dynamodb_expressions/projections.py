"""ProjectionExpression: which parts of an item are wanted."""

from collections.abc import Callable
from dataclasses import dataclass

from lambent.languages.dynamodb_expressions.placeholders import Placeholders
from lambent.languages.dynamodb_expressions.values import Item


@dataclass(frozen=True, slots=True)
class Projection:
    """`of(item)` has the wanted parts in their places; `paths` are the first names of the paths."""

    of: Callable[[Item], Item]
    paths: frozenset[str]


def projection(text: str, placeholders: Placeholders) -> Projection:
    raise NotImplementedError
