"""SAM CLI with the project's own example; docs/how-to/sam.md has the small application."""

import re
from pathlib import Path

import httpx
import pytest

from tests.clients.environments import python_environment
from tests.clients.programs import Program, variables
from tests.processes import ServerProcess

ACCOUNT = "333333333001"
EXAMPLE = Path(__file__).parents[2] / "examples" / "function-health"
STACK = ("--stack-name", "function-health")


@pytest.mark.xdist_group("sam")
def test_the_example_is_deployed_run_and_deleted(server: ServerProcess, tmp_path: Path) -> None:
    quiet = {"SAM_CLI_TELEMETRY": "0", **variables(server.url, ACCOUNT)}
    sam = Program((python_environment("sam") / "sam",), tmp_path, quiet)
    template = ("--template-file", EXAMPLE / "template.yaml")
    deploy = ("deploy", *template, *STACK, "--resolve-s3", "--capabilities", "CAPABILITY_IAM")
    sam.text("validate", *template)

    sam.text(*deploy, "--parameter-overrides", "Email=sam@example.com Frequency=hourly")
    for message in server.mail():
        if message["recipients"] == ["sam@example.com"]:
            [link] = re.findall(r"http://\S+onfirm\S+", message["body"])
            httpx.get(link).raise_for_status()

    outputs = sam.json("list", "stack-outputs", *STACK, "--output", "json")
    assert [output["OutputKey"] for output in outputs] == [
        "MonitorArn",
        "TopicArn",
        "UrgentTopicArn",
    ]
    answer = sam.json("remote", "invoke", "Monitor", *STACK, "--output", "json", "--event", "{}")
    assert answer["status"] == "SUCCEEDED"

    changed = sam.text(
        *deploy,
        "--parameter-overrides",
        "Email=sam@example.com Frequency=daily",
        "--no-progressbar",
    )
    assert "UPDATE_COMPLETE" in changed
    unchanged = sam.run(*deploy, "--parameter-overrides", "Email=sam@example.com Frequency=daily")
    assert unchanged.status == 1
    assert "No changes to deploy. Stack function-health is up to date" in (
        unchanged.output + unchanged.errors
    )

    sam.text("delete", *STACK, "--no-prompts")
    stacks = server.client("cloudformation", account=ACCOUNT).describe_stacks()["Stacks"]
    assert [stack["StackName"] for stack in stacks] == ["aws-sam-cli-managed-default"]
