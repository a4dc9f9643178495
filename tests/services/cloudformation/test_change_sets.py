"""Change sets, as deployment tools use them."""

import json
from typing import Any

import pytest

from lambent.core.errors import AwsError
from tests.conftest import World
from tests.services.cloudformation.stacks import CAPABILITIES, body, done, resources, status

QUEUE = {"Type": "AWS::SQS::Queue", "Properties": {"DelaySeconds": 1}}
NO_CHANGES = (
    "The submitted information didn't contain changes. Submit different information to create a"
    " change set."
)


def template(**resources: Any) -> dict[str, Any]:
    return {"Resources": resources}


async def change_set(
    world: World, stack: str, name: str, wanted: dict[str, Any] | str, kind: str, **params: Any
) -> dict[str, Any]:
    asked = {
        "StackName": stack,
        "ChangeSetName": name,
        "ChangeSetType": kind,
        "TemplateBody": body(wanted),
        "Capabilities": CAPABILITIES,
        **params,
    }
    reply = await world.context.call("cloudformation", "CreateChangeSet", asked)
    found = await world.context.call(
        "cloudformation", "DescribeChangeSet", {"ChangeSetName": reply["Id"]}
    )
    return dict(found)


async def execute(world: World, stack: str, name: str) -> None:
    asked = {"StackName": stack, "ChangeSetName": name}
    await world.context.call("cloudformation", "ExecuteChangeSet", asked)
    await done(world, stack)


async def test_a_stack_is_created_by_a_change_set(world: World) -> None:
    found = await change_set(world, "shop", "first", template(Orders=QUEUE), "CREATE")

    assert (found["Status"], found["ExecutionStatus"]) == ("CREATE_COMPLETE", "AVAILABLE")
    assert await status(world, "shop") == "REVIEW_IN_PROGRESS"
    [change] = found["Changes"]
    assert change["ResourceChange"]["Action"] == "Add"

    await execute(world, "shop", "first")

    assert await status(world, "shop") == "CREATE_COMPLETE"
    described = await world.context.call(
        "cloudformation", "DescribeChangeSet", {"ChangeSetName": "first", "StackName": "shop"}
    )
    assert described["ExecutionStatus"] == "EXECUTE_COMPLETE"


async def test_a_change_set_says_what_would_change(world: World) -> None:
    await change_set(world, "shop", "first", template(Orders=QUEUE, Old=QUEUE), "CREATE")
    await execute(world, "shop", "first")
    renamed = {**QUEUE, "Properties": {"DelaySeconds": 1, "QueueName": "orders"}}
    slower = {**QUEUE, "Properties": {"DelaySeconds": 9}}

    found = await change_set(
        world, "shop", "second", template(Orders=renamed, New=slower), "UPDATE"
    )

    told = {
        change["ResourceChange"]["LogicalResourceId"]: (
            change["ResourceChange"]["Action"],
            change["ResourceChange"].get("Replacement"),
        )
        for change in found["Changes"]
    }
    assert told == {"Orders": ("Modify", "True"), "New": ("Add", None), "Old": ("Remove", None)}
    assert set(await resources(world, "shop")) == {"Orders", "Old"}

    await execute(world, "shop", "second")
    assert set(await resources(world, "shop")) == {"Orders", "New"}


async def test_a_change_set_without_a_change_has_failed(world: World) -> None:
    await change_set(world, "shop", "first", template(Orders=QUEUE), "CREATE")
    await execute(world, "shop", "first")

    found = await change_set(world, "shop", "second", template(Orders=QUEUE), "UPDATE")

    assert (found["Status"], found["StatusReason"]) == ("FAILED", NO_CHANGES)
    with pytest.raises(AwsError) as raised:
        await execute(world, "shop", "second")
    assert raised.value.code == "InvalidChangeSetStatus"
    assert "cannot be executed in its current status of [FAILED]" in raised.value.message


async def test_a_changed_output_alone_is_a_change(world: World) -> None:
    await change_set(world, "shop", "first", template(Orders=QUEUE), "CREATE")
    await execute(world, "shop", "first")
    wanted = {**template(Orders=QUEUE), "Outputs": {"Url": {"Value": {"Ref": "Orders"}}}}

    found = await change_set(world, "shop", "second", wanted, "UPDATE")

    assert (found["Status"], found["Changes"]) == ("CREATE_COMPLETE", [])
    await execute(world, "shop", "second")
    assert await status(world, "shop") == "UPDATE_COMPLETE"


async def test_a_stack_under_review_is_deleted_at_once(world: World) -> None:
    await change_set(world, "shop", "first", template(Orders=QUEUE), "CREATE")

    await world.context.call("cloudformation", "DeleteStack", {"StackName": "shop"})

    with pytest.raises(AwsError, match="does not exist"):
        await status(world, "shop")


async def test_a_change_set_for_a_stack_that_is_not_there_is_refused(world: World) -> None:
    with pytest.raises(AwsError) as raised:
        await change_set(world, "shop", "first", template(Orders=QUEUE), "UPDATE")

    assert (raised.value.code, raised.value.message) == (
        "ValidationError",
        "Stack [shop] does not exist",
    )


