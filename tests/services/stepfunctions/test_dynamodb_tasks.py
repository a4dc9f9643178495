"""Tasks on DynamoDB's tables: `dynamodb:*` and `aws-sdk:dynamodb:*`."""

import json
from typing import Any

import pytest

from tests.services.stepfunctions.workflows import Workflows, chain, task


async def make_table(workflows: Workflows) -> None:
    await workflows.context.call(
        "dynamodb",
        "CreateTable",
        {
            "TableName": "visits",
            "KeySchema": [{"AttributeName": "page", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "page", "AttributeType": "S"}],
            "BillingMode": "PAY_PER_REQUEST",
        },
    )
    await workflows.world.settle()


KEY = {"TableName": "visits", "Key": {"page": {"S.$": "$.page"}}}
COUNT: dict[str, Any] = {
    **KEY,
    "UpdateExpression": "ADD visits :one SET seen = :seen",
    "ExpressionAttributeValues": {":one": {"N": "1"}, ":seen": {"BOOL": True}},
    "ReturnValues": "UPDATED_NEW",
}


async def test_a_workflow_counts_and_reads_what_it_counted(workflows: Workflows) -> None:
    await make_table(workflows)
    machine = chain(
        Count={**task("dynamodb:updateItem", COUNT), "ResultPath": "$.counted"},
        Read={**task("dynamodb:getItem", KEY), "ResultPath": "$.read"},
        Sdk={**task("aws-sdk:dynamodb:getItem", KEY), "ResultPath": "$.sdk"},
    )
    described = await workflows.run(machine, {"page": "home"})
    output = json.loads(described["output"])
    assert output["counted"]["Attributes"] == {"seen": {"BOOL": True}, "visits": {"N": "1"}}
    assert output["counted"]["SdkHttpMetadata"]["HttpStatusCode"] == 200
    item = {"page": {"S": "home"}, "seen": {"BOOL": True}, "visits": {"N": "1"}}
    assert output["read"]["Item"] == item
    # AWS: members as the SDK for Java 2 has them.
    assert output["sdk"] == {"Item": {**item, "seen": {"Bool": True}}}


@pytest.mark.parametrize(
    ("resource", "error", "cause"),
    [
        (
            "dynamodb:putItem",
            "DynamoDB.ConditionalCheckFailedException",
            "The conditional request failed (Service: AmazonDynamoDBv2; Status Code: 400; Error"
            " Code: ConditionalCheckFailedException; Request ID: ",
        ),
        (
            "aws-sdk:dynamodb:putItem",
            "DynamoDb.ConditionalCheckFailedException",
            "The conditional request failed (Service: DynamoDb, Status Code: 400, Request ID: ",
        ),
    ],
)
async def test_a_condition_that_does_not_hold_can_be_caught(
    workflows: Workflows, resource: str, error: str, cause: str
) -> None:
    await make_table(workflows)
    put = {
        "TableName": "visits",
        "Item": {"page": {"S": "home"}},
        "ConditionExpression": "attribute_not_exists(page)",
    }
    caught = {"ErrorEquals": [error], "Next": "Caught", "ResultPath": "$.error"}
    machine = {
        "StartAt": "First",
        "States": {
            "First": {**task("dynamodb:putItem", put), "Next": "Second", "ResultPath": None},
            "Second": {**task(resource, put), "Catch": [caught], "Next": "Caught"},
            "Caught": {"Type": "Pass", "End": True},
        },
    }
    machine["States"]["First"].pop("End", None)  # type: ignore[index]
    machine["States"]["Second"].pop("End", None)  # type: ignore[index]
    described = await workflows.run(machine, {})
    found = json.loads(described["output"])["error"]
    assert found["Error"] == error
    assert found["Cause"].startswith(cause)


@pytest.mark.parametrize(
    ("resource", "error"),
    [
        ("dynamodb:getItem", "DynamoDB.AmazonDynamoDBException"),
        ("aws-sdk:dynamodb:getItem", "DynamoDb.DynamoDbException"),
    ],
)
async def test_what_has_no_name_in_the_model_has_that_of_the_service(
    workflows: Workflows, resource: str, error: str
) -> None:
    await make_table(workflows)
    key = {"TableName": "visits", "Key": {"other": {"S": "x"}}}
    described = await workflows.run(chain(Get=task(resource, key)), {})
    assert described["error"] == error
    assert described["cause"].startswith("The provided key element does not match the schema (")


async def test_values_may_be_spelt_as_the_sdk_has_them(workflows: Workflows) -> None:
    await make_table(workflows)
    put = {
        "TableName": "visits",
        "Item": {"page": {"S": "home"}, "no": {"Nul": True}, "tags": {"Ss": ["a"]}},
    }
    machine = chain(
        Put=task("aws-sdk:dynamodb:putItem", put),
        Scan=task("aws-sdk:dynamodb:scan", {"TableName": "visits"}),
    )
    output = json.loads((await workflows.run(machine, {}))["output"])
    assert (output["Count"], output["Items"]) == (1, [put["Item"]])


async def test_plain_text_is_an_attribute_value_where_the_integration_is_optimised(
    workflows: Workflows,
) -> None:
    await make_table(workflows)
    item = {
        "page.$": "$.page",
        "seen": {"BOOL": "false"},
        "nobody": {"NULL": "True"},
        "readers": {"L": ["ann", {"M": {"name": "bob"}}]},
        "missing": None,
    }
    update = {
        "TableName": "visits",
        "Key": {"page.$": "$.page"},
        "UpdateExpression": "SET readers = list_append(readers, :more), tongue = :tongue",
        "ExpressionAttributeValues": {":more": {"L": ["cy"]}, ":tongue": "en"},
    }
    machine = chain(
        Put={
            **task("dynamodb:putItem", {"TableName": "visits", "Item": item}),
            "ResultPath": None,
        },
        Update={**task("dynamodb:updateItem", update), "ResultPath": None},
        Read=task("dynamodb:getItem", {"TableName": "visits", "Key": {"page.$": "$.page"}}),
    )
    output = json.loads((await workflows.run(machine, {"page": "home"}))["output"])
    assert output["Item"] == {
        "page": {"S": "home"},
        "seen": {"BOOL": False},
        "nobody": {"NULL": True},
        "readers": {"L": [{"S": "ann"}, {"M": {"name": {"S": "bob"}}}, {"S": "cy"}]},
        "tongue": {"S": "en"},
    }


@pytest.mark.parametrize(("kind", "value"), [("N", 5), ("S", {"any": "thing"}), ("S", True)])
async def test_text_of_an_attribute_value_that_is_none_fails_the_execution(
    workflows: Workflows, kind: str, value: object
) -> None:
    await make_table(workflows)
    put = {"TableName": "visits", "Item": {"page": "home", "visits": {f"{kind}.$": "$.value"}}}
    described = await workflows.run(chain(Put=task("dynamodb:putItem", put)), {"value": value})
    assert described["error"] == "States.Runtime"
    assert described["cause"].endswith(
        f"could not be used to start the Task: [The value for the field '{kind}' must be a STRING]"
    )
