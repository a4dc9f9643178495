"""Versions, and the aliases that route to them."""

import json
from collections import Counter
from typing import Any

import pytest

from lambent.core.errors import AwsError
from tests.services.stepfunctions.workflows import Workflows, chain


def answering(word: str) -> str:
    return json.dumps(chain(Say={"Type": "Pass", "Result": word}))


async def two_versions(workflows: Workflows) -> str:
    arn = await workflows.create(answering("one"), publish=True)
    await workflows.call(
        "UpdateStateMachine", stateMachineArn=arn, definition=answering("two"), publish=True
    )
    return arn


def routing(arn: str, *weights: int) -> list[dict[str, Any]]:
    return [
        {"stateMachineVersionArn": f"{arn}:{number}", "weight": weight}
        for number, weight in enumerate(weights, start=1)
    ]


async def test_a_version_runs_what_was_published(workflows: Workflows) -> None:
    arn = await two_versions(workflows)
    await workflows.call("UpdateStateMachine", stateMachineArn=arn, definition=answering("three"))

    outputs = [
        (await workflows.describe(await workflows.start(started)))["output"]
        for started in (f"{arn}:1", f"{arn}:2", arn)
    ]

    assert outputs == ['"one"', '"two"', '"three"']
    listed = await workflows.call("ListStateMachineVersions", stateMachineArn=arn)
    assert [version["stateMachineVersionArn"] for version in listed["stateMachineVersions"]] == [
        f"{arn}:2",
        f"{arn}:1",
    ]


async def test_publishing_the_same_revision_again_gives_the_same_version(
    workflows: Workflows,
) -> None:
    arn = await workflows.create(answering("one"))

    first = await workflows.call(
        "PublishStateMachineVersion", stateMachineArn=arn, revisionId="INITIAL"
    )
    second = await workflows.call("PublishStateMachineVersion", stateMachineArn=arn)

    assert first == second
    with pytest.raises(AwsError) as raised:
        await workflows.call(
            "PublishStateMachineVersion", stateMachineArn=arn, revisionId="another"
        )
    assert raised.value.code == "ConflictException"


async def test_an_alias_divides_executions_by_its_weights(workflows: Workflows) -> None:
    arn = await two_versions(workflows)
    alias = await workflows.call(
        "CreateStateMachineAlias", name="live", routingConfiguration=routing(arn, 50, 50)
    )

    said = Counter[str]()
    for _ in range(40):
        described = await workflows.describe(await workflows.start(alias["stateMachineAliasArn"]))
        assert described["stateMachineAliasArn"] == f"{arn}:live"
        assert described["stateMachineVersionArn"] in (f"{arn}:1", f"{arn}:2")
        said[described["output"]] += 1

    assert set(said) == {'"one"', '"two"'}
    listed = await workflows.call("ListExecutions", stateMachineArn=f"{arn}:live")
    assert len(listed["executions"]) == 40


async def test_an_alias_changes_and_goes(workflows: Workflows) -> None:
    arn = await two_versions(workflows)
    await workflows.call(
        "CreateStateMachineAlias", name="live", routingConfiguration=routing(arn, 100)
    )
    alias = f"{arn}:live"

    with pytest.raises(AwsError) as raised:
        await workflows.call("DeleteStateMachineVersion", stateMachineVersionArn=f"{arn}:1")
    assert raised.value.code == "ConflictException"
    assert raised.value.message.endswith("referencing this version: [live]")

    await workflows.call(
        "UpdateStateMachineAlias",
        stateMachineAliasArn=alias,
        routingConfiguration=routing(arn, 0, 100)[1:],
    )
    described = await workflows.call("DescribeStateMachineAlias", stateMachineAliasArn=alias)
    assert described["routingConfiguration"] == routing(arn, 0, 100)[1:]
    await workflows.call("DeleteStateMachineVersion", stateMachineVersionArn=f"{arn}:1")
    listed = await workflows.call("ListStateMachineAliases", stateMachineArn=arn)
    assert [one["stateMachineAliasArn"] for one in listed["stateMachineAliases"]] == [alias]

    await workflows.call("DeleteStateMachineAlias", stateMachineAliasArn=alias)
    with pytest.raises(AwsError) as raised:
        await workflows.call("DescribeStateMachineAlias", stateMachineAliasArn=alias)
    assert raised.value.code == "ResourceNotFound"


@pytest.mark.parametrize(
    ("weights", "code"),
    [
        ((50, 40), "ValidationException"),
        ((100, 0, 0), "ValidationException"),
    ],
)
async def test_a_routing_that_makes_no_sense_is_refused(
    workflows: Workflows, weights: tuple[int, ...], code: str
) -> None:
    arn = await two_versions(workflows)

    with pytest.raises(AwsError) as raised:
        await workflows.call(
            "CreateStateMachineAlias", name="live", routingConfiguration=routing(arn, *weights)
        )

    assert raised.value.code == code
