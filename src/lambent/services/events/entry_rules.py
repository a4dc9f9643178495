"""
The entries of PutEvents: how large they are, and what is wrong with one; pure.

https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lambent.services.events.errors import ValidationFailed
from lambent.services.events.event_records import is_writable, new_event, read_json
from lambent.services.events.records import Event

# AWS: a megabyte for all entries of a request.
_MOST_BYTES = 1024 * 1024
_TIME_BYTES = 14

Entry = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Refusal:
    """An entry that fails alone."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Sender:
    """Where an event comes from, and when it came. Only services may name themselves `aws.…`."""

    account: str
    region: str
    now: float
    is_service: bool = False
    trace: str = ""  # the request's own header, for entries that bring none


def check_size(entries: Sequence[Entry]) -> None:
    if sum(map(size_of, entries)) > _MOST_BYTES:
        raise ValidationFailed("Total size of the entries in the request is over the limit.")


def size_of(entry: Entry) -> int:
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevent-size.html"""
    texts = [entry.get(name) or "" for name in ("Source", "DetailType", "Detail")]
    texts += entry.get("Resources") or ()
    size = sum(len(text.encode(errors="surrogatepass")) for text in texts)
    return size + (_TIME_BYTES if entry.get("Time") is not None else 0)


def event_of(entry: Entry, event_id: str, sender: Sender) -> Event | Refusal:
    for name in ("Source", "DetailType", "Detail"):
        if not entry.get(name):
            return Refusal(
                "InvalidArgument",
                f"Parameter {name} is not valid. Reason: {name} is a required argument.",
            )
    if entry["Source"].startswith("aws.") and not sender.is_service:
        return Refusal("NotAuthorizedForSource", "Not authorized for the source.")
    if len(entry["DetailType"]) > 128:
        return Refusal(
            "InvalidArgument",
            "Parameter DetailType is not valid. Reason: DetailType is longer than 128 characters.",
        )
    detail = _detail(entry["Detail"])
    if detail is None:
        return Refusal("MalformedDetail", "Detail is malformed.")
    time = sender.now if entry.get("Time") is None else entry["Time"]
    if not is_writable(time):
        return Refusal(
            "InvalidArgument", "Parameter Time is not valid. Reason: Time is out of range."
        )
    return new_event(
        event_id,
        source=entry["Source"],
        detail_type=entry["DetailType"],
        account=sender.account,
        region=sender.region,
        time=time,
        resources=entry.get("Resources") or (),
        detail=detail,
        ingested=sender.now,
        trace=entry.get("TraceHeader") or sender.trace,
    )


def _detail(text: str) -> dict[str, Any] | None:
    try:
        detail = read_json(text)
    except ValueError:
        return None
    return detail if isinstance(detail, dict) else None
