"""Templates whose values are of the wrong kind: a stack ends, and a failed one leaves nothing."""

import json
import os
import random
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import pytest

from lambent.core.errors import AwsError
from lambent.languages.templates.resource_types import ResourceType, properties_of
from lambent.platform import Context
from lambent.registry import SERVICES
from tests.attack.outcome import listening
from tests.attack.values import STRANGE, usable
from tests.conftest import World

ROUNDS = int(os.environ.get("LAMBENT_ATTACK_ROUNDS", "3"))
WRONG: tuple[Any, ...] = (
    *(1, -1, 1.5, True, "", "x", [], {}, [1], ["x"], [[]], [{}], {"a": 1}, {"a": {"b": ["c"]}}),
    *({"Ref": "AWS::Region"}, {"Fn::GetAZs": ""}, {"Fn::Split": [",", "a,b"]}, "9" * 400),
    {"Ref": "AWS::NoValue"},
)
# It waits for a signal for so long, and looks every few seconds.
_HALF_A_DAY = frozenset({"AWS::CloudFormation::WaitCondition"})
ATTRIBUTES = ("DependsOn", "Condition", "DeletionPolicy", "UpdateReplacePolicy", "Metadata")
ATTRIBUTES += ("UpdatePolicy", "CreationPolicy")


def tables(service: str) -> list[ResourceType]:
    name = f"lambent.services.{SERVICES[service]}.resources"
    found = vars(import_module(name)).values() if find_spec(name) else ()
    return [
        table
        for table in found
        if isinstance(table, ResourceType) and table.name not in _HALF_A_DAY
    ]


def resource(table: ResourceType, service: str, chance: random.Random) -> dict[str, Any]:
    known = sorted(properties_of(table))
    chosen = {*table.required, *chance.sample(known, min(len(known), chance.choice([0, 1, 3])))}
    made: dict[str, Any] = {"Type": table.name, "Properties": {}}
    for name in sorted(chosen):
        roll = chance.random()
        value = chance.choice(usable(service, name)) if roll < 0.6 else chance.choice(WRONG)
        made["Properties"][name] = chance.choice(STRANGE[:35]) if roll > 0.95 else value
    if chance.random() < 0.1:
        made[chance.choice(ATTRIBUTES)] = chance.choice(WRONG)
    return made


async def ended(context: Context, world: World, name: str, template: str) -> str:
    """The status in which a stack of this template ends; why it does not begin."""
    params = {"StackName": name, "TemplateBody": template, "Capabilities": ["CAPABILITY_NAMED_IAM"]}
    try:
        await context.call("cloudformation", "CreateStack", params)
    except AwsError as error:
        assert error.status < 500, f"{template}: {error!r}"
        return error.code
    await world.settle()
    # What settles slowly, or never answers, is given up after its time.
    await world.advance(3700)
    stacks = await context.call("cloudformation", "DescribeStacks", {"StackName": name})
    return str(stacks["Stacks"][0]["StackStatus"])


@pytest.mark.parametrize("service", list(SERVICES))
async def test_a_stack_of_nonsense_ends(world: World, service: str) -> None:
    found = []
    with listening() as log:
        for table in tables(service):
            for attempt in range(ROUNDS):
                chance = random.Random(f"{table.name} {attempt}")
                made = {"Q": {"Type": "AWS::SQS::Queue"}, "A": resource(table, service, chance)}
                template = json.dumps({"Resources": made})
                name = f"{table.name.replace(':', '')}{attempt}"
                status = await ended(world.context, world, name, template)
                if status.endswith(("_IN_PROGRESS", "_FAILED")) or log.records:
                    found.append(f"{status}: {template}\n{log.records[-1:]}")
                log.records.clear()

    assert found == []
