"""
`make demo`: a server, some functions that are not well, and the monitor that finds them.

Everything is real: the functions, their states, the schedule, the run, the e-mail. Only time is
helped along: the server's clock is moved forward, so that two weeks pass in a second.
"""

import argparse
import io
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import boto3
import httpx
from botocore.config import Config

ROOT = Path(__file__).resolve().parent.parent
LAMBENT = Path(sys.executable).with_name("lambent")
PORT = 4566
STACK = "function-health"
TRUST = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",'
TRUST += ' "Principal": {"Service": "lambda.amazonaws.com"}}]}'
CODE = """
def handler(event, context):
    print("hello from", context.function_name)
    return event
"""

Found = TypeVar("Found")


class Demo:
    def __init__(self, endpoint_url: str) -> None:
        self.endpoint_url = endpoint_url
        keys = {"aws_access_key_id": "demo", "aws_secret_access_key": "demo"}
        session = boto3.Session(region_name="us-east-1", **keys)
        config = Config(retries={"total_max_attempts": 1})

        def client(service: str) -> Any:
            return session.client(service, endpoint_url=endpoint_url, config=config)

        self.functions = client("lambda")
        self.iam = client("iam")
        self.workflows = client("stepfunctions")
        self.stacks = client("cloudformation")

    def tell(self, text: str) -> None:
        print(f"\n\033[1m{text}\033[0m", flush=True)

    def lambent(self, *arguments: str) -> None:
        """Run a command as a person would, and show it."""
        print(f"\033[2m$ lambent {' '.join(arguments)}\033[0m", flush=True)
        command = [str(LAMBENT), *arguments, "--endpoint-url", self.endpoint_url]
        subprocess.run(command, check=True, cwd=ROOT)

    def advance(self, duration: str) -> None:
        httpx.post(
            f"{self.endpoint_url}/_lambent/clock", json={"advance": duration}, timeout=120
        ).raise_for_status()

    def role(self, name: str) -> str:
        arn: str = self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)["Role"][
            "Arn"
        ]
        return arn

    def function(self, name: str, role: str, **tags: str) -> None:
        self.functions.create_function(
            FunctionName=name,
            Runtime="python3.12",
            Handler="index.handler",
            Role=role,
            Code={"ZipFile": zipped(CODE)},
            Tags=tags,
        )

    def make_functions(self) -> None:
        role = self.role("demo-functions")
        self.function("newsletter", role)
        # Preparing a function takes three hours of this server's clock; then two weeks pass.
        self.advance("PT4H")
        self.advance("P15D")
        for name in ("orders", "payments", "invoices", "reports"):
            self.function(name, role, critical="true" if name == "payments" else "false")
        lost = self.role("demo-lost")
        self.function("exports", lost, critical="true")
        # Its role goes while it is prepared: it can never run.
        self.iam.delete_role(RoleName="demo-lost")
        self.advance("PT4H")
        self.functions.update_function_code(FunctionName="reports", ZipFile=zipped(CODE + "# 2\n"))
        self.advance("PT31M")

    def confirm_subscriptions(self) -> None:
        """What a person does who gets the mail: follow the link."""
        for message in self.mail():
            for link in re.findall(r"http://\S+onfirm\S+", message["body"]):
                httpx.get(link).raise_for_status()
                print(f"{', '.join(message['recipients'])} followed the link in the mail")

    def mail(self) -> list[dict[str, Any]]:
        page = httpx.get(f"{self.endpoint_url}/_lambent/mail/messages")
        messages: list[dict[str, Any]] = page.json()["messages"]
        return messages

    def last_run(self) -> str:
        resource = self.stacks.describe_stack_resource(
            StackName=STACK, LogicalResourceId="Monitor"
        )["StackResourceDetail"]

        def ended() -> str | None:
            executions = self.workflows.list_executions(
                stateMachineArn=resource["PhysicalResourceId"], statusFilter="SUCCEEDED"
            )["executions"]
            return executions[0]["executionArn"] if executions else None

        return wait_for(ended, "a run of the monitor")

    def run(self) -> None:
        self.tell("Some functions: one idle for two weeks, one whose role is gone, one stuck")
        self.make_functions()
        self.lambent("status")
        self.tell("The monitor: a SAM template with a schedule, a state machine and two topics")
        self.lambent(
            *("deploy", "examples/function-health", "--stack-name", STACK),
            *("Email=team@example.com", "UrgentEmail=on-call@example.com"),
            *("Frequency=hourly", "StuckAfterMinutes=30"),
        )
        wait_for(lambda: self.mail() or None, "the mail that asks to confirm")
        self.confirm_subscriptions()
        self.tell("An hour passes; the schedule starts the monitor")
        self.lambent("clock", "--advance", "PT1H")
        self.lambent("history", self.last_run())
        self.tell("The e-mail that was sent")
        self.lambent("mail")
        self.lambent("mail", "--last")
        self.tell("Look further")
        print(
            f"  export AWS_ENDPOINT_URL={self.endpoint_url} AWS_REGION=us-east-1"
            " AWS_ACCESS_KEY_ID=demo AWS_SECRET_ACCESS_KEY=demo\n"
            "  aws lambda list-functions            any AWS client works\n"
            f"  {LAMBENT.relative_to(ROOT)} run {STACK}/Monitor    start the monitor now\n"
            f"  {LAMBENT.relative_to(ROOT)} invoke orders '{{}}'           call a function\n"
            f"  {LAMBENT.relative_to(ROOT)} logs orders\n"
            "  examples/function-health/README.md   what it is made of\n"
        )


def zipped(code: str) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        archive.writestr("index.py", code)
    return body.getvalue()


def wait_for(look: Callable[[], Found | None], what: str) -> Found:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        if (found := look()) is not None:
            return found
        time.sleep(0.05)
    raise SystemExit(f"waited in vain for {what}")


def free_port() -> int:
    """4566 if nobody has it, any other if somebody does."""
    for port in (PORT, 0):
        with socket.socket() as listener:
            try:
                listener.bind(("127.0.0.1", port))
            except OSError:
                continue
            found: int = listener.getsockname()[1]
            return found
    raise SystemExit("no port is free")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--once", action="store_true", help="end when everything was shown")
    once = parser.parse_args().once
    with tempfile.TemporaryDirectory(prefix="lambent-demo-") as folder:
        server = subprocess.Popen(
            [
                *(str(LAMBENT), "serve", "--port", str(free_port()), "--data", folder),
                *("--preparation-delay", str(3 * 3600)),
            ],
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        assert server.stdout is not None
        try:
            ready = server.stdout.readline().strip()
            match = re.search(r"http://\S+", ready)
            if match is None:
                raise SystemExit("the server did not start")
            print(ready)
            Demo(match[0]).run()
            if not once:
                print("The server runs until Ctrl-C.", flush=True)
                server.wait()
        except KeyboardInterrupt:
            pass
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(timeout=30)


if __name__ == "__main__":
    main()
