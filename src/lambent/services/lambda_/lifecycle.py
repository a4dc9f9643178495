"""
The life of a function version, as a pure machine.

State:            Pending ──prepared──▶ Active ──idle──▶ Inactive ──invoked──▶ Pending (Restoring)
                     └────failed──▶ Failed;  a restore that fails goes back to Inactive
LastUpdateStatus: InProgress ──prepared──▶ Successful;  ──failed──▶ Failed

https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html
"""

from dataclasses import dataclass, replace
from typing import assert_never

from lambent.core.errors import Impossible
from lambent.services.lambda_.errors import CodeArtifactUserPending, ResourceConflict
from lambent.services.lambda_.records import Life

# What a preparation is for; its work item carries the word.
CREATION, UPDATE, RESTORATION = "creation", "update", "restoration"

CREATED = Life("Pending", "The function is being created.", "Creating")


class ImpossibleLife(Impossible):
    """A version's state and what is known of it contradict each other."""


@dataclass(frozen=True, slots=True)
class UpdateAsked:
    """The version's code or configuration is to be another."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """Code and role are as they must be."""

    purpose: str


@dataclass(frozen=True, slots=True)
class PreparationFailed:
    """`code` is one of AWS's StateReasonCodes."""

    purpose: str
    reason: str
    code: str


@dataclass(frozen=True, slots=True)
class IdleForLong:
    """Nobody has invoked it for so long that its resources are reclaimed."""


@dataclass(frozen=True, slots=True)
class InvokedWhileInactive:
    """An invoke has found it Inactive."""


Told = UpdateAsked | Prepared | PreparationFailed | IdleForLong | InvokedWhileInactive


def advance(life: Life, told: Told) -> Life:
    """The life after what was told; the same one where it is told too late to matter."""
    match told:
        case UpdateAsked():
            return replace(
                life,
                update_status="InProgress",
                # AWS: the words are those of a creation.
                update_reason="The function is being created.",
                update_reason_code="Creating",
            )
        case Prepared(purpose) | PreparationFailed(purpose) if not awaits(life, purpose):
            return life
        case Prepared(purpose):
            return _prepared(life, purpose)
        case PreparationFailed(purpose, reason, code):
            return _failed(life, purpose, reason, code)
        case IdleForLong():
            if life.state != "Active" or life.update_status == "InProgress":
                return life
            return _in_state(life, "Inactive", "The function is idle.", "Idle")
        case InvokedWhileInactive():
            if life.state != "Inactive":
                return life
            return _in_state(life, "Pending", "The function is being restored.", "Restoring")
        case _:
            assert_never(told)


def awaits(life: Life, purpose: str) -> bool:
    """Whether a preparation for `purpose` still has somebody who waits for it."""
    if purpose == UPDATE:
        return life.update_status == "InProgress"
    expected = "Creating" if purpose == CREATION else "Restoring"
    return life.state == "Pending" and life.reason_code == expected


def check_can_change(life: Life, arn: str) -> None:
    """UpdateFunctionCode, UpdateFunctionConfiguration and PublishVersion want an idle machine."""
    if life.state in ("Pending", "Failed"):
        raise ResourceConflict(_wrong_state(life.state))
    if life.update_status == "InProgress":
        raise ResourceConflict(
            "The operation cannot be performed at this time."
            f" An update is in progress for resource: {arn}"
        )


def check_can_be_invoked(life: Life) -> None:
    if life.state == "Active":
        return
    if life.state == "Inactive":
        # AWS: not a ResourceConflictException; the code's optimised copy is made anew.
        raise CodeArtifactUserPending(
            "Lambda is initializing your function. It will be ready to invoke shortly."
        )
    raise ResourceConflict(_wrong_state(life.state))


def check_can_be_queued(life: Life) -> None:
    """An event may wait for a version that is, or will be, restored; not for one being created."""
    if life.state != "Inactive" and life.reason_code != "Restoring":
        check_can_be_invoked(life)


def _wrong_state(state: str) -> str:
    return (
        "The operation cannot be performed at this time."
        f" The function is currently in the following state: {state}"
    )


def _prepared(life: Life, purpose: str) -> Life:
    if purpose == RESTORATION:
        return _in_state(life, "Active")
    # An updated function is usable again, whatever it was before.
    return Life("Active", update_status="Successful")


def _failed(life: Life, purpose: str, reason: str, code: str) -> Life:
    if purpose == RESTORATION:
        return _in_state(life, "Inactive", reason, code)
    if purpose == CREATION:
        return Life("Failed", reason, code, "Failed", reason, code)
    return replace(life, update_status="Failed", update_reason=reason, update_reason_code=code)


def _in_state(life: Life, state: str, reason: str = "", reason_code: str = "") -> Life:
    return replace(life, state=state, reason=reason, reason_code=reason_code)
