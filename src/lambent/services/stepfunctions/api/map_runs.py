"""The runs of distributed Maps."""

from typing import Any

from lambent.platform import Context, Params, Reply
from lambent.services.stepfunctions import paging, rules
from lambent.services.stepfunctions.map_runs import life
from lambent.services.stepfunctions.records import Counts, MapRun
from lambent.services.stepfunctions.store import executions, map_runs
from lambent.storage.database import Tx


async def describe_map_run(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeMapRun.html"""
    arn = rules.map_run_arn(params["mapRunArn"])
    now = context.clock.now()

    def read(tx: Tx) -> tuple[MapRun, int, int]:
        found = map_runs.get_map_run(tx, arn)
        return found, *map_runs.not_redrivable(tx, found.number, now)

    run, stuck_children, stuck_items = await context.db.read(read)
    reply: dict[str, Any] = {
        "mapRunArn": run.arn,
        "executionArn": run.execution_arn,
        "status": run.status,
        "startDate": run.started_at,
        "maxConcurrency": run.max_concurrency,
        "toleratedFailurePercentage": run.tolerated_percentage,
        "toleratedFailureCount": run.tolerated_count,
        "itemCounts": _counts(
            run,
            run.items,
            pending=run.items_known - run.items_read,
            written=run.items.ended if run.results_written else 0,
            stuck=stuck_items,
        ),
        "executionCounts": _counts(
            run,
            run.executions,
            pending=rules.pending_children(run),
            written=run.results_written,
            stuck=stuck_children,
        ),
        "redriveCount": run.redrive_count,
    }
    optional = {"stopDate": run.stopped_at, "redriveDate": run.redriven_at}
    return reply | {name: value for name, value in optional.items() if value is not None}


def _counts(
    run: MapRun, counts: Counts, *, pending: int, written: int, stuck: int
) -> dict[str, int]:
    """Pending are those that are known: how many a file holds, nobody knows until it is read."""
    # AWS: what a redrive did not come to is pending no more when the map run has ended.
    pending_redrive = counts.pending_redrive if run.status == "RUNNING" else 0
    return {
        "pending": pending,
        "running": counts.running,
        "succeeded": counts.succeeded,
        "failed": counts.failed,
        "timedOut": counts.timed_out,
        "aborted": counts.aborted,
        "total": counts.begun + pending,
        "resultsWritten": written,
        "failuresNotRedrivable": stuck,
        "pendingRedrive": pending_redrive,
    }


async def list_map_runs(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListMapRuns.html"""
    arn = rules.standard_execution_arn(params["executionArn"])
    size = rules.page_size(params.get("maxResults"))
    before = paging.number_in(params.get("nextToken")) or 1 << 62

    def read(tx: Tx) -> list[MapRun]:
        execution = executions.get_execution(tx, params["executionArn"])
        return map_runs.list_map_runs(tx, execution.number, before, size + 1)

    found = await context.db.read(read)
    listed = [_listed(run, arn.machine_arn) for run in found[:size]]
    return paging.page("mapRuns", listed, found[size - 1].number if len(found) > size else None)


def _listed(run: MapRun, machine_arn: str) -> dict[str, Any]:
    listed = {
        "executionArn": run.execution_arn,
        "mapRunArn": run.arn,
        "stateMachineArn": machine_arn,
        "startDate": run.started_at,
    }
    return listed if run.stopped_at is None else {**listed, "stopDate": run.stopped_at}


_CHANGEABLE = {
    "maxConcurrency": "max_concurrency",
    "toleratedFailureCount": "tolerated_count",
    "toleratedFailurePercentage": "tolerated_percentage",
}


async def update_map_run(context: Context, params: Params) -> Reply:
    """
    Change how many children run at once, or how many may fail, of a map run that runs.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_UpdateMapRun.html
    """
    changes = {column: params[name] for name, column in _CHANGEABLE.items() if name in params}

    arn = rules.map_run_arn(params["mapRunArn"])

    def write(tx: Tx) -> None:
        run = map_runs.get_map_run(tx, arn)
        if run.status != "RUNNING" or not changes:
            return
        map_runs.put_map_run(tx, run.number, **changes)
        run = life.judge(tx, map_runs.get_map_run(tx, run.arn))
        if rules.map_run_can_go_on(run):
            life.wake(tx, run, context.clock.now())

    await context.db.write(write)
    return {}
