"""Events go from a bus to the targets of the rules that they match."""

from typing import Any

import orjson

from tests.conftest import World
from tests.services.events.listening import (
    ACCOUNT,
    ROLE,
    bodies,
    bus_arn,
    entry,
    listen,
    messages,
    put,
    put_target,
    queue_arn,
    rule_arn,
)


async def test_a_matching_event_reaches_the_target_as_aws_writes_it(world: World) -> None:
    context = world.context
    await listen(context)

    reply = await put(
        context,
        entry({"id": 7, "price": 1.5}, Resources=["arn:aws:x"], Time=1_700_000_000.9),
    )
    await world.settle()

    (message,) = await messages(context)
    assert reply["FailedEntryCount"] == 0
    assert message["Body"] == (
        '{"version":"0","id":"' + reply["Entries"][0]["EventId"] + '",'
        '"detail-type":"Order Placed","source":"shop","account":"000000000000",'
        '"time":"2023-11-14T22:13:20Z","region":"us-east-1","resources":["arn:aws:x"],'
        '"detail":{"id":7,"price":1.5}}'
    )


async def test_an_event_without_a_time_has_that_of_the_call(world: World) -> None:
    await listen(world.context)
    await put(world.context)
    await world.settle()
    (event,) = await bodies(world.context)
    assert event["time"].startswith("20") and event["time"].endswith("Z")
    assert event["resources"] == []


async def test_only_rules_that_match_tell_their_targets(world: World) -> None:
    context = world.context
    await listen(context, "large", {"detail": {"price": [{"numeric": [">", 100]}]}})
    await listen(context, "small", {"detail": {"price": [{"numeric": ["<=", 100]}]}})

    await put(context, entry({"price": 10}), entry({"price": 200}), entry({"other": 1}))
    await world.settle()

    assert [event["detail"] for event in await bodies(context, "large")] == [{"price": 200}]
    assert [event["detail"] for event in await bodies(context, "small")] == [{"price": 10}]


async def test_an_event_on_one_bus_is_not_seen_on_another(world: World) -> None:
    context = world.context
    await context.call("events", "CreateEventBus", {"Name": "shop"})
    await listen(context, "custom", bus="shop")
    await listen(context, "default-one")

    await put(context, entry({"to": "shop"}, EventBusName="shop"), entry({"to": "default"}))
    await put(context, entry({"to": "by arn"}, EventBusName=bus_arn("shop")))
    await world.settle()

    found = [event["detail"]["to"] for event in await bodies(context, "custom")]
    assert sorted(found) == ["by arn", "shop"]
    assert [event["detail"] for event in await bodies(context, "default-one")] == [
        {"to": "default"}
    ]


async def test_a_changed_or_disabled_rule_counts_from_the_next_event_on(world: World) -> None:
    context = world.context
    await listen(context)
    await put(context, entry({"n": 1}))
    await context.call("events", "DisableRule", {"Name": "orders"})
    await put(context, entry({"n": 2}))
    await context.call("events", "EnableRule", {"Name": "orders"})
    await put(context, entry({"n": 3}))
    pattern = '{"source": ["other"]}'
    await context.call("events", "PutRule", {"Name": "orders", "EventPattern": pattern})
    await put(context, entry({"n": 4}))
    await context.call("events", "RemoveTargets", {"Rule": "orders", "Ids": ["one"]})
    await put(context, entry({"n": 5}, Source="other"))
    await world.settle()

    assert sorted(event["detail"]["n"] for event in await bodies(context)) == [1, 3]


async def test_inputs_are_constants_parts_or_templates(world: World) -> None:
    context = world.context
    await listen(context, "constant", Input='{"always": "this"}')
    await listen(context, "part", InputPath="$.detail.item")
    template = '{"what": <item>, "text": "got <count> of <item>", "by": <aws.events.rule-name>}'
    paths = {"item": "$.detail.item", "count": "$.detail.count"}
    transformer = {"InputPathsMap": paths, "InputTemplate": template}
    await listen(context, "template", InputTransformer=transformer)

    await put(context, entry({"item": "tea", "count": 3}))
    await world.settle()

    assert [one["Body"] for one in await messages(context, "constant")] == ['{"always": "this"}']
    assert await bodies(context, "part") == ["tea"]
    assert await bodies(context, "template") == [
        {"what": "tea", "text": "got 3 of tea", "by": "template"}
    ]


