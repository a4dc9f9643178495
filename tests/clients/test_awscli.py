"""AWS CLI version 1: its waiters, its transfers, its high-level commands."""

import hashlib
import json
import os
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.clients.environments import python_environment
from tests.clients.programs import Program, variables
from tests.processes import ServerProcess

pytestmark = pytest.mark.xdist_group("awscli")

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "sts:AssumeRole",
                "Principal": {"Service": ["lambda.amazonaws.com", "states.amazonaws.com"]},
            }
        ],
    }
)
# Eight times the default part size and a bit: a transfer in several parts, the last one short.
BIG = bytes(range(256)) * (80 * 1024) + b"the end"


@pytest.fixture
def aws(server: ServerProcess, tmp_path: Path) -> Callable[[str], Program]:
    """The program as the owner of an account."""

    def of_account(account: str) -> Program:
        program = python_environment("awscli") / "aws"
        return Program((program,), tmp_path, variables(server.url, account))

    return of_account


def zipped(folder: Path, code: str) -> str:
    with zipfile.ZipFile(folder / "code.zip", "w") as archive:
        archive.writestr("main.py", code)
    return "fileb://code.zip"


def create_role(aws: Program) -> str:
    return aws.text(
        *("iam", "create-role", "--role-name", "r", "--assume-role-policy-document", TRUST),
        *("--query", "Role.Arn", "--output", "text"),
    ).strip()


def create_function(aws: Program, role: str, code: str) -> None:
    aws.text(
        *("lambda", "create-function", "--function-name", "f", "--runtime", "python3.11"),
        *("--handler", "main.handler", "--role", role, "--zip-file", zipped(aws.folder, code)),
    )
    aws.text("lambda", "wait", "function-active-v2", "--function-name", "f")


def test_a_function_from_its_creation_to_its_deletion(aws: Callable[[str], Program]) -> None:
    cli = aws("111111111001")
    create_function(cli, create_role(cli), "def handler(event, context):\n    return 1\n")
    name = ("--function-name", "f")

    reply = cli.json("lambda", "invoke", *name, "--log-type", "Tail", "answer.json")
    assert reply["StatusCode"] == 200
    assert (cli.folder / "answer.json").read_text() == "1"

    function = cli.json("lambda", "get-function", *name)
    code = httpx.get(function["Code"]["Location"]).raise_for_status().content
    assert code == (cli.folder / "code.zip").read_bytes()

    code_2 = zipped(cli.folder, "def handler(event, context):\n    raise KeyError(event)\n")
    cli.text("lambda", "update-function-code", *name, "--zip-file", code_2)
    cli.text("lambda", "wait", "function-updated-v2", *name)
    cli.text("lambda", "update-function-configuration", *name, "--timeout", "7")
    cli.text("lambda", "wait", "function-updated", *name)
    reply = cli.json("lambda", "invoke", *name, "--payload", '"x"', "answer.json")
    assert reply["FunctionError"] == "Unhandled"
    answer = json.loads((cli.folder / "answer.json").read_text())
    assert (answer["errorType"], answer["errorMessage"]) == ("KeyError", "'x'")

    names = ("--query", "Functions[].[FunctionName, Timeout]", "--output", "text")
    assert cli.text("lambda", "list-functions", *names) == "f\t7\n"
    cli.text("lambda", "delete-function", *name)
    gone = cli.run("lambda", "get-function", *name)
    assert gone.status == 255
    assert "An error occurred (ResourceNotFoundException) when calling the GetFunction" in (
        gone.errors
    )
    assert cli.text("lambda", "list-functions", *names) == ""


