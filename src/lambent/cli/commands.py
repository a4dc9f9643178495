"""The commands, each imported when it is asked for: `lambent serve` must start in no time."""

from importlib import import_module

import click

# Command → module and its function there.
_COMMANDS = {
    "serve": "serve",
}


class _Lazy(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        module = _COMMANDS.get(cmd_name)
        if module is None:
            return None
        command: click.Command = getattr(import_module(f"lambent.cli.{module}"), cmd_name)
        return command


@click.group(cls=_Lazy)
@click.version_option(package_name="lambent")
def lambent() -> None:
    """A self-hosted serverless platform that speaks the AWS APIs."""
