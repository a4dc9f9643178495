"""The calls that the poller makes to a queue, as the function's role."""

import asyncio
from collections.abc import Sequence
from typing import Any

from lambent.core.arn import Arn
from lambent.platform import Context
from lambent.services.lambda_.event_sources.records import Received
from lambent.services.lambda_.event_sources.sqs_records import received
from lambent.targets import queue_url

# The most that one call receives or deletes.
MOST_AT_ONCE = 10


class SourceQueue:
    def __init__(self, caller: Context, arn: str) -> None:
        self._caller = caller
        self._arn = Arn.parse(arn)
        self._text = arn
        self._url = queue_url(self._arn)

    @property
    def is_fifo(self) -> bool:
        return self._text.endswith(".fifo")

    async def visibility_timeout(self) -> int:
        name = "VisibilityTimeout"
        reply = await self._caller.call(
            "sqs", "GetQueueAttributes", {"QueueUrl": self._url, "AttributeNames": [name]}
        )
        return int(reply["Attributes"][name])

    async def receive(self, limit: int) -> list[Received]:
        reply = await self._caller.call(
            "sqs",
            "ReceiveMessage",
            {
                "QueueUrl": self._url,
                "MaxNumberOfMessages": min(limit, MOST_AT_ONCE),
                "AttributeNames": ["All"],
                "MessageAttributeNames": ["All"],
                # The queue's own setting would wait here.
                "WaitTimeSeconds": 0,
            },
        )
        region = self._arn.region
        return [received(message, self._text, region) for message in reply.get("Messages", ())]

    async def next_visible(self) -> float | None:
        """When something can be received, if nothing changes."""
        reply = await self._caller.call("sqs", "GetNextVisibleTime", {"QueueUrl": self._url})
        time: float | None = reply.get("Time")
        return time

    async def delete(self, messages: Sequence[Received]) -> None:
        await self._each_ten("DeleteMessageBatch", messages, {})

    async def give_back(self, messages: Sequence[Received]) -> None:
        """Let others receive them at once."""
        await self._each_ten("ChangeMessageVisibilityBatch", messages, {"VisibilityTimeout": 0})

    async def _each_ten(
        self, operation: str, messages: Sequence[Received], more: dict[str, Any]
    ) -> None:
        entries = [
            {"Id": str(number), "ReceiptHandle": message.handle, **more}
            for number, message in enumerate(messages)
        ]
        await asyncio.gather(
            *(
                self._caller.call(
                    "sqs",
                    operation,
                    {"QueueUrl": self._url, "Entries": entries[at : at + MOST_AT_ONCE]},
                )
                for at in range(0, len(entries), MOST_AT_ONCE)
            )
        )
