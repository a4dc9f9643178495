"""
SQS as an event source: what it takes, and the poller that hands its messages over.

What is in flight is the queue's knowledge, not ours: whatever the process forgets becomes
visible again when its visibility timeout ends. So each message is handed over at least once.
"""

import logging
from collections.abc import Mapping
from typing import Any

from lambent.core.errors import AwsError
from lambent.platform import Context
from lambent.services.lambda_ import invokables
from lambent.services.lambda_.errors import InvalidParameterValue
from lambent.services.lambda_.event_sources import memory, rules
from lambent.services.lambda_.event_sources.filters import compile_filters
from lambent.services.lambda_.event_sources.records import EventSourceMapping
from lambent.services.lambda_.event_sources.sqs_queue import SourceQueue
from lambent.services.lambda_.event_sources.sqs_round import Round
from lambent.services.lambda_.records import Version

_log = logging.getLogger(__name__)

_OF_STREAMS = (
    "BisectBatchOnFunctionError",
    "DestinationConfig",
    "MaximumRecordAgeInSeconds",
    "MaximumRetryAttempts",
    "ParallelizationFactor",
    "SourceAccessConfigurations",
    "StartingPosition",
    "StartingPositionTimestamp",
    "TumblingWindowInSeconds",
)

# AWS: Lambda says the code of SQS's older protocol.
_OLDER_CODES = {"QueueDoesNotExist": "AWS.SimpleQueueService.NonExistentQueue"}


def check_settings(source_arn: str, settings: Mapping[str, Any]) -> None:
    for name in _OF_STREAMS:
        if settings.get(name):
            raise InvalidParameterValue(f"Unsupported parameter for SQS event sources: {name}.")
    rules.check_batch(settings)
    if source_arn.endswith(".fifo") and settings.get("MaximumBatchingWindowInSeconds"):
        raise InvalidParameterValue("Batching window is not supported for FIFO queues")
    pollers = settings.get("ProvisionedPollerConfig")
    if pollers and settings.get("ScalingConfig"):
        raise InvalidParameterValue(
            "ScalingConfig and ProvisionedPollerConfig cannot be used together."
        )
    compile_filters(settings.get("FilterCriteria"), "body")


async def check_queue(context: Context, source_arn: str, version: Version) -> None:
    """The function's role can read the queue, and the queue waits as long as the function runs."""
    queue = SourceQueue(context.acting_as(version.configuration.role), source_arn)
    try:
        visibility = await queue.visibility_timeout()
    except AwsError as error:
        if error.code in ("AccessDenied", "AccessDeniedException"):
            raise InvalidParameterValue(
                "The provided execution role does not have permissions to call ReceiveMessage"
                " on SQS"
            ) from None
        raise InvalidParameterValue(
            "Error occurred while ReceiveMessage. SQS Error Code:"
            f" {_OLDER_CODES.get(error.code, error.code)}."
            f" SQS Error Message: {error.message}"
        ) from None
    timeout = version.configuration.timeout
    if visibility < timeout:
        raise InvalidParameterValue(
            f"Queue visibility timeout: {visibility} seconds is less than Function timeout:"
            f" {timeout} seconds"
        )


async def poll(context: Context, mapping: EventSourceMapping) -> float | None:
    """Hand over all that the queue has; when to look again if there is no news of it."""
    remembered = memory.of(context, mapping)
    now = context.clock.now()
    if now < remembered.paused_until:
        return remembered.paused_until
    try:
        target = await invokables.get_target(context, mapping.function_arn, None)
        function = target.invokables[target.version].version.configuration
        queue = SourceQueue(context.acting_as(function.role), mapping.source_arn)
        visibility = await queue.visibility_timeout()
        # Messages that waited for longer would become visible while the function has them.
        window = min(mapping.window_seconds, max(0, visibility - function.timeout))
        await Round(context, mapping, queue, visibility, window, remembered).run()
        next_visible = await queue.next_visible()
    except AwsError as error:
        # The function, the queue or the permission is gone; it may come back.
        _log.warning("%s is not read: %s", mapping.arn, error)
        return remembered.pause(now)
    if context.clock.now() < remembered.paused_until:
        return remembered.paused_until
    times = [batch.due for batch in remembered.waiting]
    if next_visible is not None:
        times.append(next_visible)
    return min(times, default=None)
