"""Leaving a state: for the next one, for the end of the line, for the end of the execution."""

from lambent.languages.asl import events
from lambent.languages.asl.data import LIMIT, Data
from lambent.languages.asl.failures import StateFailed, too_large
from lambent.languages.asl.frames import ROOT, Line, Result
from lambent.languages.asl.machine import State
from lambent.languages.asl.run import LineEnded, Run
from lambent.languages.asl.transition import CancelWait, Outcome
from lambent.languages.asl.working import Walker, WorkingFork

# AWS: the most that the variables of an execution may be together, in bytes of UTF-8.
_MOST_STORED = 10 * 1024 * 1024


def leave(
    run: Run,
    walker: Walker,
    state: State,
    output: Data,
    assigned: dict[str, Data] | None = None,
    *,
    next: str | None = None,
) -> bool:
    """Whether the line goes on at once."""
    if output.too_large:
        raise too_large(state.name)
    if assigned:
        _check_variables(run, walker, state, assigned)
    walker.previous = run.event(
        walker.previous,
        state.kind + "StateExited",
        events.state_exited(state.name, output.text, assigned),
    )
    if assigned:
        values = {name: data.value for name, data in assigned.items()}
        walker.variables = {**walker.variables, **values}
    following = next or state.next
    if following is not None:
        walker.state = following
        walker.input = output
        return True
    if walker.fork is None:
        succeed(run, walker, output)
    else:
        _end_line(run, walker, output)
    return False


def _check_variables(run: Run, walker: Walker, state: State, assigned: dict[str, Data]) -> None:
    size = sum(data.size for data in assigned.values())
    if size > LIMIT:
        raise StateFailed(
            "States.DataLimitExceeded",
            f"The variables assigned in the state '{state.name}' exceed the maximum size.",
        )
    others = [value for name, value in run.variables(walker).items() if name not in assigned]
    # Each is no larger than the limit of one, so that a few need not be written to be counted.
    if size + len(others) * LIMIT <= _MOST_STORED:
        return
    if size + sum(Data(value=value).size for value in others) > _MOST_STORED:
        raise StateFailed(
            "States.DataLimitExceeded",
            f"The variables of the execution exceed the maximum size in the state '{state.name}'.",
        )


def succeed(run: Run, walker: Walker, output: Data) -> None:
    run.last_event(
        walker.previous,
        "ExecutionSucceeded",
        events.output_details("executionSucceededEventDetails", output.text),
    )
    run.outcome = Outcome("SUCCEEDED", output=output.text)
    run.remove(ROOT)
    if run.frame("ready") is not None:
        run.remove("ready")


def _end_line(run: Run, walker: Walker, output: Data) -> None:
    """A branch or an iteration is done; whoever waits for all of them may go on."""
    assert walker.fork is not None
    fork = run.fork(walker.fork)
    before = walker.previous
    if fork.map_state:
        name = run.look_at(fork.line).state
        walker.previous = run.event(
            before,
            "MapIterationSucceeded",
            events.iteration("mapIterationSucceededEventDetails", name, walker.index),
        )
    fork.done += 1
    fork.previous = walker.previous
    run.put(Result(walker.id, output.text))
    run.happenings.append(LineEnded(fork.id, before))


def fail_execution(run: Run, previous: int, error: str | None, cause: str | None) -> None:
    run.last_event(
        previous,
        "ExecutionFailed",
        events.error_details("executionFailedEventDetails", error, cause),
    )
    run.outcome = Outcome("FAILED", error=error, cause=cause)
    stop_all(run)


def stop_all(run: Run) -> None:
    """
    Nobody goes on. A Standard execution keeps its frames, so that a redrive can take them up;
    an Express execution leaves nothing.
    """
    keep = not run.execution.express
    root = run.find_walker(ROOT)
    if root is not None:
        _stop_line(run, root, keep)
    if run.frame("ready") is not None:
        run.remove("ready")


def _stop_line(run: Run, walker: Walker, keep: bool) -> None:
    cancel_wait(run, walker)
    if walker.waits_for == "fork":
        fork = run.fork(str(walker.number))
        if keep:
            stop_children(run, fork)
        else:
            remove_fork(run, fork)
    elif walker.waits_for in ("task", "timer", "retry"):
        walker.is_ready(again=True)
    walker.failed = True
    if not keep:
        run.remove(walker.id)


def stop_children(run: Run, fork: WorkingFork) -> None:
    """The lines that are under way stop where they are, for a redrive."""
    for index in range(fork.begun):
        child = run.find_walker(fork.child(index))
        if child is not None:
            _stop_line(run, child, True)


def remove_fork(run: Run, fork: WorkingFork) -> None:
    """Remove it with all that is below it, and stop what runs there."""
    for index in range(fork.begun):
        id = fork.child(index)
        frame = run.frame(id)
        if id in run.walkers or isinstance(frame, Line):
            walker = run.walker(id)
            cancel_wait(run, walker)
            if walker.waits_for == "fork":
                remove_fork(run, run.fork(str(walker.number)))
            run.remove(id)
        elif frame is not None:
            run.remove(id)
    for number in range(fork.chunks):
        run.remove(fork.chunk(number))
    run.remove(fork.id)


def cancel_wait(run: Run, walker: Walker) -> None:
    match walker.waits_for:
        case "task":
            state = walker.current
            resource = getattr(state, "resource", None)
            run.commands.append(CancelWait(walker.id, walker.number, "task", resource))
        case "timer" | "retry":
            run.commands.append(CancelWait(walker.id, walker.number, "timer"))
        case "map_run":
            arn = walker.detail.get("map_run_arn")
            run.commands.append(CancelWait(walker.id, walker.number, "map_run", arn))
