"""One server for all tests of this folder, and `lambent` as a person types it."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.processes import ServerProcess

LAMBENT = Path(sys.executable).with_name("lambent")

Typed = subprocess.CompletedProcess[str]
Lambent = Callable[..., Typed]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    process = ServerProcess(tmp_path_factory.mktemp("server"))
    process.start()
    yield process
    assert process.stop() == 0


@pytest.fixture
def lambent(server: ServerProcess, tmp_path: Path) -> Lambent:
    """Run a command in an empty folder; what it wrote and its exit status."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AWS_", "LAMBENT_", "COLUMNS"))
    }

    def run(*arguments: str, stdin: str = "", **variables: str) -> Typed:
        return subprocess.run(
            [str(LAMBENT), *arguments],
            check=False,
            cwd=tmp_path,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            env={**environment, "AWS_ENDPOINT_URL": server.url, **variables},
        )

    return run


@pytest.fixture(scope="session")
def role(server: ServerProcess) -> str:
    trust = (
        '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",'
        ' "Principal": {"Service": "states.amazonaws.com"}}]}'
    )
    arn: str = server.client("iam").create_role(RoleName="watched", AssumeRolePolicyDocument=trust)[
        "Role"
    ]["Arn"]
    return arn
