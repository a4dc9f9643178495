"""
What api and work share: starting an execution, and moving one on, in one write each.

    told  →  asl.advance  →  execution row, frames, history, work: together or not at all
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from lambent.languages import asl
from lambent.platform import Context
from lambent.services.stepfunctions import commands, errors, metrics, rules, tracing
from lambent.services.stepfunctions.map_runs import life
from lambent.services.stepfunctions.memory import Memory, Running, memory_of
from lambent.services.stepfunctions.records import ExecutionRecord, MachineArn, StartTarget
from lambent.services.stepfunctions.store import executions, histories, machines, redrives
from lambent.storage.database import Tx
from lambent.traces import sampled
from lambent.work import queue, signals


@dataclass(frozen=True, slots=True)
class StartRequest:
    """StartExecution, as it was asked."""

    arn: MachineArn
    name: str
    input: str
    trace_header: str | None = None


@dataclass(frozen=True, slots=True)
class Started:
    arn: str
    started_at: float


def start(tx: Tx, context: Context, request: StartRequest, seed: int) -> Started:
    """
    Begin an execution and take it as far as it goes at once.

    The same name again is the same execution while that one runs with the same input.
    """
    now = context.clock.now()
    memory = memory_of(context.platform)
    target = start_target(tx, request.arn, seed)
    program = memory.program(tx, target.revision)
    if program.traced:
        header = tracing.entered(context, request.arn.unqualified, request.trace_header, seed)
        request = replace(request, trace_header=header)
    execution = _new_execution(request, target, program.role_arn, seed, now)
    frames: dict[str, asl.Frame] = {}
    transition = asl.advance(
        program.machine, execution, frames, asl.ExecutionStarted(), now, asl.Chance(seed)
    )
    number = _add(tx, request, target, execution, transition, seed)
    if number is None:
        return _same_again(tx, request, execution.id)
    running = Running(
        number=number,
        stamp=seed,
        account=request.arn.account,
        region=request.arn.region,
        program=program,
        execution=execution,
        frames=frames,
        stored_frames=False,
        trace=sampled(request.trace_header) if program.traced else None,
    )
    if transition.outcome is None:
        limit_time(tx, context, running, now)
    keep(tx, memory, running, transition, seed, now, begins=True)
    return Started(execution.id, now)


def start_target(tx: Tx, arn: MachineArn, seed: int) -> StartTarget:
    """The revision that an ARN starts; an alias chooses among its versions."""
    target = machines.find_start_target(tx, arn)
    if target is None:
        raise errors.StateMachineDoesNotExist(f"State Machine Does Not Exist: '{arn}'")
    if target.status != "ACTIVE":
        raise errors.StateMachineDeleting(f"State Machine is being deleted: '{arn}'")
    if not arn.qualifier:
        return target
    if arn.qualifier.isdigit():
        alias_name, version = None, int(arn.qualifier)
    else:
        alias = machines.find_alias(tx, target.number, arn.qualifier)
        if alias is None:
            raise errors.StateMachineDoesNotExist(f"State Machine Does Not Exist: '{arn}'")
        alias_name = alias.name
        version = rules.chosen_version(alias.routing, asl.Chance(~seed).random())
    qualified = machines.find_version_target(tx, target.number, version)
    if qualified is None:
        raise errors.StateMachineDoesNotExist(f"State Machine Does Not Exist: '{arn}'")
    return replace(qualified, alias=alias_name)


def _new_execution(
    request: StartRequest, target: StartTarget, role_arn: str, seed: int, now: float
) -> asl.Execution:
    where = request.arn
    machine_arn = where.unqualified
    express = target.type == "EXPRESS"
    # AWS: names of Express executions may come again; a last part of the ARN tells them apart.
    kind, suffix = ("express", f":{asl.Chance(seed).uuid()}") if express else ("execution", "")
    return asl.Execution(
        id=f"arn:aws:states:{where.region}:{where.account}:{kind}:{where.name}:"
        f"{request.name}{suffix}",
        name=request.name,
        input=request.input,
        role_arn=role_arn,
        started_at=now,
        state_machine_id=machine_arn,
        state_machine_name=where.name,
        express=express,
        state_machine_alias_arn=f"{machine_arn}:{target.alias}" if target.alias else None,
        state_machine_version_arn=f"{machine_arn}:{target.version}" if target.version else None,
    )


def _add(
    tx: Tx,
    request: StartRequest,
    target: StartTarget,
    execution: asl.Execution,
    transition: asl.Transition,
    seed: int,
) -> int | None:
    outcome = transition.outcome
    return executions.add_execution(
        tx,
        arn=execution.id,
        machine=target.number,
        revision=target.revision,
        name=execution.name,
        express=int(execution.express),
        status="RUNNING" if outcome is None else outcome.status,
        stamp=seed,
        last_event_id=transition.last_event_id,
        started_at=execution.started_at,
        stopped_at=None if outcome is None else execution.started_at,
        input=execution.input,
        output=None if outcome is None else outcome.output,
        error=None if outcome is None else outcome.error,
        cause=None if outcome is None else outcome.cause,
        trace_header=request.trace_header,
        version=target.version,
        alias=target.alias,
        history=shared_history(execution, transition),
        map_run=None,
        item_count=None,
    )


def shared_history(
    execution: asl.Execution, transition: asl.Transition
) -> tuple[asl.HistoryEvent, ...]:
    """What is over at once has its history in its own row, which never changes again."""
    return () if execution.express or transition.outcome is None else transition.history


def _same_again(tx: Tx, request: StartRequest, arn: str) -> Started:
    known = executions.find_execution(tx, arn)
    if known is None or known.status != "RUNNING" or known.input != request.input:
        raise errors.ExecutionAlreadyExists(f"Execution Already Exists: '{arn}'")
    return Started(arn, known.started_at)


def limit_time(tx: Tx, context: Context, running: Running, now: float) -> None:
    """Have the execution end when its time is over; AWS: no later than after a year."""
    seconds = running.program.machine.timeout_seconds
    if running.execution.express:
        seconds = min(seconds or rules.EXPRESS_SECONDS, rules.EXPRESS_SECONDS)
    if seconds is None or seconds > rules.STANDARD_SECONDS:
        commands.expire_later(tx, memory_of(context.platform), running, now)
        return
    commands.enqueue(
        tx, running, commands.execution_timeout_id(running), "execution_timeout", {}, now,
        run_at=now + seconds,
    )  # fmt: skip


def resume(tx: Tx, context: Context, arn: str, told: asl.Resumption, seed: int) -> Running | None:
    """
    Tell an execution what happened. None when nothing changed: it is over, or waits no more.
    """
    now = context.clock.now()
    memory = memory_of(context.platform)
    running = memory.find(arn)
    if running is not None:
        transition = advance(running, told, now, seed)
        if _is_empty(transition):
            if executions.has_stamp(tx, running.number, running.stamp):
                return None
        elif put(tx, running, transition, seed, now):
            metrics.count_answer(tx, memory, running, told, transition)
            keep(tx, memory, running, transition, seed, now)
            return running
        # Somebody else has moved it on, or the transaction of the last move was undone.
        memory.forget(arn)
    running = memory.load(tx, arn)
    if running is None:
        return None
    transition = advance(running, told, now, seed)
    if _is_empty(transition):
        return None
    put(tx, running, transition, seed, now)
    metrics.count_answer(tx, memory, running, told, transition)
    keep(tx, memory, running, transition, seed, now)
    return running


def answer(
    tx: Tx, context: Context, arn: str, told: asl.TaskSucceeded | asl.TaskFailed, seed: int
) -> bool:
    """Tell what came of a task that is no call under way; False when nobody waits for it."""
    running = resume(tx, context, arn, told, seed)
    if running is None:
        return False
    commands.end_limits(tx, running.number, told.frame, told.number)
    return True


def advance(running: Running, told: asl.Resumption, now: float, seed: int) -> asl.Transition:
    return asl.advance(
        running.program.machine, running.execution, running.frames, told, now, asl.Chance(seed)
    )


def _is_empty(transition: asl.Transition) -> bool:
    return not (
        transition.frames or transition.history or transition.commands or transition.outcome
    )


def put(tx: Tx, running: Running, transition: asl.Transition, seed: int, now: float) -> bool:
    number, before, last = running.number, running.stamp, transition.last_event_id
    if transition.outcome is None:
        return executions.put_progress(tx, number, before, seed, last)
    return executions.put_end(tx, number, before, seed, last, transition.outcome, now)


def keep(
    tx: Tx,
    memory: Memory,
    running: Running,
    transition: asl.Transition,
    seed: int,
    now: float,
    *,
    begins: bool = False,
) -> None:
    """Everything of a transition but the execution's own row, which is written."""
    running.stamp = seed
    if running.trace is not None:
        tracing.record(tx, running, transition, now)
    shares_row = begins and transition.outcome is not None
    if not running.execution.express and not shares_row:
        histories.add_history(tx, running.number, transition.history)
    if running.program.logging is not None:
        commands.log(tx, running, running.program.logging, transition.history, now)
    outcome = transition.outcome
    if begins:
        commands.tell_status(tx, memory, running, "RUNNING", now)
    if outcome is None:
        _put_frames(tx, running, transition.frames)
        running.execution = replace(running.execution, last_event_id=transition.last_event_id)
        memory.keep(running)
    else:
        memory.forget(running.execution.id)
    if running.map_run is None and (begins or outcome is not None):
        metrics.count_execution(tx, memory, running, outcome, now, began=begins)
    for command in transition.commands:
        if isinstance(command, asl.RunTask):
            metrics.count_scheduled(tx, memory, running, command, now)
        commands.carry_out(tx, running, command, now)
    if outcome is not None:
        _end(tx, memory, running, transition, outcome, now)
        if running.map_run is not None and not begins:
            life.child_ended(tx, running, outcome.status, now)


