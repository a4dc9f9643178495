"""The commands, each imported when it is asked for: `lambent serve` must start in no time."""

from importlib import import_module

import click

# Command → the module of its function, and what `lambent --help` says of it.
_COMMANDS = {
    "serve": ("serve", "Run the server."),
    "status": ("status", "Show what runs on a server, and what is not healthy."),
    "deploy": ("deploy", "Deploy a template (CloudFormation or SAM) as a stack."),
    "destroy": ("destroy", "Delete a stack and all that it made."),
    "invoke": ("invoke", "Invoke a function and show its answer and its log."),
    "run": ("run", "Start a state machine and watch it."),
    "history": ("history", "Show an execution as a tree of states."),
    "logs": ("logs", "Show what a function or a log group wrote; -f follows."),
    "mail": ("mail", "Show the e-mail that was sent."),
    "clock": ("clock", "Show the server's clock, or move it forward."),
}


class _Commands(click.Group):
    """Imports a command when it is run, not when it is listed."""

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


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="lambent")
def lambent() -> None:
    """
    Lambent: a self-hosted serverless platform that speaks the AWS APIs.

    Start a server, then point any AWS client at it:

    \b
      lambent serve
      export AWS_ENDPOINT_URL=http://127.0.0.1:4566
      aws lambda list-functions

    The commands below are clients like any other. They find the server by --endpoint-url or
    AWS_ENDPOINT_URL, and give JSON with --json.
    """
