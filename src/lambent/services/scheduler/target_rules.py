"""What may be a target, with which parameters; pure."""

import json
from collections.abc import Mapping
from typing import Any

from lambent.core.arn import Arn
from lambent.core.errors import ValidationFailed as MalformedArn
from lambent.services.scheduler.errors import ValidationFailed
from lambent.services.scheduler.records import RetryPolicy
from lambent.services.scheduler.universal import check_universal
from lambent.targets import can_be_target, is_universal

# AWS: an event is tried for a day and 185 times unless the schedule says otherwise.
_MOST_AGE = 86_400
_MOST_RETRIES = 185
_MOST_INPUT = 256 * 1024

# The parameters that belong to the targets of a service, and whether they must be there.
_PARAMETERS = {
    "ecs": ("EcsParameters", True),
    "events": ("EventBridgeParameters", True),
    "kinesis": ("KinesisParameters", True),
    "sqs": ("SqsParameters", False),
}
_ALL_PARAMETERS = (
    "EcsParameters",
    "EventBridgeParameters",
    "EventBridgePutEventsV2Parameters",
    "EventBridgePutRawEventsParameters",
    "KinesisParameters",
    "SageMakerPipelineParameters",
    "SqsParameters",
)
_TAKES_JSON = frozenset({"lambda", "states", "events"})


def check_target(target: Mapping[str, Any]) -> None:
    """Raise AWS's ValidationException for a target that could never be called."""
    arn = _arn_of(target["Arn"])
    if is_universal(arn):
        check_universal(arn)
    _check_parameters(arn, target)
    _check_input(arn, target.get("Input"))


def with_defaults(target: Mapping[str, Any]) -> dict[str, Any]:
    """The target as GetSchedule answers it: with the whole retry policy."""
    policy = {"MaximumEventAgeInSeconds": _MOST_AGE, "MaximumRetryAttempts": _MOST_RETRIES}
    return {**target, "RetryPolicy": {**policy, **target.get("RetryPolicy", {})}}


def retry_policy(target: Mapping[str, Any]) -> RetryPolicy:
    policy = target["RetryPolicy"]
    return RetryPolicy(
        float(policy["MaximumEventAgeInSeconds"]), int(policy["MaximumRetryAttempts"])
    )


def _arn_of(text: str) -> Arn:
    try:
        arn = Arn.parse(text)
    except MalformedArn:
        arn = None
    if arn is None or not can_be_target(arn):
        # AWS: the same words for what is no ARN and for what is no target.
        raise ValidationFailed("Provided Arn is not in correct format.")
    return arn


def _check_parameters(arn: Arn, target: Mapping[str, Any]) -> None:
    name, required = _PARAMETERS.get(arn.service, ("", False))
    given = {each for each in _ALL_PARAMETERS if target.get(each) is not None}
    if given - {name}:
        wrong = ", ".join(sorted(given - {name}))
        raise ValidationFailed(f"{wrong} cannot be used with the target {arn}.")
    if required and name not in given:
        raise ValidationFailed(f"{name} must be specified for the target {arn}.")
    if arn.service == "sqs":
        _check_queue(arn, target.get("SqsParameters", {}).get("MessageGroupId"))


def _check_queue(arn: Arn, group: str | None) -> None:
    if arn.resource.endswith(".fifo") and group is None:
        raise ValidationFailed("MessageGroupId must be specified for a FIFO queue target.")
    if not arn.resource.endswith(".fifo") and group is not None:
        raise ValidationFailed("MessageGroupId can only be specified for a FIFO queue target.")


def _check_input(arn: Arn, text: str | None) -> None:
    if text is None:
        return
    if len(text.encode()) > _MOST_INPUT:
        raise ValidationFailed("The maximum size of the Input field is 256 KB.")
    if arn.service in _TAKES_JSON or is_universal(arn):
        try:
            parsed = json.loads(text)
        except (ValueError, RecursionError):
            raise ValidationFailed(
                f"Input must be a well-formed JSON for the target {arn}."
            ) from None
        if is_universal(arn) and not isinstance(parsed, dict):
            raise ValidationFailed(f"Input must be a JSON object for the target {arn}.")
