"""Buses, rules and targets are made, read, listed, changed and deleted; AWS's words when not."""

from typing import Any

import pytest

from lambent.core.errors import AwsError
from lambent.platform import Context
from tests.services.events.listening import ACCOUNT, ROLE, bus_arn, queue_arn, rule_arn

PATTERN = '{"source": ["shop"]}'


async def refused(context: Context, operation: str, params: dict[str, Any]) -> tuple[str, str]:
    with pytest.raises(AwsError) as raised:
        await context.call("events", operation, params)
    return raised.value.code, raised.value.message


async def test_a_bus_is_created_described_listed_and_deleted(context: Context) -> None:
    created = await context.call(
        "events",
        "CreateEventBus",
        {"Name": "shop", "Description": "orders", "Tags": [{"Key": "a", "Value": "b"}]},
    )
    assert created == {"EventBusArn": bus_arn("shop"), "Description": "orders"}
    described = await context.call("events", "DescribeEventBus", {"Name": "shop"})
    assert described["Arn"] == bus_arn("shop")
    assert described["CreationTime"] == described["LastModifiedTime"]
    listed = await context.call("events", "ListEventBuses", {})
    assert [bus["Name"] for bus in listed["EventBuses"]] == ["default", "shop"]
    first = await context.call("events", "ListEventBuses", {"Limit": 1})
    rest = await context.call("events", "ListEventBuses", {"NextToken": first["NextToken"]})
    assert [bus["Name"] for bus in rest["EventBuses"]] == ["shop"]

    for _ in range(2):
        await context.call("events", "DeleteEventBus", {"Name": "shop"})
    assert await refused(context, "DescribeEventBus", {"Name": "shop"}) == (
        "ResourceNotFoundException",
        "Event bus shop does not exist.",
    )


async def test_the_default_bus_is_always_there(context: Context) -> None:
    described = await context.call("events", "DescribeEventBus", {})
    assert described == {"Name": "default", "Arn": bus_arn("default")}
    assert await refused(context, "DeleteEventBus", {"Name": "default"}) == (
        "ValidationException",
        "Cannot delete event bus default.",
    )
    assert await refused(context, "CreateEventBus", {"Name": "default"}) == (
        "ResourceAlreadyExistsException",
        "Event bus default already exists.",
    )


async def test_a_bus_with_rules_stays(context: Context) -> None:
    await context.call("events", "CreateEventBus", {"Name": "shop"})
    rule = {"Name": "r", "EventBusName": "shop", "EventPattern": PATTERN}
    await context.call("events", "PutRule", rule)
    code, _ = await refused(context, "DeleteEventBus", {"Name": "shop"})
    assert code == "ValidationException"


async def test_permissions_make_the_policy_of_the_bus(context: Context) -> None:
    one = {"StatementId": "one", "Action": "events:PutEvents", "Principal": "111122223333"}
    await context.call("events", "PutPermission", one)
    condition = {"Type": "StringEquals", "Key": "aws:PrincipalOrgID", "Value": "o-1234567890"}
    every = {**one, "StatementId": "all", "Principal": "*", "Condition": condition}
    await context.call("events", "PutPermission", every)

    described = await context.call("events", "DescribeEventBus", {})
    assert described["Policy"] == (
        '{"Version":"2012-10-17","Statement":[{"Sid":"one","Effect":"Allow","Principal":'
        '{"AWS":"arn:aws:iam::111122223333:root"},"Action":"events:PutEvents","Resource":"'
        + bus_arn("default")
        + '"},{"Sid":"all","Effect":"Allow","Principal":"*","Action":"events:PutEvents",'
        '"Resource":"' + bus_arn("default") + '","Condition":{"StringEquals":'
        '{"aws:PrincipalOrgID":"o-1234567890"}}}]}'
    )
    await context.call("events", "RemovePermission", {"StatementId": "one"})
    assert await refused(context, "RemovePermission", {"StatementId": "one"}) == (
        "ResourceNotFoundException",
        "Statement with the provided id does not exist.",
    )
    await context.call("events", "RemovePermission", {"RemoveAllPermissions": True})
    assert "Policy" not in await context.call("events", "DescribeEventBus", {})


