"""How a map run begins, is stopped or redriven, and what the end of a child does to it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from lambent.core.ids import uuid_from
from lambent.languages import asl
from lambent.services.stepfunctions import redrives, rules
from lambent.services.stepfunctions.memory import Running
from lambent.services.stepfunctions.records import MapRun
from lambent.services.stepfunctions.store import executions, map_runs
from lambent.storage.database import Tx
from lambent.work import queue

_COUNT_OF = {
    "SUCCEEDED": "succeeded",
    "FAILED": "failed",
    "TIMED_OUT": "timed_out",
    "ABORTED": "aborted",
}


def begin(tx: Tx, running: Running, command: asl.StartMapRun, now: float) -> None:
    if command.redriven and command.map_run_arn is not None:
        before = map_runs.get_map_run(tx, command.map_run_arn)
        if redrives.goes_on_when_redriven(before):
            _redrive(tx, before, command, now)
            return
    parent = executions.get_execution_by_number(tx, running.number)
    arn = running.execution.id
    revision = running.program.revision
    machine = rules.execution_arn(arn).machine
    # AWS: who gives no Label gets one that is the same for all runs of the state.
    label = command.label or uuid_from(str(parent.machine), command.region, command.state)
    run_name = uuid_from(arn, command.frame, str(command.number))
    number = map_runs.add_map_run(
        tx,
        settings={
            "items": command.items,
            "reader": command.reader,
            "batcher": command.batcher,
            "writer": command.writer,
            "selects": command.selects_items,
        },
        arn=f"arn:aws:states:{running.region}:{running.account}:mapRun:{machine}/{label}"
        f":{run_name}",
        execution=running.number,
        execution_arn=arn,
        frame=command.frame,
        event=command.number,
        machine=parent.machine,
        revision=revision,
        region_path=command.region,
        state=command.state,
        label=label,
        express=int(command.execution_type == "EXPRESS"),
        status="RUNNING",
        started_at=now,
        max_concurrency=command.max_concurrency,
        tolerated_count=command.tolerated_failure_count,
        tolerated_percentage=command.tolerated_failure_percentage,
        items_known=0 if command.items is None else len(command.items),
        all_known=int(command.items is not None),
        batch_size=_batch_size(command.batcher),
    )
    _enqueue(tx, number, 0, running.account, running.region, now)


def _batch_size(batcher: Mapping[str, Any] | None) -> int:
    """How many items a child gets at most; 0 when only their size limits it."""
    return 1 if batcher is None else int(batcher.get("MaxItemsPerBatch") or 0)


def _redrive(tx: Tx, run: MapRun, command: asl.StartMapRun, now: float) -> None:
    """Go on with what did not succeed, as far as it may, and with what was not begun."""
    map_runs.await_redrive(tx, run.number, now)
    map_runs.put_map_run(
        tx,
        run.number,
        event=command.number,
        status="RUNNING",
        error=None,
        cause=None,
        stopped_at=None,
        redrive_count=run.redrive_count + 1,
        redriven_at=now,
        told=0,
        results_written=0,
        **map_runs.counted(tx, run.number),
    )
    wake(tx, run, now)


def stop(tx: Tx, execution: int, frame: str, event: int, now: float) -> None:
    """Nobody waits for it any more: nothing is begun, and what runs is stopped."""
    run = map_runs.find_waited_for(tx, execution, frame, event)
    if run is None or run.status != "RUNNING":
        return
    map_runs.put_map_run(tx, run.number, status="ABORTED", stopped_at=now)
    wake(tx, run, now)


def child_ended(tx: Tx, running: Running, status: str, now: float) -> None:
    """One child less: there may be room for another, or too many have failed."""
    assert running.map_run is not None
    name, items = _COUNT_OF[status], running.item_count
    run = map_runs.count(
        tx,
        running.map_run,
        {"running": -1, "items_running": -items, name: 1, f"items_{name}": items},
    )
    run = judge(tx, run)
    if rules.map_run_can_go_on(run):
        wake(tx, run, now)


def judge(tx: Tx, run: MapRun) -> MapRun:
    """The map run, failed if more children have failed than are tolerated."""
    if run.status != "RUNNING" or run.error is not None or not rules.exceeds_tolerance(run):
        return run
    error = "States.ExceedToleratedFailureThreshold"
    cause = "The specified tolerated failure threshold was exceeded"
    map_runs.put_map_run(tx, run.number, error=error, cause=cause)
    return replace(run, error=error, cause=cause)


def wake(tx: Tx, run: MapRun, now: float) -> None:
    """Have somebody go on with it, unless somebody does."""
    if run.working:
        return
    map_runs.put_map_run(tx, run.number, working=1, wakes=run.wakes + 1)
    where = rules.execution_arn(run.execution_arn)
    _enqueue(tx, run.number, run.wakes + 1, where.account, where.region, now)


def rest(tx: Tx, number: int, item_id: str) -> None:
    """Nothing more can be begun; whoever makes room wakes it."""
    map_runs.put_map_run(tx, number, working=0)
    queue.finish(tx, item_id)


def _enqueue(tx: Tx, number: int, wake: int, account: str, region: str, now: float) -> None:
    queue.enqueue(
        tx,
        # An id of its own for each: the one before may still be on its way out.
        f"stepfunctions/map_run/{number}/{wake}",
        "stepfunctions.map_run",
        {"map_run": number},
        now,
        now=now,
        account=account,
        region=region,
    )
