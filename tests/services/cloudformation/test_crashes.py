"""What is being deployed when the power goes is deployed after all."""

from dataclasses import replace
from typing import Any

from lambent.languages.templates import plan
from lambent.services.cloudformation import changes
from tests.conftest import World
from tests.services.cloudformation.stacks import ROLE, body, create, described, done, events, status


class CallerThatDies:
    """The front door, until the nth call of an operation has been done but not answered."""

    def __init__(self, door: Any, operation: str) -> None:
        self.door = door
        self.operation = operation
        self.is_dead = False

    async def __call__(self, context: Any, service: str, operation: str, params: Any) -> Any:
        reply = await self.door(context, service, operation, params)
        if operation == self.operation and not self.is_dead:
            self.is_dead = True
            raise SystemError("power cut")
        return reply


async def test_a_creation_that_was_made_but_not_noted_is_recognized(world: World) -> None:
    """
    The role was made, and the server died before it wrote so: its own role is no conflict.
    """
    platform = world.platform
    dying = CallerThatDies(platform.caller, "CreateRole")
    broken = replace(platform, caller=dying)
    world.app.worker._platform = broken
    asked = {
        "StackName": "shop",
        "TemplateBody": body({"Resources": {"Role": ROLE}}),
        "Capabilities": ["CAPABILITY_IAM"],
    }

    reply = await world.context.call("cloudformation", "CreateStack", asked)
    await done(world, reply["StackId"])

    assert dying.is_dead
    assert await status(world, "shop") == "CREATE_COMPLETE"
    assert len((await world.context.call("iam", "ListRoles", {}))["Roles"]) == 1
    told = await events(world, "shop")
    assert told.count(("Role", "CREATE_COMPLETE")) == 1


async def test_an_end_that_is_told_twice_counts_once(world: World) -> None:
    stack_id = await create(
        world, "shop", {"Resources": {"Role": ROLE}}, Capabilities=["CAPABILITY_IAM"]
    )
    before = await events(world, stack_id)

    item = changes.step_id(stack_id, "1/forward", "Role")
    await world.platform.database.write(
        lambda tx: world.context.enqueue(
            tx,
            item,
            "cloudformation.step",
            {
                "stack": stack_id,
                "key": "1/forward",
                "logical_id": "Role",
                "action": str(plan.Action.APPLY),
            },
        )
    )
    await world.settle()

    assert await events(world, stack_id) == before
    assert (await described(world, "shop"))["StackStatus"] == "CREATE_COMPLETE"


async def test_what_a_crash_hid_is_taken_down_with_the_rest(world: World) -> None:
    """
    The role was made and not noted, and meanwhile the stack has failed: the role goes as well.
    """
    dying = CallerThatDies(world.platform.caller, "CreateRole")
    world.app.worker._platform = replace(world.platform, caller=dying)
    bad = {"Type": "AWS::IAM::Role", "Properties": {}}
    asked = {
        "StackName": "shop",
        "TemplateBody": body({"Resources": {"Role": ROLE, "Bad": bad}}),
        "Capabilities": ["CAPABILITY_IAM"],
    }

    reply = await world.context.call("cloudformation", "CreateStack", asked)
    await done(world, reply["StackId"])

    assert await status(world, "shop") == "ROLLBACK_COMPLETE"
    assert (await world.context.call("iam", "ListRoles", {}))["Roles"] == []
