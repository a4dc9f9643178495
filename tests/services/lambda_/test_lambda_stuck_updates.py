"""A preparation that takes longer than it may."""

from dataclasses import replace

import pytest

from lambent.core.settings import FunctionSettings, Settings
from tests.conftest import World
from tests.services.lambda_.functions import call, create, status


@pytest.fixture
def settings(settings: Settings) -> Settings:
    functions = FunctionSettings(preparation_delay_seconds=7200.0, preparation_seconds=600.0)
    return replace(settings, functions=functions)


async def test_a_preparation_that_takes_too_long_is_given_up(world: World) -> None:
    await create(world.context)
    await world.advance(599)
    assert await status(world.context) == ("Pending", "")
    await world.advance(1)
    reply = await call(world.context, "GetFunctionConfiguration", FunctionName="orders")

    assert (reply["State"], reply["StateReasonCode"]) == ("Failed", "InternalError")
    assert reply["StateReason"] == "The preparation did not end within 600 seconds."