async def test_a_rule_is_described_as_it_was_put(context: Context) -> None:
    rule = {"Name": "r", "EventPattern": PATTERN, "Description": "d", "RoleArn": ROLE}
    reply = await context.call("events", "PutRule", rule)
    assert reply == {"RuleArn": rule_arn("r")}
    assert await context.call("events", "DescribeRule", {"Name": "r"}) == {
        **rule,
        "Arn": rule_arn("r"),
        "State": "ENABLED",
        "EventBusName": "default",
        "CreatedBy": ACCOUNT,
    }


async def test_put_rule_forgets_what_is_not_said_again(context: Context) -> None:
    rule = {"Name": "r", "EventPattern": PATTERN, "Description": "d"}
    await context.call("events", "PutRule", {**rule, "Tags": [{"Key": "a", "Value": "b"}]})
    params = {"Name": "r", "ScheduleExpression": "rate(1 day)", "State": "DISABLED"}
    await context.call("events", "PutRule", {**params, "Tags": [{"Key": "c", "Value": "d"}]})

    described = await context.call("events", "DescribeRule", {"Name": "r"})
    assert "EventPattern" not in described and "Description" not in described
    assert described["State"] == "DISABLED"
    tags = await context.call("events", "ListTagsForResource", {"ResourceARN": rule_arn("r")})
    assert tags == {"Tags": [{"Key": "a", "Value": "b"}]}


async def test_rules_are_listed_in_pages_and_by_their_beginning(context: Context) -> None:
    for name in ("b1", "a2", "a1", "a3"):
        await context.call("events", "PutRule", {"Name": name, "EventPattern": PATTERN})
    first = await context.call("events", "ListRules", {"NamePrefix": "a", "Limit": 2})
    assert [rule["Name"] for rule in first["Rules"]] == ["a1", "a2"]
    asked = {"NamePrefix": "a", "Limit": 2, "NextToken": first["NextToken"]}
    rest = await context.call("events", "ListRules", asked)
    assert [rule["Name"] for rule in rest["Rules"]] == ["a3"]
    assert "NextToken" not in rest


