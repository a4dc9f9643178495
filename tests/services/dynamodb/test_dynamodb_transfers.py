"""Exports to S3, and tables imported from it."""

import base64
import gzip
import hashlib
import json
from typing import Any

import pytest

from lambent.core.errors import AwsError
from tests.conftest import World
from tests.services.dynamodb.making import (
    definitions,
    get,
    index,
    made,
    number,
    put,
    sorted_table,
    table,
    text,
)

Json = dict[str, Any]


async def ask(world: World, operation: str, **params: Any) -> Any:
    return await world.context.call("dynamodb", operation, params)


async def bucket(world: World) -> None:
    await world.context.call("s3", "CreateBucket", {"Bucket": "files"})


async def stored(world: World, key: str) -> bytes:
    reply = await world.context.call("s3", "GetObject", {"Bucket": "files", "Key": key})
    body = reply["Body"]
    if not hasattr(body, "__aiter__"):
        return bytes(body)
    return b"".join([bytes(piece) async for piece in body])


async def store(world: World, key: str, body: bytes) -> None:
    await world.context.call("s3", "PutObject", {"Bucket": "files", "Key": key, "Body": body})


async def recoverable(world: World) -> str:
    described = await made(world, table())
    await ask(
        world,
        "UpdateContinuousBackups",
        TableName="things",
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
    )
    return str(described["TableArn"])


async def test_an_export_has_the_items_as_they_were(world: World) -> None:
    await bucket(world)
    arn = await recoverable(world)
    await put(world.context, "things", {"id": text("a"), "bytes": {"B": b"\xff"}})
    at = world.clock.now()
    await world.advance(10)
    await put(world.context, "things", {"id": text("b")})
    asked = {
        "TableArn": arn,
        "S3Bucket": "files",
        "S3Prefix": "exports",
        "ExportTime": at,
        "ClientToken": "token",
    }
    first = await ask(world, "ExportTableToPointInTime", **asked)
    again = await ask(world, "ExportTableToPointInTime", **asked)
    export = first["ExportDescription"]
    assert export["ExportStatus"] == "IN_PROGRESS"
    assert again["ExportDescription"]["ExportArn"] == export["ExportArn"]
    await world.settle()

    reply = await ask(world, "DescribeExport", ExportArn=export["ExportArn"])
    export = reply["ExportDescription"]
    assert (export["ExportStatus"], export["ItemCount"]) == ("COMPLETED", 1)
    summary = json.loads(await stored(world, export["ExportManifest"]))
    assert (summary["itemCount"], summary["s3Prefix"]) == (1, "exports")
    files = await stored(world, summary["manifestFilesS3Key"])
    [file] = [json.loads(line) for line in files.splitlines()]
    body = await stored(world, file["dataFileS3Key"])
    assert file["md5Checksum"] == base64.b64encode(hashlib.md5(body).digest()).decode()
    assert json.loads(gzip.decompress(body)) == {"Item": {"id": {"S": "a"}, "bytes": {"B": "/w=="}}}
    listed = await ask(world, "ListExports", TableArn=arn)
    assert [one["ExportStatus"] for one in listed["ExportSummaries"]] == ["COMPLETED"]


async def test_an_export_without_its_bucket_fails_and_says_why(world: World) -> None:
    arn = await recoverable(world)
    reply = await ask(world, "ExportTableToPointInTime", TableArn=arn, S3Bucket="nowhere")
    await world.settle()
    arn = reply["ExportDescription"]["ExportArn"]
    export = (await ask(world, "DescribeExport", ExportArn=arn))["ExportDescription"]
    assert (export["ExportStatus"], export["FailureCode"]) == ("FAILED", "S3NoSuchBucket")


async def test_an_export_needs_recovery(world: World) -> None:
    described = await made(world, table())
    with pytest.raises(AwsError) as refused:
        await ask(
            world,
            "ExportTableToPointInTime",
            TableArn=described["TableArn"],
            S3Bucket="files",
        )
    assert refused.value.code == "PointInTimeRecoveryUnavailableException"


async def imported(world: World, parameters: Json, **params: Any) -> Json:
    reply = await ask(
        world,
        "ImportTable",
        S3BucketSource={"S3Bucket": "files", "S3KeyPrefix": "in/"},
        TableCreationParameters=parameters,
        **params,
    )
    assert reply["ImportTableDescription"]["ImportStatus"] == "IN_PROGRESS"
    await world.settle()
    arn = reply["ImportTableDescription"]["ImportArn"]
    found: Json = (await ask(world, "DescribeImport", ImportArn=arn))["ImportTableDescription"]
    return found


async def test_what_was_exported_can_be_imported(world: World) -> None:
    await bucket(world)
    lines = [
        json.dumps({"Item": {"id": {"S": f"{n}"}, "state": {"S": "x"}, "b": {"B": "/w=="}}})
        for n in range(1_200)
    ]
    await store(world, "in/1.json.gz", gzip.compress("\n".join(lines).encode()))
    wrong = ['{"Item": {"id": {"N": "1"}}}', "nonsense", '{"Item": {"state": {"S": "y"}}}']
    await store(world, "in/2.json.gz", gzip.compress("\n".join(wrong).encode()))
    parameters = table(
        AttributeDefinitions=definitions(id="S", state="S"),
        GlobalSecondaryIndexes=[index("by_state", "state")],
    )
    found = await imported(
        world, parameters, InputFormat="DYNAMODB_JSON", InputCompressionType="GZIP"
    )
    assert found["ImportStatus"] == "COMPLETED"
    assert (found["ProcessedItemCount"], found["ImportedItemCount"], found["ErrorCount"]) == (
        1_203,
        1_200,
        3,
    )
    described = (await ask(world, "DescribeTable", TableName="things"))["Table"]
    assert described["TableStatus"] == "ACTIVE"
    assert described["GlobalSecondaryIndexes"][0]["ItemCount"] == 1_200
    item = await get(world.context, "things", {"id": text("7")})
    assert item == {"id": text("7"), "state": text("x"), "b": {"B": b"\xff"}}


async def test_a_csv_gives_texts_and_keys_of_their_types(world: World) -> None:
    await bucket(world)
    await store(world, "in/a.csv", b'customer,number,note\nmel,1,"tea, green"\nmel,x,\nmel,2,\n')
    found = await imported(world, sorted_table(), InputFormat="CSV")
    assert (found["ImportedItemCount"], found["ErrorCount"]) == (2, 1)
    key = {"customer": text("mel"), "number": number(1)}
    assert await get(world.context, "orders", key) == {**key, "note": text("tea, green")}
    listed = await ask(world, "ListImports")
    assert [one["ImportStatus"] for one in listed["ImportSummaryList"]] == ["COMPLETED"]


async def test_a_csv_may_be_told_its_header(world: World) -> None:
    await bucket(world)
    await store(world, "in/a.csv", b"mel;1\n")
    await imported(
        world,
        sorted_table(),
        InputFormat="CSV",
        InputFormatOptions={"Csv": {"Delimiter": ";", "HeaderList": ["customer", "number"]}},
    )
    key = {"customer": text("mel"), "number": number(1)}
    assert await get(world.context, "orders", key) == key


async def test_an_import_from_nowhere_fails_and_says_why(world: World) -> None:
    found = await imported(world, table(), InputFormat="DYNAMODB_JSON")
    assert (found["ImportStatus"], found["FailureCode"]) == ("FAILED", "NoSuchBucket")
