"""State machines: created, changed, listed, deleted."""

import json
from typing import Any

import pytest

from lambent.core.errors import AwsError
from tests.services.stepfunctions.workflows import ROLE, Workflows, chain, passes, wait


async def test_a_state_machine_is_described_as_it_was_created(workflows: Workflows) -> None:
    arn = await workflows.create(passes(), tags=[{"key": "team", "value": "blue"}])

    described = await workflows.call("DescribeStateMachine", stateMachineArn=arn)

    assert arn == "arn:aws:states:us-east-1:000000000000:stateMachine:machine"
    assert json.loads(described.pop("definition")) == passes()
    assert described == {
        "stateMachineArn": arn,
        "name": "machine",
        "status": "ACTIVE",
        "roleArn": ROLE,
        "type": "STANDARD",
        "creationDate": workflows.context.clock.now(),
        "loggingConfiguration": {"level": "OFF", "includeExecutionData": False},
        "tracingConfiguration": {"enabled": False},
        "encryptionConfiguration": {"type": "AWS_OWNED_KEY"},
    }
    tags = await workflows.call("ListTagsForResource", resourceArn=arn)
    assert tags == {"tags": [{"key": "team", "value": "blue"}]}
    short = await workflows.call(
        "DescribeStateMachine", stateMachineArn=arn, includedData="METADATA_ONLY"
    )
    assert short == {**described, "definition": ""}


async def test_creating_the_same_again_is_creating_it_once(workflows: Workflows) -> None:
    arn = await workflows.create(passes())

    assert await workflows.create(passes()) == arn
    with pytest.raises(AwsError) as raised:
        await workflows.create(passes(2))
    assert raised.value.code == "StateMachineAlreadyExists"
    assert raised.value.message == f"State Machine Already Exists: '{arn}'"


@pytest.mark.parametrize(
    "definition", ["{", "[]", "{}", '{"StartAt": "A", "States": {"A": {"Type": "Nonsense"}}}']
)
async def test_what_is_no_definition_is_refused_with_all_that_is_wrong(
    workflows: Workflows, definition: str
) -> None:
    with pytest.raises(AwsError) as raised:
        await workflows.create(definition)

    assert raised.value.code == "InvalidDefinition"
    assert raised.value.message.startswith("Invalid State Machine Definition: '")
    validated = await workflows.call("ValidateStateMachineDefinition", definition=definition)
    assert validated["result"] == "FAIL"
    assert validated["diagnostics"][0]["severity"] == "ERROR"
    assert (await workflows.call("ListStateMachines"))["stateMachines"] == []


@pytest.mark.parametrize(
    ("resource", "what"),
    [
        ("arn:aws:states:::states:startExecution.sync:2", "'.sync:2' service integration"),
        (
            "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
            "'.waitForTaskToken' service integration ",
        ),
        ("arn:aws:states:us-east-1:000000000000:activity:work", "Activity ARN"),
    ],
)
async def test_an_express_machine_waits_for_nobody_outside(
    workflows: Workflows, resource: str, what: str
) -> None:
    parameters = {"MessageBody.$": "$$.Task.Token", "QueueUrl": "", "StateMachineArn": ""}
    definition = chain(Ask={"Type": "Task", "Resource": resource, "Parameters": parameters})

    with pytest.raises(AwsError) as raised:
        await workflows.create(definition, type="EXPRESS")

    assert raised.value.code == "InvalidDefinition"
    assert f"{what} at /States/Ask/Resource" in raised.value.message
    await workflows.create(definition)


async def test_a_good_definition_validates(workflows: Workflows) -> None:
    validated = await workflows.call(
        "ValidateStateMachineDefinition", definition=json.dumps(passes())
    )

    assert validated == {"result": "OK", "diagnostics": [], "truncated": False}


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"name": "a b"}, "InvalidName"),
        ({"name": "a:b"}, "InvalidName"),
        ({"roleArn": "role"}, "InvalidArn"),
        ({"loggingConfiguration": {"level": "ALL"}}, "InvalidLoggingConfiguration"),
        (
            {"encryptionConfiguration": {"type": "CUSTOMER_MANAGED_KMS_KEY"}},
            "InvalidEncryptionConfiguration",
        ),
        ({"versionDescription": "first"}, "ValidationException"),
    ],
)
async def test_a_wrong_parameter_is_refused_with_the_code_of_aws(
    workflows: Workflows, params: dict[str, Any], code: str
) -> None:
    given = {"name": "machine", "definition": json.dumps(passes()), "roleArn": ROLE, **params}

    with pytest.raises(AwsError) as raised:
        await workflows.call("CreateStateMachine", **given)

    assert raised.value.code == code


async def test_what_runs_keeps_the_definition_it_began_with(workflows: Workflows) -> None:
    arn = await workflows.create(chain(Wait=wait(10), Old={"Type": "Pass", "Result": "old"}))
    before = await workflows.start(arn)

    updated = await workflows.call(
        "UpdateStateMachine",
        stateMachineArn=arn,
        definition=json.dumps(chain(New={"Type": "Pass", "Result": "new"})),
    )
    after = await workflows.start(arn)
    await workflows.world.advance(10)

    assert (await workflows.describe(before))["output"] == '"old"'
    assert (await workflows.describe(after))["output"] == '"new"'
    of_before = await workflows.call("DescribeStateMachineForExecution", executionArn=before)
    of_after = await workflows.call("DescribeStateMachineForExecution", executionArn=after)
    assert "Old" in of_before["definition"]
    assert "revisionId" not in of_before
    assert of_after["revisionId"] == updated["revisionId"]
    now = await workflows.call("DescribeStateMachine", stateMachineArn=arn)
    assert now["revisionId"] == updated["revisionId"]


