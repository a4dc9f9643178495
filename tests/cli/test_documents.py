"""The pages about the command line say what it does."""

import json
import re
import subprocess
import sys
from pathlib import Path

from lambent.languages.asl_graph import svg
from scripts import command_line_page
from tests.cli.conftest import LAMBENT
from tests.processes import ServerProcess

ROOT = Path(__file__).parents[2]


def test_the_reference_is_what_help_says() -> None:
    """`python scripts/command_line_page.py` writes it anew."""
    assert command_line_page.PAGE.read_text() == command_line_page.page()


def test_what_the_how_to_tells_to_type_works(server: ServerProcess, tmp_path: Path) -> None:
    page = (ROOT / "docs" / "how-to" / "watch-a-workflow.md").read_text()
    script = "\n".join(re.findall(r"^```sh\n(.*?)^```", page, re.MULTILINE | re.DOTALL))

    typed = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        check=False,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env={"PATH": f"{LAMBENT.parent}:/usr/bin:/bin", "AWS_ENDPOINT_URL": server.url},
    )

    assert typed.returncode == 0, typed.stderr + typed.stdout
    assert "! Find queue" in typed.stdout
    assert "They part at input of the execution." in typed.stdout
    assert "exit status 1" in typed.stdout
    assert (tmp_path / "bad.png").read_bytes().startswith(b"\x89PNG")


def test_the_picture_of_the_example_has_its_states() -> None:
    """`lambent graph` draws it anew, after a run of the example."""
    definition = json.loads((ROOT / "examples/function-health/monitor.asl.json").read_text())
    states = re.findall(r'id="state-([^"]+)"', svg.draw(definition))
    picture = (ROOT / "docs" / "pictures" / "function-health.svg").read_text()

    assert re.findall(r'id="state-([^"]+)"', picture) == states
    assert sys.getsizeof(picture) < 30_000
