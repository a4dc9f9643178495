"""What AWS says when params are not what the model allows."""

import re
from typing import Any

import pytest

from lambent.core.errors import AwsError
from lambent.wire.model import known_services, service_model
from lambent.wire.patterns import _in_python, matcher
from lambent.wire.validation import checker


def refusal(service: str, operation: str, params: dict[str, Any]) -> tuple[str, str]:
    with pytest.raises(AwsError) as caught:
        checker(service, operation)(params)
    return caught.value.code, caught.value.message


@pytest.mark.parametrize(
    ("service", "operation", "params", "code", "message"),
    [
        (
            "dynamodb",
            "DescribeTable",
            {},
            "ValidationException",
            "1 validation error detected: Value null at 'tableName' failed to satisfy constraint:"
            " Member must not be null",
        ),
        (
            "iam",
            "GetRole",
            {"RoleName": "r" * 65},
            "ValidationError",
            f"1 validation error detected: Value '{'r' * 65}' at 'roleName' failed to satisfy"
            " constraint: Member must have length less than or equal to 64",
        ),
        (
            "cloudformation",
            "ListStacks",
            {"StackStatusFilter": ["WRONG"]},
            "ValidationError",
            None,
        ),
        (
            "logs",
            "PutRetentionPolicy",
            {"logGroupName": "a b", "retentionInDays": 1},
            "ValidationException",
            "1 validation error detected: Value 'a b' at 'logGroupName' failed to satisfy"
            r" constraint: Member must satisfy regular expression pattern: [\.\-_/#A-Za-z0-9]+",
        ),
        (
            "lambda",
            "Invoke",
            {"FunctionName": "f", "InvocationType": "Later"},
            "ValidationException",
            "1 validation error detected: Value 'Later' at 'invocationType' failed to satisfy"
            " constraint: Member must satisfy enum value set: [Event, RequestResponse, DryRun]",
        ),
        (
            "lambda",
            "ListFunctions",
            {"MaxItems": 0},
            "ValidationException",
            "1 validation error detected: Value '0' at 'maxItems' failed to satisfy constraint:"
            " Member must have value greater than or equal to 1",
        ),
        (
            "dynamodb",
            "CreateTable",
            {
                "TableName": "abc",
                "AttributeDefinitions": [{"AttributeName": "", "AttributeType": "X"}],
                "KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}, {"KeyType": "HASH"}],
            },
            "ValidationException",
            None,
        ),
        (
            "sqs",
            "SendMessage",
            {"QueueUrl": "u"},
            "MissingParameter",
            "The request must contain the parameter MessageBody.",
        ),
        (
            "cloudwatch",
            "PutMetricData",
            {},
            "MissingParameter",
            "The parameter Namespace is required.",
        ),
        (
            "sqs",
            "CreateQueue",
            {"QueueName": "q", "Attributes": {"DelaySeconds": "1", "Colour": "red"}},
            "InvalidAttributeName",
            "Unknown Attribute Colour.",
        ),
        (
            "sqs",
            "GetQueueAttributes",
            {"QueueUrl": "u", "AttributeNames": ["All", "Colour"]},
            "InvalidAttributeName",
            "Unknown Attribute Colour.",
        ),
        (
            "s3",
            "CreateBucket",
            {"Bucket": "b", "CreateBucketConfiguration": {"LocationConstraint": "moon"}},
            "InvalidLocationConstraint",
            "The specified location-constraint is not valid",
        ),
    ],
)
def test_the_words_are_awss(
    service: str, operation: str, params: dict[str, Any], code: str, message: str | None
) -> None:
    said = refusal(service, operation, params)
    assert said[0] == code
    if message is not None:
        assert said[1] == message


def test_several_failures_are_told_together_in_the_models_order() -> None:
    code, message = refusal(
        "events",
        "PutTargets",
        {"Rule": "", "Targets": [{"Id": "i", "Arn": "a"}, {"Id": "", "Arn": "a"}]},
    )
    assert code == "ValidationException"
    assert message.startswith("4 validation errors detected: Value '' at 'rule' failed to satisfy")
    assert (
        "; Value '' at 'targets.2.member.id' failed to satisfy constraint: Member must have length"
        " greater than or equal to 1" in message
    )


def test_plain_elements_fail_as_a_list_with_all_their_constraints() -> None:
    _, message = refusal(
        "lambda", "UpdateFunctionConfiguration", {"FunctionName": "f", "Layers": ["x"]}
    )
    assert message.startswith(
        "1 validation error detected: Value '[x]' at 'layers' failed to satisfy constraint:"
        " Member must satisfy constraint: [Member must have length less than or equal to"
    )
    assert ", Member must satisfy regular expression pattern: " in message


