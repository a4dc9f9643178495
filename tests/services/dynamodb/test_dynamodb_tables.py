"""Tables: how they come, change and go."""

from typing import Any

import pytest

from lambent.core.errors import AwsError, ValidationFailed
from lambent.platform import Context
from tests.conftest import World
from tests.services.dynamodb.making import (
    definitions,
    index,
    made,
    number,
    put,
    schema,
    sorted_table,
    table,
    text,
)

Json = dict[str, Any]

INVALID = "One or more parameter values were invalid: "


async def call(context: Context, operation: str, **params: Any) -> Any:
    return await context.call("dynamodb", operation, params)


async def described(context: Context, name: str = "things") -> Json:
    reply = await call(context, "DescribeTable", TableName=name)
    found: Json = reply["Table"]
    return found


async def test_a_new_table_is_creating_and_then_active(world: World) -> None:
    reply = await world.context.call("dynamodb", "CreateTable", table())
    assert reply["TableDescription"]["TableStatus"] == "CREATING"
    await world.settle()
    found = await described(world.context)
    assert found | {"TableId": "", "CreationDateTime": 0.0} == {
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "TableName": "things",
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "TableStatus": "ACTIVE",
        "CreationDateTime": 0.0,
        "ProvisionedThroughput": {
            "NumberOfDecreasesToday": 0,
            "ReadCapacityUnits": 0,
            "WriteCapacityUnits": 0,
        },
        "TableSizeBytes": 0,
        "ItemCount": 0,
        "TableArn": "arn:aws:dynamodb:us-east-1:000000000000:table/things",
        "TableId": "",
        "BillingModeSummary": {
            "BillingMode": "PAY_PER_REQUEST",
            "LastUpdateToPayPerRequestDateTime": found["CreationDateTime"],
        },
        "DeletionProtectionEnabled": False,
        "WarmThroughput": {
            "ReadUnitsPerSecond": 12_000,
            "WriteUnitsPerSecond": 4_000,
            "Status": "ACTIVE",
        },
    }


async def test_a_table_counts_its_items_and_their_bytes(world: World) -> None:
    await made(
        world,
        table(
            AttributeDefinitions=definitions(id="S", state="S"),
            GlobalSecondaryIndexes=[index("by_state", "state")],
        ),
    )
    await put(world.context, "things", {"id": text("a")}, {"id": text("b"), "state": text("new")})
    found = await described(world.context)
    assert (found["ItemCount"], found["TableSizeBytes"]) == (2, 3 + 3 + 8)
    [entry] = found["GlobalSecondaryIndexes"]
    assert (entry["ItemCount"], entry["IndexStatus"]) == (1, "ACTIVE")


async def test_many_items_are_counted_after_somebody_asked(world: World) -> None:
    await made(
        world,
        table(
            AttributeDefinitions=definitions(id="S", state="S"),
            GlobalSecondaryIndexes=[index("by_state", "state")],
        ),
    )
    for first in range(0, 2_100, 100):
        items = [{"id": text(f"{n:04}"), "state": text("new")} for n in range(first, first + 100)]
        await put(world.context, "things", *items)
    found = await described(world.context)
    assert (found["ItemCount"], found["TableSizeBytes"]) == (1_000, 14_000)
    await world.settle()
    found = await described(world.context)
    assert (found["ItemCount"], found["TableSizeBytes"]) == (2_100, 2_100 * 14)
    [entry] = found["GlobalSecondaryIndexes"]
    assert (entry["ItemCount"], entry["IndexSizeBytes"]) == (2_100, 2_100 * 14)
    await put(world.context, "things", {"id": text("one more")})
    await described(world.context)
    await world.settle()
    assert (await described(world.context))["ItemCount"] == 2_100
    await world.advance(3)
    await described(world.context)
    await world.settle()
    assert (await described(world.context))["ItemCount"] == 2_101


