from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from lambent.languages.templates import plan
from lambent.languages.templates.plan import Action, OnFailure, Operation, Outcome

CHAIN = {"Role": (), "Function": ("Role",), "Alias": ("Function",), "Logs": ()}


@dataclass
class Story:
    """What a machine did, told step by step."""

    operation: Operation
    running: dict[str, Action] = field(default_factory=dict)
    statuses: list[tuple[str, str]] = field(default_factory=list)

    def tell(self, told: plan.Told) -> None:
        transition = plan.advance(self.operation, told)
        self.operation = transition.operation
        self.running |= {step.logical_id: step.action for step in transition.begun}
        self.statuses += [(change.status, change.reason) for change in transition.statuses]

    def done(self, name: str, outcome: Outcome = Outcome.CREATED) -> None:
        del self.running[name]
        self.tell(plan.StepDone(name, outcome))

    def failed(self, name: str, outcome: Outcome = Outcome.CREATED) -> None:
        del self.running[name]
        self.tell(plan.StepFailed(name, outcome))


def begun(operation: Operation) -> Story:
    story = Story(operation)
    story.tell(plan.Started())
    return story


def test_what_needs_nothing_begins_together_and_the_rest_follows() -> None:
    story = begun(plan.creation(CHAIN))

    assert set(story.running) == {"Role", "Logs"}
    story.done("Role")
    assert set(story.running) == {"Logs", "Function"}
    story.done("Function")
    story.done("Logs")
    story.done("Alias")
    assert story.statuses == [("CREATE_COMPLETE", "")]


def test_a_failed_creation_is_taken_down_in_reverse() -> None:
    story = begun(plan.creation(CHAIN))
    story.done("Role")
    story.failed("Function")

    assert story.statuses == []
    assert set(story.running) == {"Logs"}
    story.failed("Logs")
    assert story.statuses == [
        (
            "ROLLBACK_IN_PROGRESS",
            "The following resource(s) failed to create: [Function, Logs]. "
            "Rollback requested by user.",
        )
    ]
    assert story.running == {"Function": Action.REMOVE, "Logs": Action.REMOVE}
    story.done("Function", Outcome.REMOVED)
    story.done("Logs", Outcome.REMOVED)
    story.done("Role", Outcome.REMOVED)
    assert story.statuses[-1] == ("ROLLBACK_COMPLETE", "")


def test_a_failed_creation_may_be_left_as_it_is() -> None:
    story = begun(plan.creation({"A": ()}, OnFailure.DO_NOTHING))
    story.failed("A")

    assert story.statuses == [
        ("CREATE_FAILED", "The following resource(s) failed to create: [A]. ")
    ]


def test_an_update_cleans_up_what_it_replaced_and_removed() -> None:
    operation = plan.update(CHAIN, ["Function", "Alias"], {"Old": ("Role",)})
    story = begun(operation)

    story.done("Function", Outcome.REPLACED)
    story.done("Alias", Outcome.UPDATED)
    assert story.running == {"Function": Action.DISCARD, "Old": Action.REMOVE}
    story.done("Old", Outcome.REMOVED)
    story.failed("Function", Outcome.NOTHING)
    assert [status for status, _ in story.statuses] == [
        "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
        "UPDATE_COMPLETE",
    ]


def test_a_failed_update_goes_back_to_what_was() -> None:
    story = begun(plan.update({**CHAIN, "New": ()}, ["New", "Function", "Alias"], {}))
    story.done("New", Outcome.CREATED)
    story.done("Function", Outcome.REPLACED)
    story.failed("Alias", Outcome.UPDATED)

    assert story.running == {"Alias": Action.REVERT}
    story.done("Alias", Outcome.UPDATED)
    assert story.running == {"Function": Action.REVERT}
    story.done("Function", Outcome.UPDATED)
    assert story.running == {"New": Action.REMOVE, "Function": Action.DISCARD}
    story.done("New", Outcome.REMOVED)
    story.done("Function", Outcome.REMOVED)
    assert story.statuses == [
        ("UPDATE_ROLLBACK_IN_PROGRESS", "The following resource(s) failed to update: [Alias]. "),
        ("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", ""),
        ("UPDATE_ROLLBACK_COMPLETE", ""),
    ]


def test_an_update_that_is_cancelled_goes_back() -> None:
    story = begun(plan.update(CHAIN, ["Role", "Logs"], {}))
    story.tell(plan.CancelRequested())
    story.done("Role", Outcome.UPDATED)
    story.done("Logs", Outcome.NOTHING)

    assert story.statuses == [("UPDATE_ROLLBACK_IN_PROGRESS", "User Initiated")]
    assert story.running == {"Role": Action.REVERT}


def test_a_way_back_that_failed_is_tried_again() -> None:
    story = begun(plan.update({"A": (), "B": ()}, ["A", "B"], {}))
    story.done("A", Outcome.UPDATED)
    story.failed("B", Outcome.UPDATED)
    story.failed("A", Outcome.UPDATED)
    story.done("B", Outcome.UPDATED)
    assert story.statuses[-1][0] == "UPDATE_ROLLBACK_FAILED"

    again = Story(plan.rollback_again(story.operation, ()))
    again.tell(plan.Started())
    assert again.running == {"A": Action.REVERT}
    again.done("A", Outcome.UPDATED)
    assert [status for status, _ in again.statuses][-1] == "UPDATE_ROLLBACK_COMPLETE"


def test_a_deletion_goes_backwards_and_stops_where_it_fails() -> None:
    story = begun(plan.deletion(CHAIN))

    assert story.running == {"Alias": Action.REMOVE, "Logs": Action.REMOVE}
    story.done("Logs", Outcome.REMOVED)
    story.failed("Alias", Outcome.NOTHING)
    assert story.statuses == [
        ("DELETE_FAILED", "The following resource(s) failed to delete: [Alias]. ")
    ]


def test_an_empty_update_ends_at_once() -> None:
    story = begun(plan.update(CHAIN, [], {}))

    assert [status for status, _ in story.statuses] == [
        "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
        "UPDATE_COMPLETE",
    ]


graphs = st.integers(1, 8).flatmap(
    lambda size: st.lists(st.sets(st.integers(0, size - 1)), min_size=size, max_size=size).map(
        lambda drawn: {
            f"R{name}": tuple(f"R{need}" for need in sorted(needs) if need < name)
            for name, needs in enumerate(drawn)
        }
    )
)
kinds = st.sampled_from(["create", "update", "delete"])


@given(graphs, kinds, st.randoms(use_true_random=False))
def test_whatever_fails_every_operation_ends(graph, kind, chance) -> None:  # type: ignore[no-untyped-def]
    """
    Steps end in any order and any of them fails: the machine comes to an end, with a final status.
    """
    match kind:
        case "create":
            operation = plan.creation(graph)
        case "update":
            chosen = [name for name in graph if chance.random() < 0.7]
            operation = plan.update(graph, chosen, {"Gone": ()})
        case _:
            operation = plan.deletion(graph)
    story = begun(operation)
    outcomes = [Outcome.CREATED, Outcome.UPDATED, Outcome.REPLACED]
    while story.running:
        name = chance.choice(sorted(story.running))
        end = story.failed if chance.random() < 0.2 else story.done
        end(name, chance.choice(outcomes))

    assert story.operation.phase is plan.Phase.ENDED
    assert story.statuses[-1][0].endswith(("COMPLETE", "FAILED"))
