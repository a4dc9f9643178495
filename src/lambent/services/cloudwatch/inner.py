"""What the platform itself asks of CloudWatch in no published operation."""

from collections.abc import Iterator, Sequence
from functools import partial

from lambent.metrics import Figures
from lambent.platform import Context, Params, Reply
from lambent.services.cloudwatch import changes, distributions
from lambent.services.cloudwatch.records import Metric, Point, Sample

# A transaction with more would hold up the others.
_AT_ONCE = 200


async def keep_figures(context: Context, params: Params) -> Reply:
    """Write what the services of the platform have counted."""
    figures: Sequence[Figures] = params["Figures"]
    samples = list(_samples(figures))
    for begin in range(0, len(samples), _AT_ONCE):
        part = samples[begin : begin + _AT_ONCE]
        await context.db.write(partial(changes.add, context=context, samples=part))
    return {}


def _samples(figures: Sequence[Figures]) -> Iterator[Sample]:
    for one in figures:
        subject = one.subject
        found = distributions.of_values(one.values)
        point = Point(int(one.start), 60, one.unit, found)
        for view in one.views:
            place = subject.account, subject.region, subject.namespace
            yield Sample(Metric(*place, one.metric, view), point)


OPERATIONS = {"KeepFigures": keep_figures}