def test_a_queue_with_its_attributes(aws: Callable[[str], Program], server: ServerProcess) -> None:
    cli = aws("111111111002")

    def sqs(*arguments: str) -> str:
        return cli.text("sqs", *arguments, "--endpoint-url", server.url, "--output", "text")

    url = sqs("create-queue", "--queue-name", "q", "--attributes", "VisibilityTimeout=7").strip()
    queue = ("--queue-url", url)
    entries = json.dumps([{"Id": str(n), "MessageBody": f"body {n}"} for n in range(3)])
    sqs("send-message-batch", *queue, "--entries", entries)
    bodies = sqs(
        *("receive-message", *queue, "--max-number-of-messages", "10"),
        *("--attribute-names", "All", "--query", "Messages[].Body"),
    )
    assert sorted(bodies.strip().split("\t")) == ["body 0", "body 1", "body 2"]
    attributes = (
        "VisibilityTimeout",
        "ApproximateNumberOfMessages",
        "ApproximateNumberOfMessagesNotVisible",
    )
    values = sqs(
        *("get-queue-attributes", *queue, "--attribute-names", "All"),
        *("--query", f"Attributes.[{', '.join(attributes)}]"),
    )
    assert values.split() == ["7", "0", "3"]
    sqs("purge-queue", *queue)
    sqs("delete-queue", *queue)
    gone = cli.run("sqs", "get-queue-url", "--queue-name", "q", "--endpoint-url", server.url)
    assert "(AWS.SimpleQueueService.NonExistentQueue)" in gone.errors


def test_files_go_to_a_bucket_and_come_back(aws: Callable[[str], Program]) -> None:
    cli = aws("111111111003")
    cli.text("s3", "mb", "s3://clients-cli")
    (cli.folder / "big").write_bytes(BIG)
    cli.text("s3", "cp", "big", "s3://clients-cli/big", "--no-progress")
    listed = cli.text("s3", "ls", "s3://clients-cli").split()
    assert listed[2:] == [str(len(BIG)), "big"]
    head = cli.json("s3api", "head-object", "--bucket", "clients-cli", "--key", "big")
    assert head["ETag"].endswith('-3"')
    cli.text("s3", "cp", "s3://clients-cli/big", "back", "--no-progress")
    back = (cli.folder / "back").read_bytes()
    assert hashlib.sha256(back).digest() == hashlib.sha256(BIG).digest()

    address = cli.text("s3", "presign", "s3://clients-cli/big").strip()
    assert httpx.get(address).raise_for_status().content == BIG
    part = httpx.get(address, headers={"Range": "bytes=-7"})
    assert (part.status_code, part.content) == (206, b"the end")
    cli.text("s3", "rb", "s3://clients-cli", "--force")
    assert cli.text("s3", "ls") == ""


def test_a_folder_is_kept_the_same_as_a_bucket(aws: Callable[[str], Program]) -> None:
    cli = aws("111111111004")
    cli.text("s3", "mb", "s3://clients-sync")
    names = ["a b.txt", "sub/ü.txt", "sub/gone.txt"]
    for name in names:
        (cli.folder / "tree" / name).parent.mkdir(parents=True, exist_ok=True)
        (cli.folder / "tree" / name).write_text(name)
        # S3 tells whole seconds: what is uploaded within one would look older than the file.
        an_hour_ago = time.time() - 3600
        os.utime(cli.folder / "tree" / name, (an_hour_ago, an_hour_ago))

    def synchronize(*options: str) -> int:
        output = cli.text("s3", "sync", "tree", "s3://clients-sync/t", "--no-progress", *options)
        return len(output.splitlines())

    assert synchronize() == 3
    assert synchronize() == 0
    (cli.folder / "tree/sub/gone.txt").unlink()
    assert synchronize("--delete") == 1
    cli.text("s3", "sync", "s3://clients-sync/t", "copy", "--no-progress")
    copied = {path.name: path.read_text() for path in (cli.folder / "copy").rglob("*.txt")}
    assert copied == {"a b.txt": "a b.txt", "ü.txt": "sub/ü.txt"}
    cli.text("s3", "cp", "s3://clients-sync/t/a b.txt", "s3://clients-sync/t/c", "--no-progress")
    cli.text("s3", "rm", "s3://clients-sync/t/sub", "--recursive")
    listed = cli.text("s3", "ls", "s3://clients-sync", "--recursive").splitlines()
    assert [line.split(maxsplit=3)[3] for line in listed] == ["t/a b.txt", "t/c"]


