"""CloudFormation through boto3, with its waiters, against a real server."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, WaiterError

from tests.processes import ServerProcess

TEMPLATE = """
AWSTemplateFormatVersion: 2010-09-09
Description: A queue and a role
Parameters:
  Delay: {Type: Number, Default: 0}
Resources:
  Orders:
    Type: AWS::SQS::Queue
    Properties: {DelaySeconds: !Ref Delay}
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: 2012-10-17
        Statement:
          - {Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}
Outputs:
  Url: {Value: !Ref Orders}
"""
FAST = {"Delay": 1, "MaxAttempts": 60}


@pytest.fixture
def client(server: ServerProcess) -> Any:
    return server.client("cloudformation")


def parameters(**values: str) -> list[dict[str, str]]:
    return [{"ParameterKey": name, "ParameterValue": value} for name, value in values.items()]


def test_a_stack_lives_and_goes(client: Any) -> None:
    asked = {
        "StackName": "whole-life",
        "TemplateBody": TEMPLATE,
        "Capabilities": ["CAPABILITY_IAM"],
    }
    stack_id = client.create_stack(**asked)["StackId"]
    client.get_waiter("stack_create_complete").wait(StackName="whole-life", WaiterConfig=FAST)

    [stack] = client.describe_stacks(StackName="whole-life")["Stacks"]
    assert stack["StackId"] == stack_id
    assert stack["Description"] == "A queue and a role"
    assert stack["Outputs"][0]["OutputKey"] == "Url"
    assert stack["CreationTime"].year > 2000

    client.update_stack(**asked, Parameters=parameters(Delay="7"))
    client.get_waiter("stack_update_complete").wait(StackName="whole-life", WaiterConfig=FAST)
    [stack] = client.describe_stacks(StackName="whole-life")["Stacks"]
    assert stack["Parameters"] == parameters(Delay="7")
    with pytest.raises(ClientError, match="No updates are to be performed"):
        client.update_stack(**asked, Parameters=parameters(Delay="7"))

    pages = client.get_paginator("describe_stack_events").paginate(StackName="whole-life")
    statuses = [event["ResourceStatus"] for page in pages for event in page["StackEvents"]]
    assert statuses[0] == "UPDATE_COMPLETE"

    client.delete_stack(StackName="whole-life")
    client.get_waiter("stack_delete_complete").wait(StackName=stack_id, WaiterConfig=FAST)
    with pytest.raises(ClientError) as raised:
        client.describe_stacks(StackName="whole-life")
    assert raised.value.response["Error"] == {
        "Type": "Sender",
        "Code": "ValidationError",
        "Message": "Stack with id whole-life does not exist",
    }


def test_a_change_set_is_waited_for_and_executed(client: Any) -> None:
    asked = {
        "StackName": "by-change-set",
        "TemplateBody": TEMPLATE,
        "Capabilities": ["CAPABILITY_IAM"],
    }
    client.create_change_set(**asked, ChangeSetName="first", ChangeSetType="CREATE")
    named = {"StackName": "by-change-set", "ChangeSetName": "first"}
    client.get_waiter("change_set_create_complete").wait(**named, WaiterConfig=FAST)
    client.execute_change_set(**named)
    client.get_waiter("stack_create_complete").wait(StackName="by-change-set", WaiterConfig=FAST)

    client.create_change_set(**asked, ChangeSetName="second")
    with pytest.raises(WaiterError) as raised:
        client.get_waiter("change_set_create_complete").wait(
            StackName="by-change-set", ChangeSetName="second", WaiterConfig=FAST
        )
    assert "didn't contain changes" in raised.value.last_response["StatusReason"]


def test_a_template_in_json_comes_back_as_it_is_read(client: Any) -> None:
    document = {"Resources": {"Orders": {"Type": "AWS::SQS::Queue"}}}
    client.create_stack(StackName="in-json", TemplateBody=json.dumps(document))
    client.get_waiter("stack_create_complete").wait(StackName="in-json", WaiterConfig=FAST)

    assert client.get_template(StackName="in-json")["TemplateBody"] == document
    found = client.describe_stack_resources(StackName="in-json")["StackResources"]
    assert [row["LogicalResourceId"] for row in found] == ["Orders"]


def test_a_template_is_read_from_a_bucket_however_its_url_is_written(
    server: ServerProcess, client: Any
) -> None:
    objects = server.client("s3")
    objects.create_bucket(Bucket="templates")
    body = json.dumps({"Resources": {"Orders": {"Type": "AWS::SQS::Queue"}}})
    objects.put_object(Bucket="templates", Key="a b/one.json", Body=body)
    for url in (
        f"{server.url}/templates/a%20b/one.json",
        "https://s3.amazonaws.com/templates/a b/one.json",
        "https://templates.s3.us-east-1.amazonaws.com/a%20b/one.json",
    ):
        summary = client.get_template_summary(TemplateURL=url)
        assert summary["ResourceTypes"] == ["AWS::SQS::Queue"]
    with pytest.raises(ClientError, match="S3 error"):
        client.validate_template(TemplateURL="https://s3.amazonaws.com/templates/none.json")


CUSTOM = """
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
      Code:
        ZipFile: |
          import cfnresponse
          def handler(event, context):
              size = event["ResourceProperties"]["Size"]
              data = {"Double": str(2 * int(size))}
              cfnresponse.send(event, context, cfnresponse.SUCCESS, data, "the-thing")
  Thing:
    Type: Custom::Thing
    Properties: {ServiceToken: !GetAtt Function.Arn, Size: 21}
