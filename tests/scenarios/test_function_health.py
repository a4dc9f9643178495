"""The function-health monitor, deployed and run as a person does, and the mail that it sends."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.processes import ServerProcess
from tests.scenarios.functions import ROLE, make_role, zipped

LAMBENT = Path(sys.executable).with_name("lambent")
EXAMPLE = Path(__file__).parents[2] / "examples" / "function-health"


def _make_functions(server: ServerProcess, count: int, **tags: str) -> None:
    make_role(server)
    functions = server.client("lambda")
    for number in range(count):
        functions.create_function(
            FunctionName=f"function-{number:03}",
            Runtime="python3.11",
            Handler="index.handler",
            Role=ROLE,
            Code={"ZipFile": zipped("def handler(event, context):\n    return event\n")},
            Tags=tags,
        )


def _deploy(server: ServerProcess, *parameters: str) -> None:
    subprocess.run(
        [
            *(LAMBENT, "deploy", EXAMPLE, "Email=team@example.com", *parameters),
            *("--endpoint-url", server.url),
        ],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    server.advance("PT1S")
    for message in server.mail():
        [link] = re.findall(r"http://\S+onfirm\S+", message["body"])
        httpx.get(link).raise_for_status()


def _reports(server: ServerProcess) -> list[dict[str, Any]]:
    """The mails that came after those that ask to confirm."""
    return [message for message in server.mail() if "not healthy" in message["subject"]]


@pytest.mark.parametrize("count", [0, 1, 51, 500])
def test_every_idle_function_is_in_the_mail(server: ServerProcess, count: int) -> None:
    """
    One page has fifty functions: the mail names those of every page, and none when all is well.
    """
    _make_functions(server, count)
    server.advance("P15D")
    _deploy(server)

    server.advance("P1D")

    reports = _reports(server)
    assert len(reports) == (1 if count else 0)
    for report in reports:
        assert report["recipients"] == ["team@example.com"]
        assert report["subject"] == f"{count} of {count} functions not healthy"
        listed = re.findall(r":function:function-\d{3}$", report["body"], re.MULTILINE)
        assert len(set(listed)) == min(count, 250)
        assert "it is inactive" in report["body"]
        assert re.search(r"state: +Inactive", report["body"])
        assert re.search(r"state reason code: +Idle", report["body"])
        assert re.search(r"last modified: +\d{4}-\d\d-\d\dT", report["body"])


def test_a_critical_function_is_told_urgently_too(server: ServerProcess) -> None:
    _make_functions(server, 2, critical="true")
    server.advance("P15D")
    _deploy(server, "UrgentEmail=on-call@example.com")

    server.advance("P1D")

    assert {tuple(report["recipients"]): report["subject"] for report in _reports(server)} == {
        ("team@example.com",): "2 of 2 functions not healthy",
        ("on-call@example.com",): "URGENT: 2 critical function(s) not healthy",
    }


def test_hourly_means_every_hour(server: ServerProcess) -> None:
    _make_functions(server, 1)
    server.advance("P15D")
    _deploy(server, "Frequency=hourly")

    server.advance("PT3H")

    assert len(_reports(server)) == 3


def test_deploying_again_changes_nothing(server: ServerProcess) -> None:
    _deploy(server)
    events = server.client("cloudformation").describe_stack_events(StackName="function-health")

    _deploy(server)

    again = server.client("cloudformation").describe_stack_events(StackName="function-health")
    assert again["StackEvents"] == events["StackEvents"]
