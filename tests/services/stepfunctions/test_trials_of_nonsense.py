"""TestState with definitions that are none."""

import pytest

from lambent.core.errors import AwsError
from lambent.platform import Context


@pytest.mark.parametrize(
    "definition",
    [
        *('{"States": []}', '{"States": 1}', '{"States": {"A": {"Branches": 1}}}'),
        *('{"States": {"A": {"Branches": [1]}}}', "[]", "1"),
    ],
)
async def test_a_definition_that_is_none_is_refused(context: Context, definition: str) -> None:
    with pytest.raises(AwsError) as refusal:
        await context.call(
            "stepfunctions",
            "TestState",
            {
                "definition": definition,
                "stateName": "B",
                "roleArn": "arn:aws:iam::000000000000:role/r",
            },
        )

    assert refusal.value.status == 400
