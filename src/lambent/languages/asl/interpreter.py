"""
The Amazon States Language as a pure machine: told what happened, says what follows.

    not begun ──ExecutionStarted──▶ lines walk ──▶ waiting ──answer──▶ lines walk … ──▶ outcome

A line that waits knows for what and under which number. An answer that names another wait, or a
line that is gone, comes too late: it changes nothing.
"""

from collections.abc import Callable
from typing import Any

from lambent.languages.asl import events, map_runs, tasks, walking
from lambent.languages.asl.chance import Chance
from lambent.languages.asl.data import Data
from lambent.languages.asl.failing import attempt
from lambent.languages.asl.failures import StateFailed, runtime
from lambent.languages.asl.forks import select
from lambent.languages.asl.frames import ROOT, Ready
from lambent.languages.asl.leaving import fail_execution, stop_all
from lambent.languages.asl.machine import MapState, State, StateMachine
from lambent.languages.asl.run import MAX_EVENTS, HistoryFull, Run, root_of
from lambent.languages.asl.transition import (
    ActivityStarted,
    Continue,
    Execution,
    ExecutionRedriven,
    ExecutionStarted,
    ExecutionStopped,
    ExecutionTimedOut,
    Frames,
    HeartbeatMissed,
    MapRunFailed,
    MapRunStarted,
    MapRunSucceeded,
    Outcome,
    Resumption,
    TaskFailed,
    TaskRefused,
    TaskStarted,
    TaskSubmitted,
    TaskSucceeded,
    TaskTimedOut,
    TimerFired,
    Transition,
)
from lambent.languages.asl.working import Walker

_NEVER_STARTED = {
    "": "Failed",
    "schedule": "ScheduleFailed",
    "start": "StartFailed",
    "submit": "SubmitFailed",
}


def advance(
    machine: StateMachine,
    execution: Execution,
    frames: Frames,
    resumption: Resumption,
    now: float,
    chance: Chance,
) -> Transition:
    """Move an execution as far as it can go without help from outside."""
    run = Run(machine, execution, frames, now, chance)
    try:
        if not _resume(run, resumption):
            return Transition(last_event_id=execution.last_event_id)
        walking.drain(run)
    except HistoryFull:
        fail_execution(
            run,
            run.last_event_id,
            "States.Runtime",
            f"The execution reached the maximum number of history events ({MAX_EVENTS}).",
        )
    return run.transition()


def _resume(run: Run, resumption: Resumption) -> bool:
    """Whether it was of use to anybody."""
    match resumption:
        case ExecutionStarted():
            return _begin(run)
        case Continue():
            return _continue(run)
        case ExecutionTimedOut():
            error = {"error": "States.Timeout"}
            return _end(
                run,
                "ExecutionTimedOut",
                {"executionTimedOutEventDetails": error},
                Outcome("TIMED_OUT"),
            )
        case ExecutionStopped(error=why, cause=cause):
            details = events.error_details("executionAbortedEventDetails", why, cause)
            return _end(
                run, "ExecutionAborted", details, Outcome("ABORTED", error=why, cause=cause)
            )
        case ExecutionRedriven():
            return _redrive(run)
        case _:
            return _answer(run, resumption)


def _begin(run: Run) -> bool:
    if run.execution.last_event_id or root_of(run) is not None:
        return False
    run.event(0, "ExecutionStarted", events.execution_started(run.execution))
    machine = run.machine
    # AWS: the first state's event has no previous one either.
    root = Walker(
        ROOT, machine.regions[machine.root], Data(run.execution.input), 0, fork=None, index=0
    )
    run.add_walker(root)
    run.ready.append(ROOT)
    return True


def _continue(run: Run) -> bool:
    ready = run.frame("ready")
    if not isinstance(ready, Ready):
        return False
    run.remove("ready")
    run.ready.extend(ready.lines)
    return True


def _end(run: Run, type: str, details: dict[str, Any], outcome: Outcome) -> bool:
    root = root_of(run)
    if root is None or root.failed:
        return False
    # AWS: these two hang on nothing, and what was under way is not told to be aborted.
    run.last_event(0, type, details)
    run.outcome = outcome
    stop_all(run)
    return True


# Answers -------------------------------------------------------------------------------------

_WAITS: dict[type, tuple[str, ...]] = {
    TaskStarted: ("task",),
    TaskSubmitted: ("task",),
    ActivityStarted: ("task",),
    TaskSucceeded: ("task",),
    TaskFailed: ("task",),
    TaskRefused: ("task",),
    TaskTimedOut: ("task",),
    HeartbeatMissed: ("task",),
    TimerFired: ("timer", "retry"),
    MapRunStarted: ("map_run",),
    MapRunSucceeded: ("map_run",),
    MapRunFailed: ("map_run",),
}


