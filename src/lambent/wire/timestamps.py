"""Timestamps of the wire ↔ float epoch seconds. Readers take any of AWS's forms."""

import math
import time
from datetime import UTC, datetime
from typing import Any

from lambent.wire.errors import Unreadable

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)


def read_timestamp(value: Any) -> float:
    """Epoch seconds from a number, a number as text, ISO 8601 or an HTTP date."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if math.isfinite(value):
            return float(value)
    elif isinstance(value, str):
        text = value.strip()
        for parse in (_iso8601, float, _http_date):
            try:
                seconds = parse(text)
            except (ValueError, OverflowError, TypeError, IndexError):
                continue
            if math.isfinite(seconds):
                return seconds
    raise Unreadable(f"{value!r} is not a timestamp")


def _iso8601(text: str) -> float:
    if "-" not in text[1:]:
        raise ValueError(text)
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.timestamp()


def _http_date(text: str) -> float:
    # Rare, and its import costs a tenth of a start.
    from email.utils import parsedate_to_datetime

    moment = parsedate_to_datetime(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.timestamp()


def seconds_of(value: Any) -> float | int:
    """What a service gave for a timestamp, as epoch seconds."""
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()
    if isinstance(value, str):
        return read_timestamp(value)
    return value  # type: ignore[no-any-return]


def iso8601(value: Any) -> str:
    seconds = seconds_of(value)
    whole, milliseconds = divmod(round(seconds * 1000), 1000)
    text = datetime.fromtimestamp(whole, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    # strftime does not pad the years before 1000.
    text = text.rjust(19, "0")
    return f"{text}.{milliseconds:03d}Z" if milliseconds else f"{text}Z"


def iso8601_milliseconds(value: Any) -> str:
    """AWS: S3 writes the milliseconds even when they are zero."""
    text = iso8601(value)
    return text if "." in text else f"{text[:-1]}.000Z"


def http_date(value: Any) -> str:
    year, month, day, hour, minute, second, weekday, _, _ = time.gmtime(
        math.floor(seconds_of(value))
    )
    return (
        f"{_DAYS[weekday]}, {day:02d} {_MONTHS[month - 1]} {year:04d}"
        f" {hour:02d}:{minute:02d}:{second:02d} GMT"
    )


def unix(value: Any) -> float | int:
    seconds = seconds_of(value)
    if isinstance(seconds, float):
        seconds = round(seconds, 3)
        if seconds.is_integer():
            return int(seconds)
    return seconds


def unix_text(value: Any) -> str:
    return str(unix(value))


TEXT_WRITERS = {
    "iso8601": iso8601,
    "iso8601_milliseconds": iso8601_milliseconds,
    "rfc822": http_date,
    "unixtimestamp": unix_text,
}
