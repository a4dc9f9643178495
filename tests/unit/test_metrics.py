"""What services count in memory."""

import asyncio
from collections.abc import Sequence

from lambent.metrics import Counted, Figures, Metrics, Subject

FUNCTION = Subject(
    "000000000000", "us-east-1", "AWS/Lambda", ((("FunctionName", "f"),),), {"Duration": "Seconds"}
)


class Kept:
    def __init__(self) -> None:
        self.figures: list[Figures] = []
        self.writes = 0

    async def __call__(self, figures: Sequence[Figures]) -> None:
        self.writes += 1
        await asyncio.sleep(0)
        self.figures += figures


async def test_samples_of_a_minute_become_one_figure_a_metric() -> None:
    kept = Kept()
    metrics = Metrics(kept)
    for at, value in ((60.0, 1.0), (119.9, 1.0), (100.0, 0.0), (120.0, 1.0)):
        metrics.sheet(FUNCTION, at)["Errors"].append(value)
    await metrics.write()

    assert [(one.metric, one.start, one.samples) for one in kept.figures] == [
        ("Errors", 60.0, [1.0, 1.0, 0.0]),
        ("Errors", 120.0, [1.0]),
    ]


async def test_a_tape_has_a_row_for_what_comes_together() -> None:
    kept = Kept()
    metrics = Metrics(kept)
    tape = metrics.tape((FUNCTION, "Errors"), (FUNCTION, "Duration"))
    for row in ((60.0, 1.0, 2.5), (61.0, 0.0, 3.5), (130.0, 0.0, 4.5)):
        tape.add(row)
    await metrics.write()
    tape.add((180.0, 1.0, 5.5))
    await metrics.write()

    assert {(one.metric, one.start): tuple(one.samples) for one in kept.figures} == {
        ("Errors", 60.0): (1.0, 0.0),
        ("Duration", 60.0): (2.5, 3.5),
        ("Errors", 120.0): (0.0,),
        ("Duration", 120.0): (4.5,),
        ("Errors", 180.0): (1.0,),
        ("Duration", 180.0): (5.5,),
    }


async def test_a_figure_has_the_unit_of_its_metric() -> None:
    kept = Kept()
    metrics = Metrics(kept)
    metrics.count(Counted(FUNCTION, 0.0, {"Errors": 1.0, "Duration": 2.5}))
    await metrics.write()

    assert {one.metric: one.unit for one in kept.figures} == {
        "Errors": "Count",
        "Duration": "Seconds",
    }


async def test_nothing_is_written_where_nothing_was_counted() -> None:
    kept = Kept()
    metrics = Metrics(kept)
    await metrics.write()
    await metrics.close()

    assert kept.writes == 0


async def test_who_writes_while_somebody_writes_waits_for_both() -> None:
    """
    A reader sees what was counted before it asked, also where that is just being written.
    """
    kept = Kept()
    metrics = Metrics(kept)
    metrics.sheet(FUNCTION, 0.0)["Errors"].append(1.0)
    first = asyncio.ensure_future(metrics.write())
    await asyncio.sleep(0)
    await metrics.write()

    assert len(kept.figures) == 1
    await first


async def test_what_is_counted_goes_to_the_store_at_the_end() -> None:
    kept = Kept()
    metrics = Metrics(kept)
    metrics.sheet(FUNCTION, 0.0)["Errors"].append(1.0)
    await metrics.close()

    assert len(kept.figures) == 1
