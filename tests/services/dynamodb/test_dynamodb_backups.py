"""Backups, and tables as they were."""

from typing import Any

import pytest

from lambent.core.errors import AwsError
from tests.conftest import World
from tests.services.dynamodb.making import definitions, index, made, number, put, table, text

Json = dict[str, Any]


async def ask(world: World, operation: str, **params: Any) -> Any:
    return await world.context.call("dynamodb", operation, params)


async def items(world: World, name: str) -> dict[str, str]:
    reply = await ask(world, "Scan", TableName=name)
    return {item["id"]["S"]: item["n"]["N"] for item in reply["Items"]}


async def write(world: World, **values: int) -> None:
    await put(
        world.context,
        "things",
        *({"id": text(name), "n": number(value)} for name, value in values.items()),
    )


async def test_a_backup_keeps_a_table_as_it_was(world: World) -> None:
    described = await made(
        world,
        table(
            AttributeDefinitions=definitions(id="S", n="N"),
            GlobalSecondaryIndexes=[index("by_n", "n")],
        ),
    )
    await write(world, a=1, b=2)
    reply = await ask(world, "CreateBackup", TableName="things", BackupName="first")
    details = reply["BackupDetails"]
    assert (details["BackupStatus"], details["BackupSizeBytes"]) == ("CREATING", 12)
    await write(world, a=5, c=3)
    await ask(world, "DeleteTable", TableName="things")
    await world.settle()

    arn = details["BackupArn"]
    reply = await ask(world, "DescribeBackup", BackupArn=arn)
    description = reply["BackupDescription"]
    assert description["BackupDetails"]["BackupStatus"] == "AVAILABLE"
    assert description["SourceTableDetails"]["TableId"] == described["TableId"]
    assert description["SourceTableDetails"]["ItemCount"] == 2
    reply = await ask(world, "RestoreTableFromBackup", TargetTableName="again", BackupArn=arn)
    restored = reply["TableDescription"]
    assert restored["TableStatus"] == "CREATING"
    assert restored["RestoreSummary"]["SourceBackupArn"] == arn
    await world.settle()
    assert await items(world, "again") == {"a": "1", "b": "2"}
    reply = await ask(
        world,
        "Query",
        TableName="again",
        IndexName="by_n",
        KeyConditionExpression="n = :n",
        ExpressionAttributeValues={":n": number(2)},
    )
    assert [item["id"]["S"] for item in reply["Items"]] == ["b"]

    reply = await ask(world, "DeleteBackup", BackupArn=arn)
    assert reply["BackupDescription"]["BackupDetails"]["BackupStatus"] == "DELETED"
    with pytest.raises(AwsError) as refused:
        await ask(world, "DescribeBackup", BackupArn=arn)
    assert refused.value.code == "BackupNotFoundException"


async def test_backups_are_listed_by_their_time(world: World) -> None:
    await made(world, table())
    for name in ("first", "second", "third"):
        await ask(world, "CreateBackup", TableName="things", BackupName=name)
        await world.advance(1)
    first = await ask(world, "ListBackups", Limit=2)
    assert [one["BackupName"] for one in first["BackupSummaries"]] == ["first", "second"]
    rest = await ask(
        world,
        "ListBackups",
        TableName="things",
        ExclusiveStartBackupArn=first["LastEvaluatedBackupArn"],
    )
    assert [one["BackupName"] for one in rest["BackupSummaries"]] == ["third"]


async def test_a_name_that_is_taken_is_not_restored_over(world: World) -> None:
    await made(world, table())
    reply = await ask(world, "CreateBackup", TableName="things", BackupName="first")
    with pytest.raises(AwsError) as refused:
        await ask(
            world,
            "RestoreTableFromBackup",
            TargetTableName="things",
            BackupArn=reply["BackupDetails"]["BackupArn"],
        )
    assert refused.value.code == "TableAlreadyExistsException"


async def recover(world: World, name: str, at: float | None = None) -> dict[str, str]:
    when = {"UseLatestRestorableTime": True} if at is None else {"RestoreDateTime": at}
    await ask(
        world,
        "RestoreTableToPointInTime",
        SourceTableName="things",
        TargetTableName=name,
        **when,
    )
    await world.settle()
    return await items(world, name)


async def test_a_table_can_be_had_as_it_was_at_any_moment(world: World) -> None:
    await made(world, table())
    await write(world, before=1)
    specification = {"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": 2}
    await ask(
        world,
        "UpdateContinuousBackups",
        TableName="things",
        PointInTimeRecoverySpecification=specification,
    )
    begin = world.clock.now()
    await world.advance(60)
    await write(world, a=1)
    await world.advance(60)
    await write(world, a=2, b=1)
    await ask(world, "DeleteItem", TableName="things", Key={"id": text("before")})
    await world.advance(60)
    await write(world, a=3)
    assert await recover(world, "latest") == {"a": "3", "b": "1"}
    assert await recover(world, "minute-0", begin) == {"before": "1"}
    assert await recover(world, "minute-1", begin + 90) == {"before": "1", "a": "1"}
    assert await recover(world, "minute-2", begin + 150) == {"a": "2", "b": "1"}
    await world.advance(3 * 86_400)
    with pytest.raises(AwsError) as refused:
        await recover(world, "too-old", begin)
    assert refused.value.code == "InvalidRestoreTimeException"
    assert await recover(world, "still", world.clock.now() - 3_600) == {"a": "3", "b": "1"}


async def test_without_recovery_there_is_nothing_to_go_back_to(world: World) -> None:
    await made(world, table())
    with pytest.raises(AwsError) as refused:
        await recover(world, "again")
    assert refused.value.code == "PointInTimeRecoveryUnavailableException"
