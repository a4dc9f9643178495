"""Payloads that are no JSON."""

import pytest

from lambent.platform import Context
from tests.services.lambda_.functions import create, refused


@pytest.mark.parametrize("payload", [b"{", b"[" * 100_000, b"\xff", b"a"])
async def test_a_payload_that_is_no_json_is_refused(context: Context, payload: bytes) -> None:
    await create(context)

    code, message = await refused(
        context, "Invoke", FunctionName="orders", InvocationType="Event", Payload=payload
    )

    assert code == "InvalidRequestContentException"
    assert message.startswith("Could not parse request body into json")
