"""The pages of docs/how-to, run as they stand: what they show is what was tested."""

import re
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.clients.programs import Program, variables

PAGES = Path(__file__).parents[2] / "docs" / "how-to"
# The address that the pages show, and the tests replace.
PAGES_URL = "http://127.0.0.1:4566"
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Page:
    """The code of a page in one language, in order, and what it says that the code prints."""

    code: str
    printed: list[str]


def read_page(name: str, language: str) -> Page:
    blocks = _BLOCK.findall((PAGES / name).read_text())
    return Page(
        code="".join(code for kind, code in blocks if kind == language),
        printed=[
            line for kind, code in blocks if kind == "text" for line in code.splitlines() if line
        ],
    )


def run_in_shell(page: Page, folder: Path, url: str, programs: Path | str) -> None:
    """Run a page's commands in one shell, against `url` and not the page's own address."""
    script = page.code.replace(PAGES_URL, url)
    program = Program(
        ("bash", "-euo", "pipefail", "-c", f'PATH="{programs}:$PATH"\n{script}'),
        folder,
        variables(url, "111111111111"),
    )
    check_printed(page, program.text())


def check_printed(page: Page, output: str) -> None:
    """Every line that the page shows is there, in the page's order."""
    rest = output
    for expected in page.printed:
        _, found, rest = rest.partition(expected)
        assert found, f"{expected!r} is missing or too early in {output}"


def run_in_node(page: Page, folder: Path, url: str, modules: Path) -> None:
    """Run a page's JavaScript as one module."""
    (folder / "node_modules").symlink_to(modules)
    (folder / "page.mjs").write_text(page.code)
    program = Program(("node", "page.mjs"), folder, variables(url, "me"))
    check_printed(page, program.text())


def run_in_python(page: Page, folder: Path, url: str) -> None:
    program = Program((sys.executable, "-c", page.code.replace(PAGES_URL, url)), folder)
    check_printed(page, program.text())
