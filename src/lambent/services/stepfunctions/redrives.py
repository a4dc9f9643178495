"""
Whether an execution that ended badly may go on; pure.

https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html#redrive-eligibility
"""

from lambent.services.stepfunctions import errors
from lambent.services.stepfunctions.records import ExecutionRecord, MapRun

UNSUCCESSFUL = ("FAILED", "TIMED_OUT", "ABORTED")

# AWS: so long after its end, so long after its beginning, and so often.
REDRIVE_SECONDS = 14 * 86_400.0
MOST_OPEN_SECONDS = 365 * 86_400.0
MOST_REDRIVES = 1_000
# AWS: there must be room for ExecutionRedriven and one event more.
TOO_MANY_EVENTS = 24_999

# AWS: a client token is known for so long, and of each execution the latest ones.
TOKEN_SECONDS = 15 * 60.0
MOST_TOKENS = 10

# AWS: after these the items are gone over anew, also those that had succeeded.
_BEGINS_ANEW = frozenset({"States.DataLimitExceeded", "States.Runtime"})


def redrive_status(
    execution: ExecutionRecord, now: float, *, deleting: bool = False
) -> tuple[str, str]:
    """`redriveStatus`, and the `redriveStatusReason` of one that is not redrivable."""
    reason = _reason_against(execution, now, deleting)
    if reason:
        return "NOT_REDRIVABLE", reason
    return "REDRIVABLE" if execution.map_run is None else "REDRIVABLE_BY_MAP_RUN", ""


def _reason_against(execution: ExecutionRecord, now: float, deleting: bool) -> str:
    if execution.status not in UNSUCCESSFUL:
        return f"Execution is {execution.status} and cannot be redriven"
    if execution.express:
        # It begins anew.
        return ""
    if deleting:
        return "State machine is in DELETING status"
    if execution.last_event_id >= TOO_MANY_EVENTS:
        return "Execution history event limit exceeded"
    if now - execution.started_at > MOST_OPEN_SECONDS:
        return "Execution has exceeded the max execution time"
    if now - (execution.stopped_at or now) > REDRIVE_SECONDS:
        return "Execution redrivable period exceeded"
    if execution.redrive_count >= MOST_REDRIVES:
        return "Maximum number of redrives reached"
    return ""


def check_redrivable(execution: ExecutionRecord, now: float, *, deleting: bool) -> None:
    status, reason = redrive_status(execution, now, deleting=deleting)
    if status == "REDRIVABLE_BY_MAP_RUN":
        reason = "Child executions can only be redriven by redriving their Map Run"
    if status != "REDRIVABLE":
        raise errors.ExecutionNotRedrivable(reason)


def goes_on_when_redriven(run: MapRun) -> bool:
    """Whether a map run goes on with what did not succeed; else another one begins."""
    return run.error not in _BEGINS_ANEW
