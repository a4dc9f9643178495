"""Sessions of functions' roles: one for those that start together, and no stale ones."""

import asyncio
import json

import pytest

from lambent.core.errors import AwsError
from lambent.runtime.api import FunctionVersion
from lambent.server.function_credentials import FunctionCredentials
from tests.conftest import World
from tests.function_versions import function_version

_TRUST = {
    "Version": "2012-10-17",
    "Statement": {
        "Effect": "Allow",
        "Principal": {"Service": "lambda.amazonaws.com"},
        "Action": "sts:AssumeRole",
    },
}


@pytest.fixture
def credentials(world: World) -> FunctionCredentials:
    return FunctionCredentials(lambda version: world.context.acting_as("lambda.amazonaws.com"))


def version(key: str = "a") -> FunctionVersion:
    return function_version(key, role="arn:aws:iam::000000000000:role/runs")


async def make_role(world: World) -> None:
    params = {"RoleName": "runs", "AssumeRolePolicyDocument": json.dumps(_TRUST)}
    await world.context.call("iam", "CreateRole", params)


async def test_what_starts_together_has_one_session(
    world: World, credentials: FunctionCredentials
) -> None:
    await make_role(world)

    first, second = await asyncio.gather(credentials(version()), credentials(version()))

    assert first == second
    assert set(first) == {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"}


async def test_another_version_has_another_session(
    world: World, credentials: FunctionCredentials
) -> None:
    await make_role(world)

    assert await credentials(version("a")) != await credentials(version("b"))


async def test_what_starts_later_has_a_session_of_its_own(
    world: World, credentials: FunctionCredentials
) -> None:
    await make_role(world)
    early = await credentials(version())

    await world.advance(60)

    assert await credentials(version()) != early


async def test_a_role_that_could_not_be_assumed_is_tried_again(
    world: World, credentials: FunctionCredentials
) -> None:
    with pytest.raises(AwsError):
        await credentials(version())
    await make_role(world)

    assert "AWS_ACCESS_KEY_ID" in await credentials(version())
