"""
The languages of DynamoDB's requests: attribute values, and the expressions on them.

Each expression is compiled once for its text and its names; what a request adds are its values.
Refusals carry DynamoDB's whole message.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.html
"""

from lambent.languages.dynamodb_expressions.comparisons import equal
from lambent.languages.dynamodb_expressions.conditions import Condition, condition
from lambent.languages.dynamodb_expressions.errors import ExpressionRefused, UpdateRefused
from lambent.languages.dynamodb_expressions.key_conditions import (
    KeyCondition,
    SortCondition,
    key_condition,
)
from lambent.languages.dynamodb_expressions.placeholders import Placeholders
from lambent.languages.dynamodb_expressions.projections import Projection, projection
from lambent.languages.dynamodb_expressions.sizes import item_size, value_size
from lambent.languages.dynamodb_expressions.sort_bytes import sort_bytes
from lambent.languages.dynamodb_expressions.updates import Update, update
from lambent.languages.dynamodb_expressions.values import (
    AttributeValue,
    Item,
    checked_item,
    checked_value,
)

__all__ = [
    "AttributeValue",
    "Condition",
    "ExpressionRefused",
    "Item",
    "KeyCondition",
    "Placeholders",
    "Projection",
    "SortCondition",
    "Update",
    "UpdateRefused",
    "checked_item",
    "checked_value",
    "condition",
    "equal",
    "item_size",
    "key_condition",
    "projection",
    "sort_bytes",
    "update",
    "value_size",
]
