"""
Parallel and Map: states that are many lines at once.

AWS's order of events and their previousEventId were compared with histories of the real service:
each line is a chain of its own; …Succeeded of the whole, MapIterationFailed and …Aborted hang on
the chain without being part of it.
"""

from typing import Any

from lambent.languages.asl import events
from lambent.languages.asl.data import Data, write
from lambent.languages.asl.failing import attempt, fail, is_handled
from lambent.languages.asl.failures import StateFailed, runtime
from lambent.languages.asl.frames import Fork, ItemChunk, Line, Result
from lambent.languages.asl.leaving import leave, remove_fork, stop_children
from lambent.languages.asl.machine import MapState, ParallelState, State
from lambent.languages.asl.map_runs import begin_map_run
from lambent.languages.asl.run import LineEnded, LineFailed, Run
from lambent.languages.asl.working import Walker, WorkingFork

# AWS: an inline Map runs up to 40 iterations at once when nothing is said.
_INLINE_CONCURRENCY = 40

# Small enough that reading one chunk for one item costs little, large enough to be few rows.
_CHUNK = 100


def react(run: Run, happening: LineEnded | LineFailed) -> None:
    match happening:
        case LineEnded(fork=fork, previous=previous):
            _line_ended(run, run.fork(fork), previous)
        case LineFailed(line=line, failure=failure):
            _line_failed(run, run.walker(line), failure)


# Beginning -----------------------------------------------------------------------------------


def begin_parallel(run: Run, walker: Walker, state: ParallelState) -> bool:
    scope = run.scope(walker, state)
    data = walker.input if state.prepare is None else state.prepare(scope, walker.input)
    started = run.event(walker.previous, "ParallelStateStarted", {})
    walker.previous = started
    walker.waits("fork", started)
    fork = _add_fork(run, walker, len(state.branches), map_state=False, region="")
    fork.begun = fork.total
    for index, branch in enumerate(state.branches):
        region = run.machine.regions[branch]
        _add_line(run, Walker(fork.child(index), region, data, started, fork=fork.id, index=index))
    return False


def begin_map(run: Run, walker: Walker, state: MapState) -> bool:
    scope = run.scope(walker, state)
    data = walker.input if state.prepare is None else state.prepare(scope, walker.input)
    if state.distributed is not None:
        return begin_map_run(run, walker, state, scope, data)
    limit = 0 if state.max_concurrency is None else int(state.max_concurrency(scope, data))
    items = data.value if state.items is None else state.items(scope, data)
    if not isinstance(items, list | dict):
        # Seen on AWS with ItemsPath; the words for other fields are the same here.
        raise runtime(f"Reference path '$' must point to array. {write(items)} is not an array.")
    keyed = isinstance(items, dict)
    values: list[Any] = [list(pair) for pair in items.items()] if isinstance(items, dict) else items
    started = run.event(
        walker.previous, "MapStateStarted", {"mapStateStartedEventDetails": {"length": len(values)}}
    )
    walker.previous = started
    walker.waits("fork", started)
    fork = _add_fork(run, walker, len(values), map_state=True, region=state.processor)
    fork.item_keys = keyed
    fork.max_concurrency = min(limit or _INLINE_CONCURRENCY, _INLINE_CONCURRENCY)
    fork.chunk_size = _CHUNK
    for number in range(fork.chunks):
        chunk = values[number * _CHUNK : (number + 1) * _CHUNK]
        run.put(ItemChunk(fork.chunk(number), chunk))
    if not values:
        return _complete(run, fork)
    for _ in range(min(fork.max_concurrency, fork.total)):
        if not _begin_iteration(run, fork, started):
            break
    return False


def _add_fork(run: Run, walker: Walker, total: int, *, map_state: bool, region: str) -> WorkingFork:
    fork = WorkingFork(
        Fork(
            id=str(walker.number),
            line=walker.id,
            map_state=map_state,
            total=total,
            begun=0,
            done=0,
            previous_event_id=walker.number,
            region=region,
        )
    )
    run.forks[fork.id] = fork
    return fork


def _add_line(run: Run, walker: Walker) -> None:
    run.add_walker(walker)
    run.ready.append(walker.id)


def _begin_iteration(run: Run, fork: WorkingFork, previous: int) -> bool:
    """Begin the next item; False when its selector has failed the whole Map."""
    parent = run.walker(fork.line)
    state = parent.current
    assert isinstance(state, MapState)
    index = fork.begun
    fork.begun += 1
    key, value = _item(run, fork, index)
    try:
        data = select(run, parent, state, index, value, key, Source="STATE_DATA")
    except StateFailed as failure:
        # The Map state itself has failed, not an iteration.
        _abort_children(run, fork, parent.previous, failing=None)
        remove_fork(run, fork)
        if fail(run, parent, state, failure):
            _go_on(run, parent)
        return False
    started = run.event(
        previous,
        "MapIterationStarted",
        events.iteration("mapIterationStartedEventDetails", state.name, index),
    )
    region = run.machine.regions[fork.region]
    walker = Walker(fork.child(index), region, data, started, fork=fork.id, index=index)
    walker.item = write(value)
    walker.item_key = key
    _add_line(run, walker)
    return True