async def test_buses_pass_events_on_as_they_are(world: World) -> None:
    context = world.context
    await context.call("events", "CreateEventBus", {"Name": "central"})
    await listen(context, "far", bus="central")
    pattern = '{"source": ["shop"]}'
    await context.call("events", "PutRule", {"Name": "forward", "EventPattern": pattern})
    await put_target(context, "forward", Arn=bus_arn("central"), RoleArn=ROLE)

    reply = await put(context)
    await world.settle()

    (event,) = await bodies(context, "far")
    assert event["id"] == reply["Entries"][0]["EventId"]
    assert event["account"] == ACCOUNT


async def test_an_event_that_goes_round_between_buses_comes_to_an_end(world: World) -> None:
    context = world.context
    await listen(context, "round", Arn=bus_arn("default"))
    await listen(context, "seen")
    await put(context)
    await world.settle()
    assert len(await bodies(context, "seen")) == 17


async def test_a_fifo_queue_gets_its_group(world: World) -> None:
    context = world.context
    fifo = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}
    await context.call("sqs", "CreateQueue", {"QueueName": "o.fifo", "Attributes": fifo})
    await context.call("events", "PutRule", {"Name": "fifo", "EventPattern": '{"source":["shop"]}'})
    group = {"MessageGroupId": "all"}
    await put_target(context, "fifo", Arn=queue_arn("o.fifo"), SqsParameters=group)
    await put(context)
    await world.settle()
    assert len(await bodies(context, "o.fifo")) == 1


async def test_a_log_group_gets_events_as_log_lines(world: World) -> None:
    context = world.context
    await context.call("logs", "CreateLogGroup", {"logGroupName": "/aws/events/all"})
    arn = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/aws/events/all"
    await context.call("events", "PutRule", {"Name": "log", "EventPattern": '{"source":["shop"]}'})
    await put_target(context, "log", Arn=arn)
    reply = await put(context)
    await world.settle()
    found = await context.call("logs", "FilterLogEvents", {"logGroupName": "/aws/events/all"})
    (line,) = found["events"]
    assert orjson.loads(line["message"])["id"] == reply["Entries"][0]["EventId"]


async def test_a_state_machine_starts_once_for_an_event(world: World) -> None:
    context = world.context
    definition = '{"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}}'
    machine = await context.call(
        "stepfunctions",
        "CreateStateMachine",
        {"name": "m", "definition": definition, "roleArn": ROLE},
    )
    arn = machine["stateMachineArn"]
    await context.call(
        "events", "PutRule", {"Name": "start", "EventPattern": '{"source":["shop"]}'}
    )
    await put_target(context, "start", Arn=arn, RoleArn=ROLE, InputPath="$.detail")
    reply = await put(context, entry({"n": 1}))
    await world.settle()
    listed = await context.call("stepfunctions", "ListExecutions", {"stateMachineArn": arn})
    (execution,) = listed["executions"]
    assert execution["name"].startswith(reply["Entries"][0]["EventId"])
    described = await context.call(
        "stepfunctions", "DescribeExecution", {"executionArn": execution["executionArn"]}
    )
    assert described["input"] == '{"n":1}'


async def _dead_letter(world: World, **target: Any) -> dict[str, Any]:
    context = world.context
    await context.call("sqs", "CreateQueue", {"QueueName": "dead"})
    await listen(context, DeadLetterConfig={"Arn": queue_arn("dead")}, **target)
    await put(context)
    await world.advance(2 * 86_400)
    (letter,) = await messages(context, "dead")
    assert orjson.loads(letter["Body"])["detail"] == {"id": 1}
    return {name: value["StringValue"] for name, value in letter["MessageAttributes"].items()}


async def test_a_target_that_is_not_there_is_a_dead_letter_at_once(world: World) -> None:
    assert await _dead_letter(world, Arn=queue_arn("missing")) == {
        "RULE_ARN": rule_arn("orders"),
        "TARGET_ARN": queue_arn("missing"),
        "ERROR_CODE": "NO_RESOURCE",
        "ERROR_MESSAGE": "The specified queue does not exist.",
        "RETRY_ATTEMPTS": "0",
    }


async def test_a_target_of_a_service_that_is_missing_says_so(world: World) -> None:
    stream = f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/s"
    letter = await _dead_letter(world, Arn=stream, RoleArn=ROLE)
    assert letter["ERROR_CODE"] == "SDK_CLIENT_ERROR"
    assert "Lambent has no service 'kinesis'" in letter["ERROR_MESSAGE"]


async def test_a_document_within_a_text_is_escaped(world: World) -> None:
    transformer = {"InputPathsMap": {}, "InputTemplate": '{"a": "<aws.events.event>"}'}
    await listen(world.context, InputTransformer=transformer)
    await put(world.context)
    await world.settle()
    (body,) = await bodies(world.context)
    assert orjson.loads(body["a"])["source"] == "shop"
