"""
An execution's history as a tree of states: when each began, how long it took, what went in and
came out, and where an error came from.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import click
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.text import Text
from rich.tree import Tree

from lambent.cli import output
from lambent.cli.client import Server, server_options

# Branches and iterations beyond so many are counted, not drawn.
_MOST_ITERATIONS = 8


@click.command()
@click.argument("execution", metavar="EXECUTION-ARN")
@server_options
def history(server: Server, execution: str) -> None:
    """Show the execution with EXECUTION-ARN as a tree of states."""
    client = server.client("stepfunctions")
    events = history_events(client, execution)
    if server.json:
        output.print_json(events)
        return
    described = client.describe_execution(executionArn=execution)
    output.console.print(executed_states(described, events))


def history_events(client: Any, execution_arn: str) -> list[dict[str, Any]]:
    pages = client.get_paginator("get_execution_history").paginate(executionArn=execution_arn)
    return [event for page in pages for event in page["events"]]


@dataclass(slots=True)
class Step:
    """A state that was entered, a branch, or an iteration."""

    title: str
    began: datetime
    ended: datetime | None = None
    error: str = ""
    output_size: int | None = None
    retries: int = 0
    waits: bool = False
    children: list["Step"] = field(default_factory=list)


def executed_states(execution: dict[str, Any], events: list[dict[str, Any]]) -> RenderableType:
    """The tree of an execution, and how it ended."""
    steps = read_steps(events)
    status = execution["status"]
    took = ""
    if execution.get("stopDate"):
        took = output.duration((execution["stopDate"] - execution["startDate"]).total_seconds())
    name = execution["stateMachineArn"].rpartition(":")[2]
    tree = Tree(f"[bold]{escape(name)}[/] {execution['name']}  {output.coloured(status)} {took}")
    for step in steps:
        _draw(tree, step)
    if execution.get("error"):
        cause = execution.get("cause", "")
        return Group(tree, Text(f"{execution['error']}: {cause}", style="red"))
    return tree


def read_steps(events: list[dict[str, Any]]) -> list[Step]:
    """
    The steps at the top, each with those inside it.

    An event belongs to the step that the event before it (previousEventId) belongs to; entering a
    state, beginning an iteration or the first state of a branch opens a step of its own.
    """
    top: list[Step] = []
    # Event id → the chain of open steps at that event, outermost first.
    chains: dict[int, tuple[Step, ...]] = {0: ()}
    for event in events:
        chain = chains.get(event["previousEventId"], ())
        kind = event["type"]
        if kind.endswith("StateEntered"):
            details = event["stateEnteredEventDetails"]
            step = Step(details["name"], event["timestamp"])
            (chain[-1].children if chain else top).append(step)
            chain = (*chain, step)
        elif kind == "MapIterationStarted":
            index = event["mapIterationStartedEventDetails"]["index"]
            step = Step(f"item {index}", event["timestamp"])
            chain = _up_to_container(chain)
            (chain[-1].children if chain else top).append(step)
            chain = (*chain, step)
        elif kind.endswith("StateExited"):
            chain = _exited(chain, event)
        elif kind in ("MapIterationSucceeded", "MapIterationFailed", "MapIterationAborted"):
            chain = _iteration_ended(chain, event)
        elif chain:
            _note(chain[-1], event)
        chains[event["id"]] = chain
    return top


def _up_to_container(chain: tuple[Step, ...]) -> tuple[Step, ...]:
    while chain and chain[-1].title.startswith("item "):
        chain = chain[:-1]
    return chain


def _exited(chain: tuple[Step, ...], event: dict[str, Any]) -> tuple[Step, ...]:
    """Close the step of that name, and what is open inside it."""
    details = event["stateExitedEventDetails"]
    while chain:
        step, chain = chain[-1], chain[:-1]
        if step.title == details["name"]:
            step.ended = event["timestamp"]
            step.output_size = len(details.get("output", ""))
            step.waits = False
            break
    return chain


def _iteration_ended(chain: tuple[Step, ...], event: dict[str, Any]) -> tuple[Step, ...]:
    while chain:
        step, chain = chain[-1], chain[:-1]
        if step.title.startswith("item "):
            step.ended = event["timestamp"]
            break
    return chain


def _note(step: Step, event: dict[str, Any]) -> None:
    """What happens inside a state: a task's tries and errors."""
    kind = event["type"]
    if kind.endswith("Scheduled"):
        step.retries += step.waits
        step.waits = True
    for name, details in event.items():
        if name.endswith("EventDetails") and isinstance(details, dict) and "error" in details:
            step.error = f"{details['error']}: {details.get('cause', '')}"[:300]


def _draw(tree: Tree, step: Step) -> None:
    branch = tree.add(_line(step))
    shown = step.children
    iterations = [child for child in shown if child.title.startswith("item ")]
    if len(iterations) > _MOST_ITERATIONS:
        # The failed ones are what one looks for.
        failed = [child for child in iterations if _has_error(child)]
        shown = (failed + [child for child in iterations if not _has_error(child)])[
            :_MOST_ITERATIONS
        ]
    for child in shown:
        _draw(branch, child)
    if len(iterations) > len(shown):
        branch.add(f"[dim]… and {len(iterations) - len(shown)} more items[/]")


def _has_error(step: Step) -> bool:
    return bool(step.error) or any(_has_error(child) for child in step.children)


def _line(step: Step) -> str:
    if step.ended is None:
        mark = "[cyan]…[/]" if not step.error else "[red]✗[/]"
    else:
        mark = "[yellow]✓[/]" if step.error else "[green]✓[/]"
    parts = [f"{mark} {escape(step.title)}", f"[dim]{step.began:%H:%M:%S}[/]"]
    if step.ended is not None:
        parts.append(f"[dim]{output.duration((step.ended - step.began).total_seconds())}[/]")
    if step.output_size:
        parts.append(f"[dim]{output.size(step.output_size)}[/]")
    if step.retries:
        parts.append(f"[yellow]{step.retries} retries[/]")
    if step.error:
        parts.append(f"[red]{escape(step.error)}[/]")
    return "  ".join(parts)
