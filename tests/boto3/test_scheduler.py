"""EventBridge Scheduler as boto3 sees it, over HTTP."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

TARGET = {
    "Arn": "arn:aws:sqs:eu-central-1:000000000000:orders",
    "RoleArn": "arn:aws:iam::000000000000:role/scheduler",
    "Input": "hello",
}


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("server")
    command = [sys.executable, "-m", "lambent", "serve", "--port", "0", "--data", str(folder)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, "LAMBENT_AUTH": "off"}
    ) as server:
        assert server.stdout is not None
        ready = server.stdout.readline()
        yield ready.split(" ")[3]
        server.terminate()


@pytest.fixture
def scheduler(endpoint: str) -> Any:
    return boto3.client(
        "scheduler",
        endpoint_url=endpoint,
        region_name="eu-central-1",
        aws_access_key_id="key",
        aws_secret_access_key="secret",
    )


def test_a_schedule_is_created_read_listed_changed_and_deleted(scheduler: Any) -> None:
    ends = datetime.now(UTC).replace(microsecond=0) + timedelta(days=30)
    created = scheduler.create_schedule(
        Name="daily",
        ScheduleExpression="cron(0 8 * * ? *)",
        ScheduleExpressionTimezone="Europe/Berlin",
        EndDate=ends,
        FlexibleTimeWindow={"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 15},
        Target=TARGET,
    )
    arn = "arn:aws:scheduler:eu-central-1:000000000000:schedule/default/daily"
    assert created["ScheduleArn"] == arn

    schedule = scheduler.get_schedule(Name="daily", GroupName="default")
    assert schedule["EndDate"] == ends
    assert schedule["Target"]["Input"] == "hello"
    assert schedule["FlexibleTimeWindow"] == {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 15}
    assert schedule["CreationDate"] == schedule["LastModificationDate"]

    pages = scheduler.get_paginator("list_schedules").paginate(GroupName="default")
    (listed,) = [each for page in pages for each in page["Schedules"]]
    assert (listed["Name"], listed["Target"]) == ("daily", {"Arn": TARGET["Arn"]})

    scheduler.update_schedule(
        Name="daily",
        ScheduleExpression="rate(1 day)",
        FlexibleTimeWindow={"Mode": "OFF"},
        State="DISABLED",
        Target=TARGET,
    )
    schedule = scheduler.get_schedule(Name="daily")
    assert (schedule["State"], schedule["ScheduleExpression"]) == ("DISABLED", "rate(1 day)")
    assert "EndDate" not in schedule

    scheduler.delete_schedule(Name="daily")
    with pytest.raises(scheduler.exceptions.ResourceNotFoundException) as missing:
        scheduler.get_schedule(Name="daily")
    error = missing.value.response
    assert error["Error"]["Message"] == error["Message"] == "Schedule daily does not exist."


def test_a_group_has_tags_and_goes_with_its_schedules(scheduler: Any) -> None:
    tags = [{"Key": "team", "Value": "a b/c"}]
    arn = scheduler.create_schedule_group(Name="night", Tags=tags)["ScheduleGroupArn"]
    scheduler.tag_resource(ResourceArn=arn, Tags=[{"Key": "other", "Value": "1"}])
    scheduler.untag_resource(ResourceArn=arn, TagKeys=["other"])
    assert scheduler.list_tags_for_resource(ResourceArn=arn)["Tags"] == tags

    names = [each["Name"] for each in scheduler.list_schedule_groups()["ScheduleGroups"]]
    assert names == ["default", "night"]
    scheduler.delete_schedule_group(Name="night")
    with pytest.raises(scheduler.exceptions.ResourceNotFoundException):
        scheduler.get_schedule_group(Name="night")


def test_a_bad_expression_is_refused_in_awss_words(scheduler: Any) -> None:
    with pytest.raises(scheduler.exceptions.ValidationException) as refused:
        scheduler.create_schedule(
            Name="never",
            ScheduleExpression="cron(0 0 31 2 ? *)",
            FlexibleTimeWindow={"Mode": "OFF"},
            Target=TARGET,
        )
    message = refused.value.response["Error"]["Message"]
    assert message == "Invalid Schedule Expression cron(0 0 31 2 ? *)."


def test_a_second_schedule_of_the_name_is_a_conflict(scheduler: Any) -> None:
    params = {
        "Name": "twice",
        "ScheduleExpression": "rate(1 day)",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": TARGET,
    }
    scheduler.create_schedule(**params)
    with pytest.raises(ClientError) as refused:
        scheduler.create_schedule(**params)

    assert refused.value.response["Error"]["Code"] == "ConflictException"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 409
