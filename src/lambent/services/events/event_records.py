"""The JSON of events, and the letters about those that could not be delivered; pure."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from lambent.services.events.records import Event

_MOST_LETTER_BYTES = 1024 * 1024 - 4_096
_MOST_MESSAGE = 1_024
_YEAR_1 = -62_135_596_800.0
_YEAR_10000 = 253_402_300_800.0


def is_writable(time: object) -> bool:
    """Whether it is a time whose year has four digits."""
    return isinstance(time, int | float) and _YEAR_1 <= time < _YEAR_10000


def iso_time(time: float) -> str:
    return f"{datetime.fromtimestamp(time, UTC):%Y-%m-%dT%H:%M:%SZ}"


def epoch(iso: str) -> float:
    return datetime.fromisoformat(iso).timestamp()


def write_json(value: object) -> str:
    return orjson.dumps(value).decode()


def read_json(text: str) -> Any:
    """
    Raises ValueError for what is no JSON, and for what is nested deeper than a thousand levels.

    AWS: integers of an event have 64 bits; what is larger is a number like others.
    """
    return orjson.loads(text)


def new_event(
    event_id: str,
    *,
    source: str,
    detail_type: str,
    account: str,
    region: str,
    time: float,
    resources: Sequence[str],
    detail: Any,
    ingested: float,
    trace: str = "",
) -> Event:
    fields = {
        "version": "0",
        "id": event_id,
        "detail-type": detail_type,
        "source": source,
        "account": account,
        "time": iso_time(time),
        "region": region,
        "resources": list(resources),
        "detail": detail,
    }
    return Event(event_id, fields, write_json(fields), ingested, trace)


def replayed(text: str, replay_name: str, ingested: float) -> Event:
    """An archived event, marked as AWS marks it."""
    fields: dict[str, Any] = {}
    for name, value in read_json(text).items():
        if name == "resources":
            fields["replay-name"] = replay_name
        fields[name] = value
    return Event(fields["id"], fields, write_json(fields), ingested)


def dead_letter(
    payload: Mapping[str, Any], code: str, message: str, exhausted: str | None
) -> dict[str, Any]:
    """
    Body and attributes of the message for the dead-letter queue: the event as it came.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
    """
    attributes = {
        "RULE_ARN": payload["rule"],
        "TARGET_ARN": payload["target"]["Arn"],
        "ERROR_CODE": code,
        "ERROR_MESSAGE": (message or code)[:_MOST_MESSAGE],
        "RETRY_ATTEMPTS": str(payload["retries"]),
    }
    # AWS: only there when the error was one that is tried again.
    if exhausted is not None:
        attributes["EXHAUSTED_RETRY_CONDITION"] = exhausted
    body = payload["event"].encode()[:_MOST_LETTER_BYTES].decode(errors="ignore")
    return {
        "MessageBody": body,
        "MessageAttributes": {
            name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
        },
    }
