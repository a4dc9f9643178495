"""
What a statement says, in DynamoDB's own terms: conditions and actions as expressions have them.

Literals and parameters are values by name, as the `:values` of expressions are.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from lambent.languages.dynamodb_expressions import AttributeValue, Item
from lambent.languages.dynamodb_expressions.checks import Steps
from lambent.languages.dynamodb_expressions.syntax import Action, Tree

Values = Mapping[str, AttributeValue]


@dataclass(frozen=True, slots=True)
class Column:
    """`name` is what it is called in the result."""

    name: str
    steps: Steps


@dataclass(frozen=True, slots=True)
class Order:
    name: str
    forward: bool


@dataclass(frozen=True, slots=True)
class Select:
    """`columns` is None for `*`."""

    table: str
    index: str | None
    columns: tuple[Column, ...] | None
    where: Tree | None
    order: tuple[Order, ...] = ()
    values: Values = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Insert:
    """`attributes` names the value of each."""

    table: str
    attributes: Mapping[str, str]
    values: Values = field(default_factory=dict)

    @property
    def item(self) -> Item:
        return {name: self.values[value] for name, value in self.attributes.items()}


@dataclass(frozen=True, slots=True)
class Update:
    """`returning` is as ReturnValues of UpdateItem: ALL_OLD and so on."""

    table: str
    actions: tuple[Action, ...]
    where: Tree | None
    returning: str | None
    values: Values = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Delete:
    table: str
    where: Tree | None
    returning: str | None
    values: Values = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Exists:
    """EXISTS(SELECT …): a condition among the writes of a transaction."""

    select: Select

    @property
    def table(self) -> str:
        return self.select.table


Statement = Select | Insert | Update | Delete | Exists
