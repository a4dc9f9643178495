"""Starting and redriving the child executions of a map run, within its writes."""

from dataclasses import replace

from lambent.languages import asl
from lambent.platform import Context
from lambent.services.stepfunctions import changes
from lambent.services.stepfunctions.memory import Plan, Running, memory_of
from lambent.services.stepfunctions.store import executions, map_runs, redrives
from lambent.storage.database import Tx


def start_child(
    tx: Tx, context: Context, plan: Plan, given: str, items: int, seed: int
) -> asl.Outcome | None:
    """Begin a child execution; its outcome, if it is over at once."""
    now = context.clock.now()
    memory = memory_of(context.platform)
    execution = _child(plan, given, seed, now)
    transition = asl.advance(
        plan.program.machine, execution, {}, asl.ExecutionStarted(), now, asl.Chance(seed)
    )
    outcome = transition.outcome
    number = executions.add_execution(
        tx,
        arn=execution.id,
        machine=plan.machine,
        revision=plan.program.revision,
        name=execution.name,
        express=int(plan.express),
        status="RUNNING" if outcome is None else outcome.status,
        stamp=seed,
        last_event_id=transition.last_event_id,
        started_at=now,
        stopped_at=None if outcome is None else now,
        input=given,
        output=None if outcome is None else outcome.output,
        error=None if outcome is None else outcome.error,
        cause=None if outcome is None else outcome.cause,
        trace_header=None,
        version=plan.version,
        alias=plan.alias,
        history=changes.shared_history(execution, transition),
        map_run=plan.number,
        item_count=items,
    )
    assert number is not None, f"{execution.id} exists"
    running = _running_child(plan, number, seed, execution, items)
    if outcome is None:
        changes.limit_time(tx, context, running, now)
    changes.keep(tx, memory, running, transition, seed, now, begins=True)
    return outcome


def _child(plan: Plan, given: str, seed: int, now: float) -> asl.Execution:
    name = asl.Chance(~seed).uuid()
    kind, suffix = ("express", f":{asl.Chance(seed).uuid()}") if plan.express else ("execution", "")
    return asl.Execution(
        id=f"arn:aws:states:{plan.region}:{plan.account}:{kind}:{plan.machine_name}:{name}{suffix}",
        name=name,
        input=given,
        role_arn=plan.program.role_arn,
        started_at=now,
        state_machine_id=plan.machine_arn,
        state_machine_name=plan.machine_name,
        express=plan.express,
        map_run_arn=plan.arn,
    )


def _running_child(
    plan: Plan, number: int, seed: int, execution: asl.Execution, items: int
) -> Running:
    return Running(
        number=number,
        stamp=seed,
        account=plan.account,
        region=plan.region,
        program=plan.program,
        execution=execution,
        frames={},
        stored_frames=False,
        map_run=plan.number,
        item_count=items,
    )


def redrive_child(tx: Tx, context: Context, plan: Plan, arn: str, seed: int) -> None:
    """Let a child that did not succeed go on where it failed; an Express one begins anew."""
    known = executions.find_execution(tx, arn)
    assert known is not None and known.item_count is not None, f"the child {arn} is gone"
    items = known.item_count
    map_runs.count(
        tx,
        plan.number,
        {
            "pending_redrive": -1,
            "items_pending_redrive": -items,
            "running": 1,
            "items_running": items,
        },
    )
    if not plan.express:
        changes.redrive(tx, context, known, seed)
        return
    now = context.clock.now()
    redrives.put_redriven(tx, known.number, now)
    execution = replace(
        _child(plan, known.input, seed, now),
        id=known.arn,
        name=known.name,
        redrive_count=known.redrive_count + 1,
        redriven_at=now,
    )
    running = _running_child(plan, known.number, known.stamp, execution, items)
    transition = changes.advance(running, asl.ExecutionStarted(), now, seed)
    changes.put(tx, running, transition, seed, now)
    if transition.outcome is None:
        changes.limit_time(tx, context, running, now)
    changes.keep(tx, memory_of(context.platform), running, transition, seed, now)