def _item(run: Run, fork: WorkingFork, index: int) -> tuple[str | None, Any]:
    number, offset = divmod(index, fork.chunk_size)
    chunk = run.frame(fork.chunk(number))
    assert isinstance(chunk, ItemChunk)
    item = chunk.items[offset]
    return (item[0], item[1]) if fork.item_keys else (None, item)


def select(
    run: Run,
    parent: Walker,
    state: MapState,
    index: int,
    value: Any,
    key: str | None,
    **about: Any,
) -> Data:
    """
    The input of one iteration: the item, or what the ItemSelector makes of it.

    `about` joins the item in the context object.
    """
    if state.selector is None:
        return Data(value=value if key is None else {"Key": key, "Value": value})
    item = {"Index": index, "Value": value, **about}
    if key is not None:
        item["Key"] = key
    scope = run.scope(parent, state).with_context(Map={"Item": item})
    data = parent.input if state.prepare is None else state.prepare(scope, parent.input)
    return state.selector(scope, data)


# Ending --------------------------------------------------------------------------------------


def _line_ended(run: Run, fork: WorkingFork, previous: int) -> None:
    if fork.begun < fork.total:
        _begin_iteration(run, fork, previous)
    elif fork.done == fork.total:
        parent = run.walker(fork.line)
        if attempt(run, parent, parent.current, lambda run, *_: _complete(run, fork)):
            _go_on(run, parent)


def _go_on(run: Run, walker: Walker) -> None:
    walker.is_ready()
    run.ready.appendleft(walker.id)


def _complete(run: Run, fork: WorkingFork) -> bool:
    """All lines are done: their outputs, in their order, are the result."""
    outputs: list[str] = []
    for index in range(fork.total):
        frame = run.frame(fork.child(index))
        assert isinstance(frame, Result)
        outputs.append(frame.output)
    walker = run.walker(fork.line)
    state = walker.current
    walker.previous = fork.previous
    remove_fork(run, fork)
    run.event(walker.previous, state.kind + "StateSucceeded", {})
    return finish_fork(run, walker, state, Data("[" + ",".join(outputs) + "]"))


def finish_fork(run: Run, walker: Walker, state: State, result: Data) -> bool:
    walker.waits("", 0)
    scope = run.scope(walker, state)
    scope.result = result
    output = result if state.finish is None else state.finish(scope, result)
    assigned = None if state.assign is None else state.assign(scope, result)
    return leave(run, walker, state, output, assigned)


# Failing -------------------------------------------------------------------------------------


def _line_failed(run: Run, walker: Walker, failure: StateFailed) -> None:
    """One line's failure is the failure of the state around it; the other lines are stopped."""
    assert walker.fork is not None
    fork = run.fork(walker.fork)
    parent = run.walker(fork.line)
    _abort_children(run, fork, walker.previous, failing=walker)
    parent.previous = walker.previous
    keep = not run.execution.express and not _is_handled_above(run, walker, failure)
    number = parent.number
    if keep:
        stop_children(run, fork)
    else:
        remove_fork(run, fork)
    goes_on = fail(run, parent, parent.current, failure)
    if keep and not goes_on:
        # For a redrive: the failed lines go on below this state, it does not begin anew.
        parent.waits("fork", number)
    if goes_on:
        _go_on(run, parent)


def _is_handled_above(run: Run, walker: Walker, failure: StateFailed) -> bool:
    at: Walker | Line = walker
    while (parent := run.parent_of(at)) is not None:
        working = run.walker(parent.id)
        if is_handled(working, working.current, failure):
            return True
        at = parent
    return False


def _abort_children(run: Run, fork: WorkingFork, previous: int, *, failing: Walker | None) -> None:
    """Write down what became of each line that was under way."""
    name = run.look_at(fork.line).state
    for index in _failing_first(fork, failing):
        child = run.find_walker(fork.child(index))
        if child is None or child.failed:
            continue
        is_failing = failing is not None and child.id == failing.id
        if fork.map_state:
            happened = "Failed" if is_failing else "Aborted"
            run.event(
                previous,
                f"MapIteration{happened}",
                events.iteration(f"mapIteration{happened}EventDetails", name, index),
            )
        if is_failing:
            # AWS: of the states that fail, only a Task is told to be aborted as well.
            if child.current.kind == "Task":
                run.event(previous, "TaskStateAborted", {})
            continue
        if child.waits_for == "fork":
            _abort_children(run, run.fork(str(child.number)), previous, failing=None)
        if child.waits_for != "ready":
            run.event(previous, child.current.kind + "StateAborted", {})


def _failing_first(fork: WorkingFork, failing: Walker | None) -> list[int]:
    indexes = list(range(fork.begun))
    if failing is not None:
        indexes.remove(failing.index)
        indexes.insert(0, failing.index)
    return indexes
