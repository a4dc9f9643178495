"""`lambent mail`: the embedded mailbox."""

from typing import Any

import click

from lambent.cli import output
from lambent.cli.client import Server, server_options


@click.command()
@click.option("--last", is_flag=True, help="Show the newest message whole.")
@click.option(
    "--number",
    type=click.IntRange(min=1),
    metavar="N",
    help="Show the message with this number of the list whole.",
)
@server_options
def mail(server: Server, last: bool, number: int | None) -> None:
    """
    Show the e-mail that was sent, newest last.

    \b
      lambent mail
      lambent mail --last
    """
    messages = server.get("mail/messages")["messages"]
    if last or number is not None:
        index = -1 if number is None else number - 1
        try:
            messages = [messages[index]]
        except IndexError:
            raise click.ClickException(
                "There is no such message. `lambent mail` lists those that there are."
            ) from None
    if server.json:
        output.print_json(messages)
    elif last or number is not None:
        _print_message(messages[0])
    else:
        rows = [
            (
                place,
                output.clock_time(message["sent_at"]),
                ", ".join(message["recipients"]),
                message["status"],
                message["subject"],
            )
            for place, message in enumerate(messages, 1)
        ]
        output.print_table(("#", "SENT", "TO", "STATUS", "SUBJECT"), rows)


def _print_message(message: dict[str, Any]) -> None:
    click.secho(f"From:    {message['sender']}", dim=True)
    click.secho(f"To:      {', '.join(message['recipients'])}", dim=True)
    click.secho(f"Subject: {message['subject']}", bold=True)
    click.echo()
    click.echo(message["body"])
