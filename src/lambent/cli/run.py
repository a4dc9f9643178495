"""`lambent run`: start a state machine and watch it."""

import sys
import time
from datetime import datetime
from typing import Any

import click

from lambent.cli import output
from lambent.cli.client import Server, server_options
from lambent.cli.names import state_machine_arn

_LOOK_SECONDS = 0.2


@click.command()
@click.argument("machine", metavar="STATE-MACHINE")
@click.argument("payload", default="{}", metavar="[INPUT]")
@click.option("--name", help="Name of the execution.")
@click.option("--no-wait", is_flag=True, help="Start it, print its ARN, and do not watch.")
@server_options
def run(server: Server, machine: str, payload: str, name: str | None, no_wait: bool) -> None:
    """
    Start STATE-MACHINE (a name, an ARN or STACK/LOGICAL-ID) with a JSON INPUT and watch it.

    `-` as INPUT reads it from standard input. Exit status 1 says that the execution did not
    succeed. Ctrl-C ends the watching, not the execution. An Express workflow is run to its end.

    \b
      lambent run Greeter '{"names": ["Ada"]}'
      lambent run function-health/Monitor
      lambent run Greeter - --json < input.json | jq .output
    """
    client = server.client("stepfunctions")
    asked: dict[str, Any] = {
        "stateMachineArn": state_machine_arn(server, machine),
        "input": sys.stdin.read() if payload == "-" else payload,
        **({"name": name} if name else {}),
    }
    if not no_wait and _is_express(client, asked["stateMachineArn"]):
        execution = _without_metadata(client.start_sync_execution(**asked))
        _show_express(server, execution)
    else:
        arn: str = client.start_execution(**asked)["executionArn"]
        if no_wait:
            _show_started(server, arn)
            return
        execution = watch(server, client, arn)
        if server.json:
            output.print_json(execution)
    if execution["status"] != "SUCCEEDED":
        raise SystemExit(1)


def watch(server: Server, client: Any, execution_arn: str) -> dict[str, Any]:
    """Show the tree as it grows until the execution ends; the execution as it is then."""
    if server.json:
        while (execution := describe(client, execution_arn))["status"] == "RUNNING":
            time.sleep(_LOOK_SECONDS)
        return execution
    try:
        _draw_until_end(server, client, execution_arn)
    except KeyboardInterrupt:
        click.echo(f"It goes on. Look again: lambent history {execution_arn}", err=True)
        raise
    return describe(client, execution_arn)


def describe(client: Any, execution_arn: str) -> dict[str, Any]:
    return _without_metadata(client.describe_execution(executionArn=execution_arn))


def _draw_until_end(server: Server, client: Any, execution_arn: str) -> None:
    from rich.live import Live

    from lambent.cli.histories import read_history, read_news
    from lambent.cli.tree import drawn

    # The server's clock may be ahead: it can be moved.
    ahead = server.get("clock")["time"] - time.time()
    history, _ = read_history(client, execution_arn)
    # Lines that are too long are cut while it goes on, and whole at the end. A pipe gets the end.
    with Live(console=output.console, auto_refresh=False, transient=True) as live:
        while not history.ended:
            if output.console.is_terminal:
                live.update(drawn(execution_arn, history, time.time() + ahead), refresh=True)
            time.sleep(_LOOK_SECONDS)
            read_news(client, execution_arn, history)
    output.console.print(drawn(execution_arn, history))


def _is_express(client: Any, arn: str) -> bool:
    # Without the version or alias: DescribeStateMachine does not take an alias.
    described = client.describe_state_machine(stateMachineArn=":".join(arn.split(":")[:7]))
    return bool(described["type"] == "EXPRESS")


def _without_metadata(reply: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in reply.items() if name != "ResponseMetadata"}


def _show_started(server: Server, arn: str) -> None:
    if server.json:
        output.print_json({"executionArn": arn})
    else:
        click.echo(arn)


def _show_express(server: Server, execution: dict[str, Any]) -> None:
    """An Express workflow keeps no history; what there is is how it ended."""
    if server.json:
        output.print_json(execution)
        return
    started: datetime = execution["startDate"]
    took = output.duration((execution["stopDate"] - started).total_seconds())
    name = execution["executionArn"].split(":")[6]
    output.console.print(f"[bold]{name}[/]  {output.coloured(execution['status'])} {took}")
    if "error" in execution:
        click.secho(f"{execution['error']}: {execution.get('cause', '')}", fg="red")
    else:
        click.echo(execution.get("output", ""))
