"""AWS SDK for JavaScript v3: the files in `javascript/`, run by Node's own test runner."""

import shutil
from pathlib import Path

import pytest

from tests.clients.environments import HERE, node_environment
from tests.clients.programs import Program, variables
from tests.processes import ServerProcess

FILES = sorted((HERE / "javascript").glob("*.test.mjs"))


@pytest.mark.xdist_group("javascript")
@pytest.mark.parametrize("number", range(len(FILES)), ids=[file.stem for file in FILES])
def test_the_sdk_for_javascript_works_unchanged(
    server: ServerProcess, tmp_path: Path, number: int
) -> None:
    environment = node_environment("javascript")
    # Node looks for packages beside the file that imports them.
    (tmp_path / "node_modules").symlink_to(environment / "node_modules")
    for file in (FILES[number], HERE / "javascript" / "zip.mjs"):
        shutil.copy(file, tmp_path)
    node = Program(("node", "--test"), tmp_path, variables(server.url, f"22222222200{number}"))
    outcome = node.run(FILES[number].name)
    assert outcome.status == 0, outcome.output + outcome.errors
