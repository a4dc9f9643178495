"""What is no queue's address, and other things that are refused."""

import pytest

from lambent.core.errors import AwsError
from lambent.platform import Context


@pytest.mark.parametrize("url", ["http://[::1", "http://[/q"])
async def test_a_url_that_is_none_is_an_invalid_address(context: Context, url: str) -> None:
    with pytest.raises(AwsError) as refusal:
        await context.call("sqs", "SendMessage", {"QueueUrl": url, "MessageBody": "x"})

    assert refusal.value.code == "InvalidAddress"
    assert refusal.value.message == f"The address {url} is not valid for this endpoint."
