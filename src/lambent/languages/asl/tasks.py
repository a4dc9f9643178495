"""Task states: scheduled, started, submitted, answered."""

from typing import Any

from lambent.languages.asl import events
from lambent.languages.asl.data import Data
from lambent.languages.asl.failures import StateFailed, too_large
from lambent.languages.asl.leaving import leave
from lambent.languages.asl.machine import TaskState
from lambent.languages.asl.run import Run
from lambent.languages.asl.tokens import task_token
from lambent.languages.asl.transition import RunTask
from lambent.languages.asl.working import Walker


def schedule(run: Run, walker: Walker, state: TaskState) -> bool:
    number = run.last_event_id + 1
    token = task_token(run.execution.id, walker.id, number) if state.needs_token else None
    scope = run.scope(walker, state, token)
    parameters = walker.input if state.prepare is None else state.prepare(scope, walker.input)
    data = walker.input if state.selection is None else state.selection(scope, walker.input)
    timeout = None if state.timeout is None else state.timeout(scope, data)
    heartbeat = None if state.heartbeat is None else state.heartbeat(scope, data)
    credentials = None if state.credentials is None else state.credentials(scope, data).value
    if parameters.too_large:
        raise too_large(state.name)
    details: dict[str, Any] = {}
    if timeout is not None:
        details["timeoutInSeconds"] = int(timeout)
    if heartbeat is not None and state.task_kind != "lambda":
        details["heartbeatInSeconds"] = int(heartbeat)
    if isinstance(credentials, dict) and "RoleArn" in credentials:
        details["taskCredentials"] = {"roleArn": credentials["RoleArn"]}
    region = run.execution.id.split(":", 4)[3] if run.execution.id.count(":") > 3 else ""
    type_, described = events.task_scheduled(state, parameters.text, region, details)
    walker.previous = run.event(walker.previous, type_, described)
    walker.waits("task", walker.previous, {"at": run.now})
    run.commands.append(
        RunTask(
            frame=walker.id,
            number=number,
            state=state.name,
            kind=state.task_kind,
            resource=state.resource,
            pattern=state.pattern,
            parameters=parameters.value,
            parameters_text=parameters.text,
            credentials=credentials,
            timeout_seconds=timeout,
            heartbeat_seconds=heartbeat,
            task_token=token,
        )
    )
    return False


def started(
    run: Run, walker: Walker, state: TaskState, at: float | None = None, worker: str | None = None
) -> None:
    """Write down that it has started, once."""
    if walker.detail.get("started"):
        return
    walker.detail["started"] = run.now if at is None else at
    type_, details = events.task_started(state, worker)
    walker.previous = run.event(walker.previous, type_, details, at)


def _has_started(run: Run, walker: Walker, state: TaskState, at: float | None) -> None:
    """An answer shows that the call was made; an activity's start is told apart."""
    if state.task_kind != "activity":
        started(run, walker, state, run.now if at is None else at)


def submitted(run: Run, walker: Walker, state: TaskState, output: Any, at: float | None) -> None:
    _has_started(run, walker, state, at)
    type_, details = events.task_answered(state, "Submitted", Data(value=output).text)
    walker.previous = run.event(walker.previous, type_, details)
    walker.detail["submitted"] = True


def succeeded(run: Run, walker: Walker, state: TaskState, result: Data, at: float | None) -> bool:
    _has_started(run, walker, state, at)
    if result.too_large:
        failure = too_large(
            state.resource_type if state.task_kind == "integration" else state.resource
        )
        return failed(run, walker, state, failure, "Failed")
    type_, details = events.task_answered(state, "Succeeded", result.text)
    walker.previous = run.event(walker.previous, type_, details)
    return finish(run, walker, state, result)


def finish(run: Run, walker: Walker, state: TaskState, result: Data) -> bool:
    walker.waits("", 0)
    scope = run.scope(walker, state)
    scope.result = result
    output = result if state.finish is None else state.finish(scope, result)
    assigned = None if state.assign is None else state.assign(scope, result)
    return leave(run, walker, state, output, assigned)


def failed(run: Run, walker: Walker, state: TaskState, failure: StateFailed, happened: str) -> bool:
    """Write the failure down; raises it, for Retry and Catch."""
    type_, details = events.task_failed(state, happened, failure.error, failure.cause)
    walker.previous = run.event(walker.previous, type_, details)
    walker.waits("", 0)
    raise failure


def timed_out(run: Run, walker: Walker, state: TaskState, *, heartbeat: bool) -> bool:
    _has_started(run, walker, state, walker.detail.get("at"))
    # AWS: a missed heartbeat reads States.Timeout too, but is caught under its own name as well.
    failure = StateFailed(
        "States.Timeout",
        None,
        explained=False,
        also="States.HeartbeatTimeout" if heartbeat else None,
    )
    return failed(run, walker, state, failure, "TimedOut")
