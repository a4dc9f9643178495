"""A real server in a process of its own, as a user starts it."""

import os
import re
import signal
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import boto3
import httpx
from botocore.config import Config

_READY_LINE = re.compile(r"Lambent ready on (http://127\.0\.0\.1:\d+) \(\d+ ms\)")


class ServerProcess:
    """`lambent serve` on a free port, with its data in `folder`, started in `working_folder`."""

    def __init__(
        self,
        folder: Path,
        *options: str,
        working_folder: Path | None = None,
        launcher: tuple[str, ...] = (),
        umask: int = 0o022,
    ) -> None:
        """`launcher` stands before the command, and becomes it."""
        self._working_folder = working_folder
        self._umask = umask
        self._command = [
            *launcher,
            *(str(Path(sys.executable).with_name("lambent")), "serve", "--port", "0"),
            *("--data", str(folder), *options),
        ]
        # What it says on standard error, if somebody wants to know.
        self.errors: Path | None = None
        self.url = ""
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        environment = {
            key: value
            for key, value in os.environ.items()
            if not key.startswith(("AWS_", "LAMBENT_"))
        }
        with open(self.errors, "w") if self.errors else nullcontext() as errors:
            self._process = subprocess.Popen(
                self._command,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                env=environment,
                cwd=self._working_folder,
                umask=self._umask,
            )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        match = _READY_LINE.search(line)
        assert match is not None, f"the server said {line!r} instead of being ready"
        self.url = match[1]

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        """As a power cut: no warning."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self) -> int:
        """As an orderly end: SIGTERM; the exit status."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(30)

    def client(self, service: str, *, account: str = "test", region: str = "us-east-1") -> Any:
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=region,
            aws_access_key_id=account,
            aws_secret_access_key="test",
            config=Config(
                retries={"total_max_attempts": 1},
                inject_host_prefix=False,
                parameter_validation=False,
                max_pool_connections=50,
            ),
        )

    def advance(self, duration: str) -> None:
        """Move the server's clock: everything that falls due on the way is done."""
        httpx.post(
            f"{self.url}/_lambent/clock", json={"advance": duration}, timeout=120
        ).raise_for_status()

    def mail(self) -> list[dict[str, Any]]:
        page = httpx.get(f"{self.url}/_lambent/mail/messages")
        messages: list[dict[str, Any]] = page.json()["messages"]
        return messages
