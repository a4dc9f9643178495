"""
What Step Functions counts, in AWS's names and dimensions.

It is told by the transactions that move executions on, and counts once they are durable.

https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html
"""

import math
from dataclasses import dataclass

from lambent.languages import asl
from lambent.languages.asl.frames import Line
from lambent.languages.asl.machine import TaskState
from lambent.metrics import Counted, Dimensions, Subject
from lambent.services.stepfunctions.memory import Memory, Running
from lambent.storage.database import Tx

_NAMESPACE = "AWS/States"


@dataclass(frozen=True, slots=True)
class _Family:
    """The metrics of one kind of task. `event` begins the types of its history events."""

    dimension: str
    event: str
    many: str
    one: str


_FAMILIES = {
    "lambda": _Family("LambdaFunctionArn", "LambdaFunction", "LambdaFunctions", "LambdaFunction"),
    "activity": _Family("ActivityArn", "Activity", "Activities", "Activity"),
    "integration": _Family(
        "ServiceIntegrationResourceArn", "Task", "ServiceIntegrations", "ServiceIntegration"
    ),
}
_TIMES = ("RunTime", "ScheduleTime", "Time")
_UNITS = {
    "ExecutionTime": "Milliseconds",
    "ExpressExecutionBilledDuration": "Milliseconds",
    "ExpressExecutionBilledMemory": "Megabytes",
    "ExpressExecutionMemory": "Megabytes",
    **{f"{family.one}{time}": "Milliseconds" for family in _FAMILIES.values() for time in _TIMES},
}
_ENDED = {
    "SUCCEEDED": "ExecutionsSucceeded",
    "FAILED": "ExecutionsFailed",
    "ABORTED": "ExecutionsAborted",
    "TIMED_OUT": "ExecutionsTimedOut",
}
# AWS: an Express execution is billed for so many megabytes at least.
_EXPRESS_MEGABYTES = 64.0
_ANSWERS = (
    asl.TaskStarted,
    asl.TaskSubmitted,
    asl.ActivityStarted,
    asl.TaskSucceeded,
    asl.TaskFailed,
    asl.TaskTimedOut,
    asl.HeartbeatMissed,
)
# How a task's own event goes on after its family's word → the metric.
_TASK_ENDED = {
    "Succeeded": "Succeeded",
    "Failed": "Failed",
    "ScheduleFailed": "Failed",
    "StartFailed": "Failed",
    "SubmitFailed": "Failed",
    "TimedOut": "TimedOut",
}


def count_execution(
    tx: Tx,
    memory: Memory,
    running: Running,
    outcome: asl.Outcome | None,
    now: float,
    *,
    began: bool,
) -> None:
    """An execution has begun, or ended, or both."""
    samples: dict[str, float] = {}
    execution = running.execution
    if began:
        samples["ExecutionsStarted"] = 1.0
    if outcome is not None:
        lasted = (now - execution.started_at) * 1000
        samples[_ENDED[outcome.status]] = 1.0
        samples["ExecutionTime"] = lasted
        if execution.express:
            samples["ExpressExecutionBilledDuration"] = max(1, math.ceil(lasted / 100)) * 100.0
            samples["ExpressExecutionBilledMemory"] = _EXPRESS_MEGABYTES
            samples["ExpressExecutionMemory"] = _EXPRESS_MEGABYTES
    key = (
        execution.state_machine_id,
        execution.state_machine_version_arn,
        execution.state_machine_alias_arn,
    )
    subject = memory.subjects.get(key)
    if subject is None:
        views = tuple(_execution_views(execution))
        subject = Subject(running.account, running.region, _NAMESPACE, views, _UNITS)
        memory.keep_subject(key, subject)
    tx.announced.append(Counted(subject, now, samples))


def _execution_views(execution: asl.Execution) -> list[Dimensions]:
    """AWS: of the state machine, and of the version and the alias that were started."""
    machine = ("StateMachineArn", execution.state_machine_id)
    views: list[Dimensions] = [(machine,)]
    if execution.state_machine_version_arn is not None:
        version = execution.state_machine_version_arn.rpartition(":")[2]
        views.append((machine, ("Version", version)))
    if execution.state_machine_alias_arn is not None:
        alias = execution.state_machine_alias_arn.rpartition(":")[2]
        views.append((("Alias", alias), machine))
    return views


def count_scheduled(
    tx: Tx, memory: Memory, running: Running, command: asl.RunTask, now: float
) -> None:
    """A task is to be run."""
    metric = f"{_FAMILIES[command.kind].many}Scheduled"
    subject = _task_subject(memory, running, command.kind, command.resource)
    tx.announced.append(Counted(subject, now, {metric: 1.0}))


def count_answer(
    tx: Tx, memory: Memory, running: Running, told: asl.Resumption, transition: asl.Transition
) -> None:
    """A task has started or ended, or both; `running` is still as it was before."""
    if not isinstance(told, _ANSWERS) or not transition.history:
        return
    line = running.frames.get(told.frame)
    if not isinstance(line, Line):
        return
    state = running.program.machine.state(line.region, line.state)
    if not isinstance(state, TaskState):
        return
    missed = isinstance(told, asl.HeartbeatMissed)
    samples = _task_samples(_FAMILIES[state.task_kind], line, transition, missed=missed)
    if samples:
        subject = _task_subject(memory, running, state.task_kind, state.resource)
        tx.announced.append(Counted(subject, transition.history[0].timestamp, samples))


def _task_samples(
    family: _Family, line: Line, transition: asl.Transition, *, missed: bool
) -> dict[str, float]:
    samples: dict[str, float] = {}
    scheduled, started = line.detail.get("at"), line.detail.get("started")
    # The events of the task come first; others follow when it has ended.
    for event in transition.history:
        happened = event.type.removeprefix(family.event)
        if happened == "Started":
            started = event.timestamp
            samples[f"{family.many}Started"] = 1.0
        elif happened in _TASK_ENDED and happened != event.type:
            ended = _TASK_ENDED[happened]
            if missed and family.event != "Task":
                ended = "HeartbeatTimedOut"
            samples[f"{family.many}{ended}"] = 1.0
            _add_times(samples, family, scheduled, started, event.timestamp)
            break
    return samples


def _add_times(
    samples: dict[str, float],
    family: _Family,
    scheduled: float | None,
    started: float | None,
    ended: float,
) -> None:
    if scheduled is None:
        return
    samples[f"{family.one}Time"] = (ended - scheduled) * 1000
    # AWS: one that has never started has waited all the time.
    waited_until = ended if started is None else started
    samples[f"{family.one}ScheduleTime"] = (waited_until - scheduled) * 1000
    if started is not None:
        samples[f"{family.one}RunTime"] = (ended - started) * 1000


def _task_subject(memory: Memory, running: Running, kind: str, resource: str) -> Subject:
    # A function or an activity of another region counts where the execution is.
    key = (running.account, running.region, resource)
    subject = memory.subjects.get(key)
    if subject is None:
        view: Dimensions = ((_FAMILIES[kind].dimension, resource),)
        subject = Subject(running.account, running.region, _NAMESPACE, (view,), _UNITS)
        memory.keep_subject(key, subject)
    return subject
