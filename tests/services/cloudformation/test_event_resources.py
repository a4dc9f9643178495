"""AWS::Events::* in stacks, and the events that SAM makes of them."""

import json
from collections.abc import Iterator

import pytest

from tests.conftest import World
from tests.services.cloudformation.stacks import create, delete, described, outputs, status, update
from tests.services.cloudformation.test_resources import why
from tests.services.events.listening import bodies, entry, listen, put
from tests.web import Answer, Web, serving

EVENTS = """
Parameters:
  Url: {Type: String}
  Source: {Type: String, Default: shop}
Resources:
  Orders: {Type: AWS::SQS::Queue, Properties: {QueueName: orders}}
  Bus:
    Type: AWS::Events::EventBus
    Properties:
      Name: shop
      Tags: [{Key: team, Value: shop}]
  Allowed:
    Type: AWS::Events::EventBusPolicy
    Properties:
      EventBusName: !Ref Bus
      StatementId: partner
      Statement:
        Effect: Allow
        Principal: {AWS: "arn:aws:iam::111122223333:root"}
        Action: events:PutEvents
        Resource: !GetAtt Bus.Arn
  Rule:
    Type: AWS::Events::Rule
    Properties:
      Name: orders
      EventBusName: !Ref Bus
      EventPattern: {source: [!Ref Source], detail: {n: [{numeric: [">", 1]}]}}
      Targets:
        - Id: queue
          Arn: !GetAtt Orders.Arn
          InputTransformer:
            InputPathsMap: {n: $.detail.n}
            InputTemplate: '{"number": <n>}'
          RetryPolicy: {MaximumRetryAttempts: "2"}
  Tick:
    Type: AWS::Events::Rule
    Properties:
      ScheduleExpression: rate(1 hour)
      Targets: [{Id: queue, Arn: !GetAtt Orders.Arn, Input: '{"number": 0}'}]
  Connection:
    Type: AWS::Events::Connection
    Properties:
      AuthorizationType: OAUTH_CLIENT_CREDENTIALS
      AuthParameters:
        OAuthParameters:
          AuthorizationEndpoint: !Sub "${Url}/token"
          HttpMethod: POST
          ClientParameters: {ClientID: me, ClientSecret: secret}
  Hook:
    Type: AWS::Events::ApiDestination
    Properties:
      ConnectionArn: !GetAtt Connection.Arn
      InvocationEndpoint: !Sub "${Url}/hook"
      HttpMethod: POST
      InvocationRateLimitPerSecond: "10"
  Archive:
    Type: AWS::Events::Archive
    Properties:
      SourceArn: !GetAtt Bus.Arn
      EventPattern: {source: [shop]}
      RetentionDays: 3
Outputs:
  Rule: {Value: !Ref Rule}
  RuleArn: {Value: !GetAtt Rule.Arn}
  Tick: {Value: !Ref Tick}
  Connection: {Value: !GetAtt Connection.ArnForPolicy}
  Secret: {Value: !GetAtt Connection.SecretArn}
  Hook: {Value: !GetAtt Hook.Arn}
  Archive: {Value: !GetAtt Archive.Arn}
"""

SAM = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Bus: {Type: AWS::Events::EventBus, Properties: {Name: shop}}
  Function:
    Type: AWS::Serverless::Function
    Properties:
      InlineCode: "def handler(event, context): return event"
      Handler: index.handler
      Runtime: python3.11
      Events:
        Hourly: {Type: Schedule, Properties: {Schedule: rate(1 hour), Input: '{"a": 1}'}}
        Order:
          Type: EventBridgeRule
          Properties:
            EventBusName: !Ref Bus
            Pattern: {source: [shop]}
            DeadLetterConfig: {Type: SQS}
            RetryPolicy: {MaximumRetryAttempts: 5, MaximumEventAgeInSeconds: 900}
        Failed:
          Type: CloudWatchEvent
          Properties: {Pattern: {source: [aws.states], detail: {status: [FAILED]}}}
  Machine:
    Type: AWS::Serverless::StateMachine
    Properties:
      Definition: {StartAt: A, States: {A: {Type: Pass, End: true}}}
      Events:
        Daily: {Type: Schedule, Properties: {Schedule: cron(0 8 * * ? *)}}
        Order: {Type: EventBridgeRule, Properties: {Pattern: {source: [shop]}, InputPath: $.detail}}
Outputs:
  Machine: {Value: !Ref Machine}
