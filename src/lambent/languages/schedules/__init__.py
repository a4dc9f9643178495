"""
When a schedule fires: `at(…)`, `rate(…)` and `cron(…)` of EventBridge Scheduler and of rules.

>>> daily = parse_schedule("cron(0 8 * * ? *)", "Europe/Berlin")
>>> next_fire_time(daily, after=now)
"""

from lambent.languages.schedules.cron import Cron
from lambent.languages.schedules.expressions import (
    At,
    Rate,
    Schedule,
    parse_rule_schedule,
    parse_schedule,
)
from lambent.languages.schedules.fire_times import flexible_delay, next_fire_time

__all__ = [
    "At",
    "Cron",
    "Rate",
    "Schedule",
    "flexible_delay",
    "next_fire_time",
    "parse_rule_schedule",
    "parse_schedule",
]
