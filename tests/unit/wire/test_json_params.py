"""JSON given for params: found under any spelling, with the types of the model."""

from collections.abc import Iterator

import pytest

from lambent import registry
from lambent.wire.json_params import UnknownMember, java_name, model_params
from lambent.wire.model import Shape, operation, service_model


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
    assert java_name(member) == spelt


def test_params_are_found_whatever_their_capitals() -> None:
    shape = operation("logs", "PutLogEvents").input_shape
    given = {
        "LogGroupName": "g",
        "LogStreamName": "s",
        "LogEvents": [{"Timestamp": 1, "Message": {"a": 1}}],
    }

    assert model_params(shape, given, strict=True) == {
        "logGroupName": "g",
        "logStreamName": "s",
        "logEvents": [{"timestamp": 1, "message": '{"a":1}'}],
    }


def test_bytes_and_times_come_as_text() -> None:
    shape = operation("lambda", "Invoke").input_shape
    assert model_params(shape, {"Payload": "{}"}, strict=True) == {"Payload": b"{}"}
    shape = operation("scheduler", "CreateSchedule").input_shape
    params = model_params(shape, {"StartDate": "2030-01-01T00:00:00Z"}, strict=True)
    assert params == {"StartDate": 1_893_456_000.0}


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
def test_every_member_is_found_under_the_name_that_the_java_sdk_gives_it(service: str) -> None:
    seen: set[str] = set()
    for model in service_model(service).operations.values():
        for shape in _structures(model.input_shape, seen):
            for name in shape.members:
                found = model_params(shape, {java_name(name): {}}, strict=True)
                assert found.keys() == {name}, f"{model.name}: {name}"


def test_null_is_no_param() -> None:
    shape = operation("logs", "PutLogEvents").input_shape
    given = {"LogGroupName": None, "LogEvents": [{"Timestamp": None, "Message": "m"}]}

    assert model_params(shape, given, strict=True) == {"logEvents": [{"message": "m"}]}


@pytest.mark.parametrize("given", [{"Nonsense": 1}, {"LogEvents": [{"Nonsense": None}]}, {"": 1}])
def test_a_field_that_the_operation_does_not_have_is_refused_or_left_out(
    given: dict[str, object],
) -> None:
    shape = operation("logs", "PutLogEvents").input_shape

    with pytest.raises(UnknownMember):
        model_params(shape, given, strict=True)
    assert not any(model_params(shape, given, strict=False).get("logEvents", ()))
