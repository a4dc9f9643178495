"""
The bytes of a key whose order, byte by byte, is the order in which DynamoDB sorts keys.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.CoreComponents.html
"""

from lambent.languages.dynamodb_expressions.values import AttributeValue


def sort_bytes(value: AttributeValue) -> bytes:
    """Of a string, a number or a binary; the same for what DynamoDB holds to be the same key."""
    raise NotImplementedError
