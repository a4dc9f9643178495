"""What Lambda remembers of provisioned concurrency, and what follows from it. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from lambent.services.lambda_.configuration import last_modified
from lambent.services.lambda_.errors import InvalidParameterValue
from lambent.services.lambda_.limits import UNRESERVED_CONCURRENCY
from lambent.services.lambda_.names import is_version
from lambent.services.lambda_.records import Alias


@dataclass(frozen=True, slots=True)
class ProvisionedConcurrency:
    """Of a version, or of an alias and so of the versions that it points to."""

    account: str
    region: str
    function_name: str
    qualifier: str
    requested: int
    allocated: int
    status: str
    reason: str
    last_modified: float

    @property
    def function_arn(self) -> str:
        return (
            f"arn:aws:lambda:{self.region}:{self.account}:function:{self.function_name}"
            f":{self.qualifier}"
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a version's environments. `failure` is empty where nothing failed."""

    allocated: int
    failure: str = ""


def counts(config: ProvisionedConcurrency, aliases: Mapping[str, Alias]) -> dict[str, int]:
    """Version → how many environments; a weighted alias shares them by its weights."""
    if is_version(config.qualifier):
        return {config.qualifier: config.requested}
    alias = aliases.get(config.qualifier)
    if alias is None:
        return {}
    shares = {
        version: round(config.requested * weight) for version, weight in alias.weights.items()
    }
    return {**shares, alias.version: config.requested - sum(shares.values())}


def total_counts(
    configs: Iterable[ProvisionedConcurrency], aliases: Mapping[str, Alias]
) -> dict[str, int]:
    """Version → how many environments, for all configs of a function."""
    total: dict[str, int] = {}
    for config in configs:
        for version, count in counts(config, aliases).items():
            total[version] = total.get(version, 0) + count
    return total


def settled(
    config: ProvisionedConcurrency,
    aliases: Mapping[str, Alias],
    outcomes: Mapping[str, Outcome],
) -> ProvisionedConcurrency:
    """The config with what became of its versions; one that is not ready yet is in progress."""
    wanted = counts(config, aliases)
    failed = any(outcomes[version].failure for version in wanted if version in outcomes)
    allocated = sum(
        min(count, outcomes[version].allocated)
        for version, count in wanted.items()
        if version in outcomes
    )
    if failed:
        return replace(
            config, status="FAILED", reason="FUNCTION_ERROR_INIT_FAILURE", allocated=allocated
        )
    status = "READY" if allocated >= config.requested else "IN_PROGRESS"
    return replace(config, status=status, reason="", allocated=allocated)


def check_fits(
    requested: int, *, reserved: int | None, of_function: int, account_left: int
) -> None:
    """
    Raise where there is not so much to provision.

    `of_function` is what else of the function is provisioned, `account_left` what the account
    has neither reserved nor provisioned.
    """
    if reserved is not None:
        if requested + of_function > reserved:
            raise InvalidParameterValue(
                "Requested Provisioned Concurrency should not be greater than the"
                " reservedConcurrentExecution for function"
            )
        return
    if requested > account_left:
        raise InvalidParameterValue(
            "Specified ConcurrentExecutions for function is greater than account's unreserved"
            f" concurrency [{account_left}]."
        )
    if account_left - requested < UNRESERVED_CONCURRENCY:
        raise InvalidParameterValue(
            "Specified ConcurrentExecutions for function decreases account's"
            f" UnreservedConcurrentExecution below its minimum value of [{UNRESERVED_CONCURRENCY}]."
        )


def reply(config: ProvisionedConcurrency) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "RequestedProvisionedConcurrentExecutions": config.requested,
        "AvailableProvisionedConcurrentExecutions": config.allocated,
        "AllocatedProvisionedConcurrentExecutions": config.allocated,
        "Status": config.status,
        "LastModified": last_modified(config.last_modified),
    }
    if config.reason:
        shown["StatusReason"] = config.reason
    return shown
