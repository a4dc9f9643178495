"""The calls that the poller makes to a stream of DynamoDB, as the function's role."""

import base64
from collections.abc import Mapping
from typing import Any

import orjson

from lambent.core.errors import AwsError
from lambent.platform import Context
from lambent.services.lambda_.event_sources.records import Received

_MOST_AT_ONCE = 1_000
# Lanes read the same records, one soon after the other; a page is a megabyte at most.
_REMEMBERED_PAGES = 8


class SourceStream:
    def __init__(self, caller: Context, arn: str) -> None:
        self._caller = caller
        self._arn = arn
        self._pages: dict[tuple[str, str], list[Received]] = {}

    async def shards(self) -> list[str]:
        reply = await self._call("DescribeStream")
        return [shard["ShardId"] for shard in reply["StreamDescription"]["Shards"]]

    async def latest(self) -> str:
        """The last record that there is; empty where there is none."""
        reply = await self._call("GetLatestSequenceNumber")
        return str(reply.get("SequenceNumber", ""))

    async def records(self, shard: str, after: str) -> list[Received]:
        """The next records after one, from the first one that is left where it is empty."""
        page = self._pages.get((shard, after))
        if page is None:
            page = await self._page(shard, after)
            if page:
                # More may have come behind it since; nothing comes before or between.
                self._pages[shard, after] = page
                if len(self._pages) > _REMEMBERED_PAGES:
                    del self._pages[next(iter(self._pages))]
        return page

    async def _page(self, shard: str, after: str) -> list[Received]:
        try:
            iterator = await self._iterator(shard, after)
        except AwsError as error:
            if error.code != "TrimmedDataAccessException":
                raise
            # What was not read within a day is lost.
            iterator = await self._iterator(shard, "")
        reply = await self._caller.call(
            "dynamodbstreams", "GetRecords", {"ShardIterator": iterator, "Limit": _MOST_AT_ONCE}
        )
        return [received(record, self._arn) for record in reply["Records"]]

    async def _iterator(self, shard: str, after: str) -> str:
        where: dict[str, str] = {"ShardIteratorType": "TRIM_HORIZON"}
        if after:
            where = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": after}
        reply = await self._call("GetShardIterator", ShardId=shard, **where)
        return str(reply["ShardIterator"])

    async def _call(self, operation: str, **params: Any) -> Mapping[str, Any]:
        return await self._caller.call(
            "dynamodbstreams", operation, {"StreamArn": self._arn, **params}
        )


def received(record: Mapping[str, Any], source_arn: str) -> Received:
    """
    A record as the function sees it; bytes are base64.

    https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
    """
    change = record["dynamodb"]
    shown = {
        **record,
        "dynamodb": {
            **change,
            "ApproximateCreationDateTime": int(change["ApproximateCreationDateTime"]),
        },
        "eventSourceARN": source_arn,
    }
    user = record.get("userIdentity")
    if user is not None:
        # AWS: in functions its members begin with small letters.
        shown["userIdentity"] = {"type": user["Type"], "principalId": user["PrincipalId"]}
    encoded = orjson.dumps(shown, default=_base64)
    return Received(change["SequenceNumber"], _lane_key(change), orjson.loads(encoded), encoded)


def arrived_at(record: Received) -> float:
    return float(record.record["dynamodb"]["ApproximateCreationDateTime"])


def _lane_key(change: Mapping[str, Any]) -> str:
    """What keeps its order: the changes of one item."""
    return orjson.dumps(change["Keys"], default=_base64, option=orjson.OPT_SORT_KEYS).decode()


def _base64(value: Any) -> str:
    return base64.b64encode(value).decode()