async def test_targets_are_put_listed_found_and_removed(context: Context) -> None:
    rule = {"Rule": "r"}
    await context.call("events", "PutRule", {"Name": "r", "EventPattern": PATTERN})
    targets = [{"Id": "b", "Arn": queue_arn("b")}, {"Id": "a", "Arn": queue_arn("a")}]
    reply = await context.call("events", "PutTargets", {**rule, "Targets": targets})
    assert reply == {"FailedEntryCount": 0, "FailedEntries": []}
    changed = {"Id": "b", "Arn": queue_arn("c"), "Input": "{}"}
    await context.call("events", "PutTargets", {**rule, "Targets": [changed]})

    listed = await context.call("events", "ListTargetsByRule", rule)
    assert listed == {"Targets": [targets[1], changed]}
    found = await context.call("events", "ListRuleNamesByTarget", {"TargetArn": queue_arn("c")})
    assert found == {"RuleNames": ["r"]}
    assert await refused(context, "DeleteRule", {"Name": "r"}) == (
        "ValidationException",
        "Rule can't be deleted since it has targets.",
    )
    await context.call("events", "RemoveTargets", {**rule, "Ids": ["a", "b", "gone"]})
    for _ in range(2):
        await context.call("events", "DeleteRule", {"Name": "r"})
    assert (await context.call("events", "ListRules", {}))["Rules"] == []


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({}, "Parameter(s) EventPattern or ScheduleExpression must be specified."),
        (
            {"ScheduleExpression": "rate(1 day)", "EventBusName": "shop"},
            "ScheduleExpression is supported only on the default event bus.",
        ),
        (
            {"ScheduleExpression": "rate(1 days)"},
            "Parameter ScheduleExpression is not valid.",
        ),
    ],
)
async def test_a_rule_without_sense_is_refused(
    context: Context, params: dict[str, Any], message: str
) -> None:
    await context.call("events", "CreateEventBus", {"Name": "shop"})
    assert await refused(context, "PutRule", {"Name": "r", **params}) == (
        "ValidationException",
        message,
    )


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("[]", "Filter is not an object{}2]"),
        ("{", "Event pattern is not valid JSON."),
        ('{"a": [NaN]}', "Non-standard token 'NaN'{}11]"),
        ('{"source": "shop"}', '"source" must be an object or an array{}13]'),
        ('{"source": [{"like": "x"}]}', "Unrecognized match type like{}23]"),
    ],
)
async def test_an_invalid_pattern_is_named_so(context: Context, pattern: str, reason: str) -> None:
    place = f'\n at [Source: (String)"{pattern}"; line: 1, column: '
    words = f"Event pattern is not valid. Reason: {reason.format(place)}"
    expected = ("InvalidEventPatternException", words)
    assert await refused(context, "PutRule", {"Name": "r", "EventPattern": pattern}) == expected
    params = {"EventPattern": pattern, "Event": "{}"}
    assert await refused(context, "TestEventPattern", params) == expected


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ({"Arn": "nonsense"}, "Parameter Arn is not valid. Reason: Provided Arn is not in"),
        ({"Arn": f"arn:aws:iam::{ACCOUNT}:role/x"}, "Parameter Arn is not valid. Reason: iam"),
        (
            {"Arn": f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:m"},
            "RoleArn is required for target arn:aws:states:us-east-1:",
        ),
        (
            {"Arn": queue_arn("o.fifo")},
            "Parameter(s) SqsParameters must be specified for target: one.",
        ),
        (
            {"Arn": queue_arn("o"), "Input": "{}", "InputPath": "$.detail"},
            "Only one of Input, InputPath, or InputTransformer must be provided for target one.",
        ),
        ({"Arn": queue_arn("o"), "Input": "hello"}, "JSON syntax error in input for target one"),
        (
            {"Arn": queue_arn("o"), "InputTransformer": {"InputTemplate": "hello <x>"}},
            "Invalid InputTemplate for target one : ",
        ),
        (
            {
                "Arn": queue_arn("o"),
                "InputTransformer": {
                    "InputPathsMap": {"AWSmine": "$.id"},
                    "InputTemplate": '"x"',
                },
            },
            "Invalid InputTemplate for target one : Variable names cannot begin with",
        ),
        (
            {"Arn": queue_arn("o"), "DeadLetterConfig": {"Arn": queue_arn("d.fifo")}},
            "Parameter DeadLetterConfig.Arn is not valid.",
        ),
    ],
)
async def test_a_target_that_could_never_be_told_is_refused(
    context: Context, target: dict[str, Any], message: str
) -> None:
    await context.call("events", "PutRule", {"Name": "r", "EventPattern": PATTERN})
    params = {"Rule": "r", "Targets": [{"Id": "one", **target}]}
    code, words = await refused(context, "PutTargets", params)
    assert code == "ValidationException"
    assert words.startswith(message)


async def test_five_targets_are_the_most(context: Context) -> None:
    await context.call("events", "PutRule", {"Name": "r", "EventPattern": PATTERN})
    targets = [{"Id": str(number), "Arn": queue_arn("q")} for number in range(6)]
    params = {"Rule": "r", "Targets": targets}
    assert await refused(context, "PutTargets", params) == (
        "LimitExceededException",
        "The requested resource exceeds the maximum number allowed.",
    )


async def test_what_is_missing_is_named(context: Context) -> None:
    no_rule = ("ResourceNotFoundException", "Rule r does not exist on EventBus default.")
    target = {"Rule": "r", "Targets": [{"Id": "one", "Arn": queue_arn("q")}]}
    assert await refused(context, "PutTargets", target) == no_rule
    assert await refused(context, "DescribeRule", {"Name": "r"}) == no_rule
    assert await refused(context, "EnableRule", {"Name": "r"}) == no_rule
    no_bus = ("ResourceNotFoundException", "Event bus b does not exist.")
    rule = {"Name": "r", "EventPattern": PATTERN, "EventBusName": "b"}
    assert await refused(context, "PutRule", rule) == no_bus
    assert await refused(context, "ListRules", {"EventBusName": "b"}) == no_bus
    assert await refused(context, "DeleteRule", {"Name": "r", "EventBusName": "b"}) == no_bus


