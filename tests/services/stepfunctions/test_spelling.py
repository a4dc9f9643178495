"""The names that Step Functions gives to members, times and errors of the API."""

from collections.abc import Iterator

import pytest

from lambent import registry
from lambent.core.errors import AwsError
from lambent.services.stepfunctions.integrations import spelling
from lambent.services.stepfunctions.integrations.failures import (
    function_failure,
    lost_failure,
    sdk_failure,
)
from lambent.services.stepfunctions.integrations.table import find_integration
from lambent.targets import SDK_SERVICES
from lambent.wire.model import Shape, known_services, operation, service_model


@pytest.mark.parametrize(
    ("member", "spelt"),
    [
        ("FunctionName", "FunctionName"),
        ("logGroupName", "LogGroupName"),
        ("DBInstanceIdentifier", "DbInstanceIdentifier"),
        ("KMSKeyArn", "KmsKeyArn"),
        ("MD5OfMessageBody", "Md5OfMessageBody"),
        ("ETag", "ETag"),
        ("VpcId", "VpcId"),
        ("Ipv6CidrBlock", "Ipv6CidrBlock"),
    ],
)
def test_members_are_spelt_as_the_java_sdk_spells_them(member: str, spelt: str) -> None:
    assert spelling.java_name(member) == spelt


def test_params_are_found_whatever_their_capitals() -> None:
    shape = operation("logs", "PutLogEvents").input_shape
    given = {
        "LogGroupName": "g",
        "LogStreamName": "s",
        "LogEvents": [{"Timestamp": 1, "Message": {"a": 1}}],
    }

    assert spelling.boto3_params(shape, given) == {
        "logGroupName": "g",
        "logStreamName": "s",
        "logEvents": [{"timestamp": 1, "message": '{"a":1}'}],
    }


def test_bytes_and_times_come_as_text() -> None:
    shape = operation("lambda", "Invoke").input_shape
    assert spelling.boto3_params(shape, {"Payload": "{}"}) == {"Payload": b"{}"}
    shape = operation("scheduler", "CreateSchedule").input_shape
    params = spelling.boto3_params(shape, {"StartDate": "2030-01-01T00:00:00Z"})
    assert params == {"StartDate": 1_893_456_000.0}


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(1_750_000_000.0, "2025-06-15T15:06:40Z"), (1_750_000_000.25, "2025-06-15T15:06:40.250Z")],
)
def test_a_moment_has_a_fraction_only_where_there_is_one(seconds: float, text: str) -> None:
    assert spelling.instant(seconds) == text


def _structures(shape: Shape | None, seen: set[str]) -> Iterator[Shape]:
    if shape is None or shape.name in seen:
        return
    seen.add(shape.name)
    match shape.type:
        case "structure":
            yield shape
            for member in shape.members.values():
                yield from _structures(member, seen)
        case "list":
            yield from _structures(shape.member, seen)
        case "map":
            yield from _structures(shape.value, seen)


@pytest.mark.parametrize("service", list(registry.SERVICES))
def test_every_member_is_found_under_the_name_that_step_functions_gives_it(service: str) -> None:
    seen: set[str] = set()
    for model in service_model(service).operations.values():
        for shape in _structures(model.input_shape, seen):
            for name in shape.members:
                found = spelling.boto3_params(shape, {spelling.java_name(name): {}})
                assert found.keys() == {name}, f"{model.name}: {name}"


def test_every_service_of_the_sdk_is_one_of_boto3() -> None:
    assert set(SDK_SERVICES.values()) <= set(known_services())


@pytest.mark.parametrize("service", list(registry.SERVICES))
def test_every_operation_can_be_called(service: str) -> None:
    """
    `aws-sdk:<service>:<operation>` reaches every operation that there is.
    """
    sdk_names = {boto3_name: sdk_name for sdk_name, boto3_name in SDK_SERVICES.items()}
    name = sdk_names.get(service, service)
    for known in service_model(service).operations:
        action = known[0].lower() + known[1:]
        found = find_integration(f"arn:aws:states:::aws-sdk:{name}:{action}")
        assert (found.service, found.operation) == (service, known)


class Refused(AwsError):
    code = "Unheard"
    status = 400


@pytest.mark.parametrize(
    ("service", "code", "name"),
    [
        ("lambda", "ResourceNotFoundException", "Lambda.ResourceNotFoundException"),
        ("lambda", "Unheard", "Lambda.AWSLambdaException"),
        ("sqs", "AWS.SimpleQueueService.NonExistentQueue", "Sqs.QueueDoesNotExistException"),
        ("s3", "NoSuchKey", "S3.NoSuchKeyException"),
        ("s3", "MethodNotAllowed", "S3.S3Exception"),
        ("stepfunctions", "ExecutionAlreadyExists", "Sfn.ExecutionAlreadyExistsException"),
        ("dynamodb", "Unheard", "DynamoDb.DynamoDbException"),
        ("logs", "Unheard", "CloudWatchLogs.CloudWatchLogsException"),
        ("rds", "DBInstanceNotFound", "Rds.DbInstanceNotFoundException"),
    ],
)
def test_an_error_is_named_as_the_java_sdk_names_its_exception(
    service: str, code: str, name: str
) -> None:
    failure = sdk_failure(service, Refused("No.", code=code), "id")

    assert failure.error == name
    assert failure.cause.startswith("No. (Service: ")


def test_a_function_that_answers_no_error_type_failed_for_an_unknown_reason() -> None:
    failure = function_failure('{"errorMessage":"Task timed out after 3.00 seconds"}')

    assert failure.error == "Lambda.Unknown"
    assert failure.cause == (
        "The cause could not be determined because Lambda did not return an error type."
        ' Returned payload: {"errorMessage":"Task timed out after 3.00 seconds"}'
    )


def test_a_lost_call_of_a_function_is_an_error_of_lambda() -> None:
    arn = "arn:aws:lambda:us-east-1:000000000000:function:orders"

    assert lost_failure(arn).error == "Lambda.ServiceException"
    assert lost_failure("arn:aws:states:::lambda:invoke").error == "Lambda.ServiceException"
    assert lost_failure("arn:aws:states:::sns:publish").error == "States.TaskFailed"


def test_null_is_no_param() -> None:
    shape = operation("logs", "PutLogEvents").input_shape
    given = {"LogGroupName": None, "LogEvents": [{"Timestamp": None, "Message": "m"}]}

    assert spelling.boto3_params(shape, given) == {"logEvents": [{"message": "m"}]}


@pytest.mark.parametrize("given", [{"Nonsense": 1}, {"LogEvents": [{"Nonsense": None}]}, {"": 1}])
def test_a_field_that_the_operation_does_not_have_is_refused(given: dict[str, object]) -> None:
    shape = operation("logs", "PutLogEvents").input_shape

    with pytest.raises(spelling.UnknownField, match="is not supported by Step Functions"):
        spelling.boto3_params(shape, given)
