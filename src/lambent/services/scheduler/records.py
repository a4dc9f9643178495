"""What the scheduler remembers, and what it reads from the params."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ScheduleGroup:
    account: str
    region: str
    name: str
    created: float
    modified: float
    tags: Mapping[str, str]
    client_token: str = ""

    @property
    def arn(self) -> str:
        return f"arn:aws:scheduler:{self.region}:{self.account}:schedule-group/{self.name}"


@dataclass(frozen=True, slots=True)
class Schedule:
    """
    `counts_from` is the moment that a rate counts from. `window_minutes` is 0 for no flexible
    window. `next_time` is the scheduled time of the one firing that is pending.
    """

    account: str
    region: str
    group_name: str
    name: str
    revision: str
    expression: str
    timezone: str
    state: str
    start_date: float | None
    end_date: float | None
    counts_from: float
    window_minutes: int
    description: str
    kms_key_arn: str
    target: Mapping[str, Any]
    after_completion: str
    created: float
    modified: float
    next_time: float | None = None
    client_token: str = ""

    @property
    def arn(self) -> str:
        return (
            f"arn:aws:scheduler:{self.region}:{self.account}:schedule/{self.group_name}/{self.name}"
        )


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    most_age: float
    most_retries: int


@dataclass(frozen=True, slots=True)
class Firing:
    """
    One time at which one version of a schedule fires, and how often its delivery was retried.

    It is due at the scheduled time plus its place in the flexible window.
    """

    schedule_arn: str
    revision: str
    scheduled: float
    due: float
    retries: int = 0
