"""`lambent clock`: what time it is for the server, and time travel."""

import click

from lambent.cli import output
from lambent.cli.client import Server, server_options


@click.command()
@click.option("--advance", metavar="PT24H", help="Move the clock forward by an ISO 8601 duration.")
@server_options
def clock(server: Server, advance: str | None) -> None:
    """
    Show the server's clock, or move it forward.

    Everything that falls due on the way is done, in order: schedules, waits, retries, time-outs.

    \b
      lambent clock --advance P1D
    """
    reply = server.post("clock", {"advance": advance}) if advance else server.get("clock")
    if server.json:
        output.print_json(reply)
    else:
        click.echo(output.clock_time(reply["time"]))