async def test_an_update_that_changes_nothing_asked_is_refused(workflows: Workflows) -> None:
    arn = await workflows.create(passes())

    with pytest.raises(AwsError) as raised:
        await workflows.call("UpdateStateMachine", stateMachineArn=arn)

    assert raised.value.code == "MissingRequiredParameter"


async def test_state_machines_are_listed_in_pages(workflows: Workflows) -> None:
    for number in range(5):
        await workflows.create(passes(1), name=f"m{number}")

    first = await workflows.call("ListStateMachines", maxResults=3)
    second = await workflows.call("ListStateMachines", nextToken=first["nextToken"])

    assert [machine["name"] for machine in first["stateMachines"]] == ["m0", "m1", "m2"]
    assert [machine["name"] for machine in second["stateMachines"]] == ["m3", "m4"]
    assert "nextToken" not in second


async def test_a_deleted_state_machine_takes_its_executions_with_it(workflows: Workflows) -> None:
    arn = await workflows.create(chain(Wait=wait(1000)))
    execution = await workflows.start(arn)

    await workflows.call("DeleteStateMachine", stateMachineArn=arn)
    with pytest.raises(AwsError) as raised:
        await workflows.start(arn)
    assert raised.value.code == "StateMachineDeleting"

    await workflows.world.settle()
    for operation, params in (
        ("DescribeStateMachine", {"stateMachineArn": arn}),
        ("DescribeExecution", {"executionArn": execution}),
    ):
        with pytest.raises(AwsError) as raised:
            await workflows.call(operation, **params)
        assert raised.value.code.endswith("DoesNotExist")

    assert await workflows.create(passes()) == arn
    await workflows.call("DeleteStateMachine", stateMachineArn=arn + "none")


async def test_tags_come_and_go(workflows: Workflows) -> None:
    arn = await workflows.create(passes())

    await workflows.call(
        "TagResource",
        resourceArn=arn,
        tags=[{"key": "a", "value": "1"}, {"key": "b", "value": "2"}],
    )
    await workflows.call("UntagResource", resourceArn=arn, tagKeys=["a"])

    tags = await workflows.call("ListTagsForResource", resourceArn=arn)
    assert tags == {"tags": [{"key": "b", "value": "2"}]}
    with pytest.raises(AwsError) as raised:
        await workflows.call("ListTagsForResource", resourceArn=arn + "none")
    assert raised.value.code == "ResourceNotFound"


SERVICES = "arn:aws:states:::"


@pytest.mark.parametrize(
    ("state", "problem"),
    [
        ({"Resource": SERVICES + "lambda:invoke", "Parameters": {"FunctionName.$": "$.f"}}, None),
        ({"Resource": SERVICES + "http:invoke", "Parameters": {"Method": "GET"}}, None),
        (
            {"Resource": SERVICES + "aws-sdk:bedrockagent:listAgents", "Parameters": {}},
            None,
        ),
        (
            {
                "Resource": "arn:aws:states:us-east-1:000000000000:aws-sdk:s3:getObject",
                "Parameters": {"Bucket": "b", "Key": "k"},
            },
            None,
        ),
        (
            {"Resource": "arn:aws:states:us-east-1:000000000000:stateMachine:other"},
            "The resource provided arn:aws:states:us-east-1:000000000000:stateMachine:other is not"
            " recognized. The value is not a valid resource ARN, or the resource is not available"
            " in this region. at /States/Call/Resource",
        ),
        (
            {"Resource": SERVICES + "lambda:invoke"},
            f"Parameters field is required for resource ARN: {SERVICES}lambda:invoke"
            " at /States/Call",
        ),
        (
            {"Resource": SERVICES + "sns:publish", "QueryLanguage": "JSONata"},
            f"Arguments field is required for resource ARN: {SERVICES}sns:publish at /States/Call",
        ),
        (
            {"Resource": SERVICES + "sqs:sendMessage", "Parameters": {"MessageBody.$": "$"}},
            "The field 'QueueUrl' is required but was missing at /States/Call/Parameters",
        ),
        (
            {"Resource": SERVICES + "aws-sdk:sfn:describeStateMachine", "Parameters": {}},
            "The field 'StateMachineArn' is required but was missing at /States/Call/Parameters",
        ),
        *(
            (
                {"Resource": SERVICES + unknown, "Parameters": {}},
                f"The resource provided {SERVICES}{unknown} is not recognized. The value is not a"
                " valid resource ARN, or the resource is not available in this region."
                " at /States/Call/Resource",
            )
            for unknown in (
                *("lambda:invoke.sync", "lambda:call", "nothing:atAll", "sqs:sendMessage.sync"),
                *("glue:startJobRun.sync:2", "dynamodb:putItem.waitForTaskToken"),
                *("aws-sdk:lambda:nothing", "aws-sdk:nothing:atAll", "aws-sdk:sfn:StartExecution"),
                "aws-sdk:sfn:startExecution.sync",
            )
        ),
    ],
)
async def test_an_integration_is_held_against_the_services_model(
    workflows: Workflows, state: dict[str, Any], problem: str | None
) -> None:
    definition = chain(Call={"Type": "Task", **state})

    if problem is None:
        await workflows.create(definition)
        return
    with pytest.raises(AwsError) as raised:
        await workflows.create(definition)

    assert raised.value.message == (
        f"Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: {problem}'"
    )
