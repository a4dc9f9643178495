"""
What X-Ray hears of executions: a segment each, and below it its states and their calls.

All of it is told as it happens, in documents whose ids come from the execution's ARN, so that
nothing has to be remembered between two transitions: X-Ray puts the tree together.

https://docs.aws.amazon.com/step-functions/latest/dg/concepts-xray-tracing.html
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any

from lambent.core.errors import AwsError
from lambent.languages import asl
from lambent.languages.asl.frames import Line
from lambent.platform import Context
from lambent.services.stepfunctions import rules, visits
from lambent.services.stepfunctions.integrations.table import find_integration
from lambent.services.stepfunctions.memory import Running
from lambent.storage.database import Tx
from lambent.traces import Recorded, TraceContext, new_root, parse_header
from lambent.wire.model import service_metadata

_TRACE_HEADER = "x-amzn-trace-id"
_LONGEST_NAME = 200
_LONGEST_CAUSE = 4_000
# Of a call's parameters: what X-Ray shows of them.
_SHOWN = {
    "EventBusName": "event_bus_name",
    "FunctionName": "function_name",
    "QueueUrl": "queue_url",
    "StateMachineArn": "state_machine_arn",
    "TableName": "table_name",
    "TopicArn": "topic_arn",
}


def entered(context: Context, machine_arn: str, given: str | None, seed: int) -> str:
    """
    The trace header of an execution that may be traced, with a decision in it.

    AWS: the request's own header before the parameter; who comes without a decision is sampled.
    """
    now = context.clock.now()
    asked = parse_header(context.request.get(_TRACE_HEADER)) or parse_header(given)
    if asked is None:
        asked = TraceContext(new_root(now, asl.Chance(seed ^ 1).uuid()))
    if asked.sampled is None:
        asked = replace(asked, sampled=context.platform.traces.samples(machine_arn, now))
    return asked.header()


def record(tx: Tx, running: Running, transition: asl.Transition, now: float) -> None:
    """Tell of what a transition has begun and ended. `running` is as it was before."""
    assert running.trace is not None
    outcome = transition.outcome
    for visit in visits.ended(
        running.frames, transition.frames, transition.history, over=outcome is not None
    ):
        _announce(tx, running, _state(running, visit, now))
    if outcome is not None:
        segment = _segment(running) | {"end_time": now}
        if outcome.status == "ABORTED":
            segment["error"] = True
        elif outcome.status != "SUCCEEDED":
            segment |= _fault(outcome.error or "", outcome.cause or "")
        _announce(tx, running, segment)
    elif any(
        event.type in ("ExecutionStarted", "ExecutionRedriven") for event in transition.history
    ):
        _announce(tx, running, _segment(running) | {"in_progress": True})


def _announce(tx: Tx, running: Running, document: dict[str, Any]) -> None:
    tx.announced.append(Recorded(running.account, running.region, document))


def _id(arn: str, kind: str = "", event: int = 0) -> str:
    """In the order of the events, which many states share a moment with."""
    return f"{sha256(f'{arn}/{kind}'.encode()).hexdigest()[:8]}{event:08x}"


def _state_id(arn: str, visit: int) -> str:
    """Of the visit of a state, or of the execution's own segment."""
    return _id(arn, "state", visit) if visit else _id(arn)


def _segment(running: Running) -> dict[str, Any]:
    execution, trace = running.execution, running.trace
    assert trace is not None
    segment: dict[str, Any] = {
        "id": _id(execution.id),
        "trace_id": trace.root,
        "name": execution.state_machine_name,
        "start_time": execution.started_at,
        "origin": "AWS::StepFunctions::StateMachine",
        "resource_arn": execution.state_machine_id,
        "aws": {
            "account_id": running.account,
            "execution_arn": execution.id,
            "resource_names": [execution.state_machine_name],
        },
    }
    if trace.parent:
        segment["parent_id"] = trace.parent
    return segment


def _state(running: Running, visit: visits.Visit, now: float) -> dict[str, Any]:
    assert running.trace is not None
    arn = running.execution.id
    document = {
        "id": _state_id(arn, visit.number),
        "trace_id": running.trace.root,
        "parent_id": _state_id(arn, visit.within),
        "type": "subsegment",
        "name": visit.state[:_LONGEST_NAME],
        "start_time": visit.began,
        "end_time": now,
    }
    if visit.failure is not None:
        document |= _fault(*visit.failure)
    return document


def _fault(error: str, cause: str) -> dict[str, Any]:
    if not error and not cause:
        return {"fault": True}
    exception = {"id": _id(error, cause), "type": error, "message": cause[:_LONGEST_CAUSE]}
    return {"fault": True, "cause": {"exceptions": [exception]}}


# Calls ---------------------------------------------------------------------------------------


def of_call(running: Running, frame_id: str, number: int) -> dict[str, str]:
    """What the work of a task carries, so that its call is recorded below its state."""
    assert running.trace is not None
    arn, line = running.execution.id, running.frames.get(frame_id)
    visit = visits.visit_of(line) if isinstance(line, Line) else 0
    own = _id(arn, "call", number)
    return {
        "root": running.trace.root,
        "id": own,
        "parent": _state_id(arn, visit),
        "header": running.trace.header(own),
    }


def carrying(context: Context, payload: Mapping[str, Any]) -> Context:
    """The same caller, whose calls bear the task's trace header."""
    return replace(context, request={_TRACE_HEADER: payload["trace"]["header"]})


def record_call(
    context: Context, payload: Mapping[str, Any], told: asl.Resumption, began: float
) -> None:
    trace = payload["trace"]
    document: dict[str, Any] = {
        "id": trace["id"],
        "trace_id": trace["root"],
        "parent_id": trace["parent"],
        "type": "subsegment",
        "start_time": began,
        "end_time": context.clock.now(),
        "namespace": "aws",
        **_called(context, payload),
    }
    if isinstance(told, asl.TaskFailed):
        error = told.error or ""
        document |= _fault(error, told.cause or "")
        if re.search("Throttl|TooManyRequests", error):
            document |= {"throttle": True, "error": True}
    context.platform.traces.record(Recorded(context.account, context.region, document))


def _called(context: Context, payload: Mapping[str, Any]) -> dict[str, Any]:
    """Which service is called, in X-Ray's words."""
    resource = payload["resource"]
    aws = {"region": context.region, "account_id": context.account}
    if not resource.startswith("arn:aws:states:"):
        return {
            "name": "Lambda",
            "aws": {**aws, "operation": "Invoke", "function_name": resource},
        }
    try:
        integration = find_integration(resource)
    except AwsError:
        # Nothing that Lambent can call.
        return {"name": resource.rpartition(":::")[2][:_LONGEST_NAME] or "AWS", "aws": aws}
    given = rules.parse_json(payload["parameters"])
    shown = {
        name: str(given[member])
        for member, name in _SHOWN.items()
        if isinstance(given, dict) and member in given
    }
    name = str(service_metadata(integration.service)["serviceId"])
    return {"name": name, "aws": {**aws, "operation": integration.operation, **shown}}
