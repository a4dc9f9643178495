"""Schedules are created, changed, found and deleted, with AWS's errors."""

from typing import Any

import pytest

from lambent.core.errors import AwsError
from lambent.platform import Context

ROLE = "arn:aws:iam::000000000000:role/scheduler"
QUEUE = "arn:aws:sqs:us-east-1:000000000000:orders"


def asked(**changes: Any) -> dict[str, Any]:
    target = {"Arn": QUEUE, "RoleArn": ROLE, "Input": "hello", **changes.pop("Target", {})}
    return {
        "Name": "tick",
        "ScheduleExpression": "rate(1 hour)",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": target,
        **changes,
    }


async def refused(context: Context, operation: str, params: dict[str, Any]) -> AwsError:
    with pytest.raises(AwsError) as error:
        await context.call("scheduler", operation, params)
    return error.value


async def test_a_schedule_is_read_back_with_its_defaults(context: Context) -> None:
    created = await context.call("scheduler", "CreateSchedule", asked())
    arn = "arn:aws:scheduler:us-east-1:000000000000:schedule/default/tick"
    assert created == {"ScheduleArn": arn}

    now = context.clock.now()
    assert await context.call("scheduler", "GetSchedule", {"Name": "tick"}) == {
        "ActionAfterCompletion": "NONE",
        "Arn": arn,
        "CreationDate": now,
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "GroupName": "default",
        "LastModificationDate": now,
        "Name": "tick",
        "ScheduleExpression": "rate(1 hour)",
        "ScheduleExpressionTimezone": "UTC",
        "State": "ENABLED",
        "Target": {
            "Arn": QUEUE,
            "RoleArn": ROLE,
            "Input": "hello",
            "RetryPolicy": {"MaximumEventAgeInSeconds": 86400, "MaximumRetryAttempts": 185},
        },
    }


