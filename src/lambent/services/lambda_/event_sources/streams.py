"""
Streams of DynamoDB as an event source: what it takes, and the poller that hands its records over.

Each shard is read by as many lanes as the ParallelizationFactor says; the changes of one item are
always in the same lane, and in order.
"""

import asyncio
import logging
from collections.abc import Mapping
from functools import partial
from typing import Any

from lambent.core.errors import AwsError
from lambent.platform import Context
from lambent.services.lambda_ import invokables
from lambent.services.lambda_.errors import InvalidParameterValue
from lambent.services.lambda_.event_sources import memory, positions
from lambent.services.lambda_.event_sources.filters import compile_filters
from lambent.services.lambda_.event_sources.memory import LaneState
from lambent.services.lambda_.event_sources.records import EventSourceMapping
from lambent.services.lambda_.event_sources.stream_lane import Lane
from lambent.services.lambda_.event_sources.stream_source import SourceStream
from lambent.services.lambda_.records import Version

_log = logging.getLogger(__name__)

# https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html
DEFAULTS: Mapping[str, Any] = {
    "BatchSize": 100,
    "BisectBatchOnFunctionError": False,
    "DestinationConfig": {"OnFailure": {}},
    "MaximumRecordAgeInSeconds": -1,
    "MaximumRetryAttempts": -1,
    "ParallelizationFactor": 1,
    "TumblingWindowInSeconds": 0,
}

_OF_QUEUES = ("ScalingConfig", "SourceAccessConfigurations")
_DESTINATIONS = ("sqs", "sns", "s3")


def check_settings(source_arn: str, settings: Mapping[str, Any]) -> None:
    for name in _OF_QUEUES:
        if settings.get(name):
            raise InvalidParameterValue(
                f"Unsupported parameter for DynamoDB Streams event sources: {name}."
            )
    position = settings.get("StartingPosition")
    if position is None:
        raise InvalidParameterValue(
            "1 validation error detected: Value null at 'startingPosition' failed to satisfy"
            " constraint: Member must not be null."
        )
    if position == "AT_TIMESTAMP":
        raise InvalidParameterValue(
            "Unsupported starting position for DynamoDB Streams event sources: AT_TIMESTAMP."
        )
    if settings.get("TumblingWindowInSeconds") and settings.get("MaximumBatchingWindowInSeconds"):
        # AWS: a batch that waits would cross the windows.
        raise InvalidParameterValue(
            "MaximumBatchingWindowInSeconds cannot be used with TumblingWindowInSeconds."
        )
    oldest = settings.get("MaximumRecordAgeInSeconds", -1)
    if -1 < oldest < 60:
        # AWS: the model lets these pass, the service does not.
        raise InvalidParameterValue(
            "MaximumRecordAgeInSeconds must be -1 or between 60 and 604800."
        )
    destination = settings.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
    if destination and destination.split(":")[2:3] not in [[name] for name in _DESTINATIONS]:
        raise InvalidParameterValue(
            "The provided destination config DestinationConfig(onSuccess=null,"
            f" onFailure=OnFailure(destination={destination})) is invalid."
        )
    compile_filters(settings.get("FilterCriteria"), "")


async def check_stream(context: Context, source_arn: str, version: Version) -> None:
    """The function's role can read the stream."""
    stream = SourceStream(context.acting_as(version.configuration.role), source_arn)
    try:
        await stream.shards()
    except AwsError as error:
        if error.code in ("AccessDenied", "AccessDeniedException"):
            raise InvalidParameterValue(
                "Cannot access stream. Please ensure the role can perform the GetRecords,"
                " GetShardIterator, DescribeStream, and ListStreams Actions on your stream in IAM."
            ) from None
        raise InvalidParameterValue(f"Stream not found: {source_arn}") from None


async def poll(context: Context, mapping: EventSourceMapping) -> float | None:
    """Hand over all that the stream has; when to look again if there is no news of it."""
    remembered = memory.of(context, mapping)
    now = context.clock.now()
    if now < remembered.paused_until:
        return remembered.paused_until
    try:
        target = await invokables.get_target(context, mapping.function_arn, None)
        function = target.invokables[target.version].version.configuration
        stream = SourceStream(context.acting_as(function.role), mapping.source_arn)
        shards = await stream.shards()
        for shard in shards:
            await _begin(context, mapping, stream, shard)
        lanes = [
            Lane(context, mapping, stream, shard, number, _state(remembered, shard, number))
            for shard in shards
            for number in range(mapping.lanes)
        ]
        looks = await _run_all(lanes)
    except AwsError as error:
        # The function, the stream or the permission is gone; it may come back.
        _log.warning("%s is not read: %s", mapping.arn, error)
        return remembered.pause(now)
    remembered.go_on()
    return min((look for look in looks if look is not None), default=None)


async def _run_all(lanes: list[Lane]) -> list[float | None]:
    """Each to its end, or the error of one that no lane can go on with."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(lane.run()) for lane in lanes]
    except* AwsError as errors:
        raise errors.exceptions[0] from None
    return [task.result() for task in tasks]


async def _begin(
    context: Context, mapping: EventSourceMapping, stream: SourceStream, shard: str
) -> None:
    """Note where a shard is read from, when it is looked at for the first time."""
    known = await context.db.read(lambda tx: positions.find_position(tx, mapping, shard, 0))
    if known is not None:
        return
    start = await stream.latest() if mapping.settings["StartingPosition"] == "LATEST" else ""
    await context.db.write(partial(positions.begin, mapping=mapping, shard=shard, sequence=start))


def _state(remembered: memory.Remembered, shard: str, number: int) -> LaneState:
    return remembered.lanes.setdefault((shard, number), LaneState())