def test_a_schedule_and_a_topic(aws: Callable[[str], Program], server: ServerProcess) -> None:
    cli = aws("111111111005")
    role = create_role(cli)
    endpoint = ("--endpoint-url", server.url)
    queue = cli.json("sqs", "create-queue", "--queue-name", "q", *endpoint)["QueueUrl"]
    target = {"Arn": "arn:aws:sqs:us-east-1:111111111005:q", "RoleArn": role, "Input": "tick"}
    cli.text(
        *("scheduler", "create-schedule", "--name", "s", "--flexible-time-window", "Mode=OFF"),
        *("--schedule-expression", "rate(1 hour)", "--target", json.dumps(target)),
    )
    topic = cli.json("sns", "create-topic", "--name", "t")["TopicArn"]
    cli.text(
        *("sns", "subscribe", "--topic-arn", topic, "--protocol", "sqs"),
        *("--notification-endpoint", target["Arn"], "--attributes", "RawMessageDelivery=true"),
    )
    cli.text("sns", "publish", "--topic-arn", topic, "--message", "published")

    server.advance("PT1S")

    bodies = set[str]()
    while len(bodies) < 2:
        reply = cli.json(
            "sqs", "receive-message", "--queue-url", queue, "--wait-time-seconds", "20", *endpoint
        )
        bodies |= {message["Body"] for message in reply["Messages"]}
    assert bodies == {"tick", "published"}
    schedules = cli.json("scheduler", "list-schedules")["Schedules"]
    assert [schedule["Name"] for schedule in schedules] == ["s"]


def test_a_role_is_assumed_for_a_profile(aws: Callable[[str], Program]) -> None:
    """
    A profile with a role calls AssumeRole by itself and goes on with the role's keys.
    """
    cli = aws("111111111006")
    role = create_role(cli)
    (cli.folder / ".aws").mkdir()
    (cli.folder / ".aws" / "config").write_text(
        f"[profile other]\nrole_arn = {role}\ncredential_source = Environment\n"
    )
    identity = cli.json("sts", "get-caller-identity", "--profile", "other")
    assert identity["Account"] == "111111111006"
    assert identity["Arn"].startswith("arn:aws:sts::111111111006:assumed-role/r/botocore-session-")
    arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
    cli.text("iam", "attach-role-policy", "--role-name", "r", "--policy-arn", arn)
    attached = cli.json("iam", "list-attached-role-policies", "--role-name", "r")
    assert [policy["PolicyArn"] for policy in attached["AttachedPolicies"]] == [arn]


def test_the_waiters_of_stacks_wait(aws: Callable[[str], Program]) -> None:
    cli = aws("111111111007")
    (cli.folder / "template.yaml").write_text("Resources: {T: {Type: 'AWS::SNS::Topic'}}\n")
    stack = ("--stack-name", "s")
    body = ("--template-body", "file://template.yaml")
    cli.text("cloudformation", "create-stack", *stack, *body)
    cli.text("cloudformation", "wait", "stack-create-complete", *stack)
    again = cli.run("cloudformation", "update-stack", *stack, *body)
    assert "(ValidationError)" in again.errors
    assert "No updates are to be performed." in again.errors
    cli.text("cloudformation", "delete-stack", *stack)
    cli.text("cloudformation", "wait", "stack-delete-complete", *stack)
    gone = cli.run("cloudformation", "describe-stacks", *stack)
    assert "Stack with id s does not exist" in gone.errors


def test_metrics_are_put_and_read(aws: Callable[[str], Program]) -> None:
    cli = aws("111111111009")
    cli.text(
        *("cloudwatch", "put-metric-data", "--namespace", "Shop", "--metric-name", "Orders"),
        *("--dimensions", "Region=EU", "--value", "3", "--unit", "Count"),
    )
    metric = ("--namespace", "Shop", "--metric-name", "Orders", "--dimensions")
    listed = cli.json("cloudwatch", "list-metrics", *metric, "Name=Region")
    assert listed["Metrics"][0]["Dimensions"] == [{"Name": "Region", "Value": "EU"}]
    read = cli.json(
        *("cloudwatch", "get-metric-statistics", *metric, "Name=Region,Value=EU"),
        *("--start-time", "2020-01-01T00:00:00Z", "--end-time", "2100-01-01T00:00:00Z"),
        *("--period", "31536000", "--statistics", "Sum"),
    )
    assert [one["Sum"] for one in read["Datapoints"]] == [3.0]
