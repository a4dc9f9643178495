"""
Commands of the language become rows of work: one a call, a timer, a time-out.

The id of each comes from the wait that asked for it (`stepfunctions/<execution>/<frame>/<event>`),
so that enqueueing twice is enqueueing once, and whoever ends the wait can take it back.
"""

from collections.abc import Sequence
from typing import Any

from lambent.core.errors import Impossible
from lambent.languages import asl
from lambent.services.stepfunctions import rules, tracing
from lambent.services.stepfunctions.event_records import SOURCE
from lambent.services.stepfunctions.execution_logs import Logging, log_events, log_stream
from lambent.services.stepfunctions.map_runs import life
from lambent.services.stepfunctions.memory import Memory, Running
from lambent.services.stepfunctions.store import activities, executions
from lambent.storage.database import Tx
from lambent.work import queue, signals

_HOUR = 3_600.0


def wait_id(number: int, frame: str, event: int, purpose: str) -> str:
    return f"stepfunctions/{number}/{frame}/{event}/{purpose}"


def execution_timeout_id(running: Running) -> str:
    return f"stepfunctions/{running.number}/execution_timeout"


def activity_topic(arn: str) -> str:
    return f"stepfunctions/activity/{arn}"


def enqueue(
    tx: Tx,
    running: Running,
    item_id: str,
    verb: str,
    payload: dict[str, Any],
    now: float,
    *,
    run_at: float = 0.0,
) -> None:
    """Have `stepfunctions.<verb>` done for the execution, whose ARN joins the payload."""
    queue.enqueue(
        tx,
        item_id,
        f"stepfunctions.{verb}",
        {"execution": running.execution.id, **payload},
        run_at or now,
        now=now,
        account=running.account,
        region=running.region,
    )


def carry_out(tx: Tx, running: Running, command: asl.Command, now: float) -> None:
    match command:
        case asl.RunTask():
            _run_task(tx, running, command, now)
        case asl.StartTimer(frame, number, at):
            item_id = wait_id(running.number, frame, number, "timer")
            waits = {"frame": frame, "number": number}
            enqueue(tx, running, item_id, "timer", waits, now, run_at=at)
        case asl.CancelWait():
            _cancel(tx, running, command, now)
        case asl.ContinueLater():
            # A transition leaves one such command at most, and the event before it is its cause.
            cause = running.stamp
            item_id = f"stepfunctions/{running.number}/{cause}/go_on"
            enqueue(tx, running, item_id, "go_on", {}, now)
        case asl.StartMapRun():
            life.begin(tx, running, command, now)
        case _:
            raise Impossible(f"{command} is no command")


def _run_task(tx: Tx, running: Running, command: asl.RunTask, now: float) -> None:
    frame, number = command.frame, command.number
    if command.kind == "activity" and activities.find_activity(tx, command.resource) is None:
        refusal = {
            "frame": frame,
            "number": number,
            "cause": f"The activity {command.resource} does not exist.",
        }
        enqueue(tx, running, wait_id(running.number, frame, number, "task"), "refuse", refusal, now)
        return
    if command.kind == "activity":
        _offer(tx, running, command)
        return
    limits = {
        purpose: seconds
        for purpose, seconds in (
            ("task_timeout", command.timeout_seconds),
            ("heartbeat_timeout", command.heartbeat_seconds),
        )
        if seconds is not None
    }
    for purpose, seconds in limits.items():
        start_limit(tx, running, frame, number, purpose, seconds, now)
    payload = {
        "frame": frame,
        "number": number,
        "resource": command.resource,
        "pattern": command.pattern,
        "parameters": command.parameters_text,
        "role": _role_of(running, command),
        "limits": list(limits),
    }
    if running.trace is not None:
        payload["trace"] = tracing.of_call(running, frame, number)
    enqueue(tx, running, wait_id(running.number, frame, number, "task"), "task", payload, now)


def _offer(tx: Tx, running: Running, command: asl.RunTask) -> None:
    """An activity's task waits for a worker; AWS: its time begins when one has taken it."""
    arn = running.execution.id
    activities.add_task(
        tx,
        command.resource,
        execution_arn=arn,
        frame=command.frame,
        event=command.number,
        input_text=command.parameters_text,
        token=command.task_token or asl.task_token(arn, command.frame, command.number),
        timeout_seconds=command.timeout_seconds,
        heartbeat_seconds=command.heartbeat_seconds,
    )
    signals.announce(tx, activity_topic(command.resource))


def _role_of(running: Running, command: asl.RunTask) -> str:
    """Who calls: the state machine's role, or the one that the state's Credentials name."""
    role = (command.credentials or {}).get("RoleArn")
    return role if isinstance(role, str) else running.execution.role_arn


