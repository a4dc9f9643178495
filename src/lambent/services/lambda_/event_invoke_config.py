"""
How a function's asynchronous invokes are treated: retries, age, destinations. Pure.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-configuring.html
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import orjson

from lambent.core.arn import Arn
from lambent.core.errors import ValidationFailed
from lambent.services.lambda_.errors import InvalidParameterValue

MOST_RETRIES = 2
OLDEST_EVENT = 21_600


@dataclass(frozen=True, slots=True)
class EventInvokeConfig:
    """What was chosen; None, and no destination, where nothing was."""

    retries: int | None = None
    age: int | None = None
    on_success: str = ""
    on_failure: str = ""

    @property
    def most_retries(self) -> int:
        return MOST_RETRIES if self.retries is None else self.retries

    @property
    def oldest_event(self) -> int:
        return self.age or OLDEST_EVENT


DEFAULT = EventInvokeConfig()


def chosen_config(
    before: EventInvokeConfig, params: Mapping[str, Any], function_arn: str
) -> EventInvokeConfig:
    """What the params make of `before`."""
    asked = ("MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig")
    if all(params.get(member) is None for member in asked):
        raise InvalidParameterValue(
            "You must specify at least one of error handling or destination setting."
        )
    after = replace(
        before,
        retries=params.get("MaximumRetryAttempts", before.retries),
        age=params.get("MaximumEventAgeInSeconds", before.age),
    )
    destinations = params.get("DestinationConfig") or {}
    for member, name in (("OnSuccess", "on_success"), ("OnFailure", "on_failure")):
        asked_for = destinations.get(member)
        if asked_for is not None:
            target = asked_for.get("Destination", "")
            if target:
                _check_destination(target, function_arn, member)
            after = replace(after, **{name: target})
    return after


def config_reply(
    config: EventInvokeConfig, qualified_arn: str, last_modified: float
) -> dict[str, Any]:
    """FunctionEventInvokeConfig."""
    reply: dict[str, Any] = {
        "LastModified": last_modified,
        "FunctionArn": qualified_arn,
        "DestinationConfig": {
            "OnSuccess": {"Destination": config.on_success} if config.on_success else {},
            "OnFailure": {"Destination": config.on_failure} if config.on_failure else {},
        },
    }
    if config.retries is not None:
        reply["MaximumRetryAttempts"] = config.retries
    if config.age is not None:
        reply["MaximumEventAgeInSeconds"] = config.age
    return reply


def text_of(config: EventInvokeConfig) -> str:
    return orjson.dumps(asdict(config)).decode()


def read_text(text: str) -> EventInvokeConfig:
    return EventInvokeConfig(**orjson.loads(text))


def _check_destination(target: str, function_arn: str, member: str) -> None:
    try:
        arn = Arn.parse(target)
    except ValidationFailed:
        raise _invalid(target) from None
    if target == function_arn or target.startswith(f"{function_arn}:"):
        raise InvalidParameterValue("You can't specify the function as a destination for itself.")
    kinds = ("sqs", "sns", "lambda", "events", "s3") if member == "OnFailure" else _ON_SUCCESS
    if arn.service not in kinds or arn.resource.endswith(".fifo"):
        raise _invalid(target)


# AWS: a bucket takes the records of failures only.
_ON_SUCCESS = ("sqs", "sns", "lambda", "events")


def _invalid(target: str) -> InvalidParameterValue:
    return InvalidParameterValue(f"The destination ARN {target} is invalid.")
