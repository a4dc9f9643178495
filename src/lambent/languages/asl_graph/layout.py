"""
Where everything stands in a picture of a graph.

Graphviz places the states of one scope and leads the ways around them; what is inside a Map or a
Parallel is placed first and then stands in its scope as one box.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from lambent.languages.asl_graph.graph import END, START, Edge, Graph, Node
from lambent.languages.asl_graph.text_widths import text_width, wrapped

NAME_SIZE = 14.0
SMALL_SIZE = 11.0
LINE_HEIGHT = 17.0
SMALL_LINE_HEIGHT = 14.0

_CIRCLE = 52.0
_PADDING = 18.0
_BOX_PADDING = 16.0
_NARROWEST = 130.0
_WIDEST_NAME = 200.0
_WIDEST_LABEL = 170.0
_POINTS_PER_INCH = 72

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class PlacedNode:
    """A node by its top left corner."""

    node: Node
    x: float
    y: float
    width: float
    height: float
    name_lines: tuple[str, ...]
    subtitle: str


@dataclass(frozen=True, slots=True)
class PlacedEdge:
    """A way as a Bézier line, its arrow's tip, and its label by the middle."""

    edge: Edge
    points: tuple[Point, ...]
    tip: Point
    label_lines: tuple[str, ...] = ()
    label_at: Point = (0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Layout:
    """Boxes come before what is inside them, so that drawing in order is right."""

    width: float
    height: float
    nodes: tuple[PlacedNode, ...] = ()
    edges: tuple[PlacedEdge, ...] = ()


@dataclass(slots=True)
class _Sized:
    node: Node
    width: float
    height: float
    name_lines: tuple[str, ...] = ()
    subtitle: str = ""
    inside: Layout | None = None


@dataclass(slots=True)
class _Placing:
    nodes: list[PlacedNode] = field(default_factory=list)
    edges: list[PlacedEdge] = field(default_factory=list)


def lay_out(graph: Graph) -> Layout:
    """The places of all nodes and ways of a graph, in pixels, from the top left."""
    if not graph.nodes:
        return Layout(0.0, 0.0)
    sized = [_sized(node) for node in graph.nodes]
    labels = [wrapped(edge.label, SMALL_SIZE, _WIDEST_LABEL, 3) for edge in graph.edges]
    drawn = _draw_with_graphviz(_source(graph, sized, labels))
    left, bottom, right, top = (float(number) for number in drawn["bb"].split(","))
    placing = _Placing()

    def at(x: float, y: float) -> Point:
        return x - left, top - y

    # Graphviz counts from the bottom left.
    objects = {each["name"]: each for each in drawn.get("objects", ())}
    for number, each in enumerate(sized):
        x, y = (float(text) for text in objects[f"n{number}"]["pos"].split(","))
        _place(placing, each, at(x, y))
    for each in drawn.get("edges", ()):
        number = int(each["id"])
        label_at = at(*_point(each["lp"])) if "lp" in each else (0.0, 0.0)
        points, tip = _line(each["pos"])
        placing.edges.append(
            PlacedEdge(
                graph.edges[number],
                tuple(at(*point) for point in points),
                at(*tip),
                labels[number] if graph.edges[number].label else (),
                label_at,
            )
        )
    return Layout(right - left, top - bottom, tuple(placing.nodes), tuple(placing.edges))


def _sized(node: Node) -> _Sized:
    if node.name in (START, END):
        return _Sized(node, _CIRCLE, _CIRCLE, (node.type,))
    lines = wrapped(node.name, NAME_SIZE, _WIDEST_NAME, 3)
    (subtitle,) = wrapped(node.subtitle, SMALL_SIZE, _WIDEST_NAME, 1)
    text = max(*(text_width(line, NAME_SIZE) for line in lines), text_width(subtitle, SMALL_SIZE))
    # The mark of the state stands left of the text.
    width = max(_NARROWEST, text + 2 * _PADDING + 20)
    height = 16 + LINE_HEIGHT * len(lines) + SMALL_LINE_HEIGHT
    if not node.inside:
        return _Sized(node, width, height, lines, subtitle)
    inside = _side_by_side([lay_out(each) for each in node.inside])
    return _Sized(
        node,
        max(width, inside.width + 2 * _BOX_PADDING),
        height + inside.height + _BOX_PADDING,
        lines,
        subtitle,
        inside,
    )


def _side_by_side(layouts: list[Layout]) -> Layout:
    placing = _Placing()
    x = 0.0
    for each in layouts:
        _move(placing, each, x, 0.0)
        x += each.width + _BOX_PADDING
    width = max(x - _BOX_PADDING, 0.0)
    height = max((each.height for each in layouts), default=0.0)
    return Layout(width, height, tuple(placing.nodes), tuple(placing.edges))


def _place(placing: _Placing, sized: _Sized, middle: Point) -> None:
    x, y = middle[0] - sized.width / 2, middle[1] - sized.height / 2
    placing.nodes.append(
        PlacedNode(sized.node, x, y, sized.width, sized.height, sized.name_lines, sized.subtitle)
    )
    if sized.inside is not None:
        header = sized.height - sized.inside.height - _BOX_PADDING
        _move(placing, sized.inside, x + (sized.width - sized.inside.width) / 2, y + header)


def _move(placing: _Placing, layout: Layout, x: float, y: float) -> None:
    """Take a layout over, moved to the right and down."""
    for each in layout.nodes:
        placing.nodes.append(
            PlacedNode(
                *(each.node, each.x + x, each.y + y, each.width, each.height),
                *(each.name_lines, each.subtitle),
            )
        )
    for line in layout.edges:
        placing.edges.append(
            PlacedEdge(
                line.edge,
                tuple((a + x, b + y) for a, b in line.points),
                (line.tip[0] + x, line.tip[1] + y),
                line.label_lines,
                (line.label_at[0] + x, line.label_at[1] + y),
            )
        )


def _source(graph: Graph, sized: list[_Sized], labels: list[tuple[str, ...]]) -> str:
    """The graph in Graphviz's language, with sizes instead of texts: no font is asked for."""
    lines = [
        "digraph {",
        "graph [nodesep=0.35 ranksep=0.4 outputorder=nodesfirst]",
        'node [shape=box fixedsize=true label=""] edge [arrowsize=0.7]',
    ]
    numbers = {each.node.name: number for number, each in enumerate(sized)}
    for number, each in enumerate(sized):
        width, height = each.width / _POINTS_PER_INCH, each.height / _POINTS_PER_INCH
        shape = " shape=circle" if each.node.name in (START, END) else ""
        lines.append(f"n{number} [width={width:.4f} height={height:.4f}{shape}]")
    for number, edge in enumerate(graph.edges):
        space = _label_space(labels[number]) if edge.label else ""
        weight = 1 if edge.way == "catch" else 4
        ends = f"n{numbers[edge.source]} -> n{numbers[edge.target]}"
        lines.append(f'{ends} [id="{number}" weight={weight}{space}]')
    lines.append("}")
    return "\n".join(lines)


def _label_space(lines: Iterable[str]) -> str:
    sizes = [text_width(line, SMALL_SIZE) for line in lines]
    width, height = max(sizes) + 12, len(sizes) * SMALL_LINE_HEIGHT + 6
    return (
        ' label=<<table border="0" cellborder="0" cellspacing="0" cellpadding="0" fixedsize="true"'
        f' width="{width:.0f}" height="{height:.0f}"><tr><td></td></tr></table>>'
    )


def _draw_with_graphviz(source: str) -> dict[str, Any]:
    from pygraphviz import AGraph

    drawn: dict[str, Any] = json.loads(AGraph(string=source).draw(format="json0", prog="dot"))
    return drawn


def _line(text: str) -> tuple[list[Point], Point]:
    """`e,tip start control control end …` → the points of the Bézier line, and the tip."""
    points = [_point(each.removeprefix("e,")) for each in text.split()]
    return points[1:], points[0]


def _point(text: str) -> Point:
    x, y = text.split(",")
    return float(x), float(y)