async def test_an_update_replaces_all_that_is_not_given_by_its_default(context: Context) -> None:
    full = asked(
        Description="an hourly tick",
        ScheduleExpressionTimezone="Europe/Berlin",
        State="DISABLED",
        KmsKeyArn="arn:aws:kms:us-east-1:000000000000:key/1",
        ActionAfterCompletion="DELETE",
        FlexibleTimeWindow={"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 5},
        EndDate=context.clock.now() + 1e6,
    )
    await context.call("scheduler", "CreateSchedule", full)
    before = await context.call("scheduler", "GetSchedule", {"Name": "tick"})
    assert before["FlexibleTimeWindow"] == full["FlexibleTimeWindow"]
    context.clock.advance(10)

    await context.call("scheduler", "UpdateSchedule", asked())

    after = await context.call("scheduler", "GetSchedule", {"Name": "tick"})
    assert after["CreationDate"] == before["CreationDate"]
    assert after["LastModificationDate"] == before["CreationDate"] + 10
    assert (after["State"], after["ActionAfterCompletion"]) == ("ENABLED", "NONE")
    assert not {"Description", "KmsKeyArn", "EndDate"} & set(after)


async def test_a_second_schedule_of_a_name_is_a_conflict_unless_the_token_is_the_same(
    context: Context,
) -> None:
    first = await context.call("scheduler", "CreateSchedule", asked(ClientToken="a"))
    again = await context.call("scheduler", "CreateSchedule", asked(ClientToken="a"))
    error = await refused(context, "CreateSchedule", asked(ClientToken="b"))

    assert again == first
    assert (error.code, error.message) == ("ConflictException", "Schedule tick already exists.")


@pytest.mark.parametrize("operation", ["GetSchedule", "DeleteSchedule", "UpdateSchedule"])
async def test_a_schedule_that_is_not_there_is_not_found(context: Context, operation: str) -> None:
    params = asked() if operation == "UpdateSchedule" else {"Name": "tick"}
    error = await refused(context, operation, params)

    assert (error.code, error.message) == (
        "ResourceNotFoundException",
        "Schedule tick does not exist.",
    )


async def test_a_deleted_schedule_is_gone(context: Context) -> None:
    await context.call("scheduler", "CreateSchedule", asked())
    await context.call("scheduler", "DeleteSchedule", {"Name": "tick"})

    assert (await context.call("scheduler", "ListSchedules", {}))["Schedules"] == []
    await context.call("scheduler", "CreateSchedule", asked())


FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:greet"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"ScheduleExpression": "rate(1 second)"}, "Invalid Schedule Expression rate(1 second)."),
        (
            {"ScheduleExpression": "cron(0 0 31 2 ? *)"},
            "Invalid Schedule Expression cron(0 0 31 2 ? *).",
        ),
        ({"ScheduleExpressionTimezone": "Mars/Olympus"}, "Mars/Olympus"),
        ({"StartDate": 1.7e9}, "The StartDate you specify cannot be earlier than 5 minutes ago."),
        ({"EndDate": 1.7e9}, "EndDate"),
        ({"StartDate": 1.9e9, "EndDate": 1.8e9}, "must come before the EndDate"),
        ({"FlexibleTimeWindow": {"Mode": "FLEXIBLE"}}, "MaximumWindowInMinutes must"),
        (
            {"FlexibleTimeWindow": {"Mode": "OFF", "MaximumWindowInMinutes": 5}},
            "MaximumWindowInMinutes cannot",
        ),
        ({"Target": {"Arn": "orders"}}, "Provided Arn is not in correct format."),
        ({"Target": {"Arn": "arn:aws:s3:::b"}}, "Provided Arn is not in correct format."),
        ({"Target": {"Arn": FUNCTION, "Input": "hello"}}, "well-formed JSON"),
        ({"Target": {"Arn": f"{QUEUE}.fifo"}}, "MessageGroupId must"),
        ({"Target": {"SqsParameters": {"MessageGroupId": "a"}}}, "MessageGroupId can only"),
        ({"Target": {"KinesisParameters": {"PartitionKey": "a"}}}, "KinesisParameters cannot"),
        (
            {"Target": {"Arn": "arn:aws:kinesis:us-east-1:000000000000:stream/a"}},
            "KinesisParameters must",
        ),
        ({"Target": {"Arn": "arn:aws:scheduler:::aws-sdk:sqs:getQueueUrl"}}, "not a supported"),
        ({"Target": {"Arn": "arn:aws:scheduler:::aws-sdk:sqs:fly"}}, "not a supported"),
        ({"Target": {"Arn": "arn:aws:scheduler:::aws-sdk:moon:fly"}}, "not a supported"),
        ({"Target": {"Arn": "arn:aws:scheduler:::aws-sdk:sqs:sendMessage"}}, "well-formed JSON"),
        (
            {"Target": {"RetryPolicy": {"MaximumRetryAttempts": 186}}},
            "less than or equal to 185",
        ),
        (
            {"Target": {"RetryPolicy": {"MaximumEventAgeInSeconds": 59}}},
            "greater than or equal to 60",
        ),
        ({"Name": "a b"}, "failed to satisfy constraint"),
        ({"Target": {"DeadLetterConfig": {"Arn": f"{QUEUE}.fifo"}}}, "failed to satisfy"),
    ],
)
async def test_what_is_wrong_is_refused_and_nothing_is_left(
    context: Context, changes: dict[str, Any], words: str
) -> None:
    error = await refused(context, "CreateSchedule", asked(**changes))

    assert error.code == "ValidationException"
    assert words in error.message
    assert (await context.call("scheduler", "ListSchedules", {}))["Schedules"] == []


