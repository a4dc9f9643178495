"""Running a stock client as a person does: its own program, our endpoint, nothing else changed."""

import json
import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


def variables(url: str, account: str) -> dict[str, str]:
    """What the README tells people to export; a key of twelve digits is the account."""
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": account,
        "AWS_SECRET_ACCESS_KEY": "test",
    }


@dataclass(frozen=True)
class Program:
    """A command line client in its environment, run inside `folder`."""

    command: tuple[str | Path, ...]
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def run(self, *arguments: str | Path, standard_input: str = "") -> "Outcome":
        """Whatever comes of it."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("AWS_", "LAMBENT_", "PYTHON", "PYTEST_"))
        }
        ended = subprocess.run(
            [*self.command, *arguments],
            check=False,
            cwd=self.folder,
            # A configuration of the person who runs the tests must not leak in.
            env={**kept, "HOME": str(self.folder), **self.environment},
            input=standard_input,
            capture_output=True,
            text=True,
            timeout=300,
        )
        return Outcome(ended.returncode, ended.stdout, ended.stderr)

    def text(self, *arguments: str | Path, standard_input: str = "") -> str:
        """What it printed; it must have ended well."""
        outcome = self.run(*arguments, standard_input=standard_input)
        assert outcome.status == 0, f"{arguments}: {outcome.output}{outcome.errors}"
        return outcome.output

    def json(self, *arguments: str | Path) -> Any:
        return json.loads(self.text(*arguments))


@dataclass(frozen=True)
class Outcome:
    status: int
    output: str
    errors: str
