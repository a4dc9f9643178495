"""Tags of state machines."""

import pytest

from lambent.core.errors import AwsError
from lambent.platform import Context


async def test_a_tag_needs_a_key_and_may_lack_a_value(context: Context) -> None:
    made = await context.call("stepfunctions", "CreateActivity", {"name": "a"})
    arn = made["activityArn"]
    await context.call("stepfunctions", "TagResource", {"resourceArn": arn, "tags": [{"key": "k"}]})
    with pytest.raises(AwsError) as refusal:
        await context.call(
            "stepfunctions", "TagResource", {"resourceArn": arn, "tags": [{"value": "v"}]}
        )
    tags = await context.call("stepfunctions", "ListTagsForResource", {"resourceArn": arn})

    assert refusal.value.code == "ValidationException"
    assert "Value null at 'tags.1.member.key'" in refusal.value.message
    assert tags == {"tags": [{"key": "k", "value": ""}]}
