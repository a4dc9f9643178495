"""State machines for the tests of this folder, made and run through the front door."""

import json
from typing import Any

from lambent.platform import Context
from tests.conftest import World

ROLE = "arn:aws:iam::000000000000:role/workflow"


class Workflows:
    """Step Functions as its client sees it, with definitions as Python values."""

    def __init__(self, world: World) -> None:
        self.world = world

    @property
    def context(self) -> Context:
        return self.world.context

    async def call(self, operation: str, **params: Any) -> Any:
        return await self.context.call("stepfunctions", operation, params)

    async def create(self, definition: Any, name: str = "machine", **params: Any) -> str:
        """The ARN of a new state machine."""
        text = definition if isinstance(definition, str) else json.dumps(definition)
        reply = await self.call(
            "CreateStateMachine", name=name, definition=text, roleArn=ROLE, **params
        )
        return str(reply["stateMachineArn"])

    async def start(self, machine: str, given: Any = None, **params: Any) -> str:
        """The ARN of a new execution."""
        text = json.dumps({} if given is None else given)
        reply = await self.call("StartExecution", stateMachineArn=machine, input=text, **params)
        return str(reply["executionArn"])

    async def describe(self, execution: str) -> Any:
        return await self.call("DescribeExecution", executionArn=execution)

    async def run(self, definition: Any, given: Any = None, name: str = "machine") -> Any:
        """Create, start, and do what is due; answers as DescribeExecution."""
        execution = await self.start(await self.create(definition, name), given)
        await self.world.settle()
        return await self.describe(execution)

    async def events(self, execution: str) -> list[Any]:
        reply = await self.call("GetExecutionHistory", executionArn=execution, maxResults=1000)
        return list(reply["events"])

    async def event_types(self, execution: str) -> list[str]:
        return [event["type"] for event in await self.events(execution)]


def chain(**states: Any) -> dict[str, Any]:
    """A definition whose states follow each other."""
    names = list(states)

    def last(state: dict[str, Any]) -> dict[str, Any]:
        return {} if state["Type"] in ("Fail", "Succeed") else {"End": True}

    linked = {
        name: {**state, **({"Next": after} if after else last(state))}
        for (name, state), after in zip(states.items(), [*names[1:], None], strict=True)
    }
    return {"StartAt": names[0], "States": linked}


def passes(count: int = 5) -> dict[str, Any]:
    return chain(**{f"Pass{number}": {"Type": "Pass"} for number in range(1, count + 1)})


def task(resource: str, parameters: Any = None, **fields: Any) -> dict[str, Any]:
    """A Task state of an integration, named as `sns:publish`."""
    state = {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", **fields}
    return state if parameters is None else {**state, "Parameters": parameters}


def wait(seconds: int) -> dict[str, Any]:
    return {"Type": "Wait", "Seconds": seconds}
