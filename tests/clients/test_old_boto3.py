"""boto3 1.40, the generation before the newest: other protocols for the same operations."""

from pathlib import Path

import pytest

from tests.clients.environments import HERE, python_environment
from tests.clients.programs import Program, variables
from tests.processes import ServerProcess


@pytest.mark.xdist_group("boto3")
def test_an_older_boto3_works_unchanged(server: ServerProcess, tmp_path: Path) -> None:
    python = python_environment("boto3") / "python"
    program = Program((python,), tmp_path, variables(server.url, "444444444001"))
    assert program.text(HERE / "old_boto3.py") == "1.40.76\nall is well\n"
