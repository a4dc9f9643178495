"""
Real functions in real sandboxes. `functions` runs them in both kinds; `contained` has walls.

One loop and one runtime serve a whole module, since a zygote takes a moment to warm.
"""

import asyncio
import json
import textwrap
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import uvloop

from lambent.core.clock import SystemClock
from lambent.runtime.api import (
    Credentials,
    FunctionVersion,
    Invocation,
    InvocationResult,
    LogBatch,
    RuntimeSettings,
)
from lambent.runtime.runtime import Runtime

ACCOUNT = "000000000000"
ARN = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:tested"


@dataclass
class Functions:
    """Writes functions into a folder and runs them."""

    folder: Path
    runtime: Runtime
    shipped: list[LogBatch] = field(default_factory=list)

    def function(self, source: str, *, file: str = "app.py", **configured: Any) -> FunctionVersion:
        """A version of a function whose code is one file; `handler` in it is the handler."""
        name = uuid.uuid4().hex
        code = self.folder / name
        code.mkdir(mode=0o755)
        text = textwrap.dedent(source)
        # The first line of an executable says what runs it.
        (code / file).write_text(text.lstrip("\n") if file == "bootstrap" else text)
        (code / file).chmod(0o755)
        version = FunctionVersion(
            key=name,
            arn=ARN,
            function_name="tested",
            version="$LATEST",
            runtime="python3.11",
            handler="app.handler",
            memory_size=128,
            timeout=5,
            ephemeral_storage=512,
            environment={},
            code=code,
            layers=(),
            log_group="/aws/lambda/tested",
            account=ACCOUNT,
            region="us-east-1",
        )
        return replace(version, **configured)

    async def run(
        self, version: FunctionVersion, event: object = None, **members: Any
    ) -> InvocationResult:
        payload = event if isinstance(event, bytes) else json.dumps(event).encode()
        return await self.runtime.invoke(version, invocation(payload, **members))

    def layer(self, files: Mapping[str, str]) -> Path:
        """A folder with executable files, by their paths in it."""
        folder = self.folder / uuid.uuid4().hex
        for name, text in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(text).lstrip("\n"))
            path.chmod(0o755)
        return folder

    async def answer(self, source: str, event: object = None, **configured: Any) -> Any:
        """What a function answers, which must not be an error."""
        result = await self.run(self.function(source, **configured), event)
        assert result.function_error is None, result.payload
        return json.loads(result.payload)


def invocation(payload: bytes, **members: Any) -> Invocation:
    return Invocation(str(uuid.uuid4()), payload, ARN, **members)


async def credentials(version: FunctionVersion) -> Mapping[str, str]:
    return {
        "AWS_ACCESS_KEY_ID": "ASIAEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_SESSION_TOKEN": "token",
    }


@pytest.fixture(autouse=True, scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        yield runner


def started(
    runner: asyncio.Runner,
    folder: Path,
    sandbox: Any,
    credentials: Credentials = credentials,
    **settings: Any,
) -> Iterator[Functions]:
    shipped: list[LogBatch] = []

    async def ship(batches: list[LogBatch]) -> None:
        shipped.extend(batches)

    async def start() -> Runtime:
        chosen = RuntimeSettings(folder / "work", "http://127.0.0.1:4566", sandbox=sandbox)
        return Runtime(replace(chosen, **settings), credentials, ship, SystemClock())

    code = folder / "code"
    code.mkdir()
    functions = Functions(code, runner.run(start()), shipped)
    yield functions
    runner.run(functions.runtime.close())


@pytest.fixture(scope="module", params=["namespaces", "process"])
def functions(
    request: pytest.FixtureRequest,
    runner: asyncio.Runner,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Functions]:
    yield from started(runner, tmp_path_factory.mktemp("functions"), request.param)


@pytest.fixture(scope="module")
def contained(
    runner: asyncio.Runner, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Functions]:
    yield from started(runner, tmp_path_factory.mktemp("contained"), "namespaces")
