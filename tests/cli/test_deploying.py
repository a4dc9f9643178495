"""`lambent deploy` with the templates that people really write."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Lambent
from tests.processes import ServerProcess

QUEUE = "Resources: {Q: {Type: AWS::SQS::Queue, Properties: {QueueName: %s}}}"


@pytest.mark.parametrize(
    "template",
    [
        "Resources:",
        "Resources: []",
        "Resources: {A: 3}",
        "Resources: {A: {Type: [AWS::SQS::Queue]}}",
        "Resources: {A: {Type: AWS::SQS::Queue, Properties: []}}",
        "Globals: {Function: }\nResources: {A: {Type: AWS::Serverless::Function, Properties: 3}}",
        "Globals:\nParameters:\nResources: {A: {Type: AWS::Nothing}}",
    ],
)
def test_what_does_not_have_a_templates_form_is_refused_by_the_server(
    lambent: Lambent, tmp_path: Path, template: str
) -> None:
    (tmp_path / "template.yaml").write_text(template)

    typed = lambent("deploy", "template.yaml", "--stack-name", "formless")

    assert typed.returncode == 1
    assert typed.stderr.startswith("Error: ")
    assert "Traceback" not in typed.stderr


def test_a_file_that_is_not_utf_8_is_refused_in_words(lambent: Lambent, tmp_path: Path) -> None:
    (tmp_path / "latin.yaml").write_bytes(b"Description: caf\xe9\n")
    (tmp_path / "latin.json").write_bytes(b"\xff\xfe")

    assert "Error: latin.yaml: 'utf-8' codec" in lambent("deploy", "latin.yaml").stderr
    assert "Error: latin.json: 'utf-8' codec" in lambent("graph", "latin.json").stderr


def test_a_stack_is_named_after_its_folder_in_letters_that_stacks_may_have(
    lambent: Lambent, server: ServerProcess, tmp_path: Path
) -> None:
    folder = tmp_path / "my_own.app"
    folder.mkdir()
    (folder / "template.yaml").write_text(QUEUE % "named-after-folder")

    typed = lambent("deploy", "my_own.app")

    assert typed.returncode == 0, typed.stderr
    assert server.client("cloudformation").describe_stacks(StackName="my-own-app")["Stacks"]


def test_a_template_of_any_length_is_deployed(
    lambent: Lambent, server: ServerProcess, tmp_path: Path
) -> None:
    """
    A body of more than 51,200 bytes goes through a bucket.
    """
    topics = {
        f"Topic{number}": {"Type": "AWS::SNS::Topic", "Metadata": {"Why": "x" * 6_000}}
        for number in range(10)
    }
    (tmp_path / "template.json").write_text(json.dumps({"Resources": topics}))

    typed = lambent("deploy", "template.json", "--stack-name", "long")

    assert typed.returncode == 0, typed.stderr


def test_a_stack_that_could_not_be_created_has_to_be_destroyed_first(
    lambent: Lambent, tmp_path: Path
) -> None:
    (tmp_path / "template.yaml").write_text(QUEUE % "not!a!name")
    assert lambent("deploy", "template.yaml", "--stack-name", "unlucky").returncode == 1
    (tmp_path / "template.yaml").write_text(QUEUE % "a-name")

    refused = lambent("deploy", "template.yaml", "--stack-name", "unlucky")
    lambent("destroy", "unlucky", "--yes")
    again = lambent("deploy", "template.yaml", "--stack-name", "unlucky")

    assert "`lambent destroy unlucky`" in refused.stderr
    assert again.returncode == 0, again.stderr
