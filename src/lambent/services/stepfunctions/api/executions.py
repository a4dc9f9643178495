"""Executions and their histories."""

import math
from collections.abc import Sequence
from functools import partial
from typing import Any

from lambent.core.errors import Impossible, ValidationFailed
from lambent.core.ids import new_uuid
from lambent.languages import asl
from lambent.platform import Context, Params, Reply
from lambent.services.stepfunctions import changes, errors, paging, redrives, rules
from lambent.services.stepfunctions.records import ExecutionRecord, ListedExecution, MachineArn
from lambent.services.stepfunctions.seeds import new_seed
from lambent.services.stepfunctions.store import (
    execution_lists,
    executions,
    histories,
    machines,
    map_runs,
)
from lambent.services.stepfunctions.store import redrives as stored_redrives
from lambent.storage.database import Tx

# A signal may be missed where several nodes share a store: look again so often.
_LOOK_AGAIN_SECONDS = 1.0


def _start_request(params: Params) -> changes.StartRequest:
    arn = rules.machine_arn(params["stateMachineArn"])
    name = params.get("name")
    if name is None:
        name = new_uuid()
    else:
        rules.check_name(name)
    text = params.get("input")
    if text is None:
        text = "{}"
    else:
        rules.check_input(text)
    return changes.StartRequest(arn, name, text, params.get("traceHeader"))


async def start_execution(context: Context, params: Params) -> Reply:
    """
    Start an execution; what it can do at once is done when this answers.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
    """
    started = await context.db.write(
        partial(changes.start, context=context, request=_start_request(params), seed=new_seed())
    )
    return {"executionArn": started.arn, "startDate": started.started_at}


async def start_sync_execution(context: Context, params: Params) -> Reply:
    """
    Run an Express state machine and answer when it has ended.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartSyncExecution.html
    """
    request = _start_request(params)
    seed = new_seed()

    def begin(tx: Tx) -> changes.Started:
        target = changes.start_target(tx, request.arn, seed)
        if target.type != "EXPRESS":
            raise errors.StateMachineTypeNotSupported(
                "This operation is not supported by this type of state machine"
            )
        return changes.start(tx, context, request, seed)

    started = await context.db.write(begin)
    ended = await _wait_for_end(context, started.arn)
    return _sync_reply(ended, request.arn, params.get("includedData") != "METADATA_ONLY")


async def _wait_for_end(context: Context, arn: str) -> ExecutionRecord:
    topic = changes.ended_topic(arn)
    while True:
        execution = await context.db.read(partial(executions.find_execution, arn=arn))
        if execution is None:
            raise Impossible(f"{arn} is gone before it was answered for")
        if execution.status != "RUNNING":
            return execution
        await context.platform.signals.wait(topic, _LOOK_AGAIN_SECONDS)


def _sync_reply(execution: ExecutionRecord, arn: MachineArn, with_data: bool) -> Reply:
    assert execution.stopped_at is not None
    lasted = (execution.stopped_at - execution.started_at) * 1000
    reply: dict[str, Any] = {
        "executionArn": execution.arn,
        "stateMachineArn": arn.unqualified,
        "name": execution.name,
        "startDate": execution.started_at,
        "stopDate": execution.stopped_at,
        "status": execution.status,
        # AWS: in steps of 100 ms and of 64 MB, at least one of each.
        "billingDetails": {
            "billedMemoryUsedInMB": 64,
            "billedDurationInMilliseconds": max(1, math.ceil(lasted / 100)) * 100,
        },
    }
    _add_data(reply, execution, with_data)
    return reply


def _add_data(reply: dict[str, Any], execution: ExecutionRecord, with_data: bool) -> None:
    optional = {
        "error": execution.error,
        "cause": execution.cause,
        "traceHeader": execution.trace_header,
    }
    if with_data:
        optional["input"] = execution.input
        optional["output"] = execution.output
    reply |= {name: value for name, value in optional.items() if value is not None}
    reply["inputDetails"] = {"included": with_data}
    if execution.output is not None:
        reply["outputDetails"] = {"included": with_data}