REFUSED: list[tuple[Json, str]] = [
    (
        {"TableName": "ab"},
        "TableName must be at least 3 characters long and at most 255 characters long",
    ),
    (
        {"TableName": "abc;"},
        "1 validation error detected: Value 'abc;' at 'tableName' failed to satisfy constraint:"
        " Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+",
    ),
    (
        {"KeySchema": None},
        "1 validation error detected: Value null at 'keySchema' failed to satisfy constraint:"
        " Member must not be null",
    ),
    (
        {"AttributeDefinitions": []},
        "Invalid KeySchema: Some index key attribute have no definition",
    ),
    (
        {"BillingMode": "PROVISIONED"},
        INVALID + "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode"
        " is PROVISIONED",
    ),
    (
        {"ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}},
        INVALID + "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when"
        " BillingMode is PAY_PER_REQUEST",
    ),
    (
        {"AttributeDefinitions": definitions(other="S")},
        INVALID + "Some index key attributes are not defined in AttributeDefinitions. Keys: [id],"
        " AttributeDefinitions: [other]",
    ),
    (
        {"AttributeDefinitions": definitions(id="S", other="S")},
        INVALID + "Number of attributes in KeySchema does not exactly match number of attributes"
        " defined in AttributeDefinitions",
    ),
    (
        {
            "KeySchema": schema("id", "id"),
            "AttributeDefinitions": definitions(id="S", other="S"),
        },
        "Both the Hash Key and the Range Key element in the KeySchema have the same name",
    ),
    (
        {"KeySchema": [{"AttributeName": "id", "KeyType": "RANGE"}]},
        "Invalid KeySchema: The first KeySchemaElement is not a HASH key type",
    ),
    (
        {"KeySchema": schema("id", "sort")},
        "Invalid KeySchema: Some index key attribute have no definition",
    ),
    (
        {"LocalSecondaryIndexes": [index("local", "id", "id")]},
        INVALID + "Table KeySchema does not have a range key, which is required when specifying a"
        " LocalSecondaryIndex",
    ),
    ({"GlobalSecondaryIndexes": []}, INVALID + "List of GlobalSecondaryIndexes is empty"),
    (
        {"GlobalSecondaryIndexes": [index("one", "state")]},
        INVALID + "Some index key attributes are not defined in AttributeDefinitions. Keys:"
        " [state], AttributeDefinitions: [id]",
    ),
    (
        {
            "AttributeDefinitions": definitions(id="S", state="S", more="S"),
            "GlobalSecondaryIndexes": [index("one", "state")],
        },
        INVALID + "Some AttributeDefinitions are not used. AttributeDefinitions: [id, more, state],"
        " keys used: [id, state]",
    ),
    (
        {
            "AttributeDefinitions": definitions(id="S", state="S"),
            "GlobalSecondaryIndexes": [index("one", "state"), index("one", "state")],
        },
        INVALID + "Duplicate index name: one",
    ),
    (
        {"GlobalSecondaryIndexes": [index("one", "id", projection={"NonKeyAttributes": ["x"]})]},
        INVALID + "Unknown ProjectionType: null",
    ),
    (
        {
            "GlobalSecondaryIndexes": [
                index("one", "id", projection={"ProjectionType": "ALL", "NonKeyAttributes": ["x"]})
            ]
        },
        INVALID + "ProjectionType is ALL, but NonKeyAttributes is specified",
    ),
]


@pytest.mark.parametrize(("changed", "message"), REFUSED)
async def test_a_table_that_cannot_be_is_refused(world: World, changed: Json, message: str) -> None:
    with pytest.raises(AwsError) as refused:
        await world.context.call("dynamodb", "CreateTable", table(**changed))
    assert (refused.value.code, refused.value.message) == ("ValidationException", message)


@pytest.mark.parametrize(
    ("local", "message"),
    [
        (
            index("local", "customer"),
            INVALID + "Index KeySchema does not have a range key for index: local",
        ),
        (
            index("local", "state", "customer"),
            INVALID + "Index KeySchema does not have the same leading hash key as table KeySchema"
            " for index: local. index hash key: state, table hash key: customer",
        ),
    ],
)
async def test_a_local_index_shares_the_tables_partition_key(
    world: World, local: Json, message: str
) -> None:
    asked = sorted_table(
        AttributeDefinitions=definitions(customer="S", number="N", state="S"),
        LocalSecondaryIndexes=[local],
    )
    with pytest.raises(AwsError) as refused:
        await world.context.call("dynamodb", "CreateTable", asked)
    assert refused.value.message == message


async def test_a_name_is_taken_once(world: World) -> None:
    await made(world, table())
    with pytest.raises(AwsError) as refused:
        await world.context.call("dynamodb", "CreateTable", table())
    assert refused.value.code == "ResourceInUseException"
    assert refused.value.message == "Table already exists: things"


async def test_a_deleted_table_is_deleting_and_then_gone_with_its_items(world: World) -> None:
    await made(world, table())
    await put(world.context, "things", {"id": text("a")})
    reply = await call(world.context, "DeleteTable", TableName="things")
    assert reply["TableDescription"]["TableStatus"] == "DELETING"
    await world.settle()
    with pytest.raises(AwsError) as refused:
        await described(world.context)
    assert refused.value.code == "ResourceNotFoundException"
    assert refused.value.message == "Requested resource not found: Table: things not found"
    await made(world, table())
    assert (await call(world.context, "Scan", TableName="things"))["Items"] == []


async def test_a_protected_table_is_not_deleted(world: World) -> None:
    await made(world, table(DeletionProtectionEnabled=True))
    with pytest.raises(AwsError) as refused:
        await call(world.context, "DeleteTable", TableName="things")
    assert refused.value.message == (
        "Resource cannot be deleted as it is currently protected against deletion. Disable deletion"
        " protection first."
    )
    await call(world.context, "UpdateTable", TableName="things", DeletionProtectionEnabled=False)
    await world.settle()
    await call(world.context, "DeleteTable", TableName="things")


async def test_tables_are_listed_by_name_in_pages(world: World) -> None:
    for name in ("bbb", "aaa", "ccc"):
        await made(world, table(name))
    first = await call(world.context, "ListTables", Limit=2)
    assert first == {"TableNames": ["aaa", "bbb"], "LastEvaluatedTableName": "bbb"}
    rest = await call(world.context, "ListTables", ExclusiveStartTableName="bbb")
    assert rest == {"TableNames": ["ccc"]}


async def test_an_index_that_is_added_has_the_items_that_are_there(world: World) -> None:
    await made(world, table())
    for number_ in range(1_100):
        state = number(1) if number_ % 10 == 0 else text("new")
        await put(world.context, "things", {"id": text(f"{number_:04}"), "state": state})
    reply = await call(
        world.context,
        "UpdateTable",
        TableName="things",
        AttributeDefinitions=definitions(id="S", state="S"),
        GlobalSecondaryIndexUpdates=[{"Create": index("by_state", "state", "id")}],
    )
    [shown] = reply["TableDescription"]["GlobalSecondaryIndexes"]
    assert (reply["TableDescription"]["TableStatus"], shown["IndexStatus"]) == (
        "UPDATING",
        "CREATING",
    )
    assert shown["Backfilling"]
    await world.settle()
    found = await described(world.context)
    assert found["TableStatus"] == "ACTIVE"
    [shown] = found["GlobalSecondaryIndexes"]
    # AWS: items whose attribute is of another type are not in it.
    assert (shown["IndexStatus"], shown["ItemCount"]) == ("ACTIVE", 990)


async def test_an_index_that_is_added_has_large_items_as_well(world: World) -> None:
    await made(world, table())
    for at in range(25):
        await put(
            world.context, "things", {"id": text(f"{at}"), "a": text("b"), "c": text("x" * 390_000)}
        )
    await call(
        world.context,
        "UpdateTable",
        TableName="things",
        AttributeDefinitions=definitions(id="S", a="S"),
        GlobalSecondaryIndexUpdates=[{"Create": index("by_a", "a", "id")}],
    )
    await world.settle()
    [shown] = (await described(world.context))["GlobalSecondaryIndexes"]
    assert (shown["IndexStatus"], shown["ItemCount"]) == ("ACTIVE", 25)


async def test_an_index_that_is_taken_away_is_gone(world: World) -> None:
    await made(
        world,
        table(
            AttributeDefinitions=definitions(id="S", state="S"),
            GlobalSecondaryIndexes=[index("by_state", "state")],
        ),
    )
    await put(world.context, "things", {"id": text("a"), "state": text("new")})
    await call(
        world.context,
        "UpdateTable",
        TableName="things",
        GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "by_state"}}],
    )
    await world.settle()
    found = await described(world.context)
    assert "GlobalSecondaryIndexes" not in found
    assert found["AttributeDefinitions"] == [{"AttributeName": "id", "AttributeType": "S"}]
    # What an index no longer asks of an attribute may be anything.
    await put(world.context, "things", {"id": text("a"), "state": number(1)})


