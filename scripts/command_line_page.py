"""
Writes docs/reference/command-line.md from what `--help` says. A test fails when the page is not
up to date.
"""

import sys
from pathlib import Path

import click

from lambent.cli.commands import lambent

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "command-line.md"
HEAD = """# The command line

What `lambent COMMAND --help` says, made from the code by `scripts/command_line_page.py`.

Resources are named as you have them at hand: by name, by ARN, or as `STACK/LOGICAL-ID` of a stack.

| exit status | |
|---|---|
| 0 | all is well |
| 1 | refused, or it did not succeed: the function, the execution, the stack |
| 2 | the command line is wrong |
| 130 | interrupted by Ctrl-C |

With `--json`, the answer is JSON on standard output, and an error is one line of JSON on standard
error: `{"error": {"code": "ExecutionDoesNotExist", "message": "…"}}`. Without it, colours and
folded columns are for terminals: a pipe gets plain lines, with ARNs whole. `NO_COLOR=1` turns
colours off everywhere.

## Completion

The shell completes commands and options after this, in its start-up file:

```
eval "$(_LAMBENT_COMPLETE=bash_source lambent)"      # bash, in ~/.bashrc
eval "$(_LAMBENT_COMPLETE=zsh_source lambent)"       # zsh, in ~/.zshrc
_LAMBENT_COMPLETE=fish_source lambent | source       # fish, in ~/.config/fish/config.fish
```
"""


def page() -> str:
    parts = [HEAD, _section("lambent", lambent, None)]
    with click.Context(lambent, info_name="lambent", **lambent.context_settings) as context:
        for name in lambent.list_commands(context):
            command = lambent.get_command(context, name)
            assert command is not None
            parts.append(_section(name, command, context))
    return "\n".join(parts)


def _section(name: str, command: click.Command, parent: click.Context | None) -> str:
    with click.Context(
        command,
        info_name=name,
        parent=parent,
        terminal_width=96,
        max_content_width=96,
        **command.context_settings,
    ) as context:
        title = f"lambent {name}" if parent else name
        return f"## {title}\n\n```\n{command.get_help(context)}\n```\n"


if __name__ == "__main__":
    PAGE.write_text(page())
    sys.stdout.write(f"{PAGE}\n")
