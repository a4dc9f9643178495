"""Names, ARNs, limits and checks; pure."""

import json
import math
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import orjson

from lambent.languages.asl import HistoryEvent, json_fault
from lambent.services.stepfunctions import errors
from lambent.services.stepfunctions.records import (
    ExecutionArn,
    MachineArn,
    MapRun,
)

# 256 KiB, AWS's limit of an input or output, in bytes of UTF-8.
MOST_DATA_BYTES = 262_144
# AWS keeps what a Standard execution left for so long.
RETENTION_SECONDS = 90 * 86_400.0
# An Express execution cannot be described; its row only serves StartSyncExecution.
EXPRESS_RETENTION_SECONDS = 300.0
# AWS: a Standard workflow runs for a year at most, an Express one for five minutes.
STANDARD_SECONDS = 365 * 86_400.0
EXPRESS_SECONDS = 300.0
ACTIVITY_POLL_SECONDS = 60.0
MOST_VERSIONS = 1_000
MOST_ALIASES = 100
MOST_TAGS = 50

# AWS: whitespace, brackets, wildcards and these characters are not allowed in a name.
_BAD_NAME = re.compile(r'[\s<>{}\[\]?*"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff]')
_ALIAS_NAME = re.compile(r"(?=.*[a-zA-Z_\-.])[a-zA-Z0-9_\-.]{1,80}")


def check_name(name: str) -> None:
    if not 1 <= len(name) <= 80 or _BAD_NAME.search(name):
        raise errors.InvalidName(f"Invalid Name: '{name}'")


def check_alias_name(name: str) -> None:
    if not _ALIAS_NAME.fullmatch(name):
        raise errors.InvalidName(f"Invalid Name: '{name}'")


def check_input(text: str) -> None:
    """The input of an execution is JSON of at most 256 KiB."""
    if len(text) > MOST_DATA_BYTES // 4 and len(text.encode()) > MOST_DATA_BYTES:
        raise errors.InvalidExecutionInput(
            "Invalid State Machine Execution Input: 'The input exceeds the maximum number of"
            f" characters allowed: {MOST_DATA_BYTES}'"
        )
    try:
        parse_json(text)
    except ValueError as error:
        raise errors.InvalidExecutionInput(
            f"Invalid State Machine Execution Input: '{_fault(text, error)}'"
        ) from None


def check_output(text: str) -> None:
    try:
        parse_json(text)
    except ValueError as error:
        raise errors.InvalidOutput(f"Invalid Output: '{_fault(text, error)}'") from None


def _fault(text: str, error: ValueError) -> str:
    return json_fault(text, error)[0] if isinstance(error, json.JSONDecodeError) else str(error)


def parse_json(text: str | bytes) -> Any:
    """A JSON document; integers may have any length, NaN is none."""
    try:
        return orjson.loads(text)
    except ValueError:
        pass
    try:
        return json.loads(text, parse_constant=_no_constant)
    except RecursionError:
        raise ValueError("The document is nested too deeply") from None


def write_json(value: Any) -> str:
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        # Beyond 64 bits, beyond 254 levels, or half a surrogate pair, which only escapes can show.
        return json.dumps(value, separators=(",", ":"))


def _no_constant(name: str) -> None:
    raise ValueError(f"Non-standard token '{name}'")


@lru_cache(maxsize=1_000)
def machine_arn(text: str) -> MachineArn:
    """Read a state machine's ARN, with or without a qualifier."""
    account, region, kind, rest = _parts(text)
    if kind != "stateMachine":
        raise errors.InvalidArn(f"Invalid Arn: 'Resource type not valid in this context: {kind}'")
    name, _, qualifier = rest.partition(":")
    if not name or ":" in qualifier:
        raise errors.InvalidArn(f"Invalid Arn: '{text}'")
    return MachineArn(account, region, name, qualifier)


def execution_arn(text: str) -> ExecutionArn:
    account, region, kind, rest = _parts(text)
    if kind not in ("execution", "express"):
        raise errors.InvalidArn(f"Invalid Arn: 'Resource type not valid in this context: {kind}'")
    machine, _, name = rest.partition(":")
    if not machine or not name:
        raise errors.InvalidArn(f"Invalid Arn: '{text}'")
    return ExecutionArn(account, region, machine, name, kind == "express")


def map_run_arn(text: str) -> str:
    """The text, if it is the ARN of a map run: `…:mapRun:machine/label:name`."""
    _, _, kind, rest = _parts(text)
    if kind != "mapRun":
        raise errors.InvalidArn(f"Invalid Arn: 'Resource type not valid in this context: {kind}'")
    if "/" not in rest or ":" not in rest:
        raise errors.InvalidArn(f"Invalid Arn: '{text}'")
    return text


def activity_arn(text: str) -> tuple[str, str, str]:
    """The account, the region and the name in an activity's ARN."""
    account, region, kind, name = _parts(text)
    if kind != "activity":
        raise errors.InvalidArn(f"Invalid Arn: 'Resource type not valid in this context: {kind}'")
    return account, region, name


