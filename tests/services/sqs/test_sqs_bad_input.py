"""What is no queue's address, and other things that are refused."""

import base64

import pytest

from lambent.core.errors import AwsError
from lambent.platform import Context


@pytest.mark.parametrize("url", ["http://[::1", "http://[/q"])
async def test_a_url_that_is_none_is_an_invalid_address(context: Context, url: str) -> None:
    with pytest.raises(AwsError) as refusal:
        await context.call("sqs", "SendMessage", {"QueueUrl": url, "MessageBody": "x"})

    assert refusal.value.code == "InvalidAddress"
    assert refusal.value.message == f"The address {url} is not valid for this endpoint."


@pytest.mark.parametrize(
    "told", [f"1 {2**63} 1 x", f"1 1 {10**30} x", f"1 -{2**63} 1 x", "1 a b c"]
)
@pytest.mark.parametrize("operation", ["DeleteMessage", "ChangeMessageVisibility"])
async def test_a_forged_receipt_handle_is_invalid(
    context: Context, operation: str, told: str
) -> None:
    queue = await context.call("sqs", "CreateQueue", {"QueueName": "q"})
    handle = "AQEB" + base64.b64encode(told.encode()).decode()
    with pytest.raises(AwsError) as refusal:
        await context.call(
            "sqs", operation, {**queue, "ReceiptHandle": handle, "VisibilityTimeout": 0}
        )

    assert refusal.value.code == "ReceiptHandleIsInvalid"


async def test_a_client_sees_nothing_but_what_the_model_has(context: Context) -> None:
    """
    What event sources are told beside an empty receive is not for others.
    """
    queue = await context.call("sqs", "CreateQueue", {"QueueName": "q"})
    await context.call("sqs", "SendMessage", {**queue, "MessageBody": "x"})
    await context.call("sqs", "ReceiveMessage", queue)

    assert await context.call("sqs", "ReceiveMessage", queue) == {}