Outputs:
  Double: {Value: !GetAtt Thing.Double}
"""


def test_a_custom_resource_answers_from_its_function(client: Any) -> None:
    client.create_stack(StackName="custom", TemplateBody=CUSTOM, Capabilities=["CAPABILITY_IAM"])
    client.get_waiter("stack_create_complete").wait(StackName="custom", WaiterConfig=FAST)

    [stack] = client.describe_stacks(StackName="custom")["Stacks"]
    assert stack["Outputs"] == [{"OutputKey": "Double", "OutputValue": "42"}]
    client.delete_stack(StackName="custom")
    client.get_waiter("stack_delete_complete").wait(StackName=stack["StackId"], WaiterConfig=FAST)


def test_a_power_cut_in_the_middle_of_a_creation_only_delays_it(tmp_path: Path) -> None:
    """
    Each resource is made once, whenever the server dies.
    """
    count = 40
    names = [f"Role{number}" for number in range(count)]
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "lambda.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
    roles = {
        name: {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trust}}
        for name in names
    }
    for earlier, later in pairwise(names):
        if not later.endswith("0"):
            roles[later]["DependsOn"] = earlier
    process = ServerProcess(tmp_path)
    process.start()
    process.client("cloudformation").create_stack(
        StackName="cut",
        TemplateBody=json.dumps({"Resources": roles}),
        Capabilities=["CAPABILITY_IAM"],
    )
    for _ in range(3):
        process.kill()
        process.start()
    try:
        client = process.client("cloudformation")
        client.get_waiter("stack_create_complete").wait(StackName="cut", WaiterConfig=FAST)
        rows = client.get_paginator("list_stack_resources").paginate(StackName="cut")
        ids = [row["PhysicalResourceId"] for page in rows for row in page["StackResourceSummaries"]]
        found = process.client("iam").get_paginator("list_roles").paginate()
        made = [role["RoleName"] for page in found for role in page["Roles"]]
        assert sorted(made) == sorted(ids)
        assert len(made) == count
    finally:
        process.stop()


def test_a_look_at_a_moving_stack_waits_for_its_end(client: Any) -> None:
    """
    The waiters of stock clients sleep for half a minute after a look that came too early.
    """
    template = "Resources: {Topic: {Type: 'AWS::SNS::Topic'}}"
    client.create_stack(StackName="soon", TemplateBody=template)

    assert client.describe_stacks(StackName="soon")["Stacks"][0]["StackStatus"] == (
        "CREATE_COMPLETE"
    )
