"""`lambent graph`: a workflow as a picture, with the state of each step."""

from pathlib import Path
from typing import Any

import click
import orjson

from lambent.cli import output
from lambent.cli.client import Server, server_options
from lambent.cli.names import is_execution, latest_execution, state_machine_arn
from lambent.languages.asl_graph import svg
from lambent.languages.asl_graph.steps import History


@click.command()
@click.argument("workflow", metavar="STATE-MACHINE|EXECUTION-ARN|FILE")
@click.option(
    "-o",
    "--output",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A name that ends in .svg or .png; - writes SVG to standard output.",
)
@click.option("--last", is_flag=True, help="Show the latest execution of the state machine.")
@click.option(
    "--scale", default=2.0, show_default=True, help="Pixels of a PNG per unit of the SVG."
)
@server_options
def graph(server: Server, workflow: str, file: Path | None, last: bool, scale: float) -> None:
    """
    Draw a workflow as SVG or PNG: a state machine, an execution, or a definition in a FILE.

    Of an execution, each state has the colour of what became of it: succeeded, failed, caught an
    error, running, not reached. A FILE (JSON or YAML) needs no server.

    \b
      lambent graph Greeter -o greeter.svg
      lambent graph Greeter --last -o run.png
      lambent graph arn:aws:states:…:execution:Greeter:one -o run.svg
      lambent graph monitor.asl.json -o -
    """
    name, definition, history = _find(server, workflow, last)
    try:
        picture = svg.draw(definition, history)
    except ImportError as error:
        raise click.ClickException(
            f"Graphviz misses a library of this machine ({error}). On Debian:"
            " apt-get install libexpat1 libglib2.0-0 libxext6 libxrender1"
        ) from error
    if file is not None and str(file) == "-":
        click.echo(picture, nl=False)
        return
    target = file or Path(f"{name}.svg")
    if target.suffix == ".png":
        target.write_bytes(_png(picture, scale))
    elif target.suffix == ".svg":
        target.write_text(picture, encoding="utf-8")
    else:
        raise click.UsageError(f"{target} ends neither in .svg nor in .png.")
    if server.json:
        output.print_json({"file": str(target)})
    else:
        click.echo(target)


def _find(server: Server, workflow: str, last: bool) -> tuple[str, dict[str, Any], History | None]:
    """A name for the picture, the definition, and the history if there is one."""
    path = Path(workflow)
    if path.suffix in (".json", ".yaml", ".yml") or path.is_file():
        return path.name.removesuffix(path.suffix), _read_definition(path), None
    client = server.client("stepfunctions")
    if last:
        workflow = latest_execution(server, workflow)
    if not is_execution(workflow):
        arn = state_machine_arn(server, workflow)
        described = client.describe_state_machine(stateMachineArn=arn)
        return described["name"], orjson.loads(described["definition"]), None
    from lambent.cli.histories import read_history

    history, _ = read_history(client, workflow)
    described = client.describe_state_machine_for_execution(executionArn=workflow)
    return described["name"], orjson.loads(described["definition"]), history


def _read_definition(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise click.ClickException(f"There is no file {path}.")
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{path}: {error}") from error
    if path.suffix in (".yaml", ".yml"):
        import yaml

        try:
            definition = yaml.safe_load(text)
        except yaml.YAMLError as error:
            raise click.ClickException(f"{path} is not YAML: {error}") from error
    else:
        try:
            definition = orjson.loads(text)
        except orjson.JSONDecodeError as error:
            raise click.ClickException(f"{path} is not JSON: {error}") from error
    if not isinstance(definition, dict) or not isinstance(definition.get("States"), dict):
        raise click.ClickException(f"{path} is not a definition: it has no States.")
    return definition


def _png(picture: str, scale: float) -> bytes:
    import resvg_py
    from fontpkg import path

    return resvg_py.svg_to_bytes(svg_string=picture, zoom=scale, font_files=[str(path("Arimo"))])
