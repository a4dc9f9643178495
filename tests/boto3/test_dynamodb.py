"""DynamoDB as boto3 sees it: client, resource, waiters, paginators."""

from decimal import Decimal
from typing import Any

import boto3
import pytest
from boto3.dynamodb.conditions import Attr, Key
from botocore.exceptions import ClientError

from tests.processes import ServerProcess

Json = dict[str, Any]


@pytest.fixture(scope="module")
def client(server: ServerProcess) -> Any:
    return server.client("dynamodb")


def make(client: Any, name: str, **more: Any) -> None:
    client.create_table(
        TableName=name,
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "N"},
        ],
        BillingMode="PAY_PER_REQUEST",
        **more,
    )
    client.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1})


def table_of(server: ServerProcess, name: str) -> Any:
    return boto3.resource(
        "dynamodb",
        endpoint_url=server.url,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    ).Table(name)


def test_a_table_comes_and_goes_as_the_waiters_ask(client: Any) -> None:
    make(client, "waited")
    client.delete_table(TableName="waited")
    client.get_waiter("table_not_exists").wait(TableName="waited", WaiterConfig={"Delay": 1})


def test_the_resource_speaks_python(server: ServerProcess, client: Any) -> None:
    make(client, "python")
    table = table_of(server, "python")
    item = {
        "pk": "a",
        "sk": Decimal("1.5"),
        "set": {"x", "y"},
        "list": [1, {"deep": [None, True]}],
        "bytes": b"\x00\x01",
    }
    table.put_item(Item=item)
    found = table.get_item(Key={"pk": "a", "sk": Decimal("1.5")})["Item"]
    assert found | {"bytes": found["bytes"].value} == item

    with table.batch_writer() as batch:
        for number in range(60):
            batch.put_item(Item={"pk": "b", "sk": number, "even": number % 2 == 0})
    reply = table.query(
        KeyConditionExpression=Key("pk").eq("b") & Key("sk").between(10, 19),
        FilterExpression=Attr("even").eq(True),
        ScanIndexForward=False,
    )
    assert [int(one["sk"]) for one in reply["Items"]] == [18, 16, 14, 12, 10]
    reply = table.update_item(
        Key={"pk": "b", "sk": 1},
        UpdateExpression="SET #c = if_not_exists(#c, :zero) + :one",
        ExpressionAttributeNames={"#c": "count"},
        ExpressionAttributeValues={":zero": 0, ":one": 1},
        ReturnValues="UPDATED_NEW",
    )
    assert reply["Attributes"] == {"count": 1}


def test_paginators_give_every_page(client: Any) -> None:
    make(client, "paged")
    for number in range(12):
        client.put_item(TableName="paged", Item={"pk": {"S": "a"}, "sk": {"N": str(number)}})
    pages = client.get_paginator("query").paginate(
        TableName="paged",
        KeyConditionExpression="pk = :p",
        ExpressionAttributeValues={":p": {"S": "a"}},
        PaginationConfig={"PageSize": 5},
    )
    assert [int(item["sk"]["N"]) for page in pages for item in page["Items"]] == list(range(12))
    scanned = client.get_paginator("scan").paginate(
        TableName="paged", PaginationConfig={"PageSize": 5}
    )
    assert sum(page["Count"] for page in scanned) == 12


def test_errors_have_their_classes_and_members(client: Any) -> None:
    make(client, "errors")
    item = {"pk": {"S": "a"}, "sk": {"N": "1"}, "bytes": {"B": b"\xff"}}
    client.put_item(TableName="errors", Item=item)
    with pytest.raises(client.exceptions.ConditionalCheckFailedException) as failed:
        client.put_item(
            TableName="errors",
            Item=item,
            ConditionExpression="attribute_not_exists(pk)",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    assert failed.value.response["Item"] == item
    assert failed.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    with pytest.raises(client.exceptions.TransactionCanceledException) as canceled:
        client.transact_write_items(
            TransactItems=[
                {
                    "Put": {
                        "TableName": "errors",
                        "Item": item,
                        "ConditionExpression": "attribute_not_exists(pk)",
                    }
                }
            ]
        )
    [reason] = canceled.value.response["CancellationReasons"]
    assert reason["Code"] == "ConditionalCheckFailed"
    with pytest.raises(client.exceptions.ResourceNotFoundException) as missing:
        client.describe_table(TableName="nothing")
    assert missing.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    with pytest.raises(ClientError) as refused:
        client.get_item(TableName="errors", Key={"pk": {"S": "a"}})
    assert refused.value.response["Error"]["Code"] == "ValidationException"


def test_a_value_has_one_type(client: Any) -> None:
    make(client, "typed")
    for value in ({}, {"S": "a", "N": "1"}, {"N": "x"}, {"SS": []}):
        with pytest.raises(ClientError) as refused:
            client.put_item(
                TableName="typed", Item={"pk": {"S": "a"}, "sk": {"N": "1"}, "v": value}
            )
        assert refused.value.response["Error"]["Code"] == "ValidationException"


def test_streams_have_a_client_of_their_own(server: ServerProcess, client: Any) -> None:
    make(
        client,
        "streamed",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    streams = server.client("dynamodbstreams")
    [stream] = streams.list_streams(TableName="streamed")["Streams"]
    item = {"pk": {"S": "a"}, "sk": {"N": "1"}, "bytes": {"B": b"\xff"}}
    client.put_item(TableName="streamed", Item=item)
    description = streams.describe_stream(StreamArn=stream["StreamArn"])["StreamDescription"]
    iterator = streams.get_shard_iterator(
        StreamArn=stream["StreamArn"],
        ShardId=description["Shards"][0]["ShardId"],
        ShardIteratorType="TRIM_HORIZON",
    )["ShardIterator"]
    [record] = streams.get_records(ShardIterator=iterator)["Records"]
    assert record["dynamodb"]["NewImage"] == item
    assert record["dynamodb"]["ApproximateCreationDateTime"].year >= 2020
