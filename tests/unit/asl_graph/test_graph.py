"""A definition becomes a graph, a layout, and a picture."""

import json
import xml.etree.ElementTree as xml
from pathlib import Path

import pytest

from lambent.languages.asl_graph import svg
from lambent.languages.asl_graph.graph import END, START, Edge, condition_text, read_graph
from lambent.languages.asl_graph.layout import PlacedNode, lay_out
from lambent.languages.asl_graph.text_widths import text_width, wrapped

EXAMPLE = Path(__file__).parents[3] / "examples" / "function-health" / "monitor.asl.json"
NESTED = {
    "StartAt": "Both",
    "States": {
        "Both": {
            "Type": "Parallel",
            "Branches": [
                {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}},
                {
                    "StartAt": "Each",
                    "States": {
                        "Each": {
                            "Type": "Map",
                            "ItemProcessor": {
                                "StartAt": "Deep",
                                "States": {"Deep": {"Type": "Pass", "End": True}},
                            },
                            "End": True,
                        }
                    },
                },
            ],
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Sorry"}],
            "Next": "Done",
        },
        "Sorry": {"Type": "Fail"},
        "Done": {"Type": "Succeed"},
    },
}


def test_every_way_out_of_a_state_is_an_edge() -> None:
    graph = read_graph(NESTED)

    assert set(graph.edges) == {
        Edge(START, "Both", "start"),
        Edge("Both", "Done", "next"),
        Edge("Both", "Sorry", "catch", "States.ALL"),
        Edge("Sorry", END, "end"),
        Edge("Done", END, "end"),
    }


def test_what_is_inside_a_box_stands_inside_it() -> None:
    placed = {each.node.name: each for each in lay_out(read_graph(NESTED)).nodes}

    for inner, outer in (("A", "Both"), ("Each", "Both"), ("Deep", "Each")):
        assert _contains(placed[outer], placed[inner])
    assert placed["Both"].y + placed["Both"].height < placed["Done"].y


def _contains(outer: PlacedNode, inner: PlacedNode) -> bool:
    across = outer.x < inner.x and inner.x + inner.width < outer.x + outer.width
    return across and outer.y < inner.y and inner.y + inner.height < outer.y + outer.height


def test_states_do_not_stand_on_each_other() -> None:
    nodes = lay_out(read_graph(json.loads(EXAMPLE.read_text()))).nodes
    leaves = [each for each in nodes if not each.node.inside]

    for place, one in enumerate(leaves):
        for other in leaves[:place]:
            apart = (
                one.x + one.width <= other.x
                or other.x + other.width <= one.x
                or one.y + one.height <= other.y
                or other.y + other.height <= one.y
            )
            assert apart, (one.node.name, other.node.name)


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ({"Condition": "{% $count(x) > 1 %}"}, "$count(x) > 1"),
        ({"Variable": "$.a", "NumericLessThanEquals": 5}, "$.a <= 5"),
        ({"Variable": "$.a", "StringEqualsPath": "$.b"}, "$.a == $.b"),
        ({"Variable": "$.a", "StringMatches": "x*"}, '$.a matches "x*"'),
        ({"Variable": "$.a", "BooleanEquals": True}, "$.a == true"),
        ({"Variable": "$.a", "IsPresent": False}, "$.a is not present"),
        ({"Not": {"Variable": "$.a", "IsNull": True}}, "not ($.a is null)"),
        (
            {
                "And": [
                    {"Variable": "$.a", "IsNull": True},
                    {"Or": [{"Variable": "$.b", "NumericEquals": 1}]},
                ]
            },
            "$.a is null and ($.b == 1)",
        ),
    ],
)
def test_a_choice_is_written_as_a_person_would(rule: dict[str, object], text: str) -> None:
    assert condition_text(rule) == text


@pytest.mark.parametrize(
    "definition",
    [
        {},
        {"StartAt": "A", "States": {}},
        {"StartAt": "Nowhere", "States": {"A": {"Type": "Pass", "Next": "Nowhere"}}},
        {"StartAt": "A", "States": {"A": {"Type": "Map", "End": True}}},
        {"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "A"}}},
        {"StartAt": '<"&>', "States": {'<"&>': {"Type": "Fail", "Error": "]]>&<"}}},
        {"StartAt": "é" * 80, "States": {"é" * 80: {"Type": "Succeed"}}},
    ],
)
def test_any_definition_gives_a_picture_that_is_xml(definition: dict[str, object]) -> None:
    xml.fromstring(svg.draw(definition))


def test_lines_are_no_wider_than_they_may() -> None:
    text = "A long name with Lambda.TooManyRequestsException and " + "w" * 90

    lines = wrapped(text, 11, 100, 4)

    assert len(lines) == 4
    assert all(text_width(line, 11) <= 100 for line in lines)
    assert lines[-1].endswith("…")
