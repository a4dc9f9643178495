"""Two executions side by side."""

import pytest

from lambent.languages.asl_graph.differences import compare, first_difference
from lambent.languages.asl_graph.steps import History
from tests.unit.asl_graph.history_making import events


def _run(*names: str, outputs: dict[str, str] | None = None) -> History:
    told = events(("1<0", "ExecutionStarted"))
    told[0]["executionStartedEventDetails"] = {"input": "{}"}
    for place, name in enumerate(names):
        entered, exited = 2 + 2 * place, 3 + 2 * place
        told += events(
            (f"{entered}<{entered - 1 if place else 0}", "PassStateEntered", name),
            (f"{exited}<{entered}", "PassStateExited", name),
        )
        told[-1]["stateExitedEventDetails"]["output"] = (outputs or {}).get(name, "{}")
    read = History()
    read.add(told)
    return read


def test_the_same_way_with_the_same_results_differs_in_nothing() -> None:
    assert compare(_run("A", "B"), _run("A", "B")).differences == ()


def test_a_state_that_ran_in_only_one_is_told() -> None:
    found = compare(_run("A", "B"), _run("A", "C")).differences

    assert [(each.path, each.what) for each in found] == [
        ("B", "only in the first"),
        ("C", "only in the second"),
    ]


def test_another_round_of_a_loop_is_a_state_of_its_own() -> None:
    (found,) = compare(_run("A", "B"), _run("A", "B", "A")).differences

    assert (found.path, found.what) == ("A (2)", "only in the second")


def test_what_happened_first_is_where_they_part() -> None:
    first = _run("A", "B", outputs={"A": '{"x": [1, 2]}', "B": "1"})
    second = _run("A", "B", outputs={"A": '{"x": [1, 3]}', "B": "2"})

    parting = compare(first, second).divergence

    assert parting is not None
    assert (parting.path, parting.place, parting.first, parting.second) == (
        "A",
        "$.x[1]",
        "2",
        "3",
    )


@pytest.mark.parametrize(
    ("first", "second", "found"),
    [
        ('{"a": 1, "b": 2}', '{"b": 2, "a": 1}', (None, None, None)),
        ('{"a": 1}', '{"a": 1, "b": null}', ("$.b", None, "null")),
        ("[1]", "[1, 2]", ("$[1]", None, "2")),
        ("[true]", "[1]", ("$[0]", "true", "1")),
        ('{"a": {}}', '{"a": []}', ("$.a", "{}", "[]")),
        ('"é"', None, ("$", '"é"', None)),
    ],
)
def test_documents_differ_first_somewhere(
    first: str, second: str | None, found: tuple[str | None, str | None, str | None]
) -> None:
    assert first_difference(first, second) == found
