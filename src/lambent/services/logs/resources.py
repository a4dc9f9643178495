"""AWS::Logs::* for CloudFormation, as tables."""

from lambent.languages.templates.resource_types import Asked, Call, Part, ResourceType


def _arn(asked: Asked) -> str:
    return f"arn:aws:logs:{asked.region}:{asked.account}:log-group:{asked.physical_id}:*"


def _tagged_arn(asked: Asked) -> str:
    # AWS: tagging wants the ARN without the star that Fn::GetAtt gives.
    return _arn(asked).removesuffix(":*")


LOG_GROUP = ResourceType(
    name="AWS::Logs::LogGroup",
    service="logs",
    named_by="LogGroupName",
    name_limit=512,
    create=Call(
        "CreateLogGroup",
        {
            "logGroupName": "@name",
            "kmsKeyId": "KmsKeyId",
            "tags": "Tags",
            "logGroupClass": "LogGroupClass",
        },
    ),
    attributes={"Arn": _arn},
    delete=Call("DeleteLogGroup", {"logGroupName": "@id"}),
    parts=(
        Part(
            "RetentionInDays",
            put=Call("PutRetentionPolicy", {"logGroupName": "@id", "retentionInDays": "@item"}),
            remove=Call("DeleteRetentionPolicy", {"logGroupName": "@id"}),
        ),
    ),
    replaced_by=frozenset({"LogGroupName", "LogGroupClass"}),
    taggable=True,
    tag=Call("TagResource", {"resourceArn": _tagged_arn, "tags": "@tags"}),
    untag=Call("UntagResource", {"resourceArn": _tagged_arn, "tagKeys": "@tag_keys"}),
)

LOG_STREAM = ResourceType(
    name="AWS::Logs::LogStream",
    service="logs",
    named_by="LogStreamName",
    required=("LogGroupName",),
    create=Call("CreateLogStream", {"logGroupName": "LogGroupName", "logStreamName": "@name"}),
    delete=Call("DeleteLogStream", {"logGroupName": "LogGroupName", "logStreamName": "@id"}),
    replaced_by=frozenset({"LogGroupName", "LogStreamName"}),
)

RESOURCE_TYPES = (LOG_GROUP, LOG_STREAM)