def _answer(run: Run, told: Any) -> bool:
    walker = run.find_walker(told.frame)
    if (
        walker is None
        or walker.failed
        or walker.number != told.number
        or walker.waits_for not in _WAITS[type(told)]
    ):
        return False
    state: Any = walker.current
    match told:
        case TaskStarted():
            tasks.started(run, walker, state)
        case ActivityStarted(worker_name=worker):
            tasks.started(run, walker, state, worker=worker)
        case TaskSubmitted(output=output, started_at=at):
            tasks.submitted(run, walker, state, output, at)
        case MapRunStarted(map_run_arn=arn):
            map_runs.map_run_started(run, walker, arn)
        case TimerFired():
            _timer(run, walker, state)
        case _:
            _go_on(run, walker, state, _ending(run, walker, state, told))
    return True


def _ending(run: Run, walker: Walker, state: Any, told: Any) -> Callable[[], bool]:
    """What an answer that ends the wait does."""
    match told:
        case TaskSucceeded(output=output, output_text=text, started_at=at):
            result = Data(value=output) if text is None else Data(text)
            return lambda: tasks.succeeded(run, walker, state, result, at)
        case TaskFailed():
            return lambda: _task_failed(run, walker, state, told)
        case TaskRefused(cause=cause):
            return lambda: _refused(walker, cause)
        case TaskTimedOut():
            return lambda: tasks.timed_out(run, walker, state, heartbeat=False)
        case HeartbeatMissed():
            return lambda: tasks.timed_out(run, walker, state, heartbeat=True)
        case MapRunSucceeded(output=output, output_text=text):
            result = Data(value=output) if text is None else Data(text)
            return lambda: map_runs.map_run_succeeded(run, walker, state, result)
        case _:
            return lambda: map_runs.map_run_failed(run, walker, told.error, told.cause)


def _task_failed(run: Run, walker: Walker, state: Any, told: TaskFailed) -> bool:
    failure = StateFailed(told.error, told.cause, explained=False)
    if not told.never_started and state.task_kind != "activity":
        tasks.started(run, walker, state, run.now if told.started_at is None else told.started_at)
    return tasks.failed(run, walker, state, failure, _NEVER_STARTED[told.never_started])


def _refused(walker: Walker, cause: str) -> bool:
    walker.waits("", 0)
    raise runtime(cause)


def _go_on(run: Run, walker: Walker, state: State, work: Callable[[], bool]) -> None:
    if attempt(run, walker, state, lambda *_: work()):
        walker.is_ready()
        run.ready.append(walker.id)


def _timer(run: Run, walker: Walker, state: Any) -> None:
    if walker.waits_for == "retry":
        walker.is_ready(again=True)
        run.ready.append(walker.id)
        return
    walker.waits("", 0)
    _go_on(run, walker, state, lambda: walking.finish_wait(run, walker, state))


# Redrive -------------------------------------------------------------------------------------


def _redrive(run: Run) -> bool:
    root = root_of(run)
    if root is None or not root.failed:
        return False
    redriven = run.event(
        run.last_event_id,
        "ExecutionRedriven",
        {"executionRedrivenEventDetails": {"redriveCount": run.execution.redrive_count}},
    )
    _redrive_line(run, root, redriven)
    return True


def _redrive_line(run: Run, walker: Walker, previous: int) -> None:
    """Take a line up where it failed; of a Parallel or Map only what did not succeed."""
    walker.failed = False
    walker.retries = {}
    walker.retry_count = 0
    walker.previous = previous
    if walker.waits_for == "fork":
        fork = run.fork(str(walker.number))
        for index in range(fork.begun):
            child = run.find_walker(fork.child(index))
            if child is not None:
                _redrive_line(run, child, previous)
        return
    state: Any = walker.current
    if walker.detail.get("map_run_arn") is not None:
        _go_on(run, walker, state, lambda: map_runs.redrive_map_run(run, walker, state))
        return
    if walker.waits_for != "ready":
        # A Fail state is entered again, all others only begin their work anew.
        walker.is_ready(again=state.kind != "Fail")
    run.ready.append(walker.id)


# For the map run -----------------------------------------------------------------------------


def select_item(
    machine: StateMachine,
    execution: Execution,
    frames: Frames,
    frame: str,
    index: int,
    value: Any,
    now: float,
    chance: Chance,
    *,
    key: str | None = None,
    source: str | None = None,
) -> str:
    """
    The input that a distributed Map's ItemSelector makes of one item, as JSON text.

    Raises StateFailed, which is the failure of the whole Map (tell it as MapRunFailed).
    """
    run = Run(machine, execution, frames, now, chance)
    walker = run.walker(frame)
    state = walker.current
    assert isinstance(state, MapState)
    about = {} if source is None else {"Source": source}
    return select(run, walker, state, index, value, key, **about).text
