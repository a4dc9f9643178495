"""A laid out workflow as SVG, in the colours of what became of each state."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from lambent.languages.asl_graph import steps
from lambent.languages.asl_graph.graph import END, START, read_graph
from lambent.languages.asl_graph.layout import (
    LINE_HEIGHT,
    NAME_SIZE,
    SMALL_LINE_HEIGHT,
    SMALL_SIZE,
    Layout,
    PlacedEdge,
    PlacedNode,
    lay_out,
)
from lambent.languages.asl_graph.text_widths import text_width

_MARGIN = 20.0
_LEGEND_HEIGHT = 34.0
NOT_REACHED = "NOT_REACHED"


@dataclass(frozen=True, slots=True)
class _Look:
    title: str
    line: str
    fill: str
    # A path in a square of 12: the state must not be told by its colour alone.
    mark: str


_LOOKS = {
    steps.SUCCEEDED: _Look("Succeeded", "#1d8102", "#eef7ea", "M2 6.5 5 9.5 10.5 3"),
    steps.RUNNING: _Look("Running", "#0073bb", "#e6f2fb", "M3 2 10 6 3 10Z"),
    steps.CAUGHT: _Look("Caught error", "#d45b07", "#fdf0e3", "M6 1.5V7.5M6 9.7V10.7"),
    steps.FAILED: _Look("Failed", "#d13212", "#fdeceb", "M2.5 2.5 9.5 9.5M9.5 2.5 2.5 9.5"),
    steps.TIMED_OUT: _Look("Timed out", "#a3122b", "#fdeceb", "M6 2V6.5H9.5"),
    steps.ABORTED: _Look("Aborted", "#687078", "#eaeded", "M2.5 6H9.5"),
    NOT_REACHED: _Look("Not reached", "#aab7b8", "#ffffff", ""),
}
_BY_WEIGHT = (
    *(steps.RUNNING, steps.FAILED, steps.TIMED_OUT, steps.CAUGHT),
    *(steps.SUCCEEDED, steps.ABORTED),
)
_PLAIN = _Look("", "#545b64", "#ffffff", "")

_STYLE = (
    "text{font-family:Arimo,Arial,'Liberation Sans',Helvetica,sans-serif;fill:#16191f}"
    f".n{{font-size:{NAME_SIZE:.0f}px}}.s{{font-size:{SMALL_SIZE:.0f}px;fill:#545b64}}"
    ".e{fill:none;stroke:#879596;stroke-width:1.3}.w{stroke:#16191f;stroke-width:1.8}"
    ".c{stroke-dasharray:5 3}"
)


def draw(definition: dict[str, object], history: steps.History | None = None) -> str:
    """The SVG of a definition; with a history, in the colours of what became of each state."""
    layout = lay_out(read_graph(definition))
    return _document(layout, None if history is None else _Seen(history))


class _Seen:
    """What a history says of each state, over all items and rounds."""

    def __init__(self, history: steps.History) -> None:
        self.execution = history.execution
        self.transitions = history.transitions
        self.counts: dict[str, Counter[str]] = {}
        self.seconds: dict[str, float] = {}
        self.entered_first = ""
        for step in steps.states(history.execution):
            self.entered_first = self.entered_first or step.name
            self.counts.setdefault(step.name, Counter())[step.status] += 1
            longest = self.seconds.get(step.name, 0.0)
            self.seconds[step.name] = max(longest, step.seconds or 0.0)

    def status(self, name: str) -> str:
        """The status that matters most: what still runs, then what went wrong."""
        counts: Mapping[str, int] = self.counts.get(name, {})
        if name in (START, END):
            return self._of_circle(name)
        return next((status for status in _BY_WEIGHT if status in counts), NOT_REACHED)

    def _of_circle(self, name: str) -> str:
        reached = bool(self.counts) if name == START else self.execution.status == steps.SUCCEEDED
        return steps.SUCCEEDED if reached else NOT_REACHED

    def went(self, placed: PlacedEdge) -> bool:
        edge = placed.edge
        if edge.way == "start":
            return edge.target in self.counts
        if edge.way == "end":
            ended = self.execution.status == steps.SUCCEEDED
            return ended and self._is_last(edge.source)
        if edge.way == "catch" and self.status(edge.source) != steps.CAUGHT:
            return False
        return (edge.source, edge.target) in self.transitions

    def _is_last(self, name: str) -> bool:
        children = self.execution.children
        return bool(children) and children[-1].name == name


def _document(layout: Layout, seen: _Seen | None) -> str:
    legend = _legend(layout, seen)
    width = max(layout.width, legend[0]) + 2 * _MARGIN
    height = layout.height + 2 * _MARGIN + (_LEGEND_HEIGHT if seen else 0.0)
    size = f'width="{width:.0f}" height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}"'
    left = (width - layout.width) / 2
    # What is inside a box stands on it, and the ways on top of both.
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size}>',
        f"<style>{_STYLE}</style>",
        f'<rect width="{width:.0f}" height="{height:.0f}" rx="6" fill="#fff"/>',
        f'<g transform="translate({left:.1f} {_MARGIN})">',
        *(_node(placed, seen) for placed in layout.nodes),
        *(_edge(placed, seen) for placed in _travelled_last(layout.edges, seen)),
        "</g>",
    ]
    if seen:
        parts.append(f'<g transform="translate({_MARGIN} {height - _LEGEND_HEIGHT:.1f})">')
        parts.append(f"{legend[1]}</g>")
    return "\n".join([*parts, "</svg>", ""])


def _travelled_last(edges: Iterable[PlacedEdge], seen: _Seen | None) -> list[PlacedEdge]:
    return sorted(edges, key=lambda placed: seen is not None and seen.went(placed))


def _look(name: str, seen: _Seen | None) -> _Look:
    return _PLAIN if seen is None else _LOOKS[seen.status(name)]


def _node(placed: PlacedNode, seen: _Seen | None) -> str:
    look = _look(placed.node.name, seen)
    if placed.node.name in (START, END):
        return _circle(placed, look)
    dashes = ' stroke-dasharray="4 3"' if look is _LOOKS[NOT_REACHED] else ""
    fill = "#fafafa" if placed.node.inside and look in (_PLAIN, _LOOKS[NOT_REACHED]) else look.fill
    opacity = ' fill-opacity=".45"' if placed.node.inside else ""
    parts = [
        f"<g id={quoteattr('state-' + placed.node.name)}>",
        f"<title>{escape(_tooltip(placed, look, seen))}</title>",
        f'<rect x="{placed.x:.1f}" y="{placed.y:.1f}" width="{placed.width:.1f}"'
        f' height="{placed.height:.1f}" rx="6" fill="{fill}"{opacity} stroke="{look.line}"'
        f' stroke-width="1.6"{dashes}/>',
        _texts(placed, seen),
    ]
    if look.mark:
        parts.append(_mark(look, placed.x + 12, placed.y + 11))
    return "".join([*parts, "</g>"])


def _circle(placed: PlacedNode, look: _Look) -> str:
    x, y = placed.x + placed.width / 2, placed.y + placed.height / 2
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{placed.width / 2:.1f}" fill="{look.fill}"'
        f' stroke="{look.line}" stroke-width="1.6"/>'
        f'<text class="n" x="{x:.1f}" y="{y + 5:.1f}" text-anchor="middle">'
        f"{placed.node.type}</text>"
    )


def _mark(look: _Look, x: float, y: float) -> str:
    return (
        f'<path d="{look.mark}" transform="translate({x:.1f} {y:.1f})" fill="none"'
        f' stroke="{look.line}" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"/>'
    )


def _texts(placed: PlacedNode, seen: _Seen | None) -> str:
    boxed = bool(placed.node.inside)
    x = placed.x + 30 if boxed else placed.x + placed.width / 2 + (8 if seen else 0)
    anchor = "" if boxed else ' text-anchor="middle"'
    y = placed.y + 21
    parts = []
    for line in placed.name_lines:
        parts.append(f'<text class="n" x="{x:.1f}" y="{y:.1f}"{anchor}>{escape(line)}</text>')
        y += LINE_HEIGHT
    subtitle = _subtitle(placed, seen)
    parts.append(f'<text class="s" x="{x:.1f}" y="{y - 1:.1f}"{anchor}>{escape(subtitle)}</text>')
    return "".join(parts)


def _subtitle(placed: PlacedNode, seen: _Seen | None) -> str:
    """What the state is and, when it fits, how often it ran."""
    times = sum(seen.counts.get(placed.node.name, Counter()).values()) if seen else 0
    longer = f"{placed.subtitle} · {times:,}×" if times > 1 else placed.subtitle
    fits = text_width(longer, SMALL_SIZE) <= placed.width - 20
    return longer if fits else placed.subtitle


def _tooltip(placed: PlacedNode, look: _Look, seen: _Seen | None) -> str:
    lines = [placed.node.name, placed.node.subtitle]
    counts: Mapping[str, int] = seen.counts.get(placed.node.name, {}) if seen else {}
    lines += [f"{_LOOKS[status].title}: {count}" for status, count in counts.items()]
    if seen and placed.node.name in seen.seconds:
        lines.append(f"At most {seen.seconds[placed.node.name]:.3f} s")
    elif look.title:
        lines.append(look.title)
    return "\n".join(line for line in lines if line)


def _edge(placed: PlacedEdge, seen: _Seen | None) -> str:
    went = seen is not None and seen.went(placed)
    classes = "e" + (" w" if went else "") + (" c" if placed.edge.way == "catch" else "")
    start, *rest = placed.points
    path = f"M{start[0]:.1f} {start[1]:.1f}C" + " ".join(f"{x:.1f} {y:.1f}" for x, y in rest)
    parts = [f'<path class="{classes}" d="{path}"/>', _arrow(placed, went)]
    if placed.label_lines:
        x, y = placed.label_at
        y -= (len(placed.label_lines) - 1) * SMALL_LINE_HEIGHT / 2 - 4
        for line in placed.label_lines:
            place = f'x="{x:.1f}" y="{y:.1f}"'
            parts.append(f'<text class="s" {place} text-anchor="middle">{escape(line)}</text>')
            y += SMALL_LINE_HEIGHT
    return "".join(parts)


def _arrow(placed: PlacedEdge, went: bool) -> str:
    (x, y), (back_x, back_y) = placed.tip, placed.points[-1]
    along_x, along_y = x - back_x, y - back_y
    length = (along_x**2 + along_y**2) ** 0.5 or 1.0
    side_x, side_y = -along_y / length * 3.4, along_x / length * 3.4
    colour = "#16191f" if went else "#879596"
    return (
        f'<path d="M{x:.1f} {y:.1f}L{back_x + side_x:.1f} {back_y + side_y:.1f}'
        f'L{back_x - side_x:.1f} {back_y - side_y:.1f}Z" fill="{colour}"/>'
    )


def _legend(layout: Layout, seen: _Seen | None) -> tuple[float, str]:
    """The states that the picture shows: how wide they are written, and the SVG."""
    if seen is None:
        return 0.0, ""
    shown = {seen.status(placed.node.name) for placed in layout.nodes}
    x, parts = 0.0, []
    for status, look in _LOOKS.items():
        if status in shown:
            parts.append(
                f'<rect x="{x:.1f}" y="2" width="16" height="16" rx="3" fill="{look.fill}"'
                f' stroke="{look.line}"/>{_mark(look, x + 2, 4) if look.mark else ""}'
                f'<text class="s" x="{x + 22:.1f}" y="14">{look.title}</text>'
            )
            x += 22 + text_width(look.title, SMALL_SIZE) + 18
    return x, "".join(parts)
