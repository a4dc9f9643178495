"""ConditionExpression and FilterExpression: does an item hold to it?"""

from collections.abc import Callable
from dataclasses import dataclass

from lambent.languages.dynamodb_expressions.placeholders import Placeholders
from lambent.languages.dynamodb_expressions.values import Item


@dataclass(frozen=True, slots=True)
class Condition:
    """`paths` are the attributes (the first names of paths) that it reads."""

    holds: Callable[[Item], bool]
    paths: frozenset[str]


def condition(
    text: str, placeholders: Placeholders, kind: str = "ConditionExpression"
) -> Condition:
    """`kind` is the request's member, which refusals name: or FilterExpression."""
    raise NotImplementedError
