"""The ways to name a function."""

import pytest

from lambent.core.errors import ValidationFailed
from lambent.services.lambda_.errors import InvalidParameterValue, ResourceNotFound
from lambent.services.lambda_.names import FunctionName, parse

HERE = ("000000000000", "eu-west-1")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("orders", FunctionName(*HERE, "orders")),
        ("orders:live", FunctionName(*HERE, "orders", "live")),
        ("orders:$LATEST", FunctionName(*HERE, "orders", "$LATEST")),
        ("function:orders:7", FunctionName(*HERE, "orders", "7")),
        ("111111111111:function:orders", FunctionName("111111111111", "eu-west-1", "orders")),
        (
            "arn:aws:lambda:eu-west-1:111111111111:function:orders:live",
            FunctionName("111111111111", "eu-west-1", "orders", "live"),
        ),
    ],
)
def test_every_form_of_a_name_is_understood(text: str, expected: FunctionName) -> None:
    assert parse(text, *HERE) == expected


def test_the_qualifier_may_be_a_param_of_its_own() -> None:
    assert parse("orders", *HERE, "live").qualified_arn.endswith(":orders:live")
    assert parse("orders:live", *HERE, "live").qualifier == "live"


def test_two_qualifiers_that_differ_are_refused() -> None:
    with pytest.raises(InvalidParameterValue, match="does not match the specified qualifier"):
        parse("orders:live", *HERE, "7")


def test_a_function_of_another_region_is_out_of_reach() -> None:
    with pytest.raises(ResourceNotFound, match="'us-west-2' are not reachable"):
        parse("arn:aws:lambda:us-west-2:000000000000:function:orders", *HERE)


@pytest.mark.parametrize("text", ["a b", "orders:", "x" * 65, "arn:aws:sqs:eu-west-1:1:orders"])
def test_what_names_no_function_is_refused(text: str) -> None:
    with pytest.raises(ValidationFailed, match="'functionName' failed to satisfy constraint"):
        parse(text, *HERE)
