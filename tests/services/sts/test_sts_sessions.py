"""Who calls, and sessions of roles."""

import json
from typing import Any

import pytest

from lambent.core.errors import AwsError
from lambent.platform import Context
from lambent.services.sts import sessions

TRUST = json.dumps(
    {
        "Statement": {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    }
)


async def a_role(context: Context, **more: Any) -> Any:
    params = {"RoleName": "worker", "AssumeRolePolicyDocument": TRUST, **more}
    return (await context.call("iam", "CreateRole", params))["Role"]


async def assumed(context: Context, role: Any, **more: Any) -> Any:
    params = {"RoleArn": role["Arn"], "RoleSessionName": "run", **more}
    return await context.call("sts", "AssumeRole", params)


async def test_the_root_user_is_told_who_it_is(context: Context) -> None:
    assert await context.call("sts", "GetCallerIdentity", {}) == {
        "UserId": "000000000000",
        "Account": "000000000000",
        "Arn": "arn:aws:iam::000000000000:root",
    }


async def test_a_session_is_found_by_its_key(context: Context) -> None:
    role = await a_role(context, Path="/deep/")
    reply = await assumed(context, role)
    keys = reply["Credentials"]
    session = await sessions.find_session(context.platform, keys["AccessKeyId"])

    assert keys["AccessKeyId"].startswith("ASIA")
    assert session is not None
    assert session.arn == "arn:aws:sts::000000000000:assumed-role/worker/run"
    assert session.user_id == f"{role['RoleId']}:run"
    assert session.secret_access_key == keys["SecretAccessKey"]
    assert session.expires_at == context.clock.now() + 3600 == keys["Expiration"]
    assert reply["AssumedRoleUser"]["Arn"] == session.arn


async def test_a_role_of_another_account_gives_a_session_there(context: Context) -> None:
    there = context.at("111111111111", "us-east-1")
    reply = await assumed(context, await a_role(there))
    key = reply["Credentials"]["AccessKeyId"]
    account = await context.call("sts", "GetAccessKeyInfo", {"AccessKeyId": key})

    assert ":111111111111:assumed-role/" in reply["AssumedRoleUser"]["Arn"]
    assert account == {"Account": "111111111111"}


async def test_a_role_that_is_not_there_may_not_be_assumed(context: Context) -> None:
    arn = "arn:aws:iam::000000000000:role/nobody"
    with pytest.raises(AwsError) as refusal:
        await assumed(context, {"Arn": arn})

    assert refusal.value.code == "AccessDenied"
    assert refusal.value.message == (
        "User: arn:aws:iam::000000000000:root is not authorized to perform: sts:AssumeRole on"
        f" resource: {arn}"
    )


async def test_a_session_lasts_no_longer_than_its_role_allows(context: Context) -> None:
    role = await a_role(context, MaxSessionDuration=7200)
    reply = await assumed(context, role, DurationSeconds=7200)
    with pytest.raises(AwsError) as refusal:
        await assumed(context, role, DurationSeconds=7201)

    assert reply["Credentials"]["Expiration"] == context.clock.now() + 7200
    assert refusal.value.message == (
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
    )


async def test_a_session_of_the_caller_is_the_caller(context: Context) -> None:
    keys = (await context.call("sts", "GetSessionToken", {}))["Credentials"]
    session = await sessions.find_session(context.platform, keys["AccessKeyId"])

    assert session is not None
    assert session.arn == context.principal.arn
