"""`lambent destroy`: a stack and all that it made."""

import click

from lambent.cli import output, stacks
from lambent.cli.client import Server, server_options


@click.command()
@click.argument("stack")
@click.option("--yes", is_flag=True, help="Do not ask.")
@server_options
def destroy(server: Server, stack: str, yes: bool) -> None:
    """
    Delete the STACK and all that it made.

    \b
      lambent destroy function-health
      lambent destroy function-health --yes --json
    """
    client = server.client("cloudformation")
    found = stacks.find_stack(client, stack)
    if found is None:
        raise click.ClickException(f"There is no stack {stack}.")
    if not yes and server.json:
        raise click.UsageError("--json does not ask: say --yes as well.")
    if not yes:
        click.confirm(f"Delete {stack} and all that it made?", abort=True)
    seen = stacks.event_ids(client, found["StackId"])
    client.delete_stack(StackName=stack)
    ended = stacks.follow(server, found["StackId"], seen)
    stacks.check_ended_well(ended)
    if server.json:
        output.print_json({"StackId": found["StackId"], "StackStatus": ended["StackStatus"]})
