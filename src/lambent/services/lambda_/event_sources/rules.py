"""
The life and the settings of an event source mapping. Pure.

    Creating ──▶ Enabled ⇄ Disabling/Enabling ⇄ Disabled      Updating ──▶ either
                    any of the two ──▶ Deleting ──▶ gone
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from lambent.services.lambda_.errors import InvalidParameterValue, ResourceInUse
from lambent.services.lambda_.event_sources.records import EventSourceMapping

Params = Mapping[str, Any]

_SETTLED = frozenset({"Enabled", "Disabled"})

# What both CreateEventSourceMapping and UpdateEventSourceMapping set.
_SETTINGS = (
    "BatchSize",
    "BisectBatchOnFunctionError",
    "DestinationConfig",
    "FilterCriteria",
    "FunctionResponseTypes",
    "KMSKeyArn",
    "LoggingConfig",
    "MaximumBatchingWindowInSeconds",
    "MaximumRecordAgeInSeconds",
    "MaximumRetryAttempts",
    "MetricsConfig",
    "ParallelizationFactor",
    "ProvisionedPollerConfig",
    "ScalingConfig",
    "SourceAccessConfigurations",
    "StartingPosition",
    "StartingPositionTimestamp",
    "TumblingWindowInSeconds",
)
# An empty one takes the setting away.
_MAY_BE_EMPTY = ("FilterCriteria", "ScalingConfig", "MetricsConfig", "DestinationConfig")
_LARGEST_BATCH_WITHOUT_WINDOW = 10


def chosen_settings(before: Mapping[str, Any], params: Params) -> dict[str, Any]:
    """The settings after what a call asks for."""
    given = {name: params[name] for name in _SETTINGS if params.get(name) is not None}
    after = {**before, **given}
    return {name: value for name, value in after.items() if value or name not in _MAY_BE_EMPTY}


def check_batch(settings: Mapping[str, Any]) -> None:
    if settings["BatchSize"] > _LARGEST_BATCH_WITHOUT_WINDOW and not settings.get(
        "MaximumBatchingWindowInSeconds"
    ):
        raise InvalidParameterValue(
            "Maximum batch window in seconds must be greater than 0 if maximum batch size is"
            " greater than 10"
        )


def updated(
    mapping: EventSourceMapping, settings: Mapping[str, Any], params: Params, now: float
) -> EventSourceMapping:
    """The mapping with other settings, on its way to the state that was asked for."""
    if mapping.state not in _SETTLED:
        raise ResourceInUse("Cannot update the event source mapping because it is in use.")
    enabled = params.get("Enabled", mapping.enabled)
    state = "Updating"
    if enabled != mapping.enabled:
        state = "Enabling" if enabled else "Disabling"
    return _changed(mapping, now, state=state, enabled=enabled, settings=settings)


def deleted(mapping: EventSourceMapping, now: float) -> EventSourceMapping:
    if mapping.state not in _SETTLED:
        raise ResourceInUse("Cannot delete the event source mapping because it is in use.")
    return _changed(mapping, now, state="Deleting", enabled=False)


def arrived(mapping: EventSourceMapping) -> EventSourceMapping | None:
    """The mapping at the end of its way; None when it is gone."""
    if mapping.state == "Deleting":
        return None
    return replace(mapping, state="Enabled" if mapping.enabled else "Disabled")


def reply(mapping: EventSourceMapping) -> dict[str, Any]:
    return {
        "UUID": mapping.id,
        "EventSourceArn": mapping.source_arn,
        "FunctionArn": mapping.function_arn,
        "EventSourceMappingArn": mapping.arn,
        "State": mapping.state,
        "StateTransitionReason": "USER_INITIATED",
        "LastModified": mapping.last_modified,
        "MaximumBatchingWindowInSeconds": 0,
        "FunctionResponseTypes": [],
        **mapping.settings,
    }


def already_exists(mapping: EventSourceMapping) -> str:
    # AWS: with the spaces.
    return (
        f'An event source mapping with SQS arn (" {mapping.source_arn} ") and function'
        f' (" {mapping.function_name} ") already exists. Please update or delete the existing'
        f" mapping with UUID {mapping.id}"
    )


def _changed(mapping: EventSourceMapping, now: float, **members: Any) -> EventSourceMapping:
    return replace(mapping, last_modified=now, revision=mapping.revision + 1, **members)
