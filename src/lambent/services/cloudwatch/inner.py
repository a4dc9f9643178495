"""What the platform itself asks of CloudWatch in no published operation."""

import asyncio
from collections.abc import Sequence
from functools import partial

from lambent.metrics import Figures
from lambent.platform import Context, Params, Reply
from lambent.services.cloudwatch import changes, distributions
from lambent.services.cloudwatch.records import Metric, Point, Sample

# A transaction with more would hold up the others.
_AT_ONCE = 100


async def keep_figures(context: Context, params: Params) -> Reply:
    """Write what the services of the platform have counted."""
    figures: Sequence[Figures] = params["Figures"]
    samples: list[Sample] = []
    for one in figures:
        samples += _samples(one)
        # Summing up a busy metric takes milliseconds: others may go first.
        await asyncio.sleep(0)
        if len(samples) >= _AT_ONCE:
            await context.db.write(partial(changes.add, context=context, samples=samples))
            samples = []
    if samples:
        await context.db.write(partial(changes.add, context=context, samples=samples))
    return {}


def _samples(one: Figures) -> list[Sample]:
    subject = one.subject
    found = distributions.of_samples(one.samples)
    point = Point(int(one.start), 60, one.unit, found)
    place = subject.account, subject.region, subject.namespace
    return [Sample(Metric(*place, one.metric, view), point) for view in subject.views]


OPERATIONS = {"KeepFigures": keep_figures}
