"""AWS::Events::* for CloudFormation, as tables."""

from collections.abc import Mapping
from typing import Any

from lambent.languages.templates.resource_types import (
    Asked,
    Call,
    Part,
    ResourceType,
    Settling,
    Update,
)

_TAG = Call("TagResource", {"ResourceARN": "@attribute.Arn", "Tags": "@tags"})
_UNTAG = Call("UntagResource", {"ResourceARN": "@attribute.Arn", "TagKeys": "@tag_keys"})


def _rule_id(asked: Asked) -> str:
    """AWS: a rule of a bus of one's own is `bus|rule`."""
    bus = str(asked.properties.get("EventBusName", "default")).rsplit("event-bus/", 1)[-1]
    return asked.name if bus == "default" else f"{bus}|{asked.name}"


def _rule_name(asked: Asked) -> str:
    return asked.physical_id.rsplit("|", 1)[-1]


_RULE = {
    "EventBusName": "EventBusName",
    "Description": "Description",
    "EventPattern": "EventPattern",
    "RoleArn": "RoleArn",
    "ScheduleExpression": "ScheduleExpression",
    "State": "State",
}

RULE = ResourceType(
    name="AWS::Events::Rule",
    service="events",
    named_by="Name",
    name_limit=64,
    create=Call("PutRule", {**_RULE, "Name": "@name", "Tags": "Tags"}),
    identifier=_rule_id,
    read=Call("DescribeRule", {"Name": _rule_name, "EventBusName": "EventBusName"}),
    attributes={"Arn": "Arn"},
    updates=(Update(Call("PutRule", {**_RULE, "Name": _rule_name})),),
    parts=(
        Part(
            "Targets",
            each=True,
            key="Id",
            put=Call(
                "PutTargets",
                {"Rule": _rule_name, "EventBusName": "EventBusName", "Targets": "@item"},
            ),
            remove=Call(
                "RemoveTargets",
                {"Rule": _rule_name, "EventBusName": "EventBusName", "Ids": "@item.Id"},
            ),
            undone=True,
        ),
    ),
    delete=Call("DeleteRule", {"Name": _rule_name, "EventBusName": "EventBusName"}),
    replaced_by=frozenset({"Name", "EventBusName"}),
    taggable=True,
    tag=_TAG,
    untag=_UNTAG,
)

_BUS = {
    "Description": "Description",
    "KmsKeyIdentifier": "KmsKeyIdentifier",
    "DeadLetterConfig": "DeadLetterConfig",
    "LogConfig": "LogConfig",
}

EVENT_BUS = ResourceType(
    name="AWS::Events::EventBus",
    service="events",
    required=("Name",),
    named_by="Name",
    name_limit=256,
    create=Call(
        "CreateEventBus",
        {**_BUS, "Name": "@name", "EventSourceName": "EventSourceName", "Tags": "Tags"},
    ),
    read=Call("DescribeEventBus", {"Name": "@id"}),
    attributes={"Arn": "Arn", "Name": "Name", "Policy": "Policy"},
    updates=(Update(Call("UpdateEventBus", {**_BUS, "Name": "@id"})),),
    parts=(
        Part(
            "Policy",
            put=Call("PutPermission", {"EventBusName": "@id", "Policy": "Policy"}),
            remove=Call(
                "RemovePermission", {"EventBusName": "@id", "RemoveAllPermissions": "=true"}
            ),
        ),
    ),
    delete=Call("DeleteEventBus", {"Name": "@id"}),
    replaced_by=frozenset({"Name", "EventSourceName"}),
    taggable=True,
    tag=_TAG,
    untag=_UNTAG,
)


def _permission(asked: Asked) -> Mapping[str, Any] | None:
    """Action, Principal and Condition, as PutPermission takes them; None for other statements."""
    properties = asked.properties
    if "Statement" not in properties:
        return properties
    statement = properties["Statement"]
    principal = statement.get("Principal")
    if isinstance(principal, Mapping) and list(principal) == ["AWS"]:
        principal = str(principal["AWS"])
        if principal.endswith(":root"):
            principal = principal.split(":")[4]
    plain = isinstance(principal, str) and (principal == "*" or principal.isdigit())
    if not plain or not isinstance(statement.get("Action"), str) or "Condition" in statement:
        return None
    return {"Action": statement["Action"], "Principal": principal}


def _of_permission(name: str) -> Any:
    def source(asked: Asked) -> Any:
        return (_permission(asked) or {}).get(name)

    return source


