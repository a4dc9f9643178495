"""The names that Step Functions gives to members, times and errors of the API."""

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
from lambent.wire.model import known_services, service_model


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(1_750_000_000.0, "2025-06-15T15:06:40Z"), (1_750_000_000.25, "2025-06-15T15:06:40.250Z")],
)
def test_a_moment_has_a_fraction_only_where_there_is_one(seconds: float, text: str) -> None:
    assert spelling.instant(seconds) == text


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
