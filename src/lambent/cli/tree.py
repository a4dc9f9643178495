"""A history as a tree for a terminal: states, branches and items, with times and sizes."""

from datetime import datetime

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.text import Text
from rich.tree import Tree

from lambent.cli import output
from lambent.languages.asl_graph import steps
from lambent.languages.asl_graph.steps import History, Step

# Items beyond so many are counted, not drawn.
_MOST_ITEMS = 8
_LONGEST_CAUSE = 200

_MARKS = {
    steps.RUNNING: "[cyan]…[/]",
    steps.SUCCEEDED: "[green]✓[/]",
    steps.CAUGHT: "[yellow]![/]",
    steps.FAILED: "[red]✗[/]",
    steps.TIMED_OUT: "[red]⏱[/]",
    steps.ABORTED: "[dim]–[/]",
}


def drawn(execution_arn: str, history: History, now: float | None = None) -> RenderableType:
    """The tree of an execution. `now` says how long what runs has been running."""
    execution = history.execution
    machine, name = execution_arn.split(":")[6:8]
    status = output.coloured(execution.status)
    # What matters comes first: a narrow terminal cuts the end.
    tree = Tree(
        f"[bold]{escape(machine)}[/]  {status} {_took(execution, now)}  [dim]{escape(name)}[/]"
    )
    for child in execution.children:
        _draw(tree, child, now)
    if execution.error:
        return Group(tree, Text(_error(execution), style="red"))
    return tree


def _draw(tree: Tree, step: Step, now: float | None) -> None:
    branch = tree.add(_line(step, now))
    shown = step.children
    if step.type == "Map" and len(shown) > _MOST_ITEMS:
        # What failed is what one looks for, then what still runs, then the first.
        shown = sorted(shown, key=_interest)[:_MOST_ITEMS]
        shown.sort(key=lambda item: item.index)
    for child in shown:
        _draw(branch, child, now)
    if len(step.children) > len(shown):
        branch.add(f"[dim]… and {len(step.children) - len(shown):,} more items[/]")


def _interest(item: Step) -> tuple[bool, bool, int]:
    return (not item.troubled, item.ended is not None, item.index)


def _line(step: Step, now: float | None) -> str:
    mark = _MARKS[step.status]
    if step.status == steps.RUNNING and step.error:
        mark = "[yellow]↻[/]"
    parts = [f"{mark} {escape(step.name)}"]
    if step.kind == "state":
        parts.append(f"[dim]{datetime.fromtimestamp(step.began):%H:%M:%S}[/]")
    parts.append(f"[dim]{_took(step, now)}[/]")
    if step.length is not None:
        parts.append(f"[dim]{_items(step)}[/]")
    if step.input is not None:
        parts.append(f"[dim]{_sizes(step)}[/]")
    if step.retries:
        word = "retry" if step.retries == 1 else "retries"
        why = f" after {step.retried_error}" if step.retried_error and not step.error else ""
        parts.append(f"[yellow]{step.retries} {word}{escape(why)}[/]")
    if step.error and not step.children:
        colour = "yellow" if step.status in (steps.CAUGHT, steps.RUNNING) else "red"
        parts.append(f"[{colour}]{escape(_error(step))}[/]")
    return "  ".join(part for part in parts if part != "[dim][/]")


def _took(step: Step, now: float | None) -> str:
    if step.seconds is not None:
        return output.duration(step.seconds)
    if now is None or step.kind == "branch":
        return ""
    return f"{output.duration(max(now - step.began, 0.0))} …"


def _items(step: Step) -> str:
    done = sum(item.status == steps.SUCCEEDED for item in step.children)
    failed = sum(item.status == steps.FAILED for item in step.children)
    text = f"{done:,} of {step.length:,} items"
    return f"{text}, {failed:,} failed" if failed else text


def _sizes(step: Step) -> str:
    """`12 B → 4.1 kB`: what went in and what came out."""
    taken = output.size(len((step.input or "").encode()))
    return taken if step.output is None else f"{taken} → {output.size(len(step.output.encode()))}"


def _error(step: Step) -> str:
    cause = step.cause if len(step.cause) <= _LONGEST_CAUSE else f"{step.cause[:_LONGEST_CAUSE]}…"
    return f"{step.error}: {cause}" if cause else step.error
