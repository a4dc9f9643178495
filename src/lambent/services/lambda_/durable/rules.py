"""
Which updates a checkpoint may bring, which answers a function may give, which starts repeat. Pure.

https://docs.aws.amazon.com/lambda/latest/api/API_CheckpointDurableExecution.html
"""

from collections.abc import Callable, Mapping, Sequence

import orjson

from lambent.services.lambda_.durable.machine import Update
from lambent.services.lambda_.durable.records import Execution, Operation
from lambent.services.lambda_.errors import InvalidParameterValue
from lambent.services.lambda_.records import Version

# AWS: the result of an execution that somebody waits for, and every other payload.
_SYNCHRONOUS_PAYLOAD = 6_291_456
PAYLOAD = 1_048_576
_ERROR = 1_048_576
LONGEST_SYNCHRONOUS = 900
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
_MOST_OPERATIONS = 3_000
_MOST_STORED = 100 * 1024 * 1024

# AWS: invocations that fail are tried again with growing delays for some minutes.
MOST_FAILURES = 9
# AWS: an SDK may say PENDING too early by a race, which the next invocation resolves.
MOST_FAILURES_WITHOUT_PENDING = 3

_ACTIONS = {
    "STEP": frozenset({"START", "RETRY", "SUCCEED", "FAIL"}),
    "CONTEXT": frozenset({"START", "SUCCEED", "FAIL"}),
    "WAIT": frozenset({"START", "CANCEL"}),
    "CALLBACK": frozenset({"START"}),
    "CHAINED_INVOKE": frozenset({"START"}),
    "EXECUTION": frozenset({"SUCCEED", "FAIL"}),
}


def check_updates(
    execution: Execution, updates: Sequence[Update], known: Mapping[str, Operation]
) -> None:
    """Raise InvalidParameterValue, with AWS's words, unless all updates can be applied."""
    _check_count(execution, updates, known)
    _check_execution_update(updates)
    _check_ids_and_parents(updates, known)
    for update in updates:
        current = known.get(update["Id"])
        _check_is_same(update, current)
        _check_sizes(execution, update)
        if update["Action"] not in _ACTIONS[update["Type"]]:
            raise InvalidParameterValue("Invalid action for the given operation type.")
        _check_payload_or_error(update)
        _CHECKS[update["Type"]](update, current)


def new_execution(
    version: Version,
    id: str,
    name: str,
    now: float,
    *,
    synchronous: bool,
    trace_header: str,
    request_id: str,
    parent: tuple[str, str] = ("", ""),
) -> Execution:
    """An execution of a version that is durable; `parent` is what invokes it, and by what."""
    config = version.running.configuration.durable or {}
    timeout = config["ExecutionTimeout"]
    return Execution(
        id,
        version.account,
        version.region,
        version.name,
        version.version,
        name,
        now,
        timeout,
        config["RetentionPeriodInDays"],
        config.get("KMSKeyArn", ""),
        synchronous,
        trace_header,
        request_id,
        *parent,
        deadline=now + timeout,
    )


def output_limit(execution: Execution) -> int:
    """How large the result of an execution may be."""
    return _SYNCHRONOUS_PAYLOAD if execution.synchronous else PAYLOAD


def stored_bytes(execution: Execution, updates: Sequence[Update]) -> int:
    """What checkpoints will have stored; raises InvalidParameterValue where it is too much."""
    stored = execution.stored
    for update in updates:
        stored += len((update.get("Payload") or "").encode())
        stored += len(orjson.dumps(update["Error"])) if update.get("Error") else 0
    if stored > _MOST_STORED:
        raise InvalidParameterValue(
            f"A durable execution cannot store more than {_MOST_STORED} bytes."
        )
    return stored


def _check_count(
    execution: Execution, updates: Sequence[Update], known: Mapping[str, Operation]
) -> None:
    fresh = {update["Id"] for update in updates if update["Type"] != "EXECUTION"} - set(known)
    # The execution itself does not count.
    if execution.operations - 1 + len(fresh) > _MOST_OPERATIONS:
        raise InvalidParameterValue(
            f"A durable execution cannot have more than {_MOST_OPERATIONS} operations."
        )


def _check_execution_update(updates: Sequence[Update]) -> None:
    ends = [update for update in updates if update["Type"] == "EXECUTION"]
    if len(ends) > 1:
        raise InvalidParameterValue("Cannot checkpoint multiple EXECUTION updates.")
    if ends and updates[-1]["Type"] != "EXECUTION":
        raise InvalidParameterValue("EXECUTION checkpoint must be the last update.")


def _check_ids_and_parents(updates: Sequence[Update], known: Mapping[str, Operation]) -> None:
    before: dict[str, Update] = {}
    started: dict[str, str] = {}
    for update in updates:
        if not _may_follow(update, before.get(update["Id"])):
            raise InvalidParameterValue("Cannot checkpoint multiple operations with the same ID.")
        parent = update.get("ParentId")
        if parent is not None:
            found = known.get(parent)
            kind = started.get(parent) or (found.type if found else None)
            if kind != "CONTEXT":
                raise InvalidParameterValue("Invalid parent operation id.")
        if update["Action"] == "START":
            started[update["Id"]] = update["Type"]
        before[update["Id"]] = update


