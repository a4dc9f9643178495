"""The commands, each imported when it is asked for: `lambent serve` must start in no time."""

import json
import os
import sys
from importlib import import_module
from typing import Any, NoReturn

import click
from click.shell_completion import CompletionItem

# Command → the module of its function, and what `lambent --help` says of it.
_COMMANDS = {
    "serve": ("serve", "Run the server."),
    "status": ("status", "Show what runs on a server, and what is not healthy."),
    "deploy": ("deploy", "Deploy a template (CloudFormation or SAM) as a stack."),
    "destroy": ("destroy", "Delete a stack and all that it made."),
    "link": ("link", "Run a function from a folder, as it is edited."),
    "debug": ("debug", "Run a function under a debugger that an editor attaches to."),
    "invoke": ("invoke", "Invoke a function and show its answer and its log."),
    "run": ("run", "Start a state machine and watch it."),
    "history": ("history", "Show an execution as a tree of states, or what differs in two."),
    "graph": ("graph", "Draw a workflow, with the state of each step, as SVG or PNG."),
    "logs": ("logs", "Show what a function or a log group wrote; -f follows."),
    "mail": ("mail", "Show the e-mail that was sent."),
    "clock": ("clock", "Show the server's clock, or move it forward."),
}

# What programs are told of an error that is the command line's own, by its exit status.
_CODES = {1: "Failed", 2: "Usage"}


class _Commands(click.Group):
    """
    Imports a command when it is run, not when it is listed.

    Exit statuses: 0 all is well, 1 it was refused or did not succeed, 2 the command line is wrong,
    130 interrupted.
    """

    def main(self, *args: Any, **options: Any) -> NoReturn:
        """As click's own, except that with --json errors are JSON as well."""
        try:
            status = super().main(*args, **{**options, "standalone_mode": False})
        except click.ClickException as error:
            _show(error)
            sys.exit(error.exit_code)
        except click.Abort as error:
            if isinstance(error.__cause__, KeyboardInterrupt):
                sys.exit(130)
            click.echo("Nothing was done.", err=True)
            sys.exit(1)
        sys.exit(status if isinstance(status, int) else 0)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        # Not the inherited one, which imports every command for its help.
        return [
            CompletionItem(name, help=text)
            for name, (_, text) in _COMMANDS.items()
            if name.startswith(incomplete)
        ]

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module, _ = _COMMANDS[cmd_name]
        command: click.Command = getattr(import_module(f"lambent.cli.{module}"), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in _COMMANDS.items()])


def _show(error: click.ClickException) -> None:
    if "--json" not in sys.argv:
        error.show()
        return
    details = {
        "code": getattr(error, "code", _CODES.get(error.exit_code, "Refused")),
        "message": getattr(error, "reason", error.format_message()),
    }
    click.echo(json.dumps({"error": details}, ensure_ascii=False), err=True)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="lambent")
@click.pass_context
def lambent(context: click.Context) -> None:
    """
    Lambent: a self-hosted serverless platform that speaks the AWS APIs.

    Start a server, then point any AWS client at it:

    \b
      lambent serve
      export AWS_ENDPOINT_URL=http://127.0.0.1:4566
      aws lambda list-functions

    The commands below are clients like any other. They find the server by --endpoint-url or
    AWS_ENDPOINT_URL, and give JSON with --json; their errors are JSON then as well.
    """
    if os.environ.get("NO_COLOR"):
        context.color = False
