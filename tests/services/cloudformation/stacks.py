"""What the tests of stacks do again and again."""

import json
from typing import Any

from tests.conftest import World
from tests.trust import TRUST

CAPABILITIES = ["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
ROLE: dict[str, Any] = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": TRUST}}


def body(template: dict[str, Any] | str) -> str:
    return template if isinstance(template, str) else json.dumps(template)


async def create(world: World, name: str, template: dict[str, Any] | str, **params: Any) -> str:
    """Ask for a stack and do all that follows from it."""
    asked = {
        "StackName": name,
        "TemplateBody": body(template),
        "Capabilities": CAPABILITIES,
        **params,
    }
    reply = await world.context.call("cloudformation", "CreateStack", asked)
    await done(world, reply["StackId"])
    return str(reply["StackId"])


async def update(world: World, name: str, template: dict[str, Any] | str, **params: Any) -> str:
    asked = {
        "StackName": name,
        "TemplateBody": body(template),
        "Capabilities": CAPABILITIES,
        **params,
    }
    reply = await world.context.call("cloudformation", "UpdateStack", asked)
    await done(world, reply["StackId"])
    return str(reply["StackId"])


async def delete(world: World, name: str) -> None:
    [stack] = (await world.context.call("cloudformation", "DescribeStacks", {"StackName": name}))[
        "Stacks"
    ]
    await world.context.call("cloudformation", "DeleteStack", {"StackName": name})
    await done(world, stack["StackId"])


async def done(world: World, stack: str, seconds: int = 600) -> None:
    """Let time pass, a second at once, until the stack's operation is over."""
    await world.settle()
    for _ in range(seconds):
        if not (await status(world, stack)).endswith("_IN_PROGRESS"):
            return
        await world.advance(1.0)
    raise AssertionError(f"{stack} is {await status(world, stack)} after {seconds} s")


async def described(world: World, name: str) -> dict[str, Any]:
    reply = await world.context.call("cloudformation", "DescribeStacks", {"StackName": name})
    stack: dict[str, Any] = reply["Stacks"][0]
    return stack


async def status(world: World, name: str) -> str:
    return str((await described(world, name))["StackStatus"])


async def outputs(world: World, name: str) -> dict[str, str]:
    stack = await described(world, name)
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


async def resources(world: World, name: str) -> dict[str, dict[str, Any]]:
    reply = await world.context.call("cloudformation", "ListStackResources", {"StackName": name})
    return {row["LogicalResourceId"]: row for row in reply["StackResourceSummaries"]}


async def events(world: World, name: str) -> list[tuple[str, str]]:
    """The stack's events, oldest first: of what, and which status."""
    reply = await world.context.call("cloudformation", "DescribeStackEvents", {"StackName": name})
    return [
        (event["LogicalResourceId"], event["ResourceStatus"])
        for event in reversed(reply["StackEvents"])
    ]