async def test_one_index_is_added_or_taken_away_at_a_time(world: World) -> None:
    await made(world, table())
    with pytest.raises(AwsError) as refused:
        await call(
            world.context,
            "UpdateTable",
            TableName="things",
            AttributeDefinitions=definitions(id="S", one="S", two="S"),
            GlobalSecondaryIndexUpdates=[
                {"Create": index("one", "one")},
                {"Create": index("two", "two")},
            ],
        )
    assert refused.value.code == "LimitExceededException"


async def test_how_a_table_is_paid_for_can_change(world: World) -> None:
    units = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}
    await made(world, table(BillingMode="PROVISIONED", ProvisionedThroughput=units))
    assert "BillingModeSummary" not in await described(world.context)
    with pytest.raises(AwsError) as refused:
        await call(world.context, "UpdateTable", TableName="things", ProvisionedThroughput=units)
    assert refused.value.message.startswith(
        "The provisioned throughput for the table will not change."
    )
    await call(
        world.context,
        "UpdateTable",
        TableName="things",
        ProvisionedThroughput={"ReadCapacityUnits": 7, "WriteCapacityUnits": 5},
    )
    await world.settle()
    found = await described(world.context)
    assert found["ProvisionedThroughput"]["ReadCapacityUnits"] == 7
    await call(world.context, "UpdateTable", TableName="things", BillingMode="PAY_PER_REQUEST")
    await world.settle()
    found = await described(world.context)
    assert found["ProvisionedThroughput"]["ReadCapacityUnits"] == 0
    assert found["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"


async def test_a_table_tells_that_it_was_paid_for_by_the_request(world: World) -> None:
    created = await made(world, table())
    await call(
        world.context,
        "UpdateTable",
        TableName="things",
        BillingMode="PROVISIONED",
        ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 5},
    )
    await world.settle()
    assert (await described(world.context))["BillingModeSummary"] == {
        "BillingMode": "PROVISIONED",
        "LastUpdateToPayPerRequestDateTime": created["CreationDateTime"],
    }


