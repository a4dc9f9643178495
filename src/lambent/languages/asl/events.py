"""The details of history events, as GetExecutionHistory has them."""

from typing import Any

from lambent.languages.asl.data import Data
from lambent.languages.asl.machine import TaskState
from lambent.languages.asl.transition import Execution

Details = dict[str, Any]

_WHOLE = {"truncated": False}


def execution_started(execution: Execution) -> Details:
    details: Details = {
        "input": execution.input,
        "inputDetails": _WHOLE,
        "roleArn": execution.role_arn,
    }
    if execution.state_machine_alias_arn is not None:
        details["stateMachineAliasArn"] = execution.state_machine_alias_arn
    if execution.state_machine_version_arn is not None:
        details["stateMachineVersionArn"] = execution.state_machine_version_arn
    return {"executionStartedEventDetails": details}


def state_entered(name: str, text: str) -> Details:
    return {"stateEnteredEventDetails": {"name": name, "input": text, "inputDetails": _WHOLE}}


def state_exited(name: str, text: str, assigned: dict[str, Data] | None) -> Details:
    details: Details = {"name": name, "output": text, "outputDetails": _WHOLE}
    if assigned:
        details["assignedVariables"] = {name: data.text for name, data in assigned.items()}
        details["assignedVariablesDetails"] = _WHOLE
    return {"stateExitedEventDetails": details}


def error_details(member: str, error: str | None, cause: str | None, **others: Any) -> Details:
    """Error and cause, each only if there is one."""
    details = dict(others)
    if error is not None:
        details["error"] = error
    if cause is not None:
        details["cause"] = cause
    return {member: details}


def iteration(member: str, name: str, index: int) -> Details:
    return {member: {"name": name, "index": index}}


def output_details(member: str, text: str, **others: Any) -> Details:
    return {member: {**others, "output": text, "outputDetails": _WHOLE}}


def _task_member(state: TaskState, happened: str) -> tuple[str, str, Details]:
    """The event's type, its member, and what every event of an integration repeats."""
    prefix = {"lambda": "LambdaFunction", "activity": "Activity", "integration": "Task"}[
        state.task_kind
    ]
    member = f"{prefix[0].lower()}{prefix[1:]}{happened}EventDetails"
    if state.task_kind == "integration":
        whose = {"resourceType": state.resource_type, "resource": state.resource_name}
        return prefix + happened, member, whose
    return prefix + happened, member, {}


def task_scheduled(
    state: TaskState, parameters: str, region: str, others: Details
) -> tuple[str, Details]:
    type_, member, whose = _task_member(state, "Scheduled")
    if state.task_kind == "integration":
        return type_, {member: {**whose, "region": region, "parameters": parameters, **others}}
    return type_, {
        member: {"resource": state.resource, "input": parameters, "inputDetails": _WHOLE, **others}
    }


def task_started(state: TaskState, worker: str | None = None) -> tuple[str, Details]:
    type_, member, whose = _task_member(state, "Started")
    if state.task_kind == "lambda":
        return type_, {}
    if state.task_kind == "activity":
        return type_, {member: {} if worker is None else {"workerName": worker}}
    return type_, {member: whose}


def task_answered(state: TaskState, happened: str, text: str) -> tuple[str, Details]:
    """Submitted or Succeeded."""
    type_, member, whose = _task_member(state, happened)
    return type_, output_details(member, text, **whose)


def task_failed(
    state: TaskState, happened: str, error: str | None, cause: str | None
) -> tuple[str, Details]:
    """Failed, TimedOut, ScheduleFailed, StartFailed or SubmitFailed."""
    type_, member, whose = _task_member(state, happened)
    return type_, error_details(member, error, cause, **whose)
