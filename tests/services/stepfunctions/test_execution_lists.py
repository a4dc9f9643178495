"""ListExecutions: its order, its filters, its pages."""

from typing import Any

import pytest

from lambent.core.errors import AwsError
from tests.services.stepfunctions.workflows import Workflows, chain, passes, wait


async def names(workflows: Workflows, machine: str, size: int = 1000, **params: Any) -> list[str]:
    """Of all pages, in their order."""
    found: list[str] = []
    token: dict[str, str] = {}
    while True:
        page = await workflows.call(
            "ListExecutions", stateMachineArn=machine, maxResults=size, **params, **token
        )
        assert len(page["executions"]) <= size
        found += [execution["name"] for execution in page["executions"]]
        if "nextToken" not in page:
            return found
        token = {"nextToken": page["nextToken"]}


async def test_those_that_run_are_sorted_by_their_start_and_others_by_their_end(
    workflows: Workflows,
) -> None:
    waits = chain(Wait={"Type": "Wait", "SecondsPath": "$.seconds"})
    machine = await workflows.create(waits)
    for name, seconds in (("long", 500), ("ends-late", 90), ("ends-soon", 50), ("longer", 900)):
        await workflows.start(machine, {"seconds": seconds}, name=name)
        await workflows.world.advance(1)
    await workflows.world.advance(100)

    assert await names(workflows, machine, statusFilter="RUNNING") == ["longer", "long"]
    assert await names(workflows, machine, statusFilter="SUCCEEDED") == ["ends-late", "ends-soon"]
    assert await names(workflows, machine) == ["ends-late", "ends-soon", "longer", "long"]


@pytest.mark.parametrize("size", [1, 2, 3])
async def test_pages_hold_each_execution_once(workflows: Workflows, size: int) -> None:
    """
    Also those that ended at the same moment.
    """
    ends = await workflows.create(passes(1))
    for number in range(5):
        await workflows.start(ends, name=str(number))

    assert await names(workflows, ends, size) == ["4", "3", "2", "1", "0"]


async def test_a_redriven_execution_is_the_latest_again(workflows: Workflows) -> None:
    machine = await workflows.create(chain(Wait=wait(60)))
    first, _ = [await workflows.start(machine, name=name) for name in ("first", "second")]
    await workflows.call("StopExecution", executionArn=first)
    await workflows.world.advance(1)

    await workflows.call("RedriveExecution", executionArn=first)

    assert await names(workflows, machine, statusFilter="RUNNING") == ["first", "second"]


async def test_a_version_or_an_alias_lists_its_own(workflows: Workflows) -> None:
    machine = await workflows.create(passes(1))
    version = (await workflows.call("PublishStateMachineVersion", stateMachineArn=machine))[
        "stateMachineVersionArn"
    ]
    routes = [{"stateMachineVersionArn": version, "weight": 100}]
    alias = (await workflows.call(
        "CreateStateMachineAlias", name="live", routingConfiguration=routes
    ))["stateMachineAliasArn"]  # fmt: skip
    for name, arn in (("plain", machine), ("version", version), ("alias", alias)):
        await workflows.start(arn, name=name)

    assert await names(workflows, machine, 2) == ["alias", "version", "plain"]
    assert await names(workflows, version, 1) == ["alias", "version"]
    assert await names(workflows, alias, 1, statusFilter="SUCCEEDED") == ["alias"]
    assert await names(workflows, alias, statusFilter="FAILED") == []


@pytest.mark.parametrize(
    "params", [{"redriveFilter": "REDRIVEN"}, {"statusFilter": "PENDING_REDRIVE"}]
)
async def test_filters_of_map_runs_are_none_of_state_machines(
    workflows: Workflows, params: dict[str, str]
) -> None:
    machine = await workflows.create(passes(1))

    with pytest.raises(AwsError) as raised:
        await names(workflows, machine, **params)

    assert raised.value.code == "ValidationException"


@pytest.mark.parametrize("token", ["x", "WzFd", "W10", "WzEsMV0x", "WzFlOTksMV0", "WyJhIiwxXQ"])
async def test_a_token_of_somebody_elses_making_is_invalid(
    workflows: Workflows, token: str
) -> None:
    machine = await workflows.create(passes(1))

    with pytest.raises(AwsError) as raised:
        await workflows.call("ListExecutions", stateMachineArn=machine, nextToken=token)

    assert raised.value.code == "InvalidToken"
