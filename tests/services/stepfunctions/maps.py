"""Distributed Maps, for tests: definitions, a bucket, and what became of them."""

import json
from typing import Any

from lambent.services.stepfunctions.integrations.calls import whole_body
from tests.services.stepfunctions.workflows import Workflows, chain

BUCKET = "items"


def distributed(processor: Any = None, *, express: bool = False, **fields: Any) -> dict[str, Any]:
    """A Map in Distributed mode."""
    states = processor or chain(Same={"Type": "Pass"})
    config = {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS" if express else "STANDARD"}
    return {"Type": "Map", "ItemProcessor": {**states, "ProcessorConfig": config}, **fields}


def reader(key: str, input_type: str, **config: Any) -> dict[str, Any]:
    return {
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": {"InputType": input_type, **config},
        "Parameters": {"Bucket": BUCKET, "Key": key},
    }


class Bucket:
    def __init__(self, workflows: Workflows) -> None:
        self._context = workflows.context

    async def call(self, operation: str, **params: Any) -> Any:
        return await self._context.call("s3", operation, {"Bucket": BUCKET, **params})

    async def put(self, key: str, body: str | bytes) -> None:
        content = body.encode() if isinstance(body, str) else body
        await self.call("PutObject", Key=key, Body=content)

    async def get(self, key: str) -> Any:
        reply = await self.call("GetObject", Key=key)
        return json.loads(await whole_body(reply["Body"]))


async def bucket_of(workflows: Workflows) -> Bucket:
    bucket = Bucket(workflows)
    await bucket.call("CreateBucket")
    return bucket


async def items_of(workflows: Workflows, **fields: Any) -> Any:
    """What the children of a distributed Map with these fields are given."""
    described = await workflows.run(chain(Each=distributed(express=True, **fields)))
    assert described["status"] == "SUCCEEDED", (described["error"], described.get("cause"))
    return json.loads(described["output"])


async def map_run_of(workflows: Workflows, execution: str) -> Any:
    listed = await workflows.call("ListMapRuns", executionArn=execution)
    [run] = listed["mapRuns"]
    return await workflows.call("DescribeMapRun", mapRunArn=run["mapRunArn"])
