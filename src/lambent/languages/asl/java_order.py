"""
The order in which AWS writes the evaluated members of a payload template: that of a Java HashMap.
"""

from collections.abc import Iterable


def java_order(names: Iterable[str]) -> list[str]:
    """
    >>> java_order(["StateMachineArn", "Input", "Name"])
    ['Input', 'StateMachineArn', 'Name']
    """
    names = list(names)
    buckets = 16
    while len(names) > buckets * 3 // 4:
        buckets *= 2
    return sorted(names, key=lambda name: _spread(_hash(name)) % buckets)


def _hash(text: str) -> int:
    units = text.encode("utf-16-be", "surrogatepass")
    value = 0
    for at in range(0, len(units), 2):
        value = (31 * value + (units[at] << 8) + units[at + 1]) & 0xFFFFFFFF
    return value


def _spread(value: int) -> int:
    return value ^ (value >> 16)