def _parts(text: str) -> tuple[str, str, str, str]:
    parts = text.split(":", 6)
    if len(parts) < 7 or parts[0] != "arn" or parts[2] != "states" or not parts[6]:
        raise errors.InvalidArn(f"Invalid Arn: 'Invalid ARN prefix: {text}'")
    return parts[4], parts[3], parts[5], parts[6]


def check_role_arn(text: str) -> None:
    parts = text.split(":", 5)
    if len(parts) < 6 or parts[0] != "arn" or parts[2] != "iam":
        raise errors.InvalidArn(f"Invalid Role Arn: '{text}'")


def check_logging(logging: dict[str, Any]) -> None:
    """A level other than OFF needs one log group."""
    destinations = logging.get("destinations") or []
    if logging.get("level", "OFF") != "OFF" and len(destinations) != 1:
        raise errors.InvalidLoggingConfiguration(
            "Invalid Logging Configuration: Must specify exactly one Log Destination."
        )
    for destination in destinations:
        arn = destination.get("cloudWatchLogsLogGroup", {}).get("logGroupArn", "")
        # AWS: the ARN ends in :*, as the logs service itself writes it.
        if not arn.startswith("arn:") or not arn.endswith(":*"):
            raise errors.InvalidLoggingConfiguration(
                "Invalid Logging Configuration: Log Destination ARN is not valid."
            )


def stored_logging(logging: dict[str, Any] | None) -> dict[str, Any]:
    """As DescribeStateMachine shows it: the level and the flag are always there."""
    return {"level": "OFF", "includeExecutionData": False, **(logging or {})}


def check_encryption(encryption: dict[str, Any] | None) -> None:
    if not encryption or encryption["type"] != "CUSTOMER_MANAGED_KMS_KEY":
        return
    if not encryption.get("kmsKeyId"):
        raise errors.InvalidEncryptionConfiguration(
            "Invalid Encryption Configuration: kmsKeyId must be specified when type is"
            " CUSTOMER_MANAGED_KMS_KEY"
        )


def chosen_version(routing: tuple[tuple[int, int], ...], at: float) -> int:
    """The version that an alias sends this start to; `at` is from 0 up to 1."""
    reached = at * 100
    for version, weight in routing:
        reached -= weight
        if reached < 0:
            return version
    return routing[-1][0]


def page_size(asked: int | None) -> int:
    """AWS: 0 and none at all mean 100."""
    return asked or 100


def standard_execution_arn(text: str) -> ExecutionArn:
    """AWS: of an Express execution nothing is kept."""
    arn = execution_arn(text)
    if arn.express:
        raise errors.InvalidArn("Invalid Arn: 'Resource type not valid in this context: express'")
    return arn


def described_execution_arn(text: str) -> ExecutionArn:
    """AWS: an Express execution that a map run has started can be described, but no more."""
    arn = execution_arn(text)
    return arn if "/" in arn.machine else standard_execution_arn(text)


# AWS: without includeExecutionData an event leaves out these, and shows the parameters of a task.
_DATA = frozenset({"input", "inputDetails", "output", "outputDetails"})


def history_reply(event: HistoryEvent, with_data: bool) -> dict[str, Any]:
    """One event as GetExecutionHistory gives it."""
    return {
        "timestamp": event.timestamp,
        "type": event.type,
        "id": event.id,
        "previousEventId": event.previous_event_id,
        **event_details(event, with_data),
    }


def event_details(event: HistoryEvent, with_data: bool) -> Mapping[str, Any]:
    if with_data:
        return event.details
    return {
        name: {key: value for key, value in detail.items() if key not in _DATA}
        for name, detail in event.details.items()
    }


# AWS: what a distributed Map runs at once when MaxConcurrency is 0, and never more.
MOST_CHILDREN = 10_000


def map_run_room(run: MapRun) -> int:
    """How many children may be begun now."""
    most = min(run.max_concurrency or MOST_CHILDREN, MOST_CHILDREN)
    return max(0, most - run.executions.running)


def map_run_can_go_on(run: MapRun) -> bool:
    """Whether there is something to do for it now, a child having ended."""
    if run.status != "RUNNING":
        return False
    if run.error is not None:
        # AWS: Express children cannot be stopped; they are waited for.
        return not run.express or run.executions.running == 0
    if not run.read_all or run.executions.pending_redrive:
        return map_run_room(run) > 0
    return run.executions.running == 0


def exceeds_tolerance(run: MapRun) -> bool:
    """Whether more items have failed than ToleratedFailureCount or -Percentage allow."""
    failed = run.items.failed + run.items.timed_out
    count, percentage = run.tolerated_count, run.tolerated_percentage
    if not count and not percentage:
        return failed > 0
    if count and failed > count:
        return True
    # A share of all items is known when they are.
    return run.all_known and bool(percentage) and failed * 100 > percentage * run.items_known


def pending_children(run: MapRun) -> int:
    """How many children the items that are known, but not begun, will make."""
    if not run.batch_size:
        # As many as their sizes will make of them.
        return 0
    return math.ceil((run.items_known - run.items_read) / run.batch_size)


def child_machine_arn(run: MapRun) -> str:
    """What a map run's children are executions of: `…:stateMachine:machine/label`."""
    return f"{execution_arn(run.execution_arn).machine_arn}/{run.label}"
