"""The page that moves the clock."""

import pytest

from lambent.server.pages import StillBusy, pages
from lambent.server.worker import Worker
from lambent.wire.messages import HttpRequest
from tests.conftest import World


class BusyWorker(Worker):
    """One whose work does not end."""

    async def move_clock(self, seconds: float) -> None:
        raise TimeoutError


async def test_what_does_not_end_in_time_is_said_plainly(world: World) -> None:
    """
    The clock waits for what fell due, a minute at most; then the person hears where it stopped.
    """

    async def reset() -> None:
        return None

    clock = pages(world.platform, BusyWorker(world.platform), reset)["clock"]

    with pytest.raises(StillBusy, match="has not ended within a minute"):
        await clock(HttpRequest("POST", "/_lambent/clock", "advance=PT1H", {}))