async def describe_execution(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html"""
    arn = rules.described_execution_arn(params["executionArn"])

    def read(tx: Tx) -> tuple[ExecutionRecord, str | None, bool]:
        found = executions.get_execution(tx, params["executionArn"])
        run = None if found.map_run is None else map_runs.map_run(tx, found.map_run)
        return found, None if run is None else run.arn, _is_deleted(tx, found)

    execution, map_run_arn, deleting = await context.db.read(read)
    reply = _listed(execution, arn.machine_arn, map_run_arn)
    _add_data(reply, execution, params.get("includedData") != "METADATA_ONLY")
    status, reason = redrives.redrive_status(execution, context.clock.now(), deleting=deleting)
    reply["redriveStatus"] = status
    if reason:
        reply["redriveStatusReason"] = reason
    return reply


def _is_deleted(tx: Tx, execution: ExecutionRecord) -> bool:
    """Whether the state machine is being deleted; of interest where a redrive is."""
    if execution.status not in redrives.UNSUCCESSFUL:
        return False
    machine = machines.machine_by_number(tx, execution.machine)
    return machine is None or machine.status != "ACTIVE"


def _listed(
    execution: ExecutionRecord | ListedExecution, machine_arn: str, map_run_arn: str | None
) -> dict[str, Any]:
    reply: dict[str, Any] = {
        "executionArn": execution.arn,
        "stateMachineArn": machine_arn,
        "name": execution.name,
        "status": execution.status,
        "startDate": execution.started_at,
        "redriveCount": execution.redrive_count,
    }
    optional = {
        "stopDate": execution.stopped_at,
        # AWS: not of Express children, which are begun anew.
        "redriveDate": None if execution.express else execution.redriven_at,
        "mapRunArn": map_run_arn,
        "stateMachineVersionArn": _qualified(machine_arn, execution.version),
        "stateMachineAliasArn": _qualified(machine_arn, execution.alias),
    }
    return reply | {name: value for name, value in optional.items() if value is not None}


def _qualified(machine_arn: str, qualifier: object | None) -> str | None:
    return None if qualifier is None else f"{machine_arn}:{qualifier}"


async def list_executions(context: Context, params: Params) -> Reply:
    """
    The executions of a state machine or a map run, the latest first.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListExecutions.html
    """
    if ("stateMachineArn" in params) == ("mapRunArn" in params):
        raise ValidationFailed("Must specify only one of stateMachineArn or mapRunArn.")
    size = rules.page_size(params.get("maxResults"))
    status = params.get("statusFilter")
    statuses = execution_lists.STATUSES if status is None else (status,)
    read = _children if "mapRunArn" in params else _executions
    return await context.db.read(partial(read, params=params, statuses=statuses, size=size))


def _executions(tx: Tx, params: Params, statuses: Sequence[str], size: int) -> Reply:
    if "redriveFilter" in params:
        raise ValidationFailed("redriveFilter can only be specified with mapRunArn.")
    if params.get("statusFilter") == "PENDING_REDRIVE":
        raise ValidationFailed("PENDING_REDRIVE can only be specified with mapRunArn.")
    arn = rules.machine_arn(params["stateMachineArn"])
    machine = machines.get_machine(tx, MachineArn(arn.account, arn.region, arn.name))
    if machine.type == "EXPRESS":
        raise errors.StateMachineTypeNotSupported(
            "This operation is not supported by this type of state machine"
        )
    before = paging.moment_in(params.get("nextToken"))
    found = execution_lists.list_executions(
        tx, machine.number, statuses, before, size + 1, qualifier=arn.qualifier
    )
    listed = [_listed(execution, arn.unqualified, None) for execution in found[:size]]
    last = (found[size - 1].listed_at, found[size - 1].number) if len(found) > size else None
    return paging.page("executions", listed, last)


def _children(tx: Tx, params: Params, statuses: Sequence[str], size: int) -> Reply:
    run = map_runs.get_map_run(tx, rules.map_run_arn(params["mapRunArn"]))
    before = paging.number_in(params.get("nextToken")) or 1 << 62
    redriven = {"REDRIVEN": True, "NOT_REDRIVEN": False}.get(params.get("redriveFilter", ""))
    found = execution_lists.list_children(
        tx, run.number, statuses, before, size + 1, redriven=redriven
    )
    machine_arn = rules.child_machine_arn(run)
    listed = [
        _listed(child, machine_arn, run.arn) | {"itemCount": child.item_count}
        for child in found[:size]
    ]
    last = found[size - 1].number if len(found) > size else None
    return paging.page("executions", listed, last)


async def stop_execution(context: Context, params: Params) -> Reply:
    """
    Stop an execution; one that has ended stays as it is.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_StopExecution.html
    """
    arn = params["executionArn"]
    rules.standard_execution_arn(arn)
    told = asl.ExecutionStopped(params.get("error"), params.get("cause"))
    seed = new_seed()

    def write(tx: Tx) -> Reply:
        changes.resume(tx, context, arn, told, seed)
        return {"stopDate": executions.get_execution(tx, arn).stopped_at}

    return await context.db.write(write)


async def redrive_execution(context: Context, params: Params) -> Reply:
    """
    Let an execution that ended badly go on from where it failed.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_RedriveExecution.html
    """
    arn = params["executionArn"]
    rules.standard_execution_arn(arn)
    seed = new_seed()
    now = context.clock.now()
    token = params.get("clientToken")

    def write(tx: Tx) -> Reply:
        known = executions.get_execution(tx, arn)
        if token is not None:
            since = now - redrives.TOKEN_SECONDS
            before = stored_redrives.find_redrive(tx, known.number, token, since)
            if before is not None:
                return {"redriveDate": before}
            stored_redrives.add_redrive(tx, known.number, token, now, redrives.MOST_TOKENS)
        redrives.check_redrivable(known, now, deleting=_is_deleted(tx, known))
        changes.redrive(tx, context, known, seed)
        return {"redriveDate": now}

    return await context.db.write(write)


async def get_execution_history(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_GetExecutionHistory.html"""
    arn = params["executionArn"]
    rules.standard_execution_arn(arn)
    size = rules.page_size(params.get("maxResults"))
    after = paging.number_in(params.get("nextToken"))
    newest_first = bool(params.get("reverseOrder"))

    def read(tx: Tx) -> list[asl.HistoryEvent]:
        execution = executions.get_execution(tx, arn)
        return histories.history(
            tx, execution.number, after=after, limit=size + 1, newest_first=newest_first
        )

    found = await context.db.read(read)
    with_data = params.get("includeExecutionData", True)
    events = [rules.history_reply(event, with_data) for event in found[:size]]
    last = found[size - 1].id if len(found) > size else None
    return paging.page("events", events, last)
