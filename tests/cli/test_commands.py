"""What a person meets at every command: errors that say what to do, JSON, pipes, exit statuses."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Lambent
from tests.processes import ServerProcess

_NOWHERE = "http://127.0.0.1:9"


def test_without_a_server_every_command_says_how_to_start_one(lambent: Lambent) -> None:
    for command in (["status"], ["invoke", "f"], ["run", "m"], ["history", "m"], ["clock"]):
        typed = lambent(*command, AWS_ENDPOINT_URL=_NOWHERE)

        assert typed.returncode == 1
        assert typed.stderr == (
            f"Error: There is no server on {_NOWHERE}. Start one with `lambent serve`, or name"
            " another with --endpoint-url or AWS_ENDPOINT_URL.\n"
        )


@pytest.mark.parametrize(
    ("arguments", "status", "code", "words"),
    [
        (("invoke", "nobody"), 1, "ResourceNotFoundException", "Function not found"),
        (("logs", "nothing"), 1, "ResourceNotFoundException", "There is no log group nothing"),
        (("run", "nothing"), 1, "Failed", "no state machine nothing"),
        (("run",), 2, "Usage", "Missing argument"),
        (("mail", "--number", "7"), 1, "Failed", "no such message"),
        (("destroy", "nothing"), 1, "Failed", "no stack nothing"),
        (("graph", "missing.json"), 1, "Failed", "no file missing.json"),
        (("clock", "--advance", "tomorrow"), 1, None, "tomorrow"),
        (("deploy", "."), 1, "Failed", "template.yaml"),
    ],
)
def test_an_error_is_json_on_standard_error_when_json_is_asked_for(
    lambent: Lambent, arguments: tuple[str, ...], status: int, code: str | None, words: str
) -> None:
    typed = lambent(*arguments, "--json")

    assert typed.returncode == status
    assert typed.stdout == ""
    error = json.loads(typed.stderr)["error"]
    assert code is None or error["code"] == code
    assert words in error["message"]


def test_the_code_of_aws_stands_before_its_message(lambent: Lambent) -> None:
    typed = lambent("invoke", "nobody")

    assert typed.stderr.startswith("Error: ResourceNotFoundException: Function not found: arn:aws:")


def test_what_is_no_template_is_refused_in_words(lambent: Lambent, tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text("Resources: [")

    typed = lambent("deploy", ".")

    assert typed.returncode == 1
    assert typed.stderr.startswith("Error: template.yaml")
    assert "Traceback" not in typed.stderr


def test_another_server_is_not_taken_for_lambent(lambent: Lambent, server: ServerProcess) -> None:
    typed = lambent("clock", "--endpoint-url", f"{server.url}/bucket")

    assert typed.returncode == 1
    assert "Traceback" not in typed.stderr


def test_a_pipe_gets_names_whole_and_no_colours(
    lambent: Lambent, server: ServerProcess, role: str
) -> None:
    long = "a-state-machine-" + "x" * 60
    server.client("stepfunctions").create_state_machine(
        name=long,
        roleArn=role,
        definition='{"StartAt": "a", "States": {"a": {"Type": "Succeed"}}}',
    )

    for columns in ("40", "200"):
        typed = lambent("status", COLUMNS=columns)

        assert f"{long}  STANDARD  0\n" in typed.stdout
        assert "\x1b" not in typed.stdout


def test_destroying_in_json_asks_for_yes(lambent: Lambent, server: ServerProcess) -> None:
    server.client("cloudformation").create_stack(
        StackName="kept", TemplateBody='{"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}}'
    )

    assert lambent("destroy", "kept", "--json").returncode == 2
    assert lambent("destroy", "kept", stdin="n\n").returncode == 1
    gone = lambent("destroy", "kept", "--yes", "--json")

    assert gone.returncode == 0, gone.stderr
    assert json.loads(gone.stdout)["StackStatus"] == "DELETE_COMPLETE"


def test_the_shell_completes_commands_and_options(lambent: Lambent) -> None:
    commands = lambent(_LAMBENT_COMPLETE="bash_complete", COMP_WORDS="lambent hi", COMP_CWORD="1")
    options = lambent(
        _LAMBENT_COMPLETE="bash_complete", COMP_WORDS="lambent history --f", COMP_CWORD="2"
    )

    assert commands.stdout == "plain,history\n"
    assert options.stdout == "plain,--follow\n"
