"""Permissions that permit nothing."""

import pytest

from lambent.core.errors import AwsError
from lambent.platform import Context


async def test_a_permission_needs_an_action(context: Context) -> None:
    topic = await context.call("sns", "CreateTopic", {"Name": "t"})
    given = {"Label": "l", "AWSAccountId": ["000000000000"], "ActionName": []}
    with pytest.raises(AwsError) as refusal:
        await context.call("sns", "AddPermission", {**topic, **given})

    assert refusal.value.code == "InvalidParameter"
    assert refusal.value.message == "Invalid parameter: Policy statement must contain actions!"
