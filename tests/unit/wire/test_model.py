"""The models are botocore's data, and are read without its code."""

import subprocess
import sys

import pytest
from botocore import xform_name

from lambent.wire.model import (
    UnknownModel,
    known_services,
    operation,
    service_metadata,
    service_model,
    snake_case,
)


@pytest.mark.parametrize("half", [0, 1])
def test_every_operation_of_every_service_is_called_as_boto3_calls_it(half: int) -> None:
    for service in known_services()[half::2]:
        for name in service_model(service).operations:
            assert snake_case(name) == xform_name(name)


def test_the_metadata_at_the_head_of_a_model_is_the_models() -> None:
    for service in ("s3", "lambda", "sqs", "apigatewayv2", "dynamodbstreams", "ec2"):
        whole = service_model(service).metadata
        assert service_metadata(service).items() >= {
            (name, value)
            for name, value in whole.items()
            if isinstance(value, str) and name != "xmlNamespace"
        }


def test_reading_a_model_does_not_import_botocore() -> None:
    code = (
        "import sys; from lambent.wire.codec import codec; codec('sqs', 'SendMessage', 'json');"
        "assert not [name for name in sys.modules if name.startswith('botocore')]"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("name", ["no-such-service", "../s3", "", "S3"])
def test_a_service_without_a_model_is_unknown(name: str) -> None:
    with pytest.raises(UnknownModel):
        service_model(name)


def test_a_member_has_the_traits_of_its_shape_and_of_its_place() -> None:
    shape = operation("lambda", "Invoke").input_shape
    assert shape is not None
    assert shape.required_members == ["FunctionName"]
    assert shape.members["FunctionName"].location == "uri"
    assert shape.members["FunctionName"].traits["max"] >= 140


def test_documentation_is_left_out() -> None:
    shape = service_model("lambda").shape("CreateFunctionRequest")
    assert "documentation" not in shape.traits
    assert all("documentation" not in member.traits for member in shape.members.values())


def test_only_operations_with_a_streaming_payload_take_a_stream() -> None:
    assert operation("s3", "PutObject").streams_input
    assert operation("s3", "UploadPart").streams_input
    assert not operation("lambda", "Invoke").streams_input
    assert not operation("s3", "CopyObject").streams_input