def _may_follow(update: Update, earlier: Update | None) -> bool:
    """A step or a context may start and end in one checkpoint."""
    if earlier is None:
        return True
    return (
        earlier["Type"] in ("STEP", "CONTEXT")
        and earlier["Action"] == "START"
        and update["Action"] != "START"
    )


_SAME = (
    ("Type", "type", "operation type"),
    ("SubType", "sub_type", "operation subtype"),
    ("Name", "name", "operation name"),
    ("ParentId", "parent_id", "parent operation id"),
)


def _check_is_same(update: Update, current: Operation | None) -> None:
    if current is None:
        return
    for member, attribute, words in _SAME:
        given = update.get(member)
        if given is not None and given != getattr(current, attribute):
            raise InvalidParameterValue(f"Inconsistent {words}.")


def _check_sizes(execution: Execution, update: Update) -> None:
    error, payload = update.get("Error"), update.get("Payload")
    if error is not None and len(orjson.dumps(error)) > _ERROR:
        raise InvalidParameterValue(f"Error object size must be less than {_ERROR} bytes.")
    if payload is None:
        return
    size = len(payload.encode())
    if update["Type"] == "EXECUTION":
        check_output_size(execution, size)
    elif size > PAYLOAD:
        what = "input" if update["Type"] == "CHAINED_INVOKE" else "output"
        raise InvalidParameterValue(
            f"{update['Type']} {what} payload size must be less than or equal to {PAYLOAD} bytes."
        )


def check_output_size(execution: Execution, size: int) -> None:
    if size > output_limit(execution):
        raise InvalidParameterValue(
            "Execution output payload size must be less than or equal to"
            f" {output_limit(execution)} bytes."
        )


def _check_payload_or_error(update: Update) -> None:
    payload, error = update.get("Payload"), update.get("Error")
    match update["Action"]:
        case "FAIL" if payload is not None:
            raise InvalidParameterValue("Cannot provide a Payload for FAIL action.")
        case "SUCCEED" if error is not None:
            raise InvalidParameterValue("Cannot provide an Error for SUCCEED action.")
        case "RETRY" if payload is not None and error is not None:
            raise InvalidParameterValue("Cannot provide both error and payload to RETRY a STEP.")


def _check_step(update: Update, current: Operation | None) -> None:
    action, status = update["Action"], current.status if current else None
    if action == "START" and status not in (None, "READY"):
        raise InvalidParameterValue("Invalid current STEP state to start.")
    if action in ("SUCCEED", "FAIL") and status not in (None, "STARTED", "READY"):
        raise InvalidParameterValue("Invalid current STEP state to close.")
    if action == "RETRY":
        if status not in (None, "STARTED", "READY"):
            raise InvalidParameterValue("Invalid current STEP state to re-attempt.")
        if update.get("StepOptions") is None:
            raise InvalidParameterValue("Invalid StepOptions for the given action.")


def _check_context(update: Update, current: Operation | None) -> None:
    if current is None:
        return
    if update["Action"] == "START":
        raise InvalidParameterValue("Cannot start a CONTEXT that already exist.")
    if current.status != "STARTED":
        raise InvalidParameterValue("Invalid current CONTEXT state to close.")


def _check_wait(update: Update, current: Operation | None) -> None:
    if update["Action"] == "CANCEL":
        if current is None or current.status != "STARTED":
            raise InvalidParameterValue(
                "Cannot cancel a WAIT that does not exist or has already completed."
            )
        return
    if current is not None:
        raise InvalidParameterValue("Cannot start a WAIT that already exist.")
    if (update.get("WaitOptions") or {}).get("WaitSeconds") is None:
        raise InvalidParameterValue("Invalid WaitOptions for the given action.")


def _check_callback(update: Update, current: Operation | None) -> None:
    if current is not None:
        raise InvalidParameterValue("Cannot start a CALLBACK that already exist.")


def _check_chained_invoke(update: Update, current: Operation | None) -> None:
    if current is not None:
        raise InvalidParameterValue("Cannot start a CHAINED_INVOKE operation that already exists.")
    if update.get("ChainedInvokeOptions") is None:
        raise InvalidParameterValue(
            "Update for CHAINED_INVOKE operation requires ChainedInvokeOptions."
        )


def _check_execution(update: Update, current: Operation | None) -> None:
    return None


_CHECKS: dict[str, Callable[[Update, Operation | None], None]] = {
    "STEP": _check_step,
    "CONTEXT": _check_context,
    "WAIT": _check_wait,
    "CALLBACK": _check_callback,
    "CHAINED_INVOKE": _check_chained_invoke,
    "EXECUTION": _check_execution,
}
