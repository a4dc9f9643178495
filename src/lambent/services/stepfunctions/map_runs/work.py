"""The work of a map run: read items, take steps, gather the results, tell the Map state."""

from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial

from lambent.languages import asl
from lambent.languages.asl.data import read
from lambent.platform import Context
from lambent.services.stepfunctions import changes
from lambent.services.stepfunctions.item_sources.collections import source_of
from lambent.services.stepfunctions.item_sources.pages import ReadingFailed
from lambent.services.stepfunctions.map_runs import steps
from lambent.services.stepfunctions.map_runs.results import results_of
from lambent.services.stepfunctions.memory import Memory, Plan, memory_of
from lambent.services.stepfunctions.records import MapRun
from lambent.services.stepfunctions.seeds import new_seed
from lambent.services.stepfunctions.store import map_runs
from lambent.storage.database import Tx
from lambent.work import queue
from lambent.work.queue import WorkItem


async def map_run(context: Context, item: WorkItem) -> None:
    """Go on with a map run until it has ended, or has to wait for its children."""
    number = item.payload["map_run"]
    memory = memory_of(context.platform)
    ahead = memory.ahead.pop(number, None) or steps.Ahead()
    while True:
        taken = await context.db.write(
            partial(
                steps.step,
                context=context,
                number=number,
                ahead=ahead,
                seed=new_seed(),
                item_id=item.id,
            )
        )
        ahead.take(taken.used)
        match taken.verdict:
            case "read":
                assert taken.run is not None
                ahead = await _read_on(context, memory, taken.run, ahead)
            case "results":
                assert taken.run is not None
                await _finish(context, memory, taken.run, item)
                return
            case "rest":
                if taken.run is not None:
                    # A child's end will go on from here; after a crash it is read again.
                    memory.ahead[number] = ahead
                return


async def _read_on(
    context: Context, memory: Memory, run: MapRun, ahead: steps.Ahead
) -> steps.Ahead:
    """Items beyond those that were read, or at the map run's own place."""
    if ahead.place != run.place:
        ahead = steps.Ahead.at(run.place)
    plan = await context.db.read(partial(memory.plan, number=run.number))
    try:
        source = source_of(context.acting_as(plan.program.role_arn), plan.settings)
        page = await source(ahead.end)
    except ReadingFailed as failed:
        await context.db.write(
            partial(
                map_runs.put_map_run,
                number=run.number,
                error="States.ItemReaderFailed",
                cause=str(failed),
            )
        )
        return ahead
    ahead.items += page.items
    ahead.end, ahead.last = page.place, page.last
    return ahead


async def _finish(context: Context, memory: Memory, run: MapRun, item: WorkItem) -> None:
    plan = await context.db.read(partial(memory.plan, number=run.number))
    caller = context.acting_as(plan.program.role_arn)
    error, cause, output, written = run.error, run.cause, "", 0
    try:
        if error is None or _exports(plan, error):
            results = await results_of(caller, plan, run, lambda: _pending(caller, plan, run))
            output, written = results.output, results.written
    except asl.StateFailed as failure:
        error, cause = failure.error, failure.cause
    seed = new_seed()

    def end(tx: Tx) -> None:
        now = map_runs.map_run(tx, run.number)
        queue.finish(tx, item.id)
        map_runs.put_map_run(tx, run.number, working=0)
        if now is None or now.status != "RUNNING" or now.event != run.event:
            return
        map_runs.put_map_run(
            tx,
            run.number,
            status="SUCCEEDED" if error is None else "FAILED",
            error=error,
            cause=cause,
            stopped_at=context.clock.now(),
            results_written=written,
        )
        told: asl.Resumption
        if error is None:
            told = asl.MapRunSucceeded(run.frame, run.event, output_text=output)
        else:
            told = asl.MapRunFailed(run.frame, run.event, error, cause)
        changes.resume(tx, context, run.execution_arn, told, seed)

    await context.db.write(end)


def _exports(plan: Plan, error: str) -> bool:
    """AWS: a map run whose children failed exports their results all the same."""
    writer = plan.settings["writer"] or {}
    return "Resource" in writer and error == "States.ExceedToleratedFailureThreshold"


async def _pending(context: Context, plan: Plan, run: MapRun) -> AsyncIterator[str]:
    """What the children that were not begun would have been given."""
    place = read(run.place)
    source = source_of(context, plan.settings)
    last = False
    while not last:
        try:
            page = await source(place)
        except ReadingFailed:
            return
        place, last = page.place, page.last
        inputs = await context.db.read(
            partial(steps.pending_inputs, context=context, plan=plan, run=run, items=page.items)
        )
        for text in inputs:
            yield text
        run = replace(run, items_read=run.items_read + len(page.items))
