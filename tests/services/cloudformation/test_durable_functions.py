"""A durable function in a stack, as SAM writes it."""

from tests.conftest import World
from tests.services.cloudformation import stacks
from tests.services.lambda_.functions import call

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: orders
      Runtime: python3.11
      Handler: index.handler
      AutoPublishAlias: live
      DurableConfig: {ExecutionTimeout: 3600, RetentionPeriodInDays: 7}
      InlineCode: |
        def handler(event, context):
            return {"Status": "SUCCEEDED", "Result": '"done"'}
"""


async def test_sam_deploys_a_durable_function_with_its_role(world: World) -> None:
    await stacks.create(world, "shop", TEMPLATE)
    described = await stacks.described(world, "shop")
    assert described["StackStatus"] == "CREATE_COMPLETE", described.get("StackStatusReason")

    config = await call(
        world.context, "GetFunctionConfiguration", FunctionName="orders", Qualifier="live"
    )
    assert config["DurableConfig"] == {"ExecutionTimeout": 3600, "RetentionPeriodInDays": 7}
    started = await call(
        world.context, "Invoke", FunctionName="orders:live", InvocationType="Event"
    )
    await world.settle()
    execution = await call(
        world.context,
        "GetDurableExecution",
        DurableExecutionArn=started["DurableExecutionArn"],
    )
    assert (execution["Status"], execution["Result"]) == ("SUCCEEDED", '"done"')
    policies = await world.context.call(
        "iam", "ListAttachedRolePolicies", {"RoleName": config["Role"].rpartition("/")[2]}
    )
    names = [policy["PolicyName"] for policy in policies["AttachedPolicies"]]
    assert "AWSLambdaBasicDurableExecutionRolePolicy" in names

    await stacks.update(world, "shop", TEMPLATE.replace("Days: 7", "Days: 9"))
    config = await call(world.context, "GetFunctionConfiguration", FunctionName="orders")
    assert config["DurableConfig"]["RetentionPeriodInDays"] == 9
