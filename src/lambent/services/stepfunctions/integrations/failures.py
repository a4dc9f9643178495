"""What failed, as Retry and Catch see it: `Lambda.ResourceNotFoundException`, and the cause."""

from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from lambent.core.errors import AwsError, NotSupported
from lambent.wire.json_params import java_name
from lambent.wire.model import ServiceModel, UnknownModel, service_model

_LOST = "The server ended while the task was running."
# AWS: its words for a call whose end it does not know.
_LOST_FUNCTION = (
    "An attempt was made to invoke the Lambda function. Step Functions cannot determine whether"
    " Lambda successfully received the call and executed the function."
)


@dataclass(frozen=True, slots=True)
class Failure:
    error: str
    cause: str


# AWS: optimised integrations use the SDK for Java 1: its prefix, its service's name, its catch-all.
_OPTIMIZED: Mapping[str, tuple[str, str, str]] = {
    "dynamodb": ("DynamoDB", "AmazonDynamoDBv2", "AmazonDynamoDBException"),
    "events": ("EventBridge", "AmazonCloudWatchEvents", "AmazonCloudWatchEventsException"),
    "sns": ("SNS", "AmazonSNS", "AmazonSNSException"),
    "sqs": ("SQS", "AmazonSQS", "AmazonSQSException"),
    "stepfunctions": ("StepFunctions", "AWSStepFunctions", "AWSStepFunctionsException"),
}


def sdk_failure(service: str, error: AwsError, request_id: str) -> Failure:
    """The error of an `aws-sdk:<service>` call, and of the Lambda integrations."""
    try:
        model = service_model(service)
    except UnknownModel:
        return Failure("States.Runtime", error.message)
    name = java_name(model.metadata.get("serviceId", service))
    if isinstance(error, NotSupported):
        return Failure(f"{name}.{error.code}", error.message)
    catch_all = "AWSLambdaException" if service == "lambda" else f"{name}Exception"
    return Failure(
        f"{name}.{_exception_name(model, error.code) or catch_all}",
        f"{error.message} (Service: {name}, Status Code: {error.status},"
        f" Request ID: {request_id}) (SDK Attempt Count: 1)",
    )


def optimized_failure(service: str, error: AwsError, request_id: str) -> Failure:
    if service not in _OPTIMIZED:
        return sdk_failure(service, error, request_id)
    prefix, name, catch_all = _OPTIMIZED[service]
    if isinstance(error, NotSupported):
        return Failure(f"{prefix}.{error.code}", error.message)
    known = _exception_name(service_model(service), error.code)
    return Failure(
        f"{prefix}.{known or catch_all}",
        f"{error.message} (Service: {name}; Status Code: {error.status};"
        f" Error Code: {error.code}; Request ID: {request_id}; Proxy: null)",
    )


def function_failure(payload: str) -> Failure:
    """A function has thrown: its own error type, and all that it answered as the cause."""
    try:
        answered = orjson.loads(payload)
    except ValueError:
        answered = None
    kind = answered.get("errorType") if isinstance(answered, dict) else None
    if isinstance(kind, str) and kind:
        return Failure(kind, payload)
    return Failure(
        "Lambda.Unknown",
        "The cause could not be determined because Lambda did not return an error type."
        f" Returned payload: {payload}",
    )


def lost_failure(resource: str) -> Failure:
    """The call was under way when the server ended; nobody knows what came of it."""
    if ":lambda:" in resource:
        return Failure("Lambda.ServiceException", _LOST_FUNCTION)
    return Failure("States.TaskFailed", _LOST)


def _exception_name(model: ServiceModel, code: str) -> str | None:
    """The Java class of a modelled error: QueueDoesNotExist → QueueDoesNotExistException."""
    shape = model.find_error(code)
    if shape is None:
        return None
    if shape.name.endswith("Fault"):
        return java_name(shape.name.removesuffix("Fault")) + "Exception"
    name = java_name(shape.name)
    return name if name.endswith("Exception") else name + "Exception"
