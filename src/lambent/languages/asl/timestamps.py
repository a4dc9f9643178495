"""RFC 3339 timestamps as the language reads and writes them."""

import re
from datetime import UTC, datetime, timedelta

_PATTERN = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)", re.ASCII
)


def parse_timestamp(text: str) -> float | None:
    """Seconds since 1970, or None when the text is no timestamp with a capital T and an offset."""
    match = _PATTERN.fullmatch(text)
    if match is None:
        return None
    *fields, fraction, offset = match.groups()
    try:
        moment = datetime(*(int(field) for field in fields), tzinfo=UTC)  # type: ignore[arg-type,misc]
    except ValueError:
        return None
    seconds = moment.timestamp() + (float(f"0.{fraction}") if fraction else 0.0)
    if offset != "Z":
        sign = -1 if offset[0] == "+" else 1
        seconds += sign * (int(offset[1:3]) * 3600 + int(offset[4:6]) * 60)
    return seconds


def format_timestamp(seconds: float) -> str:
    """As the context object has it: 2025-06-15T15:06:40.123Z."""
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=int(seconds * 1000))
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
