"""The pages of docs/how-to are run as they stand."""

import sys
from pathlib import Path

import pytest

from tests.clients.environments import node_environment, python_environment
from tests.clients.how_to import read_page, run_in_node, run_in_python, run_in_shell
from tests.processes import ServerProcess

PROGRAMS = Path(sys.executable).parent


@pytest.mark.xdist_group("awscli")
def test_the_page_about_the_command_line_does_what_it_shows(
    server: ServerProcess, tmp_path: Path
) -> None:
    page = read_page("aws-cli.md", "bash")
    run_in_shell(page, tmp_path, server.url, python_environment("awscli"))


@pytest.mark.xdist_group("awscli")
def test_the_page_about_traces_does_what_it_shows(server: ServerProcess, tmp_path: Path) -> None:
    page = read_page("traces.md", "bash")
    run_in_shell(page, tmp_path, server.url, python_environment("awscli"))


@pytest.mark.xdist_group("javascript")
def test_the_page_about_javascript_does_what_it_shows(
    server: ServerProcess, tmp_path: Path
) -> None:
    page = read_page("javascript-sdk.md", "javascript")
    run_in_node(page, tmp_path, server.url, node_environment("javascript") / "node_modules")


@pytest.mark.xdist_group("sam")
def test_the_page_about_sam_does_what_it_shows(server: ServerProcess, tmp_path: Path) -> None:
    run_in_shell(read_page("sam.md", "bash"), tmp_path, server.url, python_environment("sam"))


def test_the_page_about_boto3_does_what_it_shows(server: ServerProcess, tmp_path: Path) -> None:
    run_in_python(read_page("boto3.md", "python"), tmp_path, server.url)


def test_the_page_about_http_apis_does_what_it_shows(server: ServerProcess, tmp_path: Path) -> None:
    run_in_python(read_page("http-apis.md", "python"), tmp_path, server.url)


def test_the_page_about_rest_apis_does_what_it_shows(server: ServerProcess, tmp_path: Path) -> None:
    run_in_python(read_page("rest-apis.md", "python"), tmp_path, server.url)


def test_the_page_about_browser_uploads_does_what_it_shows(
    server: ServerProcess, tmp_path: Path
) -> None:
    run_in_python(read_page("browser-uploads.md", "python"), tmp_path, server.url)


def test_the_page_about_s3_notifications_does_what_it_shows(
    server: ServerProcess, tmp_path: Path
) -> None:
    run_in_python(read_page("s3-notifications.md", "python"), tmp_path, server.url)


def test_the_page_about_eventbridge_does_what_it_shows(tmp_path: Path) -> None:
    # Its clock is moved, which other tests would notice.
    server = ServerProcess(tmp_path / "data")
    server.start()
    try:
        run_in_python(read_page("eventbridge.md", "python"), tmp_path, server.url)
    finally:
        assert server.stop() == 0


def test_the_page_about_dynamodb_does_what_it_shows(tmp_path: Path) -> None:
    # Its clock is moved, which other tests would notice.
    server = ServerProcess(tmp_path / "data")
    server.start()
    try:
        run_in_python(read_page("dynamodb.md", "python"), tmp_path, server.url)
    finally:
        assert server.stop() == 0


def test_the_page_about_hot_reloading_does_what_it_shows(tmp_path: Path) -> None:
    projects = tmp_path / "projects"
    projects.mkdir()
    server = ServerProcess(tmp_path / "data", "--hot-reload", str(projects))
    server.start()
    try:
        run_in_shell(read_page("hot-reload.md", "bash"), projects, server.url, PROGRAMS)
    finally:
        assert server.stop() == 0


@pytest.mark.xdist_group("awscli")
def test_the_page_about_durable_functions_does_what_it_shows(tmp_path: Path) -> None:
    programs = [python_environment(name) for name in ("awscli", "durable-python")]
    path = ":".join(map(str, [*programs, PROGRAMS]))
    # Its clock is moved, which other tests would notice.
    server = ServerProcess(tmp_path / "data")
    server.start()
    try:
        run_in_shell(read_page("durable-functions.md", "bash"), tmp_path, server.url, path)
    finally:
        assert server.stop() == 0


@pytest.mark.xdist_group("serverless")
def test_the_page_about_serverless_does_what_it_shows(
    server: ServerProcess, tmp_path: Path
) -> None:
    modules = node_environment("serverless") / "node_modules"
    # The framework looks for its plugins beside the service.
    (tmp_path / "node_modules").symlink_to(modules)
    run_in_shell(read_page("serverless.md", "bash"), tmp_path, server.url, modules / ".bin")
    stacks = server.client("cloudformation", account="111111111111").list_stacks()
    [service] = [s for s in stacks["StackSummaries"] if s["StackName"] == "greeting-dev"]
    assert service["StackStatus"] == "DELETE_COMPLETE"
