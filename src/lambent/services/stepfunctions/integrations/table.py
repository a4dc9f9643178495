"""
Which operation a Resource names, and what is special about the optimised ones.

Adding an integration is adding a line. What is not in the table has nothing special about it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any

from lambent.core.errors import AwsError, ClientError
from lambent.services.stepfunctions.integrations.attribute_values import with_attribute_values
from lambent.services.stepfunctions.integrations.failures import (
    Failure,
    function_failure,
    optimized_failure,
    sdk_failure,
)
from lambent.services.stepfunctions.integrations.reply_headers import http_metadata
from lambent.services.stepfunctions.integrations.spelling import (
    blob_text,
    first_upper,
    optimized_result,
    sdk_result,
)
from lambent.services.stepfunctions.rules import parse_json, write_json
from lambent.targets import sdk_service
from lambent.wire.json_params import java_name, model_params
from lambent.wire.model import OperationModel, Shape, UnknownModel, service_model

Json = dict[str, Any]


class UnknownIntegration(ClientError):
    """The Resource names nothing that can be called."""

    code = "States.Runtime"


def check_pattern(integration: "Integration", resource: str, pattern: str) -> None:
    """Of the jobs that .sync waits for, Lambent knows the executions of other state machines."""
    nested = (integration.service, integration.operation) == ("stepfunctions", "StartExecution")
    if pattern in ("sync", "sync2") and not nested:
        raise UnknownIntegration(f"Lambent does not support the resource {resource}.")


class TaskCallFailed(Exception):
    """The call was answered, and the answer is a failure."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.error)
        self.failure = failure


@dataclass(frozen=True, slots=True)
class Caller:
    """Of the execution that calls, what an integration may need."""

    execution_arn: str
    machine_arn: str


@dataclass(frozen=True, slots=True)
class Integration:
    service: str
    operation: str
    model: OperationModel
    optimized: bool
    prepare: Callable[[Json, Caller], Json] = field(default=lambda given, _: given)
    """What the call gets, from what the state's Parameters or Arguments said."""
    finish: Callable[[Any, Json], Any] | None = None
    """The task's result, from the reply and its spelt form; may raise TaskCallFailed."""

    def params(self, given: Any, caller: Caller) -> Json:
        if not isinstance(given, dict):
            given = {}
        params = model_params(self.model.input_shape, self.prepare(given, caller), strict=True)
        assert isinstance(params, dict)
        return params

    def result(self, reply: Mapping[str, Any], request_id: str, now: float) -> Any:
        spell = optimized_result if self.optimized else sdk_result
        result = spell(self.model.output_shape, reply)
        if self.optimized:
            result |= http_metadata(self.service, self.operation, reply, request_id, now)
        if self.finish is not None:
            result = self.finish(reply, result)
        # AWS: an optimised result has its members in the order of the alphabet.
        return dict(sorted(result.items())) if self.optimized else result

    def spelt(self, name: str) -> str:
        """A member's name as Step Functions spells it."""
        return first_upper(name) if self.optimized else java_name(name)

    def failure(self, error: AwsError, request_id: str) -> Failure:
        if isinstance(error, UnknownIntegration):
            return Failure("States.Runtime", error.message)
        name = optimized_failure if self.optimized else sdk_failure
        return name(self.service, error, request_id)


@lru_cache(maxsize=4_096)
def find_integration(resource: str) -> Integration:
    """
    >>> find_integration("arn:aws:states:::aws-sdk:sfn:startExecution").operation
    'StartExecution'
    """
    words = resource.split(":")[5:]
    name = words[-1] if words[-1] != "2" else words[-2]
    name = name.split(".", 1)[0]
    optimized = words[0] != "aws-sdk"
    service = sdk_service(words[0 if optimized else 1])
    if optimized:
        service = _OPTIMIZED_SERVICES.get(service, service)
    operation = name[:1].upper() + name[1:]
    try:
        operations = service_model(service).operations
    except UnknownModel:
        raise UnknownIntegration(f"The resource {resource} is not supported.") from None
    if operation not in operations:
        raise UnknownIntegration(f"The resource {resource} is not supported.")
    prepare, finish = _SPECIAL.get((service, operation), (_as_it_is, None))
    if not optimized:
        prepare, finish = _as_it_is, None
    elif service == "dynamodb":
        prepare = partial(_with_attribute_values, operations[operation].input_shape)
    return Integration(service, operation, operations[operation], optimized, prepare, finish)


_OPTIMIZED_SERVICES: Mapping[str, str] = {
    "states": "stepfunctions",
    "elasticmapreduce": "emr",
}


def _as_it_is(given: Json, caller: Caller) -> Json:
    return given


def _with_attribute_values(shape: Shape | None, given: Json, caller: Caller) -> Json:
    whole = with_attribute_values(shape, given)
    assert isinstance(whole, dict)
    return whole


def _with_payload(given: Json, caller: Caller) -> Json:
    """lambda:invoke: the payload is any JSON, and text is JSON text."""
    if "Payload" not in given:
        return given
    return {**given, "Payload": write_json(given["Payload"])}


def _invoked(reply: Mapping[str, Any], result: Json) -> Json:
    payload = reply.get("Payload") or b""
    text = payload if isinstance(payload, str) else blob_text(bytes(payload))
    if reply.get("FunctionError"):
        raise TaskCallFailed(function_failure(text))
    try:
        result["Payload"] = parse_json(text) if text else ""
    except ValueError:
        result["Payload"] = text
    return result


def _with_execution(given: Json, caller: Caller) -> Json:
    """events:putEvents: AWS adds the execution and its state machine to each entry's resources."""
    entries = [
        {**entry, "Resources": [*entry.get("Resources", ()), *_arns(caller)]}
        if isinstance(entry, dict)
        else entry
        for entry in given.get("Entries", ())
    ]
    return {**given, "Entries": entries}


def _arns(caller: Caller) -> list[str]:
    return [caller.machine_arn, caller.execution_arn]


def _events_put(reply: Mapping[str, Any], result: Json) -> Json:
    if reply.get("FailedEntryCount"):
        answered = {name: result[name] for name in ("Entries", "FailedEntryCount")}
        raise TaskCallFailed(Failure("EventBridge.FailedEntry", write_json(answered)))
    return result


_SPECIAL: Mapping[tuple[str, str], tuple[Any, Any]] = {
    ("lambda", "Invoke"): (_with_payload, _invoked),
    ("events", "PutEvents"): (_with_execution, _events_put),
}
