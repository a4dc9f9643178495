"""A full disk is said plainly, loses nothing that was acknowledged, and ends when there is room."""

import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.processes import ServerProcess

CODE = """
import time
def handler(event, context):
    print("x" * 1000)
    time.sleep(float(event))
    return event
"""
TRUST = """{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
 "Principal": {"Service": ["lambda.amazonaws.com", "states.amazonaws.com"]}}]}"""
# Mounts of its own, which an ordinary user gets with a user namespace.
UNSHARE = ("unshare", "--mount") if os.geteuid() == 0 else ("unshare", "-r", "--mount")


class SmallDisk:
    """A server whose data folder is a disk of its own that can be filled and freed."""

    def __init__(self, folder: Path) -> None:
        mounting = 'mount -t tmpfs -o size=24m tmpfs "$0" && exec "$@"'
        self.folder = folder
        self.server = ServerProcess(folder, launcher=(*UNSHARE, "sh", "-c", mounting, str(folder)))
        self.server.start()
        self.functions = _functions(self.server)
        self._filler = Path(f"/proc/{self.server.pid}/root{folder}/filler")

    def fill(self) -> None:
        with self._filler.open("wb", buffering=0) as file:
            for size in (1 << 20, 4096, 1):
                try:
                    while True:
                        file.write(b"x" * size)
                except OSError:
                    continue

    def free(self) -> None:
        self._filler.unlink()


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallDisk]:
    disk = SmallDisk(tmp_path_factory.mktemp("small"))
    yield disk
    assert disk.server.stop() == 0


def _refused(call: Callable[..., Any], **params: Any) -> tuple[str, str, int]:
    with pytest.raises(ClientError) as raised:
        call(**params)
    answer = raised.value.response
    status = answer["ResponseMetadata"]["HTTPStatusCode"]
    return answer["Error"]["Code"], answer["Error"]["Message"], status


def _send_until_refused(queues: Any, queue: str) -> int:
    """How many messages found room: the store has set some aside."""
    for sent in range(10_000):
        try:
            queues.send_message(QueueUrl=queue, MessageBody="x" * 1000)
        except ClientError:
            return sent
    raise AssertionError("the disk does not get full")


def _number_of_messages(queues: Any, queue: str) -> int:
    name = "ApproximateNumberOfMessages"
    asked = queues.get_queue_attributes(QueueUrl=queue, AttributeNames=[name])
    return int(asked["Attributes"][name])


def _machine(server: ServerProcess, state: dict[str, Any]) -> str:
    made = server.client("stepfunctions").create_state_machine(
        name=state["Type"],
        definition=json.dumps({"StartAt": "S", "States": {"S": state}}),
        roleArn="arn:aws:iam::000000000000:role/r",
    )
    arn: str = made["stateMachineArn"]
    return arn


def _functions(server: ServerProcess) -> Any:
    """A client of the two functions `f` and `g`, each with a warm environment."""
    role = server.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=TRUST)
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        archive.writestr("index.py", CODE)
    functions = server.client("lambda")
    for name in ("f", "g"):
        functions.create_function(
            FunctionName=name,
            Runtime="python3.11",
            Handler="index.handler",
            Role=role["Role"]["Arn"],
            Code={"ZipFile": body.getvalue()},
        )
        functions.get_waiter("function_active_v2").wait(FunctionName=name)
        # A cold start would need room for the credentials of its role.
        functions.invoke(FunctionName=name, Payload=b"0")
    return functions


def test_a_full_disk_is_said_and_all_goes_on_when_there_is_room_again(disk: SmallDisk) -> None:
    server = disk.server
    queues, buckets, workflows = (server.client(n) for n in ("sqs", "s3", "stepfunctions"))
    functions = disk.functions
    queue = queues.create_queue(QueueName="q")["QueueUrl"]
    buckets.create_bucket(Bucket="bucket")
    machine = _machine(server, {"Type": "Wait", "Seconds": 3600, "End": True})
    waiting = workflows.start_execution(stateMachineArn=machine)["executionArn"]

    disk.fill()
    kept = _send_until_refused(queues, queue)

    large = "x" * 100_000
    for call, params in (
        (queues.send_message, {"QueueUrl": queue, "MessageBody": large}),
        (buckets.put_object, {"Bucket": "bucket", "Key": "k", "Body": large}),
        (workflows.start_execution, {"stateMachineArn": machine, "input": f'"{large}"'}),
        (
            functions.invoke,
            {"FunctionName": "f", "InvocationType": "Event", "Payload": f'"{large}"'},
        ),
    ):
        code, message, status = _refused(call, **params)
        assert (code, status) == ("ServiceUnavailable", 503)
        assert message.startswith(f"The disk that holds {disk.folder}")
    # What needs no room is answered.
    assert queues.list_queues()["QueueUrls"] == [queue]
    assert buckets.list_objects_v2(Bucket="bucket")["KeyCount"] == 0
    assert functions.invoke(FunctionName="f", Payload=b"0")["Payload"].read() == b"0"

    disk.free()
    queues.send_message(QueueUrl=queue, MessageBody=large)
    assert _number_of_messages(queues, queue) == kept + 1
    server.advance("PT1H")
    assert workflows.describe_execution(executionArn=waiting)["status"] == "SUCCEEDED"


def test_a_task_that_ends_while_the_disk_is_full_goes_on_afterwards(disk: SmallDisk) -> None:
    workflows = disk.server.client("stepfunctions")
    functions = disk.functions
    function = functions.get_function(FunctionName="f")["Configuration"]["FunctionArn"]
    machine = _machine(disk.server, {"Type": "Task", "Resource": function, "End": True})
    execution = workflows.start_execution(stateMachineArn=machine, input="0.2")["executionArn"]

    disk.fill()
    # Takes longer than the task.
    assert functions.invoke(FunctionName="g", Payload=b"0.6")["Payload"].read() == b"0.6"
    disk.free()

    while workflows.describe_execution(executionArn=execution)["status"] == "RUNNING":
        pass
    ended = workflows.describe_execution(executionArn=execution)
    assert (ended["status"], ended["output"]) == ("SUCCEEDED", "0.2")


def test_a_server_that_starts_on_a_full_disk_says_so(tmp_path: Path) -> None:
    mounting = (
        'mount -t tmpfs -o size=64k tmpfs "$0"; head -c 64k /dev/zero > "$0/filler"; exec "$@"'
    )
    program = str(Path(sys.executable).with_name("lambent"))
    ended = subprocess.run(
        [*UNSHARE, "sh", "-c", mounting, tmp_path, program, "serve", "--data", tmp_path / "data"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 1
    assert ended.stderr == f"Error: The disk that holds {tmp_path}/data is full.\n"
