"""Resources of other services, made from templates as people write them."""

import json
from typing import Any

import pytest

from tests.conftest import World
from tests.services.cloudformation.stacks import (
    create,
    delete,
    described,
    events,
    outputs,
    resources,
    status,
    update,
)

MESSAGES = """
Parameters:
  Size: {Type: Number, Default: 60}
Resources:
  Dead: {Type: AWS::SQS::Queue}
  Orders:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: !Ref Size
      RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: "3"}
      Tags: [{Key: team, Value: blue}]
  Fifo: {Type: AWS::SQS::Queue, Properties: {FifoQueue: true}}
  Policy:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref Orders]
      PolicyDocument:
        Version: 2012-10-17
        Statement:
          - Effect: Allow
            Principal: {Service: sns.amazonaws.com}
            Action: sqs:SendMessage
            Resource: !GetAtt Orders.Arn
  News:
    Type: AWS::SNS::Topic
    Properties:
      DisplayName: The news
      Subscription: [{Protocol: sqs, Endpoint: !GetAtt Orders.Arn}]
  Mail:
    Type: AWS::SNS::Subscription
    Properties:
      TopicArn: !Ref News
      Protocol: email
      Endpoint: someone@example.com
      FilterPolicy: {kind: [urgent]}
  Logs:
    Type: AWS::Logs::LogGroup
    Properties: {LogGroupName: /shop, RetentionInDays: "7"}
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: 2012-10-17
        Statement:
          - {Effect: Allow, Principal: {Service: scheduler.amazonaws.com}, Action: "sts:AssumeRole"}
      ManagedPolicyArns: [!Ref Shared]
      Policies:
        - PolicyName: send
          PolicyDocument:
            Version: 2012-10-17
            Statement: [{Effect: Allow, Action: "sqs:*", Resource: !GetAtt Orders.Arn}]
  Shared:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument:
        Version: 2012-10-17
        Statement: [{Effect: Allow, Action: "logs:*", Resource: "*"}]
  Inline:
    Type: AWS::IAM::Policy
    Properties:
      PolicyName: more
      Roles: [!Ref Role]
      PolicyDocument:
        Version: 2012-10-17
        Statement: [{Effect: Allow, Action: "sns:*", Resource: "*"}]
  Group: {Type: AWS::Scheduler::ScheduleGroup}
  Daily:
    Type: AWS::Scheduler::Schedule
    Properties:
      GroupName: !Ref Group
      ScheduleExpression: rate(1 day)
      FlexibleTimeWindow: {Mode: "OFF"}
      Target: {Arn: !GetAtt Orders.Arn, RoleArn: !GetAtt Role.Arn, Input: '{"a": 1}'}
  Machine:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      RoleArn: !GetAtt Role.Arn
      Definition: {StartAt: A, States: {A: {Type: Pass, Result: "${what}", End: true}}}
      DefinitionSubstitutions: {what: !Ref Orders}
  Activity: {Type: AWS::StepFunctions::Activity, Properties: {Name: by-hand}}
Outputs:
  Orders: {Value: !Ref Orders}
  Fifo: {Value: !GetAtt Fifo.QueueName}
  News: {Value: !Ref News}
  Machine: {Value: !Ref Machine}
  Role: {Value: !Ref Role}
  DailyArn: {Value: !GetAtt Daily.Arn}
"""


async def why(world: World, stack: str) -> list[Any]:
    reply = await world.context.call("cloudformation", "DescribeStackEvents", {"StackName": stack})
    return [
        (event["LogicalResourceId"], event["ResourceStatus"], event["ResourceStatusReason"])
        for event in reply["StackEvents"]
        if event["ResourceStatus"].endswith("FAILED")
    ]


