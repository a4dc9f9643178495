"""`lambent run` and `lambent history`: an execution as a tree of states, live or afterwards."""

import time
from typing import Any

import click
from rich.live import Live

from lambent.cli import output
from lambent.cli.client import Server, server_options
from lambent.cli.history import executed_states, history_events
from lambent.cli.names import state_machine_arn

_LOOK_SECONDS = 0.2


@click.command()
@click.argument("machine", metavar="STATE-MACHINE")
@click.argument("payload", default="{}", metavar="[INPUT]")
@click.option("--name", help="Name of the execution.")
@server_options
def run(server: Server, machine: str, payload: str, name: str | None) -> None:
    """
    Start STATE-MACHINE (a name, an ARN or STACK/LOGICAL-ID) with a JSON INPUT and watch it.

    Exit status 1 says that the execution did not succeed.
    """
    client = server.client("stepfunctions")
    execution_arn = client.start_execution(
        stateMachineArn=state_machine_arn(server, machine),
        input=payload,
        **({"name": name} if name else {}),
    )["executionArn"]
    execution = watch(server, client, execution_arn)
    if server.json:
        output.print_json(execution)
    if execution["status"] != "SUCCEEDED":
        raise SystemExit(1)


def watch(server: Server, client: Any, execution_arn: str) -> dict[str, Any]:
    """Show the tree as it grows until the execution ends; the execution as it is then."""
    if server.json:
        while (execution := _described(client, execution_arn))["status"] == "RUNNING":
            time.sleep(_LOOK_SECONDS)
        return execution
    with Live(console=output.console, refresh_per_second=10) as live:
        while True:
            execution = _described(client, execution_arn)
            live.update(executed_states(execution, history_events(client, execution_arn)))
            if execution["status"] != "RUNNING":
                return execution
            time.sleep(_LOOK_SECONDS)


def _described(client: Any, execution_arn: str) -> dict[str, Any]:
    execution: dict[str, Any] = client.describe_execution(executionArn=execution_arn)
    execution.pop("ResponseMetadata", None)
    return execution
