"""
What follows when a state fails: Retry, then Catch, then the state around it, at last the execution.
"""

from collections.abc import Callable
from typing import Any

from lambent.languages.asl import events
from lambent.languages.asl.data import Data, TooDeep
from lambent.languages.asl.failures import NOT_SUPPORTED, StateFailed, runtime
from lambent.languages.asl.leaving import fail_execution, leave
from lambent.languages.asl.machine import Catcher, Retrier, State
from lambent.languages.asl.run import LineFailed, Run
from lambent.languages.asl.transition import StartTimer
from lambent.languages.asl.working import Walker

_TIMEOUTS = frozenset({"States.Timeout", "States.HeartbeatTimeout"})
# AWS: the longest delay there is, a year.
_LONGEST_DELAY = 31_622_400.0


Perform = Callable[[Run, Walker, Any], bool]
"""A part of a state's work: whether the line goes on at once, in its next state."""


def attempt(run: Run, walker: Walker, state: State, perform: Perform) -> bool:
    """Do a part of a state's work; what fails is retried, caught or passed on."""
    try:
        return perform(run, walker, state)
    except StateFailed as failure:
        return fail(run, walker, state, failure)
    except (TooDeep, RecursionError):
        return fail(run, walker, state, runtime("The data is nested too deeply."))


def fail(run: Run, walker: Walker, state: State, failure: StateFailed) -> bool:
    """Whether the line goes on at once, with a catcher's next state."""
    # A redrive of a distributed Map goes on with the same map run.
    map_run = {name: arn for name, arn in walker.detail.items() if name == "map_run_arn"}
    walker.waits("", 0, map_run)
    failure = _explain(walker, state, failure)
    _record_evaluation(run, walker, state, failure)
    if failure.fatal:
        fail_execution(run, walker.previous, failure.error, failure.cause)
        return False
    chosen = _retrier(walker, state, failure)
    if chosen is not None:
        _retry(run, walker, *chosen)
        return False
    before = walker.previous
    _record_state_failed(run, walker, state)
    catcher = _catcher(state, failure)
    if catcher is not None:
        try:
            return _catch(run, walker, state, catcher, failure)
        except StateFailed as second:
            # AWS: what fails in a catcher is told from before the state's first failure, and is
            # not caught by the same state again.
            walker.previous = before
            failure = _explain(walker, state, second)
            _record_evaluation(run, walker, state, failure)
            if failure.fatal:
                fail_execution(run, walker.previous, failure.error, failure.cause)
                return False
            _record_state_failed(run, walker, state)
    if walker.fork is None:
        fail_execution(run, walker.previous, failure.error, failure.cause)
        return False
    run.happenings.append(LineFailed(walker.id, failure))
    return False


def _explain(walker: Walker, state: State, failure: StateFailed) -> StateFailed:
    """AWS's sentence is put before a cause once, at the innermost state."""
    if not failure.explained:
        return failure
    return StateFailed(
        failure.error,
        f"An error occurred while executing the state '{state.name}' (entered at the event id"
        f" #{walker.entered_event_id}). {failure.cause}",
        fatal=failure.fatal,
        location=failure.location,
        explained=False,
    )


def _record_evaluation(run: Run, walker: Walker, state: State, failure: StateFailed) -> None:
    if failure.location is None:
        return
    # AWS: a state whose first expression fails has, for this event, not been entered; Wait has.
    at_once = walker.previous == walker.entered_event_id and state.kind != "Wait"
    walker.previous = run.event(
        walker.before_entering if at_once else walker.previous,
        "EvaluationFailed",
        events.error_details(
            "evaluationFailedEventDetails",
            failure.error,
            failure.cause,
            location=failure.location,
            state=state.name,
        ),
    )
    # Told once; the states around it only pass the failure on.
    failure.location = None


def _record_state_failed(run: Run, walker: Walker, state: State) -> None:
    if state.kind in ("Parallel", "Map"):
        walker.previous = run.event(walker.previous, state.kind + "StateFailed", {})


def matches(errors: frozenset[str], failure: StateFailed) -> bool:
    error = failure.error
    if error in errors or failure.also in errors:
        return True
    if error is not None and error.endswith(NOT_SUPPORTED):
        # Ours: to try it again is in vain, and a way round it that AWS would not take is no
        # success. Only who names it has thought of it.
        return False
    if "States.ALL" in errors:
        # AWS: States.ALL is all but this one, also where a task says it.
        return error != "States.Runtime"
    return "States.TaskFailed" in errors and error not in _TIMEOUTS


def is_handled(walker: Walker, state: State, failure: StateFailed) -> bool:
    """Whether this state would retry or catch it."""
    return _retrier(walker, state, failure) is not None or _catcher(state, failure) is not None


def _retrier(walker: Walker, state: State, failure: StateFailed) -> tuple[int, Retrier] | None:
    for index, retrier in enumerate(state.retriers):
        if matches(retrier.errors, failure):
            # The first that matches decides, even when it has no attempts left.
            if walker.retries.get(str(index), 0) < retrier.max_attempts:
                return index, retrier
            return None
    return None


def _catcher(state: State, failure: StateFailed) -> Catcher | None:
    return next((catcher for catcher in state.catchers if matches(catcher.errors, failure)), None)


def _retry(run: Run, walker: Walker, index: int, retrier: Retrier) -> None:
    attempt = walker.retries.get(str(index), 0)
    walker.retries = {**walker.retries, str(index): attempt + 1}
    walker.retry_count += 1
    walker.waits("retry", run.last_event_id)
    at = run.now + _delay(run, retrier, attempt)
    run.commands.append(StartTimer(walker.id, walker.number, at, "retry"))


def _delay(run: Run, retrier: Retrier, attempt: int) -> float:
    longest = _LONGEST_DELAY if retrier.max_delay is None else retrier.max_delay
    try:
        delay = min(retrier.interval * retrier.backoff**attempt, longest)
    except OverflowError:
        delay = longest
    return run.chance.random() * delay if retrier.jitter else delay


def _catch(run: Run, walker: Walker, state: State, catcher: Catcher, failure: StateFailed) -> bool:
    scope = run.scope(walker, state)
    # AWS: what has no cause, as States.Timeout, has an empty one here.
    error_output = Data(value={"Error": failure.error or "", "Cause": failure.cause or ""})
    scope.error_output = error_output
    output = error_output if catcher.output is None else catcher.output(scope, error_output)
    assigned = None if catcher.assign is None else catcher.assign(scope, error_output)
    return leave(run, walker, state, output, assigned, next=catcher.next)