@pytest.mark.parametrize(
    ("entry", "code", "message"),
    [
        (
            {"Source": None},
            "InvalidArgument",
            "Parameter Source is not valid. Reason: Source is a required argument.",
        ),
        (
            {"Detail": None},
            "InvalidArgument",
            "Parameter Detail is not valid. Reason: Detail is a required argument.",
        ),
        ({"Detail": "[1]"}, "MalformedDetail", "Detail is malformed."),
        ({"Detail": '{"a": NaN}'}, "MalformedDetail", "Detail is malformed."),
        ({"Detail": "[" * 90_000}, "MalformedDetail", "Detail is malformed."),
        ({"Source": "aws.s3"}, "NotAuthorizedForSource", "Not authorized for the source."),
        *(
            (
                {"Time": time},
                "InvalidArgument",
                "Parameter Time is not valid. Reason: Time is out of range.",
            )
            for time in (1e18, -1e13, float("nan"), float("inf"), 253_402_300_800.0)
        ),
    ],
)
async def test_an_entry_fails_alone(
    context: Context, entry: dict[str, Any], code: str, message: str
) -> None:
    good = {"Source": "shop", "DetailType": "t", "Detail": "{}"}
    reply = await context.call("events", "PutEvents", {"Entries": [good, {**good, **entry}]})
    assert reply["FailedEntryCount"] == 1
    assert list(reply["Entries"][0]) == ["EventId"]
    assert reply["Entries"][1] == {"ErrorCode": code, "ErrorMessage": message}


async def test_a_request_is_a_megabyte_at_most(context: Context) -> None:
    def entries(size: int) -> dict[str, Any]:
        detail = '{"a":"' + "x" * (size - 8 - 5) + '"}'
        return {"Entries": [{"Source": "shop", "DetailType": "t", "Detail": detail}]}

    await context.call("events", "PutEvents", entries(1024 * 1024))
    assert await refused(context, "PutEvents", entries(1024 * 1024 + 1)) == (
        "ValidationException",
        "Total size of the entries in the request is over the limit.",
    )


async def test_an_event_for_a_bus_that_does_not_exist_is_taken(context: Context) -> None:
    entry = {"Source": "s", "DetailType": "t", "Detail": "{}", "EventBusName": "nobody"}
    reply = await context.call("events", "PutEvents", {"Entries": [entry]})
    assert reply["FailedEntryCount"] == 0


async def test_a_pattern_is_tested_against_a_whole_event(context: Context) -> None:
    event = (
        '{"id": "1", "account": "1", "source": "shop", "time": "2020-01-01T00:00:00Z",'
        ' "region": "r", "resources": [], "detail-type": "t", "detail": {}}'
    )
    for pattern, result in ((PATTERN, True), ('{"source": ["x"]}', False)):
        params = {"EventPattern": pattern, "Event": event}
        assert await context.call("events", "TestEventPattern", params) == {"Result": result}
    for event in ('{"source": "shop"}', "[]", "nonsense"):
        params = {"EventPattern": PATTERN, "Event": event}
        expected = ("ValidationException", "Parameter Event is not valid.")
        assert await refused(context, "TestEventPattern", params) == expected


async def test_buses_and_rules_have_tags(context: Context) -> None:
    await context.call("events", "PutRule", {"Name": "r", "EventPattern": PATTERN})
    for arn in (rule_arn("r"), bus_arn("default")):
        tags = [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]
        await context.call("events", "TagResource", {"ResourceARN": arn, "Tags": tags})
        await context.call("events", "UntagResource", {"ResourceARN": arn, "TagKeys": ["a"]})
        found = await context.call("events", "ListTagsForResource", {"ResourceARN": arn})
        assert found == {"Tags": [{"Key": "b", "Value": "2"}]}
