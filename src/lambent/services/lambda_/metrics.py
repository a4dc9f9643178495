"""
What Lambda counts, in AWS's names and dimensions.

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lambent.core.arn import Arn
from lambent.metrics import Dimensions, Subject
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
    "ProvisionedConcurrencyUtilization": "None",
}


@dataclass(frozen=True, slots=True)
class Counted:
    """What the invokes of one version are counted about, as they were asked for."""

    function: Subject
    account: Subject


def counted(name: FunctionName, versions: Sequence[str]) -> Mapping[str, Counted]:
    """Version → what its invokes count for. Kept with the target, so that it is made once."""
    account = Subject(name.account, name.region, _NAMESPACE, ((),), _UNITS)
    return {version: Counted(_subject(name, version), account) for version in versions}


def _subject(name: FunctionName, version: str = "") -> Subject:
    """AWS: of a function, of its version or alias, of what an alias runs, and of all functions."""
    function: Dimensions = (("FunctionName", name.name),)
    resource = f"{name.name}:{name.qualifier}" if name.qualifier else name.name
    named: Dimensions = (*function, ("Resource", resource))
    views = [(), function, named]
    if version and name.qualifier and not names.is_version(name.qualifier):
        views.append((("ExecutedVersion", version), *named))
    # How many run at once is a figure of the function, not of one of its names.
    own = {"ConcurrentExecutions": (function,)}
    return Subject(name.account, name.region, _NAMESPACE, tuple(views), _UNITS, own)


def count_begun(
    context: Context, to: Counted, room: Room, running: Running, *, provisioned: bool, now: float
) -> None:
    """An invoke has found room."""
    metrics = context.platform.metrics
    sheet = metrics.sheet(to.function, now)
    sheet["ConcurrentExecutions"].append(running.function)
    if room.provisioned:
        if provisioned:
            sheet["ProvisionedConcurrencyInvocations"].append(1.0)
        else:
            sheet["ProvisionedConcurrencySpilloverInvocations"].append(1.0)
        sheet["ProvisionedConcurrentExecutions"].append(running.provisioned)
        sheet["ProvisionedConcurrencyUtilization"].append(running.provisioned / room.provisioned)
    account = metrics.sheet(to.account, now)
    account["ConcurrentExecutions"].append(running.account)
    if not room.reserved:
        account["UnreservedConcurrentExecutions"].append(running.unreserved)


def count_ended(context: Context, to: Counted, began: float, result: InvocationResult) -> None:
    """AWS: the figures of an invoke are of the minute in which it began."""
    sheet = context.platform.metrics.sheet(to.function, began)
    sheet["Invocations"].append(1.0)
    sheet["Errors"].append(0.0 if result.function_error is None else 1.0)
    sheet["Duration"].append(result.duration_ms)


def count(context: Context, to: Counted, metric: str, value: float = 1.0) -> None:
    """Something rarer than an invoke has happened now."""
    now = context.clock.now()
    context.platform.metrics.sheet(to.function, now)[metric].append(value)


def count_event(
    context: Context, target: "Target", request_id: str, metric: str, value: float = 1.0
) -> None:
    """The same of an asynchronous event, for the version that it goes to."""
    version = target.invokable_for(request_id).version.version
    count(context, target.counted[version], metric, value)


def count_of(context: Context, function_arn: str, metric: str) -> None:
    """The same, where only the ARN is known, with the qualifier that records have."""
    arn = Arn.parse(function_arn)
    name, _, qualifier = arn.resource.removeprefix("function:").partition(":")
    if qualifier == names.LATEST:
        qualifier = ""
    subject = _subject(FunctionName(arn.account, arn.region, name, qualifier or None))
    context.platform.metrics.sheet(subject, context.clock.now())[metric].append(1.0)


def of_mapping(account: str, region: str, mapping_id: str) -> Subject:
    """Of an event source mapping whose MetricsConfig asks for EventCount."""
    view: Dimensions = (("EventSourceMappingUUID", mapping_id),)
    return Subject(account, region, _NAMESPACE, (view,), _UNITS)
