"""A template is deployed once; from then on the functions follow their folders."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Lambent
from tests.processes import ServerProcess

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Greet:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.11
      Handler: main.handler
      CodeUri: {code}
"""


def say(folder: Path, words: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "main.py").write_text(f"def handler(event, context):\n    return {words!r}\n")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("project")


@pytest.fixture(scope="module")
def reloading(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    process = ServerProcess(tmp_path_factory.mktemp("server"), "--hot-reload", str(project))
    process.start()
    yield process
    assert process.stop() == 0


@pytest.mark.parametrize("way", ["option", "address", "link"])
def test_a_deployed_function_follows_its_folder(
    lambent: Lambent, reloading: ServerProcess, project: Path, way: str
) -> None:
    """
    By `deploy --hot-reload`, by an address in the template, or by `link` afterwards.
    """
    folder = project / way
    say(folder, "first")
    code = f"{{Bucket: hot-reload, Key: {folder}}}" if way == "address" else f"./{way}"
    template = project / f"{way}.yaml"
    template.write_text(TEMPLATE.format(code=code))
    at = {"AWS_ENDPOINT_URL": reloading.url}
    options = ["--hot-reload"] if way == "option" else []
    deployed = lambent("deploy", str(template), "--stack-name", way, *options, **at)
    assert deployed.returncode == 0, deployed.stderr
    if way == "link":
        linked = lambent("link", f"{way}/Greet", str(folder), **at)
        assert linked.returncode == 0, linked.stderr
        assert linked.stdout.endswith(f" runs what is in {folder}.\n")

    for words in ("first", "second"):
        say(folder, words)
        assert lambent("invoke", f"{way}/Greet", **at).stdout == f'"{words}"\n'


def test_a_server_that_allows_no_folder_is_not_linked_to(lambent: Lambent, tmp_path: Path) -> None:
    refused = lambent("link", "nobody", str(tmp_path))
    assert refused.returncode == 1


def test_a_server_for_others_than_this_machine_runs_no_folders(
    lambent: Lambent, tmp_path: Path
) -> None:
    refused = lambent("serve", "--host", "0.0.0.0", "--hot-reload", str(tmp_path))
    assert refused.returncode == 2
    assert "--hot-reload is for a server that only this machine reaches" in refused.stderr