async def test_change_sets_are_listed_and_deleted(world: World) -> None:
    await change_set(world, "shop", "first", template(Orders=QUEUE), "CREATE")
    await change_set(world, "shop", "second", template(Orders=QUEUE), "CREATE")
    asked = {"StackName": "shop", "ChangeSetName": "first"}

    await world.context.call("cloudformation", "DeleteChangeSet", asked)

    found = await world.context.call("cloudformation", "ListChangeSets", {"StackName": "shop"})
    assert [one["ChangeSetName"] for one in found["Summaries"]] == ["second"]
    with pytest.raises(AwsError) as raised:
        await world.context.call("cloudformation", "DescribeChangeSet", asked)
    assert raised.value.code == "ChangeSetNotFound"


SERVERLESS = """
Transform: AWS::Serverless-2016-10-31
Description: A daily look
Parameters:
  Rate: {Type: String, Default: rate(1 day)}
Globals:
  Function: {Runtime: python3.11, Timeout: 5}
Resources:
  Look:
    Type: AWS::Serverless::Function
    Properties:
      Handler: index.handler
      InlineCode: |
        def handler(event, context):
            return "looked"
      Policies: [AWSLambdaBasicExecutionRole]
      AutoPublishAlias: live
  Watch:
    Type: AWS::Serverless::StateMachine
    Properties:
      Definition:
        StartAt: Look
        States: {Look: {Type: Task, Resource: "${look}", End: true}}
      DefinitionSubstitutions: {look: !Ref Look.Alias}
      Policies: [{LambdaInvokePolicy: {FunctionName: !Ref Look}}]
      Events:
        Daily: {Type: ScheduleV2, Properties: {ScheduleExpression: !Ref Rate}}
Outputs:
  Machine: {Value: !Ref Watch}
"""


async def test_a_serverless_template_is_transformed_and_deployed(world: World) -> None:
    found = await change_set(world, "monitor", "first", SERVERLESS, "CREATE")

    assert (found["Status"], found.get("StatusReason")) == ("CREATE_COMPLETE", None)
    types = {change["ResourceChange"]["ResourceType"] for change in found["Changes"]}
    assert "AWS::Lambda::Alias" in types and "AWS::Scheduler::Schedule" in types
    await execute(world, "monitor", "first")

    reply = await world.context.call(
        "cloudformation", "DescribeStackEvents", {"StackName": "monitor"}
    )
    failed = [e for e in reply["StackEvents"] if e["ResourceStatus"].endswith("FAILED")]
    assert failed == []
    assert await status(world, "monitor") == "CREATE_COMPLETE"
    original = await world.context.call("cloudformation", "GetTemplate", {"StackName": "monitor"})
    assert original["TemplateBody"] == SERVERLESS
    processed = await world.context.call(
        "cloudformation", "GetTemplate", {"StackName": "monitor", "TemplateStage": "Processed"}
    )
    assert "AWS::Lambda::Function" in processed["TemplateBody"]
    again = await change_set(world, "monitor", "again", SERVERLESS, "UPDATE")
    assert (again["Status"], again["StatusReason"]) == ("FAILED", NO_CHANGES)


async def test_a_serverless_template_with_a_mistake_says_which(world: World) -> None:
    broken = SERVERLESS.replace("Handler: index.handler", "Handle: index.handler")

    found = await change_set(world, "monitor", "first", broken, "CREATE")

    assert found["Status"] == "FAILED"
    assert (
        "Transform AWS::Serverless-2016-10-31 failed with: Invalid Serverless"
        in (found["StatusReason"])
    )
    assert "Look" in found["StatusReason"]


async def test_templates_are_summarized_before_they_are_deployed(world: World) -> None:
    asked = {"TemplateBody": SERVERLESS}

    validated = await world.context.call("cloudformation", "ValidateTemplate", asked)
    summary = await world.context.call("cloudformation", "GetTemplateSummary", asked)

    assert validated["Description"] == "A daily look"
    assert validated["Capabilities"] == ["CAPABILITY_AUTO_EXPAND"]
    assert [one["ParameterKey"] for one in summary["Parameters"]] == ["Rate"]
    assert "AWS::Serverless::Function" in summary["ResourceTypes"]
    with pytest.raises(AwsError, match=r"Unrecognized resource types: \[AWS::Moon::Base\]"):
        await world.context.call(
            "cloudformation",
            "ValidateTemplate",
            {"TemplateBody": json.dumps(template(A={"Type": "AWS::Moon::Base"}))},
        )


@pytest.mark.parametrize(
    ("properties", "words"),
    [
        (
            {"QueueName": {"Fn::GetAtt": ["Other", "Colour"]}},
            "resource Other does not support attribute type Colour in Fn::GetAtt",
        ),
        ({"QueueName": {"Ref": "Orders"}}, "Circular dependency between resources: [Orders]"),
        ({"QueueName": {"Ref": "Nobody"}}, "Unresolved resource dependencies [Nobody]"),
    ],
)
async def test_a_reference_that_cannot_be_is_found_before_anything_is_made(
    world: World, properties: dict[str, Any], words: str
) -> None:
    orders = {"Type": "AWS::SQS::Queue", "Properties": properties}
    wanted = json.dumps(template(Orders=orders, Other=QUEUE))

    for operation, more in (("ValidateTemplate", {}), ("CreateStack", {"StackName": "shop"})):
        with pytest.raises(AwsError) as raised:
            await world.context.call("cloudformation", operation, {"TemplateBody": wanted, **more})
        assert words in raised.value.message
