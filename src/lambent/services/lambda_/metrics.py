"""
What Lambda counts, in AWS's names and dimensions.

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lambent.core.arn import Arn
from lambent.metrics import Dimensions, Subject, Tape
from lambent.platform import Context
from lambent.runtime.api import InvocationResult
from lambent.services.lambda_ import names
from lambent.services.lambda_.concurrency import Room, Running
from lambent.services.lambda_.names import FunctionName

if TYPE_CHECKING:
    from lambent.services.lambda_.invokables import Target

_NAMESPACE = "AWS/Lambda"
_UNITS = {
    "AsyncEventAge": "Milliseconds",
    "Duration": "Milliseconds",
    "IteratorAge": "Milliseconds",
    "PostRuntimeExtensionsDuration": "Milliseconds",
    "ProvisionedConcurrencyUtilization": "None",
}


@dataclass(frozen=True, slots=True)
class Counted:
    """What the invokes of one version are counted about, as they were asked for."""

    subject: Subject
    invokes: Tape
    # Of those that have reserved nothing.
    unreserved: Tape


def counted(context: Context, name: FunctionName, versions: Sequence[str]) -> Mapping[str, Counted]:
    """Version → what its invokes count for. Kept with the target, so that it is made once."""
    return {version: _counted(context, name, version) for version in versions}


def _counted(context: Context, name: FunctionName, version: str) -> Counted:
    place = name.account, name.region, _NAMESPACE
    # How many run at once is a figure of the function, not of one of its names.
    function = Subject(*place, ((("FunctionName", name.name),),), _UNITS)
    account = Subject(*place, ((),), _UNITS)
    subject = _subject(name, version)
    columns = (
        (subject, "Invocations"),
        (subject, "Errors"),
        (subject, "Duration"),
        (function, "ConcurrentExecutions"),
        (account, "ConcurrentExecutions"),
    )
    tape = context.platform.metrics.tape
    unreserved = tape(*columns, (account, "UnreservedConcurrentExecutions"))
    return Counted(subject, tape(*columns), unreserved)


def _subject(name: FunctionName, version: str = "") -> Subject:
    """AWS: of a function, of its version or alias, of what an alias runs, and of all functions."""
    function: Dimensions = (("FunctionName", name.name),)
    resource = f"{name.name}:{name.qualifier}" if name.qualifier else name.name
    named: Dimensions = (*function, ("Resource", resource))
    views = [(), function, named]
    if version and name.qualifier and not names.is_version(name.qualifier):
        views.append((("ExecutedVersion", version), *named))
    return Subject(name.account, name.region, _NAMESPACE, tuple(views), _UNITS)


def count_invoke(
    to: Counted, began: float, result: InvocationResult, running: Running, *, reserved: bool
) -> None:
    """
    An invoke has ended; `running` is what ran when it began.

    AWS: the figures of an invoke are of the minute in which it began.
    """
    error = 0.0 if result.function_error is None else 1.0
    function, account, unreserved = running
    if reserved:
        to.invokes.add((began, 1.0, error, result.duration_ms, function, account))
    else:
        to.unreserved.add((began, 1.0, error, result.duration_ms, function, account, unreserved))


def count_extensions(context: Context, to: Counted, began: float, result: InvocationResult) -> None:
    """The same for extensions that run on after the answer, when they are done."""
    sheets = context.platform.metrics

    def count_them(done: "asyncio.Future[float]") -> None:
        if not done.cancelled():
            sheets.sheet(to.subject, began)["PostRuntimeExtensionsDuration"].append(done.result())

    if result.runs_on_ms is not None:
        result.runs_on_ms.add_done_callback(count_them)


def count_provisioned(
    context: Context, to: Counted, room: Room, busy: int, *, spilled: bool, now: float
) -> None:
    """An invoke of a version with provisioned environments has found room."""
    sheet = context.platform.metrics.sheet(to.subject, now)
    if spilled:
        sheet["ProvisionedConcurrencySpilloverInvocations"].append(1.0)
    else:
        sheet["ProvisionedConcurrencyInvocations"].append(1.0)
    sheet["ProvisionedConcurrentExecutions"].append(busy)
    sheet["ProvisionedConcurrencyUtilization"].append(busy / room.provisioned)


def count(context: Context, to: Counted, metric: str, value: float = 1.0) -> None:
    """Something rarer than an invoke has happened now."""
    now = context.clock.now()
    context.platform.metrics.sheet(to.subject, now)[metric].append(value)


def count_event(
    context: Context, target: "Target", request_id: str, metric: str, value: float = 1.0
) -> None:
    """The same of an asynchronous event, for the version that it goes to."""
    version = target.invokable_for(request_id).version.version
    count(context, target.counted[version], metric, value)


def count_of(context: Context, function_arn: str, metric: str, value: float = 1.0) -> None:
    """The same, where only the ARN is known, with the qualifier that records have."""
    arn = Arn.parse(function_arn)
    name, _, qualifier = arn.resource.removeprefix("function:").partition(":")
    if qualifier == names.LATEST:
        qualifier = ""
    subject = _subject(FunctionName(arn.account, arn.region, name, qualifier or None))
    context.platform.metrics.sheet(subject, context.clock.now())[metric].append(value)


def of_mapping(account: str, region: str, mapping_id: str) -> Subject:
    """Of an event source mapping whose MetricsConfig asks for EventCount."""
    view: Dimensions = (("EventSourceMappingUUID", mapping_id),)
    return Subject(account, region, _NAMESPACE, (view,), _UNITS)
