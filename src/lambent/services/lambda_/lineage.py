"""
Recursive loops: how often a function has run in one chain of requests. Pure.

Functions hand on the trace header that they run with, SDKs and queues do too; its Lineage counts
the runs of each function: `Root=1-…;Parent=…;Sampled=0;Lineage=1:a87bd80c:3|1:68fd508a:0`.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
"""

from collections.abc import Iterable
from zlib import crc32

# AWS: a function is stopped after about so many runs in the same chain.
MOST_RUNS = 16
_FORM = "1"
# Function by function; a chain through more of them forgets the first.
_MOST_FUNCTIONS = 16


def entered(header: str | None, function_arn: str, request_id: str, now: float) -> tuple[str, int]:
    """The header that the function runs with, and how often it has run in this chain before."""
    own = f"{crc32(function_arn.encode()):08x}"
    if not header:
        digits = request_id.replace("-", "")
        return (
            f"Root=1-{int(now):08x}-{digits[:24]};Parent={digits[16:]};Sampled=0"
            f";Lineage={_FORM}:{own}:0",
            0,
        )
    fields, runs = _parse(header)
    before = runs.pop(own, -1) + 1
    runs[own] = before
    return _text(fields, runs), before


def joined(headers: Iterable[str]) -> str | None:
    """The header of a batch: that of its first message, with the most that any has counted."""
    first: list[str] | None = None
    most: dict[str, int] = {}
    for header in headers:
        fields, runs = _parse(header)
        first = fields if first is None else first
        for function, count in runs.items():
            most[function] = max(count, most.get(function, 0))
    return None if first is None else _text(first, most)


def _parse(header: str) -> tuple[list[str], dict[str, int]]:
    fields: list[str] = []
    runs: dict[str, int] = {}
    for field in header.split(";"):
        name, _, value = field.strip().partition("=")
        if name != "Lineage":
            fields.append(field.strip())
            continue
        for entry in value.split("|"):
            # AWS: with or without the number of the form before it.
            *_, function, count = ("", *entry.split(":"))
            if function and count.isdigit():
                runs[function] = int(count)
    return fields, runs


def _text(fields: list[str], runs: dict[str, int]) -> str:
    latest = list(runs.items())[-_MOST_FUNCTIONS:]
    entries = "|".join(f"{_FORM}:{function}:{count}" for function, count in latest)
    return ";".join([*fields, f"Lineage={entries}"] if entries else fields)