async def test_a_stack_of_many_services_is_made_changed_and_removed(world: World) -> None:
    stack_id = await create(world, "shop", MESSAGES)

    assert await why(world, stack_id) == []
    assert await status(world, "shop") == "CREATE_COMPLETE"
    found = await outputs(world, "shop")
    assert found["Fifo"].endswith(".fifo")
    call = world.context.call
    queue = await call(
        "sqs",
        "GetQueueAttributes",
        {"QueueUrl": found["Orders"], "AttributeNames": ["All"]},
    )
    assert queue["Attributes"]["VisibilityTimeout"] == "60"
    assert json.loads(queue["Attributes"]["RedrivePolicy"])["maxReceiveCount"] in (3, "3")
    assert "sns.amazonaws.com" in queue["Attributes"]["Policy"]
    subscriptions = await call("sns", "ListSubscriptionsByTopic", {"TopicArn": found["News"]})
    assert {one["Protocol"] for one in subscriptions["Subscriptions"]} == {"sqs", "email"}
    groups = await call("logs", "DescribeLogGroups", {"logGroupNamePrefix": "/shop"})
    assert groups["logGroups"][0]["retentionInDays"] == 7
    policies = await call("iam", "ListRolePolicies", {"RoleName": found["Role"]})
    assert sorted(policies["PolicyNames"]) == ["more", "send"]
    machine = await call(
        "stepfunctions", "DescribeStateMachine", {"stateMachineArn": found["Machine"]}
    )
    assert json.loads(machine["definition"])["States"]["A"]["Result"] == found["Orders"]
    schedules = await call("scheduler", "ListSchedules", {})
    assert [one["Arn"] for one in schedules["Schedules"]] == [found["DailyArn"]]

    changed = (
        MESSAGES.replace("Default: 60", "Default: 90")
        .replace("rate(1 day)", "rate(1 hour)")
        .replace('"7"', '"14"')
        .replace("PolicyName: send", "PolicyName: deliver")
        .replace("Value: blue", "Value: red")
        .replace("DisplayName: The news", "DisplayName: Old news")
        .replace("Result:", "Comment: changed, Result:")
        .replace("kind: [urgent]", "kind: [calm]")
    )
    await update(world, "shop", changed)

    assert await why(world, stack_id) == []
    assert await status(world, "shop") == "UPDATE_COMPLETE"
    assert await outputs(world, "shop") == found
    queue = await call(
        "sqs",
        "GetQueueAttributes",
        {"QueueUrl": found["Orders"], "AttributeNames": ["All"]},
    )
    assert queue["Attributes"]["VisibilityTimeout"] == "90"
    tags = await call("sqs", "ListQueueTags", {"QueueUrl": found["Orders"]})
    assert tags["Tags"] == {"team": "red"}
    policies = await call("iam", "ListRolePolicies", {"RoleName": found["Role"]})
    assert sorted(policies["PolicyNames"]) == ["deliver", "more"]
    groups = await call("logs", "DescribeLogGroups", {"logGroupNamePrefix": "/shop"})
    assert groups["logGroups"][0]["retentionInDays"] == 14
    topic = await call("sns", "GetTopicAttributes", {"TopicArn": found["News"]})
    assert topic["Attributes"]["DisplayName"] == "Old news"

    await delete(world, "shop")

    assert await why(world, stack_id) == []
    assert await status(world, stack_id) == "DELETE_COMPLETE"
    assert (await call("sqs", "ListQueues", {})).get("QueueUrls", []) == []
    assert (await call("sns", "ListTopics", {}))["Topics"] == []
    assert (await call("iam", "ListRoles", {}))["Roles"] == []
    assert (await call("iam", "ListPolicies", {"Scope": "Local"}))["Policies"] == []
    assert (await call("stepfunctions", "ListStateMachines", {}))["stateMachines"] == []
    assert (await call("scheduler", "ListSchedules", {}))["Schedules"] == []


FUNCTION = """
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: 2012-10-17
        Statement:
          - {Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}
  Function:
    Type: AWS::Lambda::Function
    Properties:
      Role: !GetAtt Role.Arn
      Runtime: python3.11
      Handler: index.handler
      MemorySize: "256"
      Environment: {Variables: {GREETING: hello, COUNT: 3}}
      Code:
        ZipFile: |
          import os, cfnresponse
          def handler(event, context):
              return os.environ["GREETING"] + " " + event["name"]
      Tags: [{Key: team, Value: blue}]
  VersionOne:
    Type: AWS::Lambda::Version
    DeletionPolicy: Retain
    Properties: {FunctionName: !Ref Function}
  Alias:
    Type: AWS::Lambda::Alias
    Properties:
      Name: live
      FunctionName: !Ref Function
      FunctionVersion: !GetAtt VersionOne.Version
  Permission:
    Type: AWS::Lambda::Permission
    Properties:
      FunctionName: !GetAtt Function.Arn
      Action: lambda:InvokeFunction
      Principal: sns.amazonaws.com
Outputs:
  Name: {Value: !Ref Function}
  Arn: {Value: !GetAtt Function.Arn}
  Alias: {Value: !Ref Alias}
  Version: {Value: !Ref VersionOne}
"""


