"""
Provisioned environments as numbers: how many there are, how many to start. Pure.

https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html
"""

from dataclasses import dataclass, replace

from lambent.runtime.api import Provisioned

# AWS gives up after a while; who asks again makes it begin again.
_MOST_FAILURES = 3
_FIRST_DELAY_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Provision:
    """What is wanted for one version, and what there is."""

    requested: int
    starting: int = 0
    allocated: int = 0
    busy: int = 0
    failures: int = 0  # in a row
    failure: str = ""


def shortfall(provision: Provision) -> int:
    """How many environments to start."""
    if provision.failures >= _MOST_FAILURES:
        return 0
    return max(0, provision.requested - provision.starting - provision.allocated)


def surplus(provision: Provision) -> int:
    """How many environments to end."""
    return max(0, provision.starting + provision.allocated - provision.requested)


def delay_seconds(provision: Provision) -> float:
    """How long to wait before starting another one."""
    if not provision.failures:
        return 0.0
    return _FIRST_DELAY_SECONDS * 2.0 ** (provision.failures - 1)


def began(provision: Provision) -> Provision:
    return replace(provision, starting=provision.starting + 1)


def came_up(provision: Provision) -> Provision:
    return replace(
        provision,
        starting=provision.starting - 1,
        allocated=provision.allocated + 1,
        failures=0,
        failure="",
    )


def did_not_come_up(provision: Provision, why: str) -> Provision:
    return replace(
        provision,
        starting=provision.starting - 1,
        failures=provision.failures + 1,
        failure=why,
    )


def ended(provision: Provision) -> Provision:
    """One that had come up is gone."""
    return replace(provision, allocated=provision.allocated - 1)


def asked(provision: Provision | None, count: int) -> Provision:
    """Somebody asks for `count`; what failed before gets another chance."""
    if provision is None:
        return Provision(count)
    return replace(provision, requested=count, failures=0, failure="")


def summary(provision: Provision) -> Provisioned:
    allocated = min(provision.allocated, provision.requested)
    if allocated >= provision.requested:
        status = "READY"
    else:
        status = "FAILED" if provision.failures >= _MOST_FAILURES else "IN_PROGRESS"
    available = max(0, min(provision.allocated - provision.busy, provision.requested))
    return Provisioned(
        provision.requested,
        allocated,
        available,
        status,
        provision.failure if status == "FAILED" else "",
    )
