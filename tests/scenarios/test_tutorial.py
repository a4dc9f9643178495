"""What the tutorial tells people to type works as it is written."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes import ServerProcess

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(params=[0o022, 0o077])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ServerProcess]:
    """As a person starts it: in the folder where they are, with the umask that they have."""
    process = ServerProcess(Path(".lambent"), working_folder=tmp_path, umask=request.param)
    process.start()
    yield process
    assert process.stop() == 0


def test_the_first_steps_work(server: ServerProcess, tmp_path: Path) -> None:
    page = (DOCS / "tutorial" / "first-steps.md").read_text()
    script = "\n".join(re.findall(r"^```sh\n(.*?)^```", page, re.MULTILINE | re.DOTALL))
    typed = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        check=False,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "AWS_ENDPOINT_URL": server.url,
            "COLUMNS": "120",
        },
    )

    assert typed.returncode == 0, typed.stderr
    assert '{"text": "Hello, Ada!"}' in typed.stdout
    assert len(re.findall(r"item [01]", typed.stdout)) >= 2
    assert "SUCCEEDED" in typed.stdout
    assert "greeting Grace" in typed.stdout
    stacks = server.client("cloudformation").describe_stacks()["Stacks"]
    assert stacks == []
