"""
Records of streams: what each view type shows of a change, as text and as the API has it. Pure.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_Record.html
"""

import hashlib
from typing import Any

import orjson

from lambent.languages.dynamodb_expressions import Item, item_size
from lambent.services.dynamodb import contents

Json = dict[str, Any]

# Who deletes what has expired.
SERVICE = {"Type": "Service", "PrincipalId": "dynamodb.amazonaws.com"}

_FIRST_NUMBER = 10**20
_IMAGES = ("Keys", "NewImage", "OldImage")


def sequence_number(number: int) -> str:
    """AWS: 21 digits at least."""
    return str(_FIRST_NUMBER + number)


def number_of(sequence: str) -> int:
    """The opposite; raises ValueError for what is none."""
    return int(sequence) - _FIRST_NUMBER


def images(view_type: str, keys: Item, old: Item | None, new: Item | None) -> dict[str, Item]:
    """
    The parts of a record that hold items.

    >>> images("KEYS_ONLY", {"id": {"S": "a"}}, None, {"id": {"S": "a"}, "n": {"N": "1"}})
    {'Keys': {'id': {'S': 'a'}}}
    """
    shown = {"Keys": keys}
    if new is not None and view_type in ("NEW_IMAGE", "NEW_AND_OLD_IMAGES"):
        shown["NewImage"] = new
    if old is not None and view_type in ("OLD_IMAGE", "NEW_AND_OLD_IMAGES"):
        shown["OldImage"] = old
    return shown


def event_name(old: Item | None, new: Item | None) -> str:
    if old is None:
        return "INSERT"
    return "REMOVE" if new is None else "MODIFY"


def written(name: str, shown: dict[str, Item], now: float, *, expired: bool) -> tuple[str, int]:
    """The text that is kept of a record, and the bytes of its items."""
    kept: Json = {"name": name, "at": now, "expired": expired}
    kept |= {member: contents.written(item) for member, item in shown.items()}
    return orjson.dumps(kept).decode(), sum(item_size(item) for item in shown.values())


def record(text: str, size: int, number: int, *, stream_arn: str, view_type: str) -> Json:
    """A record as GetRecords and functions see it."""
    kept = orjson.loads(text)
    sequence = sequence_number(number)
    found: Json = {
        "eventID": hashlib.md5(f"{stream_arn}/{sequence}".encode()).hexdigest(),
        "eventName": kept["name"],
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": stream_arn.split(":")[3],
        "dynamodb": {
            # AWS: whole seconds.
            "ApproximateCreationDateTime": float(int(kept["at"])),
            **{member: contents.read(kept[member]) for member in _IMAGES if member in kept},
            "SequenceNumber": sequence,
            "SizeBytes": size,
            "StreamViewType": view_type,
        },
    }
    if kept["expired"]:
        found["userIdentity"] = dict(SERVICE)
    return found