async def test_schedules_are_listed_in_pages_and_by_group_prefix_and_state(
    context: Context,
) -> None:
    await context.call("scheduler", "CreateScheduleGroup", {"Name": "night"})
    for group in ("default", "night"):
        for number in range(3):
            state = "DISABLED" if number else "ENABLED"
            name = f"{'ab'[number % 2]}{number}"
            params = asked(Name=name, GroupName=group, State=state)
            await context.call("scheduler", "CreateSchedule", params)

    async def names(**params: Any) -> list[str]:
        found, token = [], {}
        while True:
            reply = await context.call("scheduler", "ListSchedules", {**params, **token})
            found += [f"{each['GroupName']}/{each['Name']}" for each in reply["Schedules"]]
            if "NextToken" not in reply:
                return found
            token = {"NextToken": reply["NextToken"]}

    everything = [
        f"{group}/{name}" for group in ("default", "night") for name in ("a0", "a2", "b1")
    ]
    assert await names() == everything
    assert await names(MaxResults=2) == everything
    assert await names(GroupName="night") == everything[3:]
    assert await names(NamePrefix="a", MaxResults=1) == [everything[i] for i in (0, 1, 3, 4)]
    assert await names(State="ENABLED") == ["default/a0", "night/a0"]

    for token in ("nonsense", "WzFd"):
        assert (await refused(context, "ListSchedules", {"NextToken": token})).status == 400
    error = await refused(context, "ListSchedules", {"GroupName": "day"})
    assert error.message == "Schedule group day does not exist."


async def test_a_group_takes_its_schedules_with_it(context: Context) -> None:
    error = await refused(context, "CreateSchedule", asked(GroupName="night"))
    assert error.code == "ResourceNotFoundException"

    await context.call("scheduler", "CreateScheduleGroup", {"Name": "night"})
    await context.call("scheduler", "CreateSchedule", asked(GroupName="night"))
    await context.call("scheduler", "CreateSchedule", asked())

    await context.call("scheduler", "DeleteScheduleGroup", {"Name": "night"})

    left = (await context.call("scheduler", "ListSchedules", {}))["Schedules"]
    assert [each["GroupName"] for each in left] == ["default"]
    error = await refused(context, "GetScheduleGroup", {"Name": "night"})
    assert error.message == "Schedule group night does not exist."


async def test_the_default_group_is_always_there(context: Context) -> None:
    group = await context.call("scheduler", "GetScheduleGroup", {"Name": "default"})

    assert group["State"] == "ACTIVE"
    assert (await refused(context, "DeleteScheduleGroup", {"Name": "default"})).status == 400
    assert (await refused(context, "CreateScheduleGroup", {"Name": "default"})).status == 409


async def test_groups_are_listed_in_pages_with_the_default_one_in_its_place(
    context: Context,
) -> None:
    for name in ("evening", "day", "a"):
        await context.call("scheduler", "CreateScheduleGroup", {"Name": name})

    pages, params = [], {"MaxResults": 2}
    while True:
        reply = await context.call("scheduler", "ListScheduleGroups", params)
        pages.append([group["Name"] for group in reply["ScheduleGroups"]])
        if "NextToken" not in reply:
            break
        params = {"MaxResults": 2, "NextToken": reply["NextToken"]}
    assert pages == [["a", "day"], ["default", "evening"]]

    reply = await context.call("scheduler", "ListScheduleGroups", {"NamePrefix": "d"})
    assert [group["Name"] for group in reply["ScheduleGroups"]] == ["day", "default"]


async def test_groups_carry_tags(context: Context) -> None:
    tags = [{"Key": "team", "Value": "a"}]
    created = await context.call("scheduler", "CreateScheduleGroup", {"Name": "n", "Tags": tags})
    arn = {"ResourceArn": created["ScheduleGroupArn"]}

    await context.call("scheduler", "TagResource", {**arn, "Tags": [{"Key": "b", "Value": "c"}]})
    await context.call("scheduler", "UntagResource", {**arn, "TagKeys": ["team", "other"]})

    reply = await context.call("scheduler", "ListTagsForResource", arn)
    assert reply == {"Tags": [{"Key": "b", "Value": "c"}]}
    many = [{"Key": str(number), "Value": "a"} for number in range(51)]
    error = await refused(context, "TagResource", {**arn, "Tags": many})
    assert error.code == "ServiceQuotaExceededException"


async def test_accounts_and_regions_have_schedules_of_their_own(context: Context) -> None:
    await context.call("scheduler", "CreateSchedule", asked())

    for elsewhere in (context.at("111111111111", "us-east-1"), context.at("0" * 12, "eu-west-1")):
        assert (await elsewhere.call("scheduler", "ListSchedules", {}))["Schedules"] == []
