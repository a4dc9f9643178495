"""When a schedule fires, and what follows from a delivery that failed; pure."""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from lambent.core.errors import AwsError, NotFound, NotSupported, ServerFault, Throttled
from lambent.languages import schedules
from lambent.services.scheduler.errors import ValidationFailed
from lambent.services.scheduler.records import Firing, RetryPolicy, Schedule
from lambent.services.scheduler.target_rules import check_target, retry_policy, with_defaults
from lambent.work.backoff import exponential

DEFAULT_GROUP = "default"
MOST_GROUPS = 500
MOST_TAGS = 50
MOST_RESULTS = 100

# AWS: a target is called within the minute of its scheduled time.
_PRECISION = 60.0
_EARLIEST_START = 300.0
_FIRST_BACKOFF = 1.0
_LONGEST_BACKOFF = 600.0

_TIMING = ("expression", "timezone", "start_date", "end_date")


def new_schedule(
    params: Mapping[str, Any], *, account: str, region: str, revision: str, now: float
) -> Schedule:
    """The schedule that CreateSchedule or UpdateSchedule asks for, checked."""
    timezone = params.get("ScheduleExpressionTimezone", "UTC")
    kind = schedules.parse_schedule(params["ScheduleExpression"], timezone)
    check_target(params["Target"])
    start = params.get("StartDate")
    # AWS: a rate without a start date starts at once.
    counts_from = start if start is not None else float(math.floor(now))
    schedule = Schedule(
        account=account,
        region=region,
        group_name=params.get("GroupName", DEFAULT_GROUP),
        name=params["Name"],
        revision=revision,
        expression=params["ScheduleExpression"],
        timezone=timezone,
        state=params.get("State", "ENABLED"),
        start_date=start,
        end_date=params.get("EndDate"),
        counts_from=counts_from,
        window_minutes=_window_minutes(params["FlexibleTimeWindow"]),
        description=params.get("Description", ""),
        kms_key_arn=params.get("KmsKeyArn", ""),
        target=with_defaults(params["Target"]),
        after_completion=params.get("ActionAfterCompletion", "NONE"),
        created=now,
        modified=now,
        client_token=params.get("ClientToken", ""),
    )
    if not isinstance(kind, schedules.At):
        _check_dates(schedule, now)
    return replace(schedule, next_time=_first_time(schedule, kind, now))


def updated(known: Schedule, asked: Schedule) -> Schedule:
    """
    What `known` becomes when it is asked to be `asked`.

    A schedule whose timing stays keeps its rhythm: an update of the target alone neither
    fires a rate again nor forgets a time that is pending.
    """
    asked = replace(asked, created=known.created, client_token=known.client_token)
    if any(getattr(known, name) != getattr(asked, name) for name in _TIMING):
        return asked
    asked = replace(asked, counts_from=known.counts_from)
    if asked.state != "ENABLED":
        return replace(asked, next_time=None)
    if known.state == "ENABLED":
        return replace(asked, next_time=known.next_time)
    return replace(asked, next_time=_next_time(asked, asked.modified))


def following_time(schedule: Schedule, scheduled: float, now: float) -> float | None:
    """
    The time after `scheduled`; of those that were missed, the first that is young enough.

    What is older than the retry policy's MaximumEventAgeInSeconds would be dropped undelivered,
    so it never comes into being.
    """
    following = _next_time(schedule, scheduled)
    most_age = retry_policy(schedule.target).most_age
    oldest = now - most_age - schedule.window_minutes * 60
    if following is not None and following <= oldest:
        following = _next_time(schedule, oldest)
    return following


def firing(schedule: Schedule, scheduled: float) -> Firing:
    due = scheduled
    if schedule.window_minutes:
        cause = f"{schedule.arn}/{schedule.revision}/{scheduled}"
        due += schedules.flexible_delay(schedule.window_minutes, cause)
    return Firing(schedule.arn, schedule.revision, scheduled, due)


def is_too_old(firing: Firing, policy: RetryPolicy, now: float) -> bool:
    return now - firing.due > policy.most_age


def can_succeed_later(error: AwsError) -> bool:
    """
    Throttling, faults of the target's service, and a target that is not there (yet).

    AWS's own example retries a queue that does not exist. Everything else is permanent: the
    same request would be refused again.
    """
    if isinstance(error, NotSupported):
        return False
    if isinstance(error, NotFound | Throttled | ServerFault):
        return True
    return (
        error.status >= 500
        or error.status in (404, 429)
        or error.code.endswith(("NonExistentQueue", "DoesNotExist", "NotFound"))
        or "Throttl" in error.code
        or "TooManyRequests" in error.code
    )


def retry_at(firing: Firing, policy: RetryPolicy, now: float) -> float | str:
    """When to try again, or the name of the condition that is exhausted."""
    if firing.retries >= policy.most_retries:
        return "MaximumRetryAttempts"
    wait = exponential(firing.retries + 1, first=_FIRST_BACKOFF, most=_LONGEST_BACKOFF)
    if now + wait - firing.due > policy.most_age:
        return "MaximumEventAgeInSeconds"
    return now + wait


def _next_time(schedule: Schedule, after: float) -> float | None:
    kind = schedules.parse_schedule(schedule.expression, schedule.timezone)
    return schedules.next_fire_time(kind, after, schedule.counts_from, schedule.end_date)


def _first_time(schedule: Schedule, kind: schedules.Schedule, now: float) -> float | None:
    if schedule.state != "ENABLED":
        return None
    match kind:
        case schedules.At():
            # AWS takes a time that has passed, and never fires it.
            return _next_time(schedule, now - _PRECISION)
        case schedules.Rate():
            return _next_time(schedule, now - 1)
        case schedules.Cron():
            return _next_time(schedule, now)


def _check_dates(schedule: Schedule, now: float) -> None:
    start, end = schedule.start_date, schedule.end_date
    if start is not None and start < now - _EARLIEST_START:
        raise ValidationFailed("The StartDate you specify cannot be earlier than 5 minutes ago.")
    if end is not None and end <= now:
        raise ValidationFailed("The EndDate you specify must be in the future.")
    if start is not None and end is not None and start >= end:
        raise ValidationFailed("The StartDate you specify must come before the EndDate.")


def _window_minutes(window: Mapping[str, Any]) -> int:
    minutes = window.get("MaximumWindowInMinutes")
    if window["Mode"] == "FLEXIBLE" and minutes is None:
        raise ValidationFailed("MaximumWindowInMinutes must be specified for a FLEXIBLE window.")
    if window["Mode"] == "OFF" and minutes is not None:
        raise ValidationFailed("MaximumWindowInMinutes cannot be specified when the mode is OFF.")
    return minutes or 0
