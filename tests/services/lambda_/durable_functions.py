"""
Durable functions for tests: the handler is a coroutine here, all around it is the real thing.

What it does is what SDKs do: it is given the state, sends checkpoints, and answers.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from lambent.platform import Context
from lambent.runtime.api import FunctionVersion, Invocation, InvocationResult
from lambent.server.app import App
from lambent.server.worker import Worker
from tests.conftest import World
from tests.services.lambda_.functions import call, create

PENDING: dict[str, Any] = {"Status": "PENDING"}


def succeeded(result: object) -> dict[str, Any]:
    return {"Status": "SUCCEEDED", "Result": orjson.dumps(result).decode()}


@dataclass
class Run:
    """One invocation of the function, as its SDK sees it."""

    context: Context
    event: dict[str, Any]
    arn: str
    token: str
    operations: dict[str, dict[str, Any]]

    @property
    def input(self) -> Any:
        root = next(iter(self.operations.values()))
        return orjson.loads(root["ExecutionDetails"]["InputPayload"])

    def status(self, id: str) -> str | None:
        found = self.operations.get(id)
        return found["Status"] if found else None

    async def checkpoint(self, *updates: dict[str, Any], **more: Any) -> dict[str, Any]:
        reply: dict[str, Any] = await call(
            self.context,
            "CheckpointDurableExecution",
            DurableExecutionArn=self.arn,
            CheckpointToken=self.token,
            Updates=list(updates),
            **more,
        )
        self.token = reply.get("CheckpointToken", "")
        for operation in reply["NewExecutionState"]["Operations"]:
            self.operations[operation["Id"]] = operation
        return reply


Program = Callable[[Run], Awaitable[Any]]


@dataclass
class Durable:
    """A world in which the functions that `programs` names run here."""

    world: World
    programs: dict[str, Program] = field(default_factory=dict)
    runs: list[dict[str, Any]] = field(default_factory=list)

    @property
    def context(self) -> Context:
        return self.world.context

    async def function(self, program: Program, name: str = "orders", **config: Any) -> str:
        """A durable function; its ARN with `$LATEST`."""
        self.programs[name] = program
        chosen = {"ExecutionTimeout": 864_000, **config}
        reply = await create(self.context, name, DurableConfig=chosen)
        await self.world.settle()
        return f"{reply['FunctionArn']}:$LATEST"

    async def start(
        self, function: str = "orders:$LATEST", event: object = None, **more: Any
    ) -> str:
        """Start an execution and do all that is due; its ARN."""
        reply = await call(
            self.context,
            "Invoke",
            FunctionName=function,
            InvocationType="Event",
            Payload=orjson.dumps(event),
            **more,
        )
        await self.world.settle()
        arn: str = reply["DurableExecutionArn"]
        return arn

    async def get(self, arn: str, **more: Any) -> Any:
        return await call(self.context, "GetDurableExecution", DurableExecutionArn=arn, **more)

    async def status(self, arn: str) -> str:
        status: str = (await self.get(arn))["Status"]
        return status

    async def history(self, arn: str, **more: Any) -> list[dict[str, Any]]:
        reply = await call(
            self.context, "GetDurableExecutionHistory", DurableExecutionArn=arn, **more
        )
        events: list[dict[str, Any]] = reply["Events"]
        return events

    async def told(self, arn: str) -> list[str]:
        """The types of the events of the history."""
        return [event["EventType"] for event in await self.history(arn)]


class _Runtime:
    """The runtime; but handlers that are coroutines of a test run in the test."""

    def __init__(self, real: Any, durable: Durable) -> None:
        self._real = real
        self._durable = durable

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    async def invoke(self, version: FunctionVersion, invocation: Invocation) -> InvocationResult:
        program = self._durable.programs.get(version.function_name)
        if program is None:
            result: InvocationResult = await self._real.invoke(version, invocation)
            return result
        event = orjson.loads(invocation.payload)
        self._durable.runs.append(event)
        state = event["InitialExecutionState"]["Operations"]
        run = Run(
            self._durable.context,
            event,
            event["DurableExecutionArn"],
            event["CheckpointToken"],
            {operation["Id"]: operation for operation in state},
        )
        try:
            answer = await program(run)
        except asyncio.CancelledError:
            raise
        except Exception as error:
            told = {"errorMessage": str(error), "errorType": type(error).__name__}
            return InvocationResult(orjson.dumps(told), "Unhandled", b"", 1.0, 1, 1)
        payload = answer if isinstance(answer, bytes) else orjson.dumps(answer)
        return InvocationResult(payload, None, b"", 1.0, 1, 1)


def durable_world(world: World) -> Durable:
    durable = Durable(world)
    platform = replace(
        world.platform,
        runtime=_Runtime(world.platform.runtime, durable),  # type: ignore[arg-type]
    )
    worker = Worker(platform)
    platform.database.announce = worker.announced
    app = App(platform, world.app.runtime, worker, world.app.http)
    durable.world = World(app, world.clock)
    return durable


def step(id: str, action: str, **more: Any) -> dict[str, Any]:
    return {"Id": id, "Type": "STEP", "Action": action, **more}


def wait(id: str, seconds: int, **more: Any) -> dict[str, Any]:
    options = {"WaitSeconds": seconds}
    return {"Id": id, "Type": "WAIT", "Action": "START", "WaitOptions": options, **more}


def callback(id: str, **options: int) -> dict[str, Any]:
    return {"Id": id, "Type": "CALLBACK", "Action": "START", "CallbackOptions": options}


def chained(id: str, function: str, payload: str | None = None) -> dict[str, Any]:
    update: dict[str, Any] = {
        "Id": id,
        "Type": "CHAINED_INVOKE",
        "Action": "START",
        "ChainedInvokeOptions": {"FunctionName": function},
    }
    return update if payload is None else {**update, "Payload": payload}
