"""`lambent debug`: a function runs under a debugger until Ctrl-C."""

import json
import signal
from typing import Any

import click

from lambent.cli import output
from lambent.cli.client import Server, server_options
from lambent.cli.names import physical_name

_PAGE = "lambda/debug"
# The ports that editors propose.
_PORTS = {"python": 5678, "nodejs": 9229}


@click.command()
@click.argument("function")
@click.option("--qualifier", help="A version or an alias.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    help="Where the editor attaches; 5678 for Python and 9229 for Node.js unless given, 0: any.",
)
@click.option("--no-wait", is_flag=True, help="Run at once, attached or not.")
@server_options
def debug(
    server: Server, function: str, qualifier: str | None, port: int | None, no_wait: bool
) -> None:
    """
    Run FUNCTION (a name, an ARN or STACK/LOGICAL-ID) under a debugger, until Ctrl-C.

    Prints what an editor needs to attach. Invokes wait until it has; they run one after another,
    in one process, and without a time-out.

    \b
      lambent debug greet
      lambent debug greeting/Greet --port 5679
    """
    configuration = server.client("lambda").get_function_configuration(
        FunctionName=physical_name(server, function), **_qualified(qualifier)
    )
    if port is None:
        runtime = configuration["Runtime"]
        port = next((_PORTS[name] for name in _PORTS if runtime.startswith(name)), 0)
    # The qualifier that was asked for stands at the end of the ARN.
    asked = {"function": configuration["FunctionArn"]}
    session = server.post(_PAGE, {**asked, "port": port, "waits": not no_wait})
    try:
        _say(server, session)
        _wait_for_the_end()
    finally:
        server.delete(_PAGE, asked)


def _qualified(qualifier: str | None) -> dict[str, str]:
    return {"Qualifier": qualifier} if qualifier else {}


def _say(server: Server, session: dict[str, Any]) -> None:
    launch = launch_configuration(session)
    if server.json:
        output.print_json({**session, "launch": launch})
        return
    click.echo(f"A debugger can attach at 127.0.0.1:{session['port']}. Ctrl-C ends this.")
    click.echo("VS Code, in .vscode/launch.json under configurations:\n")
    click.echo(json.dumps(launch, indent=2))


def launch_configuration(session: dict[str, Any]) -> dict[str, Any]:
    """How VS Code attaches to a session."""
    local = session["folder"] or "${workspaceFolder}"
    place = {"localRoot": local, "remoteRoot": session["task_root"]}
    name = session["function_arn"].partition(":function:")[2]
    common = {"name": f"Lambent: {name}", "request": "attach"}
    if session["language"] == "python":
        return {
            **common,
            "type": "debugpy",
            "connect": {"host": "127.0.0.1", "port": session["port"]},
            "pathMappings": [place],
        }
    return {
        **common,
        "type": "node",
        "address": "127.0.0.1",
        "port": session["port"],
        **place,
        "restart": True,
    }


def _wait_for_the_end() -> None:
    def end(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, end)
    try:
        while True:
            signal.pause()
    except KeyboardInterrupt:
        return
