"""The life of a function version, with plain values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambent.services.lambda_.errors import CodeArtifactUserPending, ResourceConflict
from lambent.services.lambda_.lifecycle import (
    CREATED,
    CREATION,
    RESTORATION,
    UPDATE,
    IdleForLong,
    InvokedWhileInactive,
    PreparationFailed,
    Prepared,
    Told,
    UpdateAsked,
    advance,
    check_can_be_invoked,
    check_can_change,
)
from lambent.services.lambda_.records import Life

ACTIVE = advance(CREATED, Prepared(CREATION))
UPDATING = advance(ACTIVE, UpdateAsked())
INACTIVE = advance(ACTIVE, IdleForLong())
RESTORING = advance(INACTIVE, InvokedWhileInactive())


def test_a_new_version_is_pending_and_then_active() -> None:
    assert (CREATED.state, CREATED.reason_code, CREATED.update_status) == (
        "Pending",
        "Creating",
        "",
    )
    assert Life("Active", update_status="Successful") == ACTIVE


def test_a_creation_that_fails_says_why_in_both_statuses() -> None:
    failed = advance(CREATED, PreparationFailed(CREATION, "no room", "InternalError"))

    assert (failed.state, failed.reason, failed.reason_code) == (
        "Failed",
        "no room",
        "InternalError",
    )
    assert (failed.update_status, failed.update_reason_code) == ("Failed", "InternalError")


def test_an_update_does_not_touch_the_state() -> None:
    assert (UPDATING.state, UPDATING.update_status) == ("Active", "InProgress")
    assert UPDATING.update_reason_code == "Creating"
    assert advance(UPDATING, Prepared(UPDATE)) == ACTIVE


def test_an_update_that_fails_leaves_the_version_active() -> None:
    failed = advance(UPDATING, PreparationFailed(UPDATE, "broken", "InvalidZipFileException"))

    assert (failed.state, failed.update_status) == ("Active", "Failed")
    assert failed.update_reason == "broken"
    check_can_change(failed, "arn")


def test_an_idle_version_is_inactive_until_an_invoke_has_it_restored() -> None:
    assert (INACTIVE.state, INACTIVE.reason, INACTIVE.reason_code) == (
        "Inactive",
        "The function is idle.",
        "Idle",
    )
    assert (RESTORING.state, RESTORING.reason_code) == ("Pending", "Restoring")
    assert advance(RESTORING, Prepared(RESTORATION)) == ACTIVE


def test_a_restoration_that_fails_goes_back_to_inactive() -> None:
    failed = advance(RESTORING, PreparationFailed(RESTORATION, "no role", "InternalError"))

    assert (failed.state, failed.reason) == ("Inactive", "no role")


def test_a_version_that_is_being_updated_does_not_turn_inactive() -> None:
    assert advance(UPDATING, IdleForLong()) == UPDATING


def test_an_inactive_version_that_is_updated_is_active_again() -> None:
    updating = advance(INACTIVE, UpdateAsked())

    assert (updating.state, updating.update_status) == ("Inactive", "InProgress")
    assert advance(updating, Prepared(UPDATE)) == ACTIVE


@pytest.mark.parametrize("life", [ACTIVE, UPDATING, INACTIVE])
def test_what_is_told_too_late_changes_nothing(life: Life) -> None:
    assert advance(life, Prepared(CREATION)) == life
    assert advance(life, PreparationFailed(RESTORATION, "late", "InternalError")) == life


def test_nobody_changes_what_is_pending_updating_or_failed() -> None:
    for life in (CREATED, RESTORING, Life("Failed")):
        with pytest.raises(ResourceConflict, match=f"following state: {life.state}"):
            check_can_change(life, "arn")
    with pytest.raises(ResourceConflict, match="An update is in progress for resource: arn"):
        check_can_change(UPDATING, "arn")


def test_only_what_is_active_can_be_invoked() -> None:
    check_can_be_invoked(ACTIVE)
    check_can_be_invoked(UPDATING)
    with pytest.raises(CodeArtifactUserPending, match="Lambda is initializing your function"):
        check_can_be_invoked(INACTIVE)
    for life in (CREATED, RESTORING, Life("Failed")):
        with pytest.raises(ResourceConflict, match=f"following state: {life.state}"):
            check_can_be_invoked(life)


TOLD = st.one_of(
    st.builds(UpdateAsked),
    st.builds(Prepared, st.sampled_from([CREATION, UPDATE, RESTORATION])),
    st.builds(
        PreparationFailed,
        st.sampled_from([CREATION, UPDATE, RESTORATION]),
        st.just("why"),
        st.just("InternalError"),
    ),
    st.builds(IdleForLong),
    st.builds(InvokedWhileInactive),
)


def may_be_told(life: Life, told: Told) -> bool:
    """An update is only begun where the API allows it."""
    if not isinstance(told, UpdateAsked):
        return True
    return life.state not in ("Pending", "Failed") and life.update_status != "InProgress"


@given(st.lists(TOLD))
def test_whatever_happens_the_two_statuses_never_lie(story: list[Told]) -> None:
    """
    In any order of events there is a reason where there must be one and none where not.
    """
    life = CREATED
    for told in story:
        if not may_be_told(life, told):
            continue
        life = advance(life, told)
        assert life.state in ("Pending", "Active", "Inactive", "Failed")
        assert bool(life.reason) == bool(life.reason_code) == (life.state != "Active")
        assert bool(life.update_reason) == (life.update_status in ("InProgress", "Failed"))
        if life.state == "Failed":
            assert life.update_status == "Failed"
        if life.state in ("Active", "Inactive"):
            assert life.update_status in ("Successful", "Failed", "InProgress")


@given(st.lists(TOLD))
def test_every_preparation_is_awaited_until_it_ends(story: list[Told]) -> None:
    """
    Nothing but its preparation takes a version out of Pending or InProgress.
    """
    life = CREATED
    for told in story:
        if not may_be_told(life, told):
            continue
        after = advance(life, told)
        ended = isinstance(told, Prepared | PreparationFailed)
        if life.state == "Pending" and after.state != "Pending":
            assert ended
        if life.update_status == "InProgress" and after.update_status != "InProgress":
            assert ended
        life = after
