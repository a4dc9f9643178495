"""A function on a capacity provider in a stack: made, changed and taken away."""

from tests.conftest import World
from tests.services.cloudformation import stacks
from tests.services.lambda_.functions import call, invoke

TEMPLATE = """
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - {Effect: Allow, Action: "sts:AssumeRole", Principal: {Service: lambda.amazonaws.com}}
  Large:
    Type: AWS::Lambda::CapacityProvider
    Properties:
      VpcConfig: {SubnetIds: [subnet-1], SecurityGroupIds: [sg-1]}
      PermissionsConfig: {CapacityProviderOperatorRoleArn: !GetAtt Role.Arn}
      CapacityProviderScalingConfig: {MaxVCpuCount: 20}
      Tags: [{Key: team, Value: a}]
  Orders:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: orders
      Runtime: python3.11
      Handler: index.handler
      Role: !GetAtt Role.Arn
      CapacityProviderConfig:
        LambdaManagedInstancesCapacityProviderConfig: {CapacityProviderArn: !GetAtt Large.Arn}
      FunctionScalingConfig: {MinExecutionEnvironments: 1, MaxExecutionEnvironments: 2}
      Code: {ZipFile: "def handler(event, context):\\n    return 'first'\\n"}
Outputs:
  Large: {Value: !Ref Large}
"""


async def test_a_function_on_a_provider_is_published_with_its_stack(world: World) -> None:
    context = world.context
    await stacks.create(world, "shop", TEMPLATE)
    described = await stacks.described(world, "shop")
    assert described["StackStatus"] == "CREATE_COMPLETE", described.get("StackStatusReason")
    assert await invoke(context) == "first"
    name = described["Outputs"][0]["OutputValue"]
    listed = await call(
        context, "ListFunctionVersionsByCapacityProvider", CapacityProviderName=name
    )
    assert len(listed["FunctionVersions"]) == 2
    scaling = {"FunctionName": "orders", "Qualifier": "$LATEST.PUBLISHED"}
    got = await call(context, "GetFunctionScalingConfig", **scaling)
    assert got["AppliedFunctionScalingConfig"]["MaxExecutionEnvironments"] == 2

    changed = TEMPLATE.replace("'first'", "'second'").replace("Environments: 2", "Environments: 4")
    await stacks.update(world, "shop", changed.replace("MaxVCpuCount: 20", "MaxVCpuCount: 30"))
    described = await stacks.described(world, "shop")
    assert described["StackStatus"] == "UPDATE_COMPLETE", described.get("StackStatusReason")
    assert await invoke(context) == "second"
    got = await call(context, "GetFunctionScalingConfig", **scaling)
    assert got["AppliedFunctionScalingConfig"]["MaxExecutionEnvironments"] == 4
    provider = (await call(context, "GetCapacityProvider", CapacityProviderName=name))[
        "CapacityProvider"
    ]
    assert provider["CapacityProviderScalingConfig"]["MaxVCpuCount"] == 30

    await context.call("cloudformation", "DeleteStack", {"StackName": "shop"})
    await world.settle()
    assert (await call(context, "ListCapacityProviders"))["CapacityProviders"] == []
