"""Distributed Maps: the map run is somebody else's work; here it is begun, and its answer heard."""

from typing import Any

from lambent.languages.asl.data import Data
from lambent.languages.asl.events import error_details
from lambent.languages.asl.failures import StateFailed
from lambent.languages.asl.leaving import leave
from lambent.languages.asl.machine import Distributed, MapState
from lambent.languages.asl.run import Run
from lambent.languages.asl.scope import Scope
from lambent.languages.asl.templates import Render
from lambent.languages.asl.transition import StartMapRun
from lambent.languages.asl.working import Walker


def begin_map_run(run: Run, walker: Walker, state: MapState, scope: Scope, data: Data) -> bool:
    settings = _settings(state, scope, data)
    items = settings["items"]
    length = len(items) if isinstance(items, list | dict) else 0
    number = run.event(
        walker.previous, "MapStateStarted", {"mapStateStartedEventDetails": {"length": length}}
    )
    walker.previous = number
    # AWS: what is tolerated is looked at when the state has started.
    settings |= _tolerated(state.distributed, scope, data)
    walker.waits("map_run", number)
    _command(run, walker, state, settings)
    return False


def redrive_map_run(run: Run, walker: Walker, state: MapState) -> bool:
    """Go on with the unsuccessful children of the same map run."""
    scope = run.scope(walker, state)
    data = walker.input if state.prepare is None else state.prepare(scope, walker.input)
    settings = _settings(state, scope, data) | _tolerated(state.distributed, scope, data)
    arn = walker.detail.get("map_run_arn")
    walker.waits("map_run", run.last_event_id, {"map_run_arn": arn, "redriven": True})
    _command(run, walker, state, {**settings, "redriven": True, "map_run_arn": arn})
    return False


def _settings(state: MapState, scope: Scope, data: Data) -> dict[str, Any]:
    limit = 0 if state.max_concurrency is None else int(state.max_concurrency(scope, data))
    distributed = state.distributed
    assert distributed is not None
    settings: dict[str, Any] = {
        "reader": _rendered(distributed.reader, scope, data),
        "batcher": _rendered(distributed.batcher, scope, data),
        "writer": _rendered(distributed.writer, scope, data),
        "max_concurrency": limit,
        "items": None,
    }
    if settings["reader"] is None:
        settings["items"] = data.value if state.items is None else state.items(scope, data)
        if not isinstance(settings["items"], list | dict):
            raise StateFailed("States.ItemReaderFailed", "The items to go over are not an array.")
    return settings


def _rendered(render: Render | None, scope: Scope, data: Data) -> Any:
    return None if render is None else render(scope, data).value


def _tolerated(distributed: Distributed | None, scope: Scope, data: Data) -> dict[str, Any]:
    assert distributed is not None
    tolerated: dict[str, Any] = {}
    if distributed.tolerated_count is not None:
        tolerated["tolerated_failure_count"] = int(distributed.tolerated_count(scope, data))
    if distributed.tolerated_percentage is not None:
        tolerated["tolerated_failure_percentage"] = float(
            distributed.tolerated_percentage(scope, data)
        )
    return tolerated


def _command(run: Run, walker: Walker, state: MapState, settings: dict[str, Any]) -> None:
    assert state.distributed is not None
    run.commands.append(
        StartMapRun(
            frame=walker.id,
            number=walker.number,
            state=state.name,
            region=walker.region.path,
            execution_type=state.distributed.execution_type,
            label=state.distributed.label,
            selects_items=state.selector is not None,
            **settings,
        )
    )


def map_run_started(run: Run, walker: Walker, arn: str) -> None:
    if walker.detail.get("told"):
        return
    # AWS: a map run that cannot go on is followed by another one.
    goes_on = walker.detail.get("redriven") and walker.detail.get("map_run_arn") == arn
    walker.detail = {**walker.detail, "map_run_arn": arn, "told": True}
    if goes_on:
        details = {"mapRunArn": arn, "redriveCount": run.execution.redrive_count}
        walker.previous = run.event(
            walker.previous, "MapRunRedriven", {"mapRunRedrivenEventDetails": details}
        )
        return
    walker.previous = run.event(
        walker.previous, "MapRunStarted", {"mapRunStartedEventDetails": {"mapRunArn": arn}}
    )


def map_run_succeeded(run: Run, walker: Walker, state: MapState, result: Data) -> bool:
    aside = run.event(walker.previous, "MapRunSucceeded", {})
    run.event(aside, "MapStateSucceeded", {})
    walker.waits("", 0)
    scope = run.scope(walker, state)
    scope.result = result
    output = result if state.finish is None else state.finish(scope, result)
    assigned = None if state.assign is None else state.assign(scope, result)
    return leave(run, walker, state, output, assigned)


def map_run_failed(run: Run, walker: Walker, error: str, cause: str | None) -> bool:
    if walker.detail.get("told"):
        walker.previous = run.event(
            walker.previous, "MapRunFailed", error_details("mapRunFailedEventDetails", error, cause)
        )
    raise StateFailed(error, cause, explained=False)
