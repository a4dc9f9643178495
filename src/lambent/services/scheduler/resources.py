"""AWS::Scheduler::* for CloudFormation, as tables."""

from typing import Any

from lambent.languages.templates.resource_types import Asked, Call, ResourceType, Update

# ECS's parameters are written in small letters by the operation; the fitting sees to it.
_SCHEDULE = {
    "Name": "@name",
    "GroupName": "GroupName",
    "ScheduleExpression": "ScheduleExpression",
    "ScheduleExpressionTimezone": "ScheduleExpressionTimezone",
    "StartDate": "StartDate",
    "EndDate": "EndDate",
    "Description": "Description",
    "State": "State",
    "KmsKeyArn": "KmsKeyArn",
    "Target": "Target",
    "FlexibleTimeWindow": "FlexibleTimeWindow",
}
_PLACE = {"Name": "@id", "GroupName": "GroupName"}


def _arn(asked: Asked) -> Any:
    group = asked.properties.get("GroupName", "default")
    return f"arn:aws:scheduler:{asked.region}:{asked.account}:schedule/{group}/{asked.physical_id}"


SCHEDULE = ResourceType(
    name="AWS::Scheduler::Schedule",
    service="scheduler",
    named_by="Name",
    name_limit=64,
    required=("FlexibleTimeWindow", "ScheduleExpression", "Target"),
    create=Call("CreateSchedule", _SCHEDULE),
    attributes={"Arn": _arn},
    updates=(Update(Call("UpdateSchedule", {**_SCHEDULE, "Name": "@id"})),),
    delete=Call("DeleteSchedule", _PLACE),
    replaced_by=frozenset({"Name", "GroupName"}),
)

SCHEDULE_GROUP = ResourceType(
    name="AWS::Scheduler::ScheduleGroup",
    service="scheduler",
    named_by="Name",
    name_limit=64,
    create=Call("CreateScheduleGroup", {"Name": "@name", "Tags": "Tags"}),
    read=Call("GetScheduleGroup", {"Name": "@name"}),
    attributes={
        "Arn": "Arn",
        "State": "State",
        "CreationDate": "CreationDate",
        "LastModificationDate": "LastModificationDate",
    },
    delete=Call("DeleteScheduleGroup", {"Name": "@id"}),
    replaced_by=frozenset({"Name"}),
    taggable=True,
    tag=Call("TagResource", {"ResourceArn": "@attribute.Arn", "Tags": "@tags"}),
    untag=Call("UntagResource", {"ResourceArn": "@attribute.Arn", "TagKeys": "@tag_keys"}),
)

RESOURCE_TYPES = (SCHEDULE, SCHEDULE_GROUP)