async def test_an_update_that_asks_for_nothing_is_refused(world: World) -> None:
    await made(world, table())
    with pytest.raises(AwsError) as refused:
        await call(world.context, "UpdateTable", TableName="things")
    assert refused.value.message.startswith("At least one of ProvisionedThroughput,")


async def test_a_table_in_use_is_not_changed(world: World) -> None:
    await world.context.call("dynamodb", "CreateTable", table())
    with pytest.raises(AwsError) as refused:
        await call(world.context, "DeleteTable", TableName="things")
    assert refused.value.code == "ResourceInUseException"
    assert refused.value.message == (
        "Attempt to change a resource which is still in use: Table is being created: things"
    )


async def test_tags_of_awss_own_are_refused(world: World) -> None:
    tags = [{"Key": "aws:owner", "Value": "me"}]
    with pytest.raises(ValidationFailed):
        await call(world.context, "CreateTable", **table(Tags=tags))
    arn = (await made(world, table()))["TableArn"]
    with pytest.raises(ValidationFailed):
        await call(world.context, "TagResource", ResourceArn=arn, Tags=tags)


async def test_tags_are_kept_changed_and_taken_away(world: World) -> None:
    found = await made(world, table(Tags=[{"Key": "team", "Value": "a"}]))
    arn = found["TableArn"]
    await call(
        world.context,
        "TagResource",
        ResourceArn=arn,
        Tags=[{"Key": "team", "Value": "b"}, {"Key": "cost", "Value": "1"}],
    )
    await call(world.context, "UntagResource", ResourceArn=arn, TagKeys=["cost", "unknown"])
    reply = await call(world.context, "ListTagsOfResource", ResourceArn=arn)
    assert reply == {"Tags": [{"Key": "team", "Value": "b"}]}


async def test_what_a_table_is_said_to_be_is_shown(world: World) -> None:
    await made(
        world,
        table(
            TableClass="STANDARD_INFREQUENT_ACCESS",
            SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": "alias/mine"},
            OnDemandThroughput={"MaxReadRequestUnits": 10},
        ),
    )
    found = await described(world.context)
    assert found["TableClassSummary"] == {"TableClass": "STANDARD_INFREQUENT_ACCESS"}
    assert found["SSEDescription"]["KMSMasterKeyArn"].endswith(":alias/mine")
    assert found["OnDemandThroughput"] == {"MaxReadRequestUnits": 10}


async def test_recovery_insights_and_policies_are_kept_and_shown(world: World) -> None:
    found = await made(world, table())
    reply = await call(world.context, "DescribeContinuousBackups", TableName="things")
    backups = reply["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"] == {"PointInTimeRecoveryStatus": "DISABLED"}
    reply = await call(
        world.context,
        "UpdateContinuousBackups",
        TableName="things",
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
    )
    recovery = reply["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    assert recovery["PointInTimeRecoveryStatus"] == "ENABLED"
    assert recovery["RecoveryPeriodInDays"] == 35
    await call(
        world.context,
        "UpdateContributorInsights",
        TableName="things",
        ContributorInsightsAction="ENABLE",
    )
    reply = await call(world.context, "DescribeContributorInsights", TableName="things")
    assert reply["ContributorInsightsStatus"] == "ENABLED"
    with pytest.raises(AwsError) as refused:
        await call(world.context, "GetResourcePolicy", ResourceArn=found["TableArn"])
    assert refused.value.code == "PolicyNotFoundException"
    await call(world.context, "PutResourcePolicy", ResourceArn=found["TableArn"], Policy="{}")
    reply = await call(world.context, "GetResourcePolicy", ResourceArn=found["TableArn"])
    assert reply["Policy"] == "{}"


async def test_what_lambent_does_not_have_is_refused_in_words(world: World) -> None:
    await made(world, table())
    with pytest.raises(AwsError) as refused:
        await call(
            world.context,
            "UpdateTable",
            TableName="things",
            ReplicaUpdates=[{"Create": {"RegionName": "eu-west-1"}}],
        )
    assert refused.value.code == "NotSupportedByLambent"
