"""
The bytes of a key whose order, byte by byte, is the order in which DynamoDB sorts keys.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.CoreComponents.html
"""

from lambent.languages.dynamodb_expressions import numbers
from lambent.languages.dynamodb_expressions.values import AttributeValue


def sort_bytes(value: AttributeValue) -> bytes:
    """Of a checked string, number or binary; equal for what DynamoDB holds to be the same key."""
    for kind, content in value.items():
        if kind == "S":
            return str.encode(content)
        if kind == "N":
            return numbers.sort_bytes(content)
        if kind == "B":
            return bytes(content)
    raise ValueError(f"{value} cannot be a key")
