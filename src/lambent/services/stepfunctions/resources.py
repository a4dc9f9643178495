"""AWS::StepFunctions::* for CloudFormation, as tables."""

import json
import re
from collections.abc import Mapping
from typing import Any

from lambent.languages.templates.errors import TemplateInvalid
from lambent.languages.templates.reading import read_template
from lambent.languages.templates.resource_types import (
    Asked,
    Call,
    ResourceType,
    Settling,
    Source,
    Update,
)

_VARIABLE = re.compile(r"\$\{([A-Za-z0-9_.-]+)\}")


def _definition(asked: Asked) -> str:
    """The definition as text, wherever it was written, its substitutions made."""
    properties = asked.properties
    if "DefinitionString" in properties:
        given: Any = properties["DefinitionString"]
    elif "Definition" in properties:
        given = properties["Definition"]
    else:
        return _as_json(_substituted(asked.loaded, properties))
    text = given if isinstance(given, str) else json.dumps(given, indent=2)
    return _substituted(text, properties)


def _as_json(text: str) -> str:
    """AWS: a definition in S3 may be YAML. One that is neither is refused when it is used."""
    if text.lstrip()[:1] == "{":
        return text
    try:
        return json.dumps(read_template(text), indent=2)
    except TemplateInvalid:
        return text


def _substituted(text: str, properties: Mapping[str, Any]) -> str:
    values: dict[str, Any] = properties.get("DefinitionSubstitutions") or {}

    def value(match: re.Match[str]) -> str:
        if match[1] not in values:
            return match[0]
        found = values[match[1]]
        if isinstance(found, bool):
            return "true" if found else "false"
        return str(found)

    return _VARIABLE.sub(value, text) if values else text


_SETTINGS: dict[str, Source] = {
    "definition": _definition,
    "roleArn": "RoleArn",
    "loggingConfiguration": "LoggingConfiguration",
    "tracingConfiguration": "TracingConfiguration",
    "encryptionConfiguration": "EncryptionConfiguration",
}
_DEFINITIONS = frozenset(
    {"Definition", "DefinitionString", "DefinitionS3Location", "DefinitionSubstitutions"}
)

_DESCRIBE = Call(
    "DescribeStateMachine",
    {
        "stateMachineArn": lambda asked: (
            asked.physical_id
            if asked.physical_id.startswith("arn:")
            else f"arn:aws:states:{asked.region}:{asked.account}:stateMachine:{asked.name}"
        )
    },
)

STATE_MACHINE = ResourceType(
    name="AWS::StepFunctions::StateMachine",
    service="stepfunctions",
    named_by="StateMachineName",
    name_limit=80,
    required=("RoleArn",),
    loads="DefinitionS3Location",
    create=Call(
        "CreateStateMachine",
        {**_SETTINGS, "name": "@name", "type": "StateMachineType", "tags": "Tags"},
    ),
    existing=_DESCRIBE,
    identifier="stateMachineArn",
    read=_DESCRIBE,
    attributes={
        "Arn": "stateMachineArn",
        "Name": "name",
        "StateMachineRevisionId": lambda asked: asked.attributes.get("StateMachineRevisionId"),
    },
    updates=(
        Update(
            Call("UpdateStateMachine", {**_SETTINGS, "stateMachineArn": "@id"}),
            by=_DEFINITIONS
            | {
                "RoleArn",
                "LoggingConfiguration",
                "TracingConfiguration",
                "EncryptionConfiguration",
            },
        ),
    ),
    delete=Call("DeleteStateMachine", {"stateMachineArn": "@id"}),
    going=(Settling("status", waiting=frozenset({"DELETING"})),),
    replaced_by=frozenset({"StateMachineName", "StateMachineType"}),
    taggable=True,
    tag=Call("TagResource", {"resourceArn": "@id", "tags": "@tags"}),
    untag=Call("UntagResource", {"resourceArn": "@id", "tagKeys": "@tag_keys"}),
    further_attributes=lambda reply: {
        "StateMachineRevisionId": reply.get("revisionId") or "INITIAL"
    },
)

ACTIVITY = ResourceType(
    name="AWS::StepFunctions::Activity",
    service="stepfunctions",
    named_by="Name",
    name_limit=80,
    required=("Name",),
    create=Call(
        "CreateActivity",
        {"name": "Name", "tags": "Tags", "encryptionConfiguration": "EncryptionConfiguration"},
    ),
    existing=Call(
        "DescribeActivity",
        {
            "activityArn": lambda asked: (
                f"arn:aws:states:{asked.region}:{asked.account}:activity:{asked.name}"
            )
        },
    ),
    identifier="activityArn",
    attributes={"Arn": "@id", "Name": "Name"},
    delete=Call("DeleteActivity", {"activityArn": "@id"}),
    replaced_by=frozenset({"Name", "EncryptionConfiguration"}),
    taggable=True,
    tag=Call("TagResource", {"resourceArn": "@id", "tags": "@tags"}),
    untag=Call("UntagResource", {"resourceArn": "@id", "tagKeys": "@tag_keys"}),
)

VERSION = ResourceType(
    name="AWS::StepFunctions::StateMachineVersion",
    service="stepfunctions",
    required=("StateMachineArn",),
    create=Call(
        "PublishStateMachineVersion",
        {
            "stateMachineArn": "StateMachineArn",
            "revisionId": "StateMachineRevisionId",
            "description": "Description",
        },
    ),
    identifier="stateMachineVersionArn",
    attributes={"Arn": "@id"},
    delete=Call("DeleteStateMachineVersion", {"stateMachineVersionArn": "@id"}),
    always_replaced=True,
)


def _routes(asked: Asked) -> list[dict[str, Any]]:
    """The weights of an alias; with a deployment preference, all of the version it names."""
    preference = asked.properties.get("DeploymentPreference")
    if preference:
        return [{"stateMachineVersionArn": preference["StateMachineVersionArn"], "weight": 100}]
    return [
        {
            "stateMachineVersionArn": route["StateMachineVersionArn"],
            "weight": route["Weight"],
        }
        for route in asked.properties.get("RoutingConfiguration") or []
    ]


ALIAS = ResourceType(
    name="AWS::StepFunctions::StateMachineAlias",
    service="stepfunctions",
    named_by="Name",
    name_limit=80,
    create=Call(
        "CreateStateMachineAlias",
        {"name": "@name", "description": "Description", "routingConfiguration": _routes},
    ),
    identifier="stateMachineAliasArn",
    attributes={"Arn": "@id"},
    updates=(
        Update(
            Call(
                "UpdateStateMachineAlias",
                {
                    "stateMachineAliasArn": "@id",
                    "description": "Description",
                    "routingConfiguration": _routes,
                },
            ),
            by=frozenset({"Description", "RoutingConfiguration", "DeploymentPreference"}),
        ),
    ),
    delete=Call("DeleteStateMachineAlias", {"stateMachineAliasArn": "@id"}),
    replaced_by=frozenset({"Name"}),
)

RESOURCE_TYPES = (STATE_MACHINE, ACTIVITY, VERSION, ALIAS)
