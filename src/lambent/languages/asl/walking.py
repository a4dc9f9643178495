"""
Lines walk from state to state.

`walk` takes a line as far as it can go. A state is entered, performed, and left; performing it may
instead leave the line waiting, end it, or fail it.
"""

from lambent.languages.asl import events, forks, tasks
from lambent.languages.asl.failing import Perform, attempt
from lambent.languages.asl.failures import StateFailed, runtime
from lambent.languages.asl.leaving import leave
from lambent.languages.asl.machine import (
    ChoiceState,
    FailState,
    PassState,
    State,
    SucceedState,
    WaitState,
)
from lambent.languages.asl.run import Run
from lambent.languages.asl.transition import StartTimer
from lambent.languages.asl.working import Walker


def drain(run: Run) -> None:
    """Walk all lines that are ready, as far as the budget lasts."""
    while run.outcome is None:
        if run.happenings:
            forks.react(run, run.happenings.popleft())
        elif run.ready and run.budget > 0:
            walker = run.find_walker(run.ready.popleft())
            if walker is not None and walker.waits_for == "ready":
                walk(run, walker)
        else:
            break


def walk(run: Run, walker: Walker) -> None:
    going = True
    while going:
        if run.budget <= 0:
            walker.is_ready(again="again" in walker.detail)
            run.ready.appendleft(walker.id)
            return
        run.budget -= 1
        state = walker.region.states[walker.state]
        if "again" not in walker.detail:
            _enter(run, walker, state)
        walker.waits_for = ""
        walker.detail = {}
        going = attempt(run, walker, state, _PERFORM[state.kind])


def _enter(run: Run, walker: Walker, state: State) -> None:
    walker.before_entering = walker.previous
    walker.previous = walker.entered_event_id = run.event(
        walker.previous,
        state.kind + "StateEntered",
        events.state_entered(state.name, walker.input.text),
    )
    walker.entered_at = run.now
    walker.retries = {}
    walker.retry_count = 0


def _perform_pass(run: Run, walker: Walker, state: PassState) -> bool:
    if state.prepare is None and state.finish is None and state.assign is None:
        return leave(run, walker, state, state.result or walker.input)
    scope = run.scope(walker, state)
    data = walker.input if state.prepare is None else state.prepare(scope, walker.input)
    result = state.result or data
    output = result if state.finish is None else state.finish(scope, result)
    assigned = None if state.assign is None else state.assign(scope, result)
    return leave(run, walker, state, output, assigned)


def _perform_succeed(run: Run, walker: Walker, state: SucceedState) -> bool:
    scope = run.scope(walker, state)
    data = walker.input if state.prepare is None else state.prepare(scope, walker.input)
    output = data if state.finish is None else state.finish(scope, data)
    return leave(run, walker, state, output)


def _perform_fail(run: Run, walker: Walker, state: FailState) -> bool:
    scope = run.scope(walker, state)
    data = walker.input if state.prepare is None else state.prepare(scope, walker.input)
    error = None if state.error is None else state.error(scope, data).value
    cause = None if state.cause is None else state.cause(scope, data).value
    raise StateFailed(error, cause, explained=False)


def _perform_choice(run: Run, walker: Walker, state: ChoiceState) -> bool:
    scope = run.scope(walker, state)
    data = walker.input if state.prepare is None else state.prepare(scope, walker.input)
    for rule in state.rules:
        if not rule.test(scope, data):
            continue
        if state.jsonata:
            output = data if rule.output is None else rule.output(scope, data)
        else:
            output = data if state.finish is None else state.finish(scope, data)
        assigned = None if rule.assign is None else rule.assign(scope, data)
        return leave(run, walker, state, output, assigned, next=rule.next)
    if state.default is None:
        # AWS: not States.NoChoiceMatched, whatever the documentation says (measured).
        raise runtime(
            "Failed to transition out of the state. The state does not point to a next state."
        )
    output = data if state.finish is None else state.finish(scope, data)
    assigned = None if state.assign is None else state.assign(scope, data)
    return leave(run, walker, state, output, assigned, next=state.default)


def _perform_wait(run: Run, walker: Walker, state: WaitState) -> bool:
    scope = run.scope(walker, state)
    data = walker.input if state.prepare is None else state.prepare(scope, walker.input)
    at = state.until(scope, data)
    walker.waits("timer", run.last_event_id)
    run.commands.append(StartTimer(walker.id, walker.number, at))
    return False


def finish_wait(run: Run, walker: Walker, state: WaitState) -> bool:
    scope = run.scope(walker, state)
    data = walker.input if state.prepare is None else state.prepare(scope, walker.input)
    output = data if state.finish is None else state.finish(scope, data)
    assigned = None if state.assign is None else state.assign(scope, data)
    return leave(run, walker, state, output, assigned)


_PERFORM: dict[str, Perform] = {
    "Pass": _perform_pass,
    "Succeed": _perform_succeed,
    "Fail": _perform_fail,
    "Choice": _perform_choice,
    "Wait": _perform_wait,
    "Task": tasks.schedule,
    "Parallel": forks.begin_parallel,
    "Map": forks.begin_map,
}


def perform_of(state: State) -> Perform:
    """What a state of this type does once it is entered."""
    return _PERFORM[state.kind]