"""


@pytest.fixture
def web() -> Iterator[Web]:
    with serving() as web:
        token = json.dumps({"access_token": "t"}).encode()
        web.answer = lambda asked: Answer(200, token)
        yield web


async def test_a_stack_of_events_is_made_changed_and_removed(world: World, web: Web) -> None:
    context = world.context
    url = [{"ParameterKey": "Url", "ParameterValue": web.url}]
    stack = await create(world, "events", EVENTS, Parameters=url)
    assert await why(world, stack) == []
    assert await status(world, "events") == "CREATE_COMPLETE"
    found = await outputs(world, "events")
    place = "us-east-1:000000000000"
    assert found["Rule"] == "shop|orders"
    assert found["RuleArn"] == f"arn:aws:events:{place}:rule/shop/orders"
    assert found["Tick"].startswith("events-Tick-")
    assert found["Archive"].startswith(f"arn:aws:events:{place}:archive/events-Archive-")
    assert found["Connection"].startswith(f"arn:aws:events:{place}:connection/events-Connection-")
    assert found["Connection"].count("/") == 1
    assert found["Secret"].startswith(f"arn:aws:secretsmanager:{place}:secret:events!connection/")
    policy = (await context.call("events", "DescribeEventBus", {"Name": "shop"}))["Policy"]
    assert json.loads(policy)["Statement"][0]["Principal"] == {
        "AWS": "arn:aws:iam::111122223333:root"
    }

    await put(context, *[entry({"n": number}, EventBusName="shop") for number in (1, 2)])
    await world.advance(3_600)
    assert sorted(one["number"] for one in await bodies(context)) == [0, 2]

    changed = [*url, {"ParameterKey": "Source", "ParameterValue": "other"}]
    template = EVENTS.replace("rate(1 hour)", "rate(2 hours)").replace("10", "20")
    await update(world, "events", template, Parameters=changed)
    assert await status(world, "events") == "UPDATE_COMPLETE"
    rule = {"Name": "orders", "EventBusName": "shop"}
    pattern = (await context.call("events", "DescribeRule", rule))["EventPattern"]
    assert json.loads(pattern)["source"] == ["other"]

    await delete(world, "events")
    for operation, member in (
        ("ListRules", "Rules"),
        ("ListConnections", "Connections"),
        ("ListApiDestinations", "ApiDestinations"),
        ("ListArchives", "Archives"),
    ):
        assert (await context.call("events", operation, {}))[member] == []
    buses = await context.call("events", "ListEventBuses", {})
    assert [bus["Name"] for bus in buses["EventBuses"]] == ["default"]


async def test_a_connection_that_is_not_authorized_fails_its_stack(world: World) -> None:
    with serving() as web:
        pass
    url = [{"ParameterKey": "Url", "ParameterValue": web.url}]
    stack = await create(world, "events", EVENTS, Parameters=url)
    assert await status(world, stack) == "ROLLBACK_COMPLETE"
    reasons = {name: reason for name, _, reason in await why(world, stack)}
    assert reasons["Connection"].startswith("The authorization endpoint did not answer:")


async def test_sam_s_events_of_functions_and_state_machines_deploy(world: World) -> None:
    context = world.context
    stack = await create(world, "sam", SAM)
    assert await why(world, stack) == []
    assert (await described(world, "sam"))["StackStatus"] == "CREATE_COMPLETE"
    rules = (await context.call("events", "ListRules", {}))["Rules"]
    assert sorted(rule.get("ScheduleExpression", "") for rule in rules) == [
        "",
        "",
        "cron(0 8 * * ? *)",
        "rate(1 hour)",
    ]
    (custom,) = (await context.call("events", "ListRules", {"EventBusName": "shop"}))["Rules"]
    asked = {"Rule": custom["Name"], "EventBusName": "shop"}
    (target,) = (await context.call("events", "ListTargetsByRule", asked))["Targets"]
    assert target["RetryPolicy"] == {"MaximumRetryAttempts": 5, "MaximumEventAgeInSeconds": 900}
    assert ":sqs:" in target["DeadLetterConfig"]["Arn"]

    await put(context, entry({"n": 1}))
    await world.settle()
    machine = (await outputs(world, "sam"))["Machine"]
    listed = await context.call("stepfunctions", "ListExecutions", {"stateMachineArn": machine})
    assert [one["status"] for one in listed["executions"]] == ["SUCCEEDED"]
    await delete(world, "sam")
    assert (await context.call("events", "ListRules", {}))["Rules"] == []


QUEUE = {"Resources": {"Q": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "q"}}}}


async def test_the_event_bus_hears_what_becomes_of_stacks(world: World) -> None:
    pattern = {"source": ["aws.cloudformation"]}
    await listen(world.context, "heard", pattern)
    stack = await create(world, "s", QUEUE)

    told = await bodies(world.context, "heard")

    of_stack = [one for one in told if one["detail-type"] == "CloudFormation Stack Status Change"]
    statuses = {one["detail"]["status-details"]["status"] for one in of_stack}
    assert statuses == {"CREATE_IN_PROGRESS", "CREATE_COMPLETE"}
    (done,) = [
        one
        for one in told
        if one["detail-type"] == "CloudFormation Resource Status Change"
        and one["detail"]["status-details"]["status"] == "CREATE_COMPLETE"
    ]
    assert done["resources"] == [stack]
    assert done["detail"] == {
        "stack-id": stack,
        "logical-resource-id": "Q",
        "physical-resource-id": "http://127.0.0.1:4566/000000000000/q",
        "status-details": {"status": "CREATE_COMPLETE", "status-reason": ""},
        "resource-type": "AWS::SQS::Queue",
        "client-request-token": "",
    }