async def invoked(world: World, name: str) -> Any:
    payload = json.dumps({"name": "shop"}).encode()
    reply = await world.context.call("lambda", "Invoke", {"FunctionName": name, "Payload": payload})
    body = reply["Payload"]
    if hasattr(body, "__aiter__"):
        body = b"".join([piece async for piece in body])
    return json.loads(body)


async def test_a_function_from_a_template_runs_and_is_updated(world: World) -> None:
    stack_id = await create(world, "shop", FUNCTION)

    assert await why(world, stack_id) == []
    found = await outputs(world, "shop")
    assert await invoked(world, found["Name"]) == "hello shop"
    assert await invoked(world, found["Alias"]) == "hello shop"
    assert found["Version"] == f"{found['Arn']}:1"

    changed = (
        FUNCTION.replace("GREETING: hello", "GREETING: bye")
        .replace('return os.environ["GREETING"]', 'return "good" + os.environ["GREETING"]')
        .replace("VersionOne", "VersionTwo")
    )
    await update(world, "shop", changed)

    assert await why(world, stack_id) == []
    assert await status(world, "shop") == "UPDATE_COMPLETE"
    assert await invoked(world, found["Name"]) == "goodbye shop"
    assert await invoked(world, found["Alias"]) == "goodbye shop"
    versions = await world.context.call(
        "lambda", "ListVersionsByFunction", {"FunctionName": found["Name"]}
    )
    # The first version was to be retained.
    assert [one["Version"] for one in versions["Versions"]] == ["$LATEST", "1", "2"]
    assert ("VersionOne", "DELETE_SKIPPED") in await events(world, stack_id)

    await delete(world, "shop")
    assert await why(world, stack_id) == []
    functions = await world.context.call("lambda", "ListFunctions", {})
    assert functions["Functions"] == []


async def test_a_function_that_cannot_be_prepared_rolls_back(world: World) -> None:
    """
    The failure comes after the creation, from the function's state.
    """
    broken = FUNCTION.replace("Role: !GetAtt Role.Arn", "Role: arn:aws:iam::000000000000:role/none")

    stack_id = await create(world, "shop", broken)

    assert await status(world, "shop") == "ROLLBACK_COMPLETE"
    assert [name for name, _, _ in await why(world, stack_id)][-1:] == ["Function"]
    functions = await world.context.call("lambda", "ListFunctions", {})
    assert functions["Functions"] == []


CUSTOM = """
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: 2012-10-17
        Statement:
          - {Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}
  Queue: {Type: AWS::SQS::Queue}
  Function:
    Type: AWS::Lambda::Function
    Properties:
      Role: !GetAtt Role.Arn
      Runtime: python3.11
      Handler: index.handler
      Code: {ZipFile: "def handler(event, context): return 1"}
  Custom:
    Type: Custom::Thing
    Properties: {ServiceToken: !GetAtt Function.Arn, Size: 3, Colour: red}
Outputs:
  Id: {Value: !Ref Custom}
  Answer: {Value: !GetAtt Custom.Answer}
"""


