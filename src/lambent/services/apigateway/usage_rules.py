"""API keys and usage plans: what may be set, and what counts towards which quota. Pure."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from lambent.services.apigateway.errors import BadRequest
from lambent.services.apigateway.records import Document, Usage

_PERIODS = {"DAY": 1, "WEEK": 7, "MONTH": 28}
_LONGEST_LIST = 90


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key as a line of a file says it."""

    name: str
    value: str
    description: str
    enabled: bool
    plans: list[str]


def check_key_value(value: str) -> None:
    if len(value) < 20:
        raise BadRequest("API Key value should be at least 20 characters")
    if len(value) > 128:
        raise BadRequest("API Key value exceeds maximum size of 128 characters")


def key_rows(body: bytes) -> Iterator[KeyRow]:
    """The keys of a file in AWS's format; its first line names the columns."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadRequest("The file is not encoded in UTF-8") from None
    for row in csv.DictReader(io.StringIO(text)):
        fields = {
            (name or "").strip().lower(): (value or "")
            for name, value in row.items()
            if isinstance(value, str)
        }
        value = fields.get("key", "").strip()
        if not fields.get("name") or not value:
            raise BadRequest("Each line must have a name and a key")
        check_key_value(value)
        yield KeyRow(
            fields["name"].strip(),
            value,
            fields.get("description", "").strip(),
            fields.get("enabled", "").strip().lower() == "true",
            [plan.strip() for plan in fields.get("usageplanids", "").split(",") if plan.strip()],
        )


def check_plan(plan: Document) -> None:
    if not plan.get("name"):
        raise BadRequest("Usage Plan name cannot be empty")
    quota = plan.get("quota")
    if quota is not None:
        if quota.get("period") not in _PERIODS:
            raise BadRequest("Quota period must be one of DAY, WEEK, MONTH")
        if quota.get("limit", 0) < 0 or quota.get("offset", 0) < 0:
            raise BadRequest("Quota limit and offset must not be negative")
        if quota.get("offset", 0) >= max(_PERIODS[quota["period"]], 1):
            raise BadRequest("Usage Plan quota offset must be less than the days of its period")
    for throttle in (plan.get("throttle"), *_method_throttles(plan)):
        if throttle and (throttle.get("rateLimit", 0) < 0 or throttle.get("burstLimit", 0) < 0):
            raise BadRequest("Throttle limits must not be negative")


def _method_throttles(plan: Document) -> list[Mapping[str, Any]]:
    return [
        throttle
        for stage in plan.get("apiStages", ())
        for throttle in (stage.get("throttle") or {}).values()
    ]


def day_of(now: float) -> date:
    return datetime.fromtimestamp(now, UTC).date()


def period_begin(quota: Mapping[str, Any], today: date) -> date:
    """The day on which the period that `today` is in began; `offset` days into each period."""
    match quota["period"]:
        case "WEEK":
            # AWS: a week begins on Sunday.
            return today - timedelta(days=(today.weekday() + 1) % 7)
        case "MONTH":
            return today.replace(day=1)
        case _:
            return today


def left(quota: Mapping[str, Any], usages: Sequence[Usage], day: date, first: str | None) -> int:
    """
    What is left of a key's quota at the end of a day. `usages` are those of the key in the period.

    AWS: the offset is taken off the limit in the first period only.
    """
    begin = period_begin(quota, day).isoformat()
    limit = int(quota["limit"])
    if first is None or first >= begin:
        limit -= int(quota.get("offset", 0))
    counted = [each for each in usages if begin <= each.day <= day.isoformat()]
    return limit + sum(each.added - each.used for each in counted)


def listed_days(start: str, end: str) -> list[date]:
    """The days from `start` to `end`."""
    try:
        first, last = date.fromisoformat(start), date.fromisoformat(end)
    except ValueError:
        raise BadRequest(
            "Usage Plan start date and end date must be of the form YYYY-MM-DD"
        ) from None
    days = (last - first).days
    if not 0 <= days <= _LONGEST_LIST:
        raise BadRequest("The start date must be before the end date, by at most 90 days")
    return [first + timedelta(days=number) for number in range(days + 1)]


def stage_in(plan: Document, api_id: str, stage: str) -> Mapping[str, Any] | None:
    """The plan's line about a stage."""
    for each in plan.get("apiStages", ()):
        if each.get("apiId") == api_id and each.get("stage") == stage:
            found: Mapping[str, Any] = each
            return found
    return None


@dataclass(frozen=True, slots=True)
class Bucket:
    """Tokens of a rate, as many as there were at a time."""

    tokens: float
    at: float


def taken(bucket: Bucket | None, rate: float, burst: float, now: float) -> Bucket | None:
    """
    The bucket after one more request; None where there is no token for it.

    >>> taken(Bucket(0.0, 10.0), rate=2, burst=5, now=11.0)
    Bucket(tokens=1.0, at=11.0)
    """
    most = max(burst, 1.0) if rate else 0.0
    tokens = most if bucket is None else min(most, bucket.tokens + (now - bucket.at) * rate)
    return None if tokens < 1 else Bucket(tokens - 1, now)
