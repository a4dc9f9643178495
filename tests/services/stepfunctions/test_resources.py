"""State machines as CloudFormation makes them."""

import json

from tests.conftest import World

DEFINITION = """
StartAt: Say
States:
  Say: { Type: Pass, Result: "${word}", End: true }
"""
TEMPLATE = """
Resources:
  Machine:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      RoleArn: arn:aws:iam::000000000000:role/r
      DefinitionS3Location: { Bucket: definitions, Key: say.asl.yaml }
      DefinitionSubstitutions: { word: hello }
Outputs: { Machine: { Value: !Ref Machine } }
"""


async def test_a_definition_in_a_bucket_may_be_yaml(world: World) -> None:
    """
    SAM uploads the file of DefinitionUri as it is.
    """
    call = world.context.call
    await call("s3", "CreateBucket", {"Bucket": "definitions"})
    await call(
        "s3",
        "PutObject",
        {"Bucket": "definitions", "Key": "say.asl.yaml", "Body": DEFINITION.encode()},
    )
    await call("cloudformation", "CreateStack", {"StackName": "s", "TemplateBody": TEMPLATE})
    await world.settle()

    described = await call("cloudformation", "DescribeStacks", {"StackName": "s"})
    [output] = described["Stacks"][0]["Outputs"]
    machine = await call(
        "stepfunctions", "DescribeStateMachine", {"stateMachineArn": output["OutputValue"]}
    )
    assert json.loads(machine["definition"]) == {
        "StartAt": "Say",
        "States": {"Say": {"Type": "Pass", "Result": "hello", "End": True}},
    }