async def test_a_custom_resource_waits_for_its_answer(world: World) -> None:
    """
    The function never answers; the test does, at the address that the function was given.
    """
    from lambent.services.cloudformation import custom_resources, doors
    from lambent.wire.messages import HttpRequest

    asked = {"StackName": "shop", "TemplateBody": CUSTOM, "Capabilities": ["CAPABILITY_IAM"]}
    stack_id = (await world.context.call("cloudformation", "CreateStack", asked))["StackId"]

    async def answer(number: int, phase: str, body: dict[str, Any]) -> None:
        item = f"cloudformation/{stack_id}/{number}/{phase}/Custom"
        request = HttpRequest("PUT", "/", "", {}, json.dumps(body).encode())
        await doors.response(world.context, request, custom_resources.token_of(item))

    await world.settle()
    await world.advance(60)
    assert await status(world, "shop") == "CREATE_IN_PROGRESS"
    await answer(
        1,
        "forward",
        {"Status": "SUCCESS", "PhysicalResourceId": "thing-1", "Data": {"Answer": "42"}},
    )
    await world.settle()

    assert await status(world, "shop") == "CREATE_COMPLETE"
    assert await outputs(world, "shop") == {"Id": "thing-1", "Answer": "42"}

    changed = CUSTOM.replace("Colour: red", "Colour: blue")
    await world.context.call("cloudformation", "UpdateStack", {**asked, "TemplateBody": changed})
    await world.settle()
    await answer(
        2,
        "forward",
        {"Status": "SUCCESS", "PhysicalResourceId": "thing-2", "Data": {"Answer": "43"}},
    )
    await world.settle()
    assert await status(world, "shop") == "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
    await answer(2, "cleanup", {"Status": "SUCCESS", "PhysicalResourceId": "thing-1"})
    await world.settle()
    assert await status(world, "shop") == "UPDATE_COMPLETE"
    assert await outputs(world, "shop") == {"Id": "thing-2", "Answer": "43"}

    await world.context.call("cloudformation", "DeleteStack", {"StackName": "shop"})
    await world.settle()
    await answer(3, "forward", {"Status": "FAILED", "Reason": "cannot"})
    await world.settle()
    assert await status(world, "shop") == "DELETE_FAILED"
    assert "[Custom]" in (await described(world, "shop"))["StackStatusReason"]
    assert "Function" in await resources(world, "shop")


async def test_a_wait_condition_counts_its_signals(world: World) -> None:
    from lambent.services.cloudformation import custom_resources, doors
    from lambent.wire.messages import HttpRequest

    template = """
    Resources:
      Handle: {Type: AWS::CloudFormation::WaitConditionHandle}
      Wait:
        Type: AWS::CloudFormation::WaitCondition
        Properties: {Handle: !Ref Handle, Timeout: 600, Count: 2}
    Outputs: {Data: {Value: !GetAtt Wait.Data}}
    """
    asked = {"StackName": "shop", "TemplateBody": template}
    await world.context.call("cloudformation", "CreateStack", asked)
    await world.settle()
    handle = (await resources(world, "shop"))["Handle"]["PhysicalResourceId"]
    for name in ("one", "two"):
        signal = {"Status": "SUCCESS", "UniqueId": name, "Data": f"from {name}", "Reason": "done"}
        request = HttpRequest("PUT", "/", "", {}, json.dumps(signal).encode())
        await doors.response(world.context, request, custom_resources.token_in(handle))
    await world.advance(10)

    assert await status(world, "shop") == "CREATE_COMPLETE"
    assert json.loads((await outputs(world, "shop"))["Data"]) == {
        "one": "from one",
        "two": "from two",
    }


@pytest.mark.parametrize(
    ("type_name", "properties", "service", "operation", "params"),
    [
        ("AWS::SQS::Queue", {"QueueName": "ours"}, "sqs", "CreateQueue", {"QueueName": "ours"}),
        ("AWS::S3::Bucket", {"BucketName": "ours"}, "s3", "CreateBucket", {"Bucket": "ours"}),
        ("AWS::SNS::Topic", {"TopicName": "ours"}, "sns", "CreateTopic", {"Name": "ours"}),
        (
            "AWS::StepFunctions::Activity",
            {"Name": "ours"},
            "stepfunctions",
            "CreateActivity",
            {"name": "ours"},
        ),
        (
            "AWS::Logs::LogGroup",
            {"LogGroupName": "ours"},
            "logs",
            "CreateLogGroup",
            {"logGroupName": "ours"},
        ),
    ],
)
async def test_a_name_that_is_taken_is_refused_and_left_alone(
    world: World,
    type_name: str,
    properties: dict[str, str],
    service: str,
    operation: str,
    params: dict[str, str],
) -> None:
    """
    Also where the operation that creates would give what is there: a stack that is rolled back or
    deleted would take it away from its owner.
    """
    await world.context.call(service, operation, params)

    template = {"Resources": {"Taken": {"Type": type_name, "Properties": properties}}}
    for name in ("first", "second"):
        await create(world, name, template)
        reply = await world.context.call(
            "cloudformation", "DescribeStackEvents", {"StackName": name}
        )
        [why] = [
            event["ResourceStatusReason"]
            for event in reply["StackEvents"]
            if event["ResourceStatus"] == "CREATE_FAILED"
        ]
        assert "already exists" in why
        assert "HandlerErrorCode: AlreadyExists" in why
        await delete(world, name)
