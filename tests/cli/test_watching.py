"""`lambent run`, `history` and `graph` on executions of every kind."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.cli import workflows
from tests.cli.conftest import Lambent
from tests.processes import ServerProcess


@pytest.fixture(scope="module")
def machines(server: ServerProcess, role: str) -> None:
    client = server.client("stepfunctions")
    standard = {
        "handled": workflows.HANDLED,
        "failing": workflows.FAILING,
        "waiting": workflows.WAITING,
        "choosing": workflows.CHOOSING,
    }
    for name, definition in standard.items():
        client.create_state_machine(name=name, roleArn=role, definition=json.dumps(definition))
    client.create_state_machine(
        name="express", roleArn=role, definition=json.dumps(workflows.EXPRESS), type="EXPRESS"
    )


def _started(lambent: Lambent, machine: str, payload: dict[str, Any] | None = None) -> str:
    typed = lambent("run", machine, json.dumps(payload or {}), "--no-wait")
    assert typed.returncode == 0, typed.stderr
    return typed.stdout.strip()


@pytest.mark.usefixtures("machines")
def test_a_run_shows_branches_items_retries_and_caught_errors(lambent: Lambent) -> None:
    arn = _started(lambent, "handled")
    lambent("clock", "--advance", "PT10S")

    typed = lambent("history", arn, "--follow")

    assert typed.returncode == 0, typed.stderr
    lines = [re.sub(r"([✓!✗] .+?)  .*", r"\1", line) for line in typed.stdout.splitlines()[1:]]
    assert lines == [
        "├── ✓ Both",
        "│   ├── ✓ branch 0",
        "│   │   └── ✓ Fine",
        "│   └── ✓ branch 1",
        "│       ├── ! Look",
        "│       └── ✓ Make do",
        "├── ✓ Rows",
        "│   ├── ✓ item 0",
        "│   │   └── ✓ Columns",
        "│   │       ├── ✓ item 0",
        "│   │       │   └── ✓ Cell",
        "│   │       └── ✓ item 1",
        "│   │           └── ✓ Cell",
        "│   └── ✓ item 1",
        "│       └── ✓ Columns",
        "│           └── ✓ item 0",
        "│               └── ✓ Cell",
        "├── ✓ Enough?",
        "└── ✓ Done",
    ]
    assert "2 retries  Sqs.QueueDoesNotExistException" in typed.stdout
    assert "2 of 2 items" in typed.stdout


@pytest.mark.usefixtures("machines")
def test_a_run_that_fails_says_why_and_exits_with_one(lambent: Lambent) -> None:
    typed = lambent("run", "failing")

    assert typed.returncode == 1
    assert "FAILED" in typed.stdout
    assert "✗ item 0" in typed.stdout
    assert "0 of 3 items, 1 failed" in typed.stdout
    assert "Sqs.QueueDoesNotExistException" in typed.stdout.splitlines()[-1]


@pytest.mark.usefixtures("machines")
def test_what_waits_is_shown_as_running(lambent: Lambent) -> None:
    typed = lambent("history", _started(lambent, "waiting"))

    assert "RUNNING" in typed.stdout
    assert "… Wait" in typed.stdout
    assert "✓ Fine" in typed.stdout


@pytest.mark.usefixtures("machines")
def test_an_aborted_run_shows_what_was_open(lambent: Lambent, server: ServerProcess) -> None:
    arn = _started(lambent, "waiting")
    server.client("stepfunctions").stop_execution(executionArn=arn, error="E", cause="enough")

    typed = lambent("history", "waiting")

    assert "ABORTED" in typed.stdout
    assert "– Wait" in typed.stdout
    assert "E: enough" in typed.stdout


@pytest.mark.usefixtures("machines")
def test_a_timed_out_run_shows_what_was_open(lambent: Lambent) -> None:
    arn = _started(lambent, "waiting")
    lambent("clock", "--advance", "PT2M")

    typed = lambent("history", arn, "--follow")

    assert "TIMED_OUT 1 min 40 s" in typed.stdout
    assert "⏱ Wait" in typed.stdout


@pytest.mark.usefixtures("machines")
def test_two_runs_are_compared(lambent: Lambent) -> None:
    left = _started(lambent, "choosing", {"left": True, "word": "a"})
    right = _started(lambent, "choosing", {"left": False, "word": "b"})

    typed = lambent("history", left, "--diff", right)
    as_json = json.loads(lambent("history", left, "--diff", right, "--json").stdout)

    assert typed.stdout.startswith("They part at input of the execution.")
    told = {(each["path"], each["what"], each["place"]) for each in as_json["differences"]}
    assert {
        ("Left", "only in the first", ""),
        ("Right", "only in the second", ""),
        ("Say", "output", "$.said[1]"),
    } <= told


@pytest.mark.usefixtures("machines")
def test_equal_runs_differ_in_nothing(lambent: Lambent) -> None:
    first = _started(lambent, "choosing", {"left": True, "word": "a"})
    second = _started(lambent, "choosing", {"left": True, "word": "a"})

    typed = lambent("history", first, "--diff", second)

    assert typed.stdout == "Both went the same way, with the same results.\n"


@pytest.mark.usefixtures("machines")
def test_an_express_workflow_is_run_to_its_end(lambent: Lambent) -> None:
    typed = lambent("run", "express", "-", stdin='{"a": 1}')

    assert typed.returncode == 0, typed.stderr
    assert "SUCCEEDED" in typed.stdout
    assert json.loads(typed.stdout.splitlines()[-1]) == {"a": 1}


@pytest.mark.usefixtures("machines")
def test_an_execution_is_drawn_with_the_state_of_each_step(
    lambent: Lambent, tmp_path: Path
) -> None:
    arn = _started(lambent, "handled")
    lambent("clock", "--advance", "PT10S")
    lambent("history", arn, "--follow")

    typed = lambent("graph", "handled", "--last", "-o", "run.svg")

    assert typed.stdout == "run.svg\n"
    picture = (tmp_path / "run.svg").read_text()
    titles = dict(re.findall(r'id="state-([^"]+)"><title>(.*?)</title>', picture, re.DOTALL))
    assert "Caught error: 1" in titles["Look"]
    assert "Succeeded: 3" in titles["Cell"]
    assert "Not reached" in titles["Too many"]


@pytest.mark.usefixtures("machines")
def test_a_picture_is_a_png_when_its_name_says_so(lambent: Lambent, tmp_path: Path) -> None:
    assert lambent("graph", "failing", "-o", "failing.png").returncode == 0

    assert (tmp_path / "failing.png").read_bytes().startswith(b"\x89PNG")


def test_a_definition_in_a_file_is_drawn_without_a_server(lambent: Lambent, tmp_path: Path) -> None:
    (tmp_path / "flow.asl.json").write_text(json.dumps(workflows.CHOOSING))

    typed = lambent("graph", "flow.asl.json", "-o", "-", AWS_ENDPOINT_URL="http://127.0.0.1:9")

    assert typed.returncode == 0, typed.stderr
    assert ">$states.input.left<" in typed.stdout
