"""Requests about no stack and no template."""

from typing import Any

import pytest

from lambent.core.errors import AwsError
from lambent.platform import Context
from tests.conftest import World


@pytest.mark.parametrize(
    ("operation", "params", "words"),
    [
        (
            "GetTemplate",
            {"ChangeSetName": "change"},
            "StackName must be specified if ChangeSetName is not specified as an ARN.",
        ),
        (
            "GetTemplateSummary",
            {"TemplateURL": "http://[::1"},
            "TemplateURL must be a supported URL.",
        ),
    ],
)
async def test_what_is_asked_about_must_be_named(
    context: Context, operation: str, params: dict[str, Any], words: str
) -> None:
    with pytest.raises(AwsError) as refusal:
        await context.call("cloudformation", operation, params)

    assert (refusal.value.code, refusal.value.message) == ("ValidationError", words)


@pytest.mark.parametrize(
    ("template", "words"),
    [
        (
            "Parameters: {P: {Type: String, MinLength: x, Default: a}}",
            "Template format error: Every MinLength member must be a number."
            " [/Parameters/P/MinLength]",
        ),
        (
            "Rules: {R: {Assertions: 1}}",
            "Template format error: [/Rules/R/Assertions] Every Assertions member must be a list"
            " of objects with an Assert",
        ),
        (
            "Resources: {A: {Type: AWS::SQS::Queue, DependsOn: 1}}",
            "Template format error: [/Resources/A/DependsOn] DependsOn must be a string or a list"
            " of strings.",
        ),
        (
            "Resources: {A: {Type: AWS::SQS::Queue, DeletionPolicy: []}}",
            "Template format error: Unrecognized DeletionPolicy [] for resource A",
        ),
        (
            "Resources: {A: {Type: AWS::SQS::Queue, Metadata: 1}}",
            "Template format error: [/Resources/A/Metadata] Metadata must be an object.",
        ),
    ],
)
async def test_what_a_template_may_not_hold_is_named(
    context: Context, template: str, words: str
) -> None:
    if not template.startswith("Resources"):
        template += "\nResources: {A: {Type: AWS::SQS::Queue}}"
    with pytest.raises(AwsError) as refusal:
        await context.call(
            "cloudformation", "CreateStack", {"StackName": "s", "TemplateBody": template}
        )
    stacks = await context.call("cloudformation", "ListStacks", {})

    assert (refusal.value.code, refusal.value.message) == ("ValidationError", words)
    assert stacks["StackSummaries"] == []


@pytest.mark.parametrize(
    "resource",
    [
        "{Type: AWS::Lambda::Function, Properties: {Code: 1, Role: r, Handler: h}}",
        "{Type: AWS::S3::Bucket, Properties: {NotificationConfiguration: 2}}",
        "{Type: AWS::IAM::InstanceProfile, Properties: {Roles: [[]]}}",
        "{Type: AWS::CloudFormation::WaitCondition, Properties: {Count: many}}",
    ],
)
async def test_a_property_of_the_wrong_type_fails_the_resource_and_leaves_nothing(
    world: World, resource: str
) -> None:
    template = f"Resources: {{Q: {{Type: AWS::SQS::Queue}}, A: {resource}}}"
    params = {"StackName": "s", "TemplateBody": template, "Capabilities": ["CAPABILITY_NAMED_IAM"]}
    await world.context.call("cloudformation", "CreateStack", params)
    await world.settle()
    await world.advance(60)
    stacks = await world.context.call("cloudformation", "DescribeStacks", {"StackName": "s"})
    queues = await world.context.call("sqs", "ListQueues", {})

    assert stacks["Stacks"][0]["StackStatus"] == "ROLLBACK_COMPLETE"
    assert not queues.get("QueueUrls")
