"""News of a topic: who hears it, and what is run again for it."""

import asyncio

from lambent.work.queue import WorkItem
from lambent.work.signals import Signals, working_for

ITEM = WorkItem("poll/1", "test.poll", "1", "r", {}, 0.0)


def test_a_held_item_is_run_again_by_the_next_news_alone() -> None:
    signals = Signals()
    resumed: list[str] = []
    signals.resume = lambda item: resumed.append(item.id)

    signals.hold("queue", ITEM)
    signals.tell("another")
    assert resumed == []
    signals.tell("queue")
    signals.tell("queue")

    assert resumed == ["poll/1"]


def test_an_item_that_is_held_twice_is_run_once() -> None:
    signals = Signals()
    resumed: list[str] = []
    signals.resume = lambda item: resumed.append(item.id)

    signals.hold("queue", ITEM)
    signals.hold("queue", ITEM)
    signals.tell("queue")

    assert resumed == ["poll/1"]
    assert not signals.holds


def test_moving_the_clock_leaves_held_items_to_their_timers() -> None:
    signals = Signals()
    resumed: list[str] = []
    signals.resume = lambda item: resumed.append(item.id)

    signals.hold("queue", ITEM)
    signals.tell_all()

    assert resumed == []
    assert signals.holds


async def test_an_item_that_waits_patiently_is_one_until_there_is_news() -> None:
    """
    Who moves the clock must not wait for what waits for the clock.
    """
    signals = Signals()

    async def work(item_id: str, *, patiently: bool) -> bool:
        working_for.set(item_id)
        # The tasks that it makes wait in its name.
        return await asyncio.ensure_future(signals.wait("end", 60.0, patiently=patiently))

    tasks = [
        asyncio.ensure_future(work("patient", patiently=True)),
        asyncio.ensure_future(work("busy", patiently=False)),
    ]
    for _ in range(3):
        await asyncio.sleep(0)
    assert signals.patient_items() == {"patient"}
    signals.tell("end")
    assert signals.patient_items() == set()
    assert await asyncio.gather(*tasks) == [True, True]
