"""
What invokes a function later, and how: AWS::Lambda::EventSourceMapping and
AWS::Lambda::EventInvokeConfig as tables.
"""

from lambent.languages.templates.resource_types import (
    Call,
    ResourceType,
    Settling,
    Source,
    Update,
    alike,
)
from lambent.services.lambda_.resources.shared import tagging, untagging

_MAPPING_SETTINGS: dict[str, Source] = {
    **alike(
        "BatchSize",
        "BisectBatchOnFunctionError",
        "DestinationConfig",
        "DocumentDBEventSourceConfig",
        "Enabled",
        "FilterCriteria",
        "FunctionResponseTypes",
        "MaximumBatchingWindowInSeconds",
        "MaximumRecordAgeInSeconds",
        "MaximumRetryAttempts",
        "MetricsConfig",
        "ParallelizationFactor",
        "ProvisionedPollerConfig",
        "ScalingConfig",
        "SourceAccessConfigurations",
        "TumblingWindowInSeconds",
    ),
    "KMSKeyArn": "KmsKeyArn",
}

EVENT_SOURCE_MAPPING = ResourceType(
    name="AWS::Lambda::EventSourceMapping",
    service="lambda",
    required=("FunctionName",),
    create=Call(
        "CreateEventSourceMapping",
        {
            **_MAPPING_SETTINGS,
            **alike(
                "FunctionName",
                "EventSourceArn",
                "StartingPosition",
                "StartingPositionTimestamp",
                "Topics",
                "Queues",
                "Tags",
            ),
        },
    ),
    identifier="UUID",
    read=Call("GetEventSourceMapping", {"UUID": "@id"}),
    attributes={"Id": "UUID", "EventSourceMappingArn": "EventSourceMappingArn"},
    settling=(
        Settling("State", waiting=frozenset({"Creating", "Enabling", "Disabling", "Updating"})),
    ),
    going=(Settling("State", waiting=frozenset({"Deleting"})),),
    updates=(
        Update(
            Call(
                "UpdateEventSourceMapping",
                {**_MAPPING_SETTINGS, "UUID": "@id", "FunctionName": "FunctionName"},
            )
        ),
    ),
    delete=Call("DeleteEventSourceMapping", {"UUID": "@id"}),
    replaced_by=frozenset(
        {"EventSourceArn", "StartingPosition", "StartingPositionTimestamp", "Queues", "Topics"}
    ),
    taggable=True,
    tag=tagging("EventSourceMappingArn"),
    untag=untagging("EventSourceMappingArn"),
)

_INVOKE_CONFIG = alike(
    "FunctionName",
    "Qualifier",
    "DestinationConfig",
    "MaximumEventAgeInSeconds",
    "MaximumRetryAttempts",
)

EVENT_INVOKE_CONFIG = ResourceType(
    name="AWS::Lambda::EventInvokeConfig",
    service="lambda",
    required=("FunctionName", "Qualifier"),
    create=Call("PutFunctionEventInvokeConfig", _INVOKE_CONFIG),
    identifier=lambda asked: f"{asked.properties['FunctionName']}|{asked.properties['Qualifier']}",
    updates=(Update(Call("PutFunctionEventInvokeConfig", _INVOKE_CONFIG)),),
    delete=Call(
        "DeleteFunctionEventInvokeConfig",
        {"FunctionName": "FunctionName", "Qualifier": "Qualifier"},
    ),
    replaced_by=frozenset({"FunctionName", "Qualifier"}),
)
