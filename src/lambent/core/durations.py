"""ISO 8601 durations: `PT24H`, `P1DT30M`."""

import re

from lambent.core.errors import ValidationFailed

_DURATION = re.compile(
    r"P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?", re.IGNORECASE
)
_SECONDS = (604_800.0, 86_400.0, 3_600.0, 60.0, 1.0)


def seconds_in(text: str) -> float:
    """The length of a duration in seconds; months and years have no fixed one and are refused."""
    match = _DURATION.fullmatch(text)
    if match is None or not any(match.groups()):
        raise ValidationFailed(f"'{text}' is not a duration such as PT24H or P1DT30M")
    return sum(
        float(count) * unit for count, unit in zip(match.groups(), _SECONDS, strict=True) if count
    )
