"""`lambent logs`: what a function or a log group wrote."""

import re
import time
from collections.abc import Iterator
from typing import Any

import click

from lambent.cli import output
from lambent.cli.client import Refused, Server, server_options
from lambent.cli.names import log_group

_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_LOOK_SECONDS = 0.5


@click.command()
@click.argument("group", metavar="FUNCTION|LOG-GROUP")
@click.option("-f", "--follow", is_flag=True, help="Go on as lines come.")
@click.option(
    "--filter", "pattern", default="", metavar="PATTERN", help="A CloudWatch Logs filter pattern."
)
@click.option(
    "--since",
    default="1h",
    show_default=True,
    metavar="TIME",
    help="How far back: 30s, 10m, 2h, 1d.",
)
@server_options
def logs(server: Server, group: str, follow: bool, pattern: str, since: str) -> None:
    """
    Show what a FUNCTION (a name, an ARN, STACK/LOGICAL-ID) or a LOG-GROUP wrote.

    \b
      lambent logs greet
      lambent logs -f greeting/Greet --filter ERROR
      lambent logs /aws/vendedlogs/states/Greeter --since 1d --json
    """
    name = log_group(server, group)
    start = int((server.get("clock")["time"] - _seconds(since)) * 1000)
    client = server.client("logs")
    seen: set[str] = set()
    while True:
        for event in _events(client, name, pattern, start):
            if event["eventId"] not in seen:
                seen.add(event["eventId"])
                start = max(start, event["timestamp"])
                _print_event(server, event)
        if not follow:
            return
        time.sleep(_LOOK_SECONDS)


def _seconds(text: str) -> int:
    match = re.fullmatch(r"(\d+)([smhd])", text)
    if match is None:
        raise click.UsageError("--since is a number and a unit: 30s, 10m, 2h, 1d.")
    return int(match[1]) * _UNITS[match[2]]


def _events(client: Any, group: str, pattern: str, start: int) -> Iterator[dict[str, Any]]:
    asked = {"logGroupName": group, "startTime": start}
    if pattern:
        asked["filterPattern"] = pattern
    try:
        for page in client.get_paginator("filter_log_events").paginate(**asked):
            yield from page["events"]
    except client.exceptions.ResourceNotFoundException as error:
        raise Refused(
            "ResourceNotFoundException",
            f"There is no log group {group}: nothing has been written to it yet, or it has"
            " another name.",
        ) from error


def _print_event(server: Server, event: dict[str, Any]) -> None:
    if server.json:
        output.print_json(event)
        return
    at = output.clock_time(event["timestamp"] / 1000)
    click.echo(f"{click.style(at, dim=True)}  {event['message'].rstrip()}")
