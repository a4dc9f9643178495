"""Following a stack while it changes: its events as they come, its outputs at the end."""

import time
from collections.abc import Iterator
from typing import Any

import click
from botocore.exceptions import ClientError
from rich.markup import escape

from lambent.cli import output
from lambent.cli.client import Server

_LOOK_SECONDS = 0.2
_WIDEST_STATUS = len("CREATE_IN_PROGRESS")
_ENDED_WELL = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "DELETE_COMPLETE", "IMPORT_COMPLETE")


def find_stack(client: Any, name: str) -> dict[str, Any] | None:
    try:
        stack: dict[str, Any] = client.describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        if "does not exist" in error.response["Error"]["Message"]:
            return None
        raise
    return stack


def follow(server: Server, stack_id: str, seen: set[str]) -> dict[str, Any]:
    """Print the events until the stack rests; return the stack as it is then."""
    client = server.client("cloudformation")
    while True:
        stack = find_stack(client, stack_id)
        if stack is None:
            return {"StackStatus": "DELETE_COMPLETE"}
        for event in _new_events(client, stack_id, seen):
            if not server.json:
                _print_event(event)
        if not stack["StackStatus"].endswith("_IN_PROGRESS"):
            return stack
        time.sleep(_LOOK_SECONDS)


def event_ids(client: Any, stack_id: str) -> set[str]:
    """The events that were there before."""
    return {event["EventId"] for event in _events(client, stack_id)}


def check_ended_well(stack: dict[str, Any]) -> None:
    """Raise ClickException when the stack did not end as it was meant to."""
    if stack["StackStatus"] not in _ENDED_WELL:
        reason = stack.get("StackStatusReason", "the events above say why")
        raise click.ClickException(f"{stack['StackStatus']}: {reason}")


def _new_events(client: Any, stack_id: str, seen: set[str]) -> Iterator[dict[str, Any]]:
    for event in reversed(_events(client, stack_id)):
        if event["EventId"] not in seen:
            seen.add(event["EventId"])
            yield event


def _events(client: Any, stack_id: str) -> list[dict[str, Any]]:
    pages = client.get_paginator("describe_stack_events").paginate(StackName=stack_id)
    return [event for page in pages for event in page["StackEvents"]]


def _print_event(event: dict[str, Any]) -> None:
    reason = event.get("ResourceStatusReason", "")
    status = event["ResourceStatus"]
    space = " " * (_WIDEST_STATUS - len(status))
    output.console.print(
        f"{event['Timestamp']:%H:%M:%S}  {output.coloured(status)}{space}"
        f"  {event['LogicalResourceId']}  [dim]{event['ResourceType']}[/]"
        + (f"\n          [red]{escape(reason)}[/]" if "FAILED" in status else "")
    )
