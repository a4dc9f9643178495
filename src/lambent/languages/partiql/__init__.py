"""
PartiQL as DynamoDB speaks it: statements become what DynamoDB's own operations are asked for.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.html
"""

from lambent.languages.partiql.parsing import parse
from lambent.languages.partiql.statements import (
    Column,
    Delete,
    Exists,
    Insert,
    Order,
    Select,
    Statement,
    Update,
)

__all__ = [
    "Column",
    "Delete",
    "Exists",
    "Insert",
    "Order",
    "Select",
    "Statement",
    "Update",
    "parse",
]
