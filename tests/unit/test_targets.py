"""The table of deliveries against the models of the services that it calls."""

import pytest

from lambent.core.arn import Arn
from lambent.core.errors import ValidationFailed
from lambent.targets import (
    SDK_SERVICES,
    can_be_target,
    delivery_call,
    sdk_operation,
    sdk_service,
)
from lambent.wire import model

TARGETS = {
    "lambda:us-east-1:000000000000:function:greet": {},
    "lambda:us-east-1:000000000000:function:greet:live": {},
    "sqs:us-east-1:000000000000:orders": {"SqsParameters": {"MessageGroupId": "a"}},
    "states:us-east-1:000000000000:stateMachine:monitor": {},
    "sns:us-east-1:000000000000:news": {},
    "events:us-east-1:000000000000:event-bus/default": {
        "EventBridgeParameters": {"Source": "shop", "DetailType": "Sold"}
    },
    "kinesis:us-east-1:000000000000:stream/clicks": {"KinesisParameters": {"PartitionKey": "a"}},
    "firehose:us-east-1:000000000000:deliverystream/clicks": {},
    "logs:us-east-1:000000000000:log-group:/events:*": {
        "CloudWatchLogsParameters": {"LogStreamName": "a", "Timestamp": 1}
    },
    "codebuild:us-east-1:000000000000:project/site": {},
    "codepipeline:us-east-1:000000000000:site": {},
    "ecs:us-east-1:000000000000:cluster/main": {
        "EcsParameters": {"TaskDefinitionArn": "arn:aws:ecs:::task-definition/a", "TaskCount": 2}
    },
}


@pytest.mark.parametrize("target", TARGETS)
def test_delivery_uses_real_operations_with_real_parameters(target: str) -> None:
    """
    Every row of the table names an operation and members that its service model has.
    """
    call = delivery_call(f"arn:aws:{target}", {"hello": "world"}, TARGETS[target])
    shape = model.operation(call.service, call.operation).input_shape

    assert shape is not None
    assert set(call.params) <= set(shape.members)
    assert set(shape.required_members) <= set(call.params)
    assert call.region == "us-east-1"


@pytest.mark.parametrize(("sdk_name", "boto3_name"), SDK_SERVICES.items())
def test_the_sdk_names_of_services_are_those_of_their_models(
    sdk_name: str, boto3_name: str
) -> None:
    service_id = model.service_metadata(boto3_name)["serviceId"]

    spelt = service_id.lower().replace(" ", "")
    assert sdk_name in (spelt, spelt.removesuffix("service"))


@pytest.mark.parametrize(
    ("sdk_name", "boto3_name"),
    [
        ("sfn", "stepfunctions"),
        ("bedrockagent", "bedrock-agent"),
        ("databasemigration", "dms"),
        ("sqs", "sqs"),
        ("nonsense", "nonsense"),
    ],
)
def test_a_service_of_the_other_sdks_is_found(sdk_name: str, boto3_name: str) -> None:
    assert sdk_service(sdk_name) == boto3_name


def test_text_goes_as_it_is_and_anything_else_as_json() -> None:
    queue = "arn:aws:sqs:eu-west-1:123456789012:orders"

    assert delivery_call(queue, "Hello world!").params == {
        "QueueUrl": "http://127.0.0.1:4566/123456789012/orders",
        "MessageBody": "Hello world!",
    }
    assert delivery_call(queue, {"a": [1]}).params["MessageBody"] == '{"a":[1]}'
    assert delivery_call(queue, {"a": 2**70}).params["MessageBody"] == f'{{"a":{2**70}}}'


def test_a_universal_target_calls_any_operation_with_its_input_as_params() -> None:
    call = delivery_call("arn:aws:scheduler:::aws-sdk:sqs:createQueue", '{"QueueName": "a"}')

    assert (call.service, call.operation, call.params) == (
        "sqs",
        "CreateQueue",
        {"QueueName": "a"},
    )


def test_a_universal_target_names_services_as_the_sdks_do() -> None:
    arn = Arn.parse("arn:aws:scheduler:::aws-sdk:sfn:startExecution")

    assert sdk_operation(arn) == ("stepfunctions", "StartExecution")


@pytest.mark.parametrize(
    "target",
    [
        "arn:aws:s3:::bucket",
        "arn:aws:events:us-east-1:000000000000:api-destination/a",
        "arn:aws:lambda:us-east-1:000000000000:layer:a",
        "arn:aws:scheduler:us-east-1:000000000000:schedule/default/a",
    ],
)
def test_what_takes_no_payload_cannot_be_a_target(target: str) -> None:
    assert not can_be_target(Arn.parse(target))
    with pytest.raises(ValidationFailed):
        delivery_call(target, {})


@pytest.mark.parametrize(
    ("target", "payload"),
    [
        ("nonsense", {}),
        ("arn:aws:scheduler:::aws-sdk:sqs", {}),
        ("arn:aws:scheduler:::aws-sdk:sqs:sendMessage", "not JSON"),
        ("arn:aws:scheduler:::aws-sdk:sqs:sendMessage", "[1]"),
    ],
)
def test_a_malformed_target_or_input_is_refused(target: str, payload: object) -> None:
    with pytest.raises(ValidationFailed):
        delivery_call(target, payload)