def _policy(asked: Asked) -> Any:
    """A statement that PutPermission has no parameters for becomes the whole policy."""
    if _permission(asked) is not None:
        return None
    statement = {"Sid": asked.properties["StatementId"], **asked.properties["Statement"]}
    return {"Version": "2012-10-17", "Statement": [statement]}


_PERMISSION: dict[str, Any] = {
    "EventBusName": "EventBusName",
    "StatementId": "StatementId",
    "Policy": _policy,
    **{name: _of_permission(name) for name in ("Action", "Principal", "Condition")},
}

EVENT_BUS_POLICY = ResourceType(
    name="AWS::Events::EventBusPolicy",
    service="events",
    required=("StatementId",),
    create=Call("PutPermission", _PERMISSION),
    identifier=lambda asked: str(asked.properties["StatementId"]),
    updates=(
        Update(
            Call("PutPermission", _PERMISSION),
            by=frozenset({"Action", "Principal", "Condition", "Statement"}),
        ),
    ),
    delete=Call("RemovePermission", {"EventBusName": "EventBusName", "StatementId": "@id"}),
    replaced_by=frozenset({"EventBusName", "StatementId"}),
)


def _for_policy(arn: str) -> dict[str, str]:
    """AWS: policies name the ARN without the id at its end."""
    return {"ArnForPolicy": arn.rsplit("/", 1)[0]}


_CONNECTION = {
    "AuthorizationType": "AuthorizationType",
    "AuthParameters": "AuthParameters",
    "Description": "Description",
    "KmsKeyIdentifier": "KmsKeyIdentifier",
    "InvocationConnectivityParameters": "InvocationConnectivityParameters",
}

CONNECTION = ResourceType(
    name="AWS::Events::Connection",
    service="events",
    named_by="Name",
    name_limit=64,
    create=Call("CreateConnection", {**_CONNECTION, "Name": "@name"}),
    read=Call("DescribeConnection", {"Name": "@id"}),
    attributes={"Arn": "ConnectionArn", "SecretArn": "SecretArn"},
    further_attributes=lambda reply: _for_policy(reply["ConnectionArn"]),
    updates=(Update(Call("UpdateConnection", {**_CONNECTION, "Name": "@id"})),),
    settling=(
        Settling(
            "ConnectionState",
            waiting=frozenset({"AUTHORIZING", "CREATING", "UPDATING"}),
            failed=frozenset({"DEAUTHORIZED"}),
            reason="StateReason",
        ),
    ),
    delete=Call("DeleteConnection", {"Name": "@id"}),
    replaced_by=frozenset({"Name"}),
)

_DESTINATION = {
    "ConnectionArn": "ConnectionArn",
    "Description": "Description",
    "HttpMethod": "HttpMethod",
    "InvocationEndpoint": "InvocationEndpoint",
    "InvocationRateLimitPerSecond": "InvocationRateLimitPerSecond",
}

API_DESTINATION = ResourceType(
    name="AWS::Events::ApiDestination",
    service="events",
    required=("ConnectionArn", "HttpMethod", "InvocationEndpoint"),
    named_by="Name",
    name_limit=64,
    create=Call("CreateApiDestination", {**_DESTINATION, "Name": "@name"}),
    read=Call("DescribeApiDestination", {"Name": "@id"}),
    attributes={"Arn": "ApiDestinationArn"},
    further_attributes=lambda reply: _for_policy(reply["ApiDestinationArn"]),
    updates=(Update(Call("UpdateApiDestination", {**_DESTINATION, "Name": "@id"})),),
    delete=Call("DeleteApiDestination", {"Name": "@id"}),
    replaced_by=frozenset({"Name"}),
)

_ARCHIVE = {
    "Description": "Description",
    "EventPattern": "EventPattern",
    "KmsKeyIdentifier": "KmsKeyIdentifier",
    "RetentionDays": "RetentionDays",
}

ARCHIVE = ResourceType(
    name="AWS::Events::Archive",
    service="events",
    required=("SourceArn",),
    named_by="ArchiveName",
    name_limit=48,
    create=Call(
        "CreateArchive", {**_ARCHIVE, "ArchiveName": "@name", "EventSourceArn": "SourceArn"}
    ),
    read=Call("DescribeArchive", {"ArchiveName": "@id"}),
    attributes={"Arn": "ArchiveArn"},
    updates=(Update(Call("UpdateArchive", {**_ARCHIVE, "ArchiveName": "@id"})),),
    delete=Call("DeleteArchive", {"ArchiveName": "@id"}),
    replaced_by=frozenset({"ArchiveName", "SourceArn"}),
)

RESOURCE_TYPES = (RULE, EVENT_BUS, EVENT_BUS_POLICY, CONNECTION, API_DESTINATION, ARCHIVE)
