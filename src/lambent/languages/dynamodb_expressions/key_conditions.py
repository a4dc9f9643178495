"""KeyConditionExpression: which partition, and which part of it."""

from dataclasses import dataclass

from lambent.languages.dynamodb_expressions.placeholders import Placeholders
from lambent.languages.dynamodb_expressions.values import AttributeValue


@dataclass(frozen=True, slots=True)
class SortCondition:
    """`operator` is "=", "<", "<=", ">", ">=", "BETWEEN" (two operands) or "begins_with"."""

    operator: str
    operands: tuple[AttributeValue, ...]


@dataclass(frozen=True, slots=True)
class KeyCondition:
    """Whether the values' types are those of the keys is the service's to check."""

    partition: AttributeValue
    sort: SortCondition | None


def key_condition(
    text: str, placeholders: Placeholders, partition_name: str, sort_name: str | None
) -> KeyCondition:
    """The condition on the keys of a table or index."""
    raise NotImplementedError
