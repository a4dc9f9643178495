"""The function-health monitor, deployed and run as a person does, and the mail that it sends."""

import io
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.processes import ServerProcess

LAMBENT = Path(sys.executable).with_name("lambent")
EXAMPLE = Path(__file__).parents[2] / "examples" / "function-health"
TRUST = """{"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
 "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}]}"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    process = ServerProcess(tmp_path / "data")
    process.start()
    yield process
    assert process.stop() == 0


def _zipped(code: str) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        archive.writestr("index.py", code)
    return body.getvalue()


def _make_functions(server: ServerProcess, count: int, **tags: str) -> None:
    role = server.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=TRUST)
    functions = server.client("lambda")
    for number in range(count):
        functions.create_function(
            FunctionName=f"function-{number:03}",
            Runtime="python3.11",
            Handler="index.handler",
            Role=role["Role"]["Arn"],
            Code={"ZipFile": _zipped("def handler(event, context):\n    return event\n")},
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