def test_what_is_sensitive_is_not_repeated() -> None:
    params = {"FunctionName": "f", "Environment": {"Variables": {"1 secret": "hidden"}}}
    _, message = refusal("lambda", "UpdateFunctionConfiguration", params)
    assert "secret" not in message
    assert message.startswith(
        "1 validation error detected: Value at 'environment.variables' failed to satisfy"
        " constraint: Map keys must satisfy constraint: ["
    )


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"FunctionName": 1}, "NUMBER_VALUE can not be converted to a String"),
        ({"FunctionName": {}}, "Start of structure or map found where not expected."),
        (
            {"FunctionName": "f", "MemorySize": "128"},
            "STRING_VALUE can not be converted to an Integer",
        ),
        (
            {"FunctionName": "f", "MemorySize": True},
            "TRUE_VALUE can not be converted to an Integer",
        ),
        ({"FunctionName": "f", "Layers": "x"}, "Unexpected field type"),
        ({"FunctionName": "f", "VpcConfig": []}, "Start of list found where not expected"),
    ],
)
def test_values_of_another_type_cannot_be_read(params: dict[str, Any], message: str) -> None:
    code, said = refusal("lambda", "UpdateFunctionConfiguration", params)
    assert (code, said) == ("SerializationException", message)


def test_what_is_right_passes() -> None:
    checker("sqs", "ListQueues")({})
    checker("sqs", "ReceiveMessage")({"QueueUrl": "u", "AttributeNames": ["SentTimestamp", "All"]})
    checker("s3", "PutObject")({"Bucket": "b", "Key": "k", "Body": object()})
    checker("dynamodb", "PutItem")({"TableName": "abc", "Item": {"a": {"L": [{"S": "x"}]}}})
    checker("events", "PutEvents")({"Entries": [{"Time": 1.5, "Detail": "{}"}]})


@pytest.mark.parametrize(
    ("pattern", "text", "is_right"),
    [
        (r"[a-zA-Z0-9-_]+", "a-b_c", True),
        (r"[a-zA-Z0-9-_]+", "a b", False),
        (r"[\w-+]+", "a-b+", True),
        (r"\S", "a b", True),
        (r"^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$", "Ünï 1/2", True),
        (r"^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$", "a<b", False),
        (r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\r\n\t]*", "a😀", True),
        (r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\r\n\t]*", "a\x01", False),
        (r"(?!x)\p{Alnum}+", "y1", True),
        # A set of what may not be there is no anchor.
        (r"[^:*]*", "a stream", True),
        (r"[^:*]*", "a:stream", False),
        (r"[^\s]+", "two words", False),
        (r"(broken", "anything", True),
        (r"", "", True),
    ],
)
def test_javas_patterns_are_read_as_java_means_them(
    pattern: str, text: str, is_right: bool
) -> None:
    assert matcher(pattern)(text) is is_right


def test_nearly_every_pattern_of_the_models_can_be_read() -> None:
    unreadable = []
    for service in ("lambda", "iam", "s3", "logs", "events", "kms", "ssm", "ecr", "codebuild"):
        model = service_model(service)
        for name in model.shape_names:
            pattern = model.shape(name).traits.get("pattern")
            if pattern is not None:
                try:
                    re.compile(_in_python(pattern))
                except re.error:
                    unreadable.append((service, name, pattern))
    assert known_services()
    assert unreadable == []


@pytest.mark.parametrize(
    ("service", "operation", "params", "words"),
    [
        (
            "sqs",
            "ReceiveMessage",
            {"QueueUrl": "u", "MaxNumberOfMessages": 2**31},
            "NUMBER_VALUE can not be converted to an Integer",
        ),
        (
            "logs",
            "FilterLogEvents",
            {"logGroupName": "g", "startTime": -(2**63) - 1},
            "NUMBER_VALUE can not be converted to a Long",
        ),
        (
            "lambda",
            "InvokeAsync",
            {"FunctionName": "f", "InvokeArgs": True},
            "TRUE_VALUE can not be converted to a Blob",
        ),
    ],
)
def test_json_that_never_was_on_the_wire_is_read_as_strictly(
    service: str, operation: str, params: dict[str, Any], words: str
) -> None:
    """
    A workflow or a schedule hands over any JSON, without a parser that bounds it.
    """
    assert refusal(service, operation, params) == ("SerializationException", words)
