"""What the commands print: tables and trees for people, JSON for programs."""

import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import click
import orjson
from rich.console import Console
from rich.markup import escape
from rich.table import Table

# Nothing is folded for a pipe: what reads it wants whole ARNs.
_PIPE_WIDTH = 100_000
console = Console(
    highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else _PIPE_WIDTH
)

# One meaning, one colour, in every command.
COLOURS = {
    "Active": "green",
    "Successful": "green",
    "SUCCEEDED": "green",
    "RUNNING": "cyan",
    "InProgress": "cyan",
    "Pending": "cyan",
    "Inactive": "yellow",
    "ABORTED": "yellow",
    "Failed": "red",
    "FAILED": "red",
    "TIMED_OUT": "red",
}


def print_json(value: Any) -> None:
    text = orjson.dumps(value, default=str, option=orjson.OPT_INDENT_2)
    click.echo(text.decode())


def coloured(word: str) -> str:
    """The word as markup, in its colour if it has one."""
    colour = COLOURS.get(word) or _colour_of_status(word)
    return f"[{colour}]{word}[/]" if colour else escape(word)


def _colour_of_status(word: str) -> str:
    """CloudFormation's statuses: CREATE_COMPLETE, UPDATE_ROLLBACK_IN_PROGRESS, …"""
    if not word.isupper() or " " in word:
        return ""
    if "FAILED" in word or "ROLLBACK" in word:
        return "red"
    if word.endswith("_COMPLETE"):
        return "green"
    return "cyan" if word.endswith("_IN_PROGRESS") else ""


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table without lines: it can be read, and cut with the usual tools."""
    texts = [[" ".join(str(cell).split()) for cell in row] for row in rows]
    if not console.is_terminal:
        _print_plainly([list(columns), *texts])
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in texts:
        table.add_row(*(coloured(cell) for cell in row))
    console.print(table, soft_wrap=False)


def _print_plainly(rows: list[list[str]]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo("  ".join(cells).rstrip())


def clock_time(moment: datetime | float) -> str:
    """A moment as a person reads it: `2025-06-15 15:06:40`."""
    if not isinstance(moment, datetime):
        moment = datetime.fromtimestamp(moment)
    return f"{moment:%Y-%m-%d %H:%M:%S}"


def duration(seconds: float) -> str:
    """`3 ms`, `1.5 s`, `2 min 5 s`, `3 h 20 min`."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(int(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours < 48 else f"{hours // 24} days"


def size(count: int) -> str:
    """`312 B`, `4.1 kB`, `2.0 MB`."""
    for unit in ("B", "kB", "MB"):
        if count < 1000 or unit == "MB":
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000  # type: ignore[assignment]
    raise AssertionError
