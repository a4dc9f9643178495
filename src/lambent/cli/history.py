"""`lambent history`: an execution as a tree of states, and what differs from another one."""

from dataclasses import asdict
from typing import Any

import click

from lambent.cli import output
from lambent.cli.client import Server, server_options
from lambent.cli.names import execution_arn
from lambent.languages.asl_graph.differences import Comparison, Difference, compare

_LONGEST_VALUE = 60
_MOST_ROWS = 100


@click.command()
@click.argument("execution")
@click.option("--diff", "other", metavar="EXECUTION", help="Show what differs in this other one.")
@click.option("-f", "--follow", is_flag=True, help="Go on until the execution ends.")
@server_options
def history(server: Server, execution: str, other: str | None, follow: bool) -> None:
    """
    Show EXECUTION as a tree of states: its ARN, or a state machine for its latest execution.

    Each line has the state's time of day, how long it took, and the sizes of its input and
    output. With --diff, only what differs is shown, what happened first on top: which states ran
    in one execution and not in the other, other errors, other outputs. With --json, the events
    are given as they are, or the differences.

    \b
      lambent history Greeter
      lambent history arn:aws:states:…:execution:Greeter:one
      lambent history arn:aws:states:…:one --diff arn:aws:states:…:two
    """
    from lambent.cli.histories import read_history

    if follow and other is not None:
        raise click.UsageError("--follow and --diff do not go together.")
    client = server.client("stepfunctions")
    arn = execution_arn(server, execution)
    if follow and not server.json:
        from lambent.cli.run import watch

        watch(server, client, arn)
        return
    read, events = read_history(client, arn)
    if other is not None:
        second, _ = read_history(client, execution_arn(server, other))
        _show_comparison(server, compare(read, second))
    elif server.json:
        output.print_json(events)
    else:
        from lambent.cli.tree import drawn

        output.console.print(drawn(arn, read, server.get("clock")["time"]))


def _show_comparison(server: Server, comparison: Comparison) -> None:
    if server.json:
        output.print_json(_as_json(comparison))
        return
    if comparison.divergence is None:
        click.echo("Both went the same way, with the same results.")
    else:
        click.echo(f"They part at {comparison.divergence.path}.\n")
        rows = [
            (each.path, _what(each), _shown(each.first), _shown(each.second))
            for each in comparison.differences[:_MOST_ROWS]
        ]
        output.print_table(("STEP", "WHAT", "FIRST", "SECOND"), rows)
        if len(comparison.differences) > _MOST_ROWS:
            click.echo(
                f"… and {len(comparison.differences) - _MOST_ROWS} more; --json has them all."
            )
    if comparison.slower:
        rows = [
            (
                pair.path,
                "time",
                output.duration((pair.first and pair.first.seconds) or 0.0),
                output.duration((pair.second and pair.second.seconds) or 0.0),
            )
            for pair in comparison.slower[:_MOST_ROWS]
        ]
        click.echo()
        output.print_table(("STEP", "WHAT", "FIRST", "SECOND"), rows)


def _what(difference: Difference) -> str:
    return f"{difference.what} {difference.place}".strip()


def _shown(value: str | None) -> str:
    if value is None:
        return "–"
    return value if len(value) <= _LONGEST_VALUE else f"{value[: _LONGEST_VALUE - 1]}…"


def _as_json(comparison: Comparison) -> dict[str, Any]:
    return {
        "differences": [asdict(each) for each in comparison.differences],
        "times": [
            {
                "path": pair.path,
                "first": pair.first and pair.first.seconds,
                "second": pair.second and pair.second.seconds,
            }
            for pair in comparison.slower
        ],
    }