def _put_frames(tx: Tx, running: Running, changed: Mapping[str, asl.Frame | None]) -> None:
    kept = running.frames
    for frame_id, frame in changed.items():
        if frame is not None:
            kept[frame_id] = frame
            executions.put_frame(tx, running.number, frame_id, frame)
        elif kept.pop(frame_id, None) is not None:
            executions.remove_frame(tx, running.number, frame_id)
    running.stored_frames = True


def _end(
    tx: Tx,
    memory: Memory,
    running: Running,
    transition: asl.Transition,
    outcome: asl.Outcome,
    now: float,
) -> None:
    if outcome.status == "SUCCEEDED" or running.execution.express:
        if running.stored_frames:
            executions.remove_frames(tx, running.number)
    else:
        # A redrive goes on from the frames that the language leaves.
        _put_frames(tx, running, transition.frames)
    if running.stored_frames:
        queue.finish(tx, commands.execution_timeout_id(running))
        commands.tell_parents(tx, running, now)
    if running.map_run is None:
        # What a map run's children left goes with the map run.
        commands.retire_later(tx, memory, running, now)
        commands.tell_status(tx, memory, running, outcome.status, now)
    if running.execution.express:
        signals.announce(tx, ended_topic(running.execution.id))


def ended_topic(arn: str) -> str:
    return f"stepfunctions/ended/{arn}"


def redrive(tx: Tx, context: Context, known: ExecutionRecord, seed: int) -> None:
    """Let an execution that ended badly go on from where it failed."""
    now = context.clock.now()
    redrives.put_redriven(tx, known.number, now)
    memory = memory_of(context.platform)
    memory.forget(known.arn)
    running = resume(tx, context, known.arn, asl.ExecutionRedriven(), seed)
    if running is None:
        raise errors.ExecutionNotRedrivable(f"Execution Not Redrivable: '{known.arn}'")
    commands.tell_status(tx, memory, running, "RUNNING", now)
    if memory.find(known.arn) is running:
        # AWS: the execution's own TimeoutSeconds begin again.
        limit_time(tx, context, running, now)


def current(tx: Tx, context: Context, arn: str) -> Running | None:
    """The execution as it stands now; None when it is over."""
    memory = memory_of(context.platform)
    running = memory.find(arn)
    if running is not None and executions.has_stamp(tx, running.number, running.stamp):
        return running
    memory.forget(arn)
    return memory.load(tx, arn)