def start_limit(
    tx: Tx, running: Running, frame: str, number: int, purpose: str, seconds: float, now: float
) -> None:
    """Have `task_timeout` or `heartbeat_timeout` told when `seconds` have passed."""
    payload = {"frame": frame, "number": number}
    if purpose == "heartbeat_timeout":
        executions.put_heartbeat(tx, running.number, frame, number, seconds)
    item_id = wait_id(running.number, frame, number, purpose)
    enqueue(tx, running, item_id, purpose, payload, now, run_at=now + seconds)


def end_limits(tx: Tx, number: int, frame: str, event: int) -> None:
    """The answer has come: nothing can be late any more."""
    for purpose in ("task_timeout", "heartbeat_timeout"):
        queue.finish(tx, wait_id(number, frame, event, purpose))
    executions.remove_heartbeat(tx, number, frame, event)


def _cancel(tx: Tx, running: Running, command: asl.CancelWait, now: float) -> None:
    frame, number = command.frame, command.number
    match command.kind:
        case "timer":
            queue.finish(tx, wait_id(running.number, frame, number, "timer"))
        case "map_run":
            life.stop(tx, running.number, frame, number, now)
        case _:
            give_up(tx, running, frame, number, now)


def give_up(tx: Tx, running: Running, frame: str, number: int, now: float) -> None:
    """
    Nobody waits for this task any more: what has not begun does not begin.

    A call under way cannot be taken back; its answer comes too late.
    """
    arn = running.execution.id
    queue.finish(tx, wait_id(running.number, frame, number, "task"))
    end_limits(tx, running.number, frame, number)
    activities.remove_task(tx, arn, frame, number)
    for nested in executions.take_nested_of(tx, arn, frame, number):
        # AWS: what a state waits for with .sync is stopped with it.
        payload = {"child": nested.child_arn, "role": running.execution.role_arn}
        item_id = wait_id(running.number, frame, number, "stop_nested")
        enqueue(tx, running, item_id, "stop_nested", payload, now)


def log(
    tx: Tx,
    running: Running,
    logging: Logging,
    history: Sequence[asl.HistoryEvent],
    now: float,
) -> None:
    """Have the events written to CloudWatch Logs."""
    events = log_events(logging, running.execution, history)
    if not events:
        return
    program = running.program
    stream = log_stream(
        running.execution.state_machine_name,
        running.execution.started_at,
        None if program.initial else program.revision,
    )
    payload = {"group": logging.log_group, "stream": stream, "events": events}
    item_id = f"stepfunctions/{running.number}/{history[0].id}/log"
    enqueue(tx, running, item_id, "log", payload, now)


def tell_parents(tx: Tx, running: Running, now: float) -> None:
    """The execution has ended: frames that wait for it with .sync hear of it."""
    for wait in executions.take_nested_waits(tx, running.execution.id):
        parent = {"frame": wait.frame, "number": wait.number, "pattern": wait.pattern}
        enqueue(
            tx,
            running,
            f"stepfunctions/nested/{running.number}/{wait.parent_arn}/{wait.frame}/{wait.number}",
            "nested_ended",
            {"parent": wait.parent_arn, **parent},
            now,
        )


def tell_status(tx: Tx, memory: Memory, running: Running, status: str, now: float) -> None:
    """
    Have the status told to the default event bus, where a rule listens.

    AWS: Express executions are not told of; nor, here, are the children of map runs.
    """
    if running.execution.express or running.map_run is not None:
        return
    if memory.audience.hears(tx, running.account, running.region, SOURCE):
        item_id = f"stepfunctions/{running.number}/{running.stamp}/status/{status}"
        enqueue(tx, running, item_id, "tell_status", {"status": status, "at": now}, now)


def expire_later(tx: Tx, memory: Memory, running: Running, now: float) -> None:
    """Have it end when a year is over: one row of work for all that begin within an hour."""
    until = (now // _HOUR + 1) * _HOUR
    if memory.expired_until == until:
        return
    memory.expired_until = until
    queue.enqueue(
        tx,
        f"stepfunctions/expire/{until:.0f}",
        "stepfunctions.expire",
        {"started_before": until},
        until + rules.STANDARD_SECONDS,
        now=now,
        account=running.account,
        region=running.region,
    )


def retire_later(tx: Tx, memory: Memory, running: Running, now: float) -> None:
    """
    Have what the execution left forgotten when AWS would: one row of work for all of an hour.
    """
    # Should the transaction that wrote the row come to nothing, the next hour's does its work.
    if running.execution.express:
        unit, keep = 60.0, rules.EXPRESS_RETENTION_SECONDS
    else:
        unit, keep = _HOUR, rules.RETENTION_SECONDS
    until = (now // unit + 1) * unit
    express = running.execution.express
    if memory.retired_until.get(express) == until:
        return
    memory.retired_until[express] = until
    queue.enqueue(
        tx,
        f"stepfunctions/retire/{'express' if express else 'standard'}/{until:.0f}",
        "stepfunctions.retire",
        {"stopped_before": until, "express": express},
        until + keep,
        now=now,
        account=running.account,
        region=running.region,
    )
