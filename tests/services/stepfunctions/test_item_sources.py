"""Where the items of a distributed Map come from."""

import gzip
import io
import json
import math
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow
import pytest
from backports import zstd
from pyarrow import parquet

from lambent.services.stepfunctions.item_sources.collections import source_of
from tests.services.stepfunctions.maps import (
    BUCKET,
    bucket_of,
    distributed,
    items_of,
    map_run_of,
    reader,
)
from tests.services.stepfunctions.workflows import Workflows, chain


async def test_members_of_an_object_are_items_with_a_key(workflows: Workflows) -> None:
    given = await workflows.run(chain(Each=distributed(express=True)), {"a": 1, "b": 2})

    assert json.loads(given["output"]) == [{"Key": "a", "Value": 1}, {"Key": "b", "Value": 2}]


async def test_a_selector_sees_the_item_its_number_and_its_source(workflows: Workflows) -> None:
    bucket = await bucket_of(workflows)
    await bucket.put("a.jsonl", '{"n": 1}\n\n{"n": 2}\n')

    given = await items_of(
        workflows,
        ItemReader=reader("a.jsonl", "JSONL"),
        ItemSelector={
            "index.$": "$$.Map.Item.Index",
            "n.$": "$$.Map.Item.Value.n",
            "from.$": "$$.Map.Item.Source",
            "whole.$": "$",
        },
    )

    source = "S3://items/a.jsonl"
    assert given == [
        {"index": 0, "n": 1, "from": source, "whole": {}},
        {"index": 1, "n": 2, "from": source, "whole": {}},
    ]


CSV = 'id,text\r\n1,"a, ""b""\r\nc"\r\n2\r\n3,x,y\r\n'


async def test_rows_of_a_csv_file_are_objects_named_by_its_first_row(workflows: Workflows) -> None:
    bucket = await bucket_of(workflows)
    await bucket.put("a.csv", CSV)

    assert await items_of(
        workflows, ItemReader=reader("a.csv", "CSV", CSVHeaderLocation="FIRST_ROW")
    ) == [
        {"id": "1", "text": 'a, "b"\r\nc'},
        {"id": "2", "text": ""},
        {"id": "3", "text": "x"},
    ]


async def test_a_csv_file_may_have_its_header_given_and_another_delimiter(
    workflows: Workflows,
) -> None:
    bucket = await bucket_of(workflows)
    await bucket.put("a.csv", "1|2\n3|4")

    given = await items_of(
        workflows,
        ItemReader=reader(
            "a.csv",
            "CSV",
            CSVHeaderLocation="GIVEN",
            CSVHeaders=["a", "b"],
            CSVDelimiter="PIPE",
            MaxItems=1,
        ),
    )

    assert given == [{"a": "1", "b": "2"}]


@pytest.mark.parametrize(
    ("document", "pointer", "items"),
    [
        ('[1, "ä", [2], {"a": null}, 5 ]', "", [1, "ä", [2], {"a": None}, 5]),
        ("[]", "", []),
        ('{"a": {"x": [0]}, "b~/": [7, {"c": [8, 9]}]}', "/b~0~1/1/c", [8, 9]),
        ('{"a": 1, "ß": [2]}', "", [{"Key": "a", "Value": 1}, {"Key": "ß", "Value": [2]}]),
    ],
)
async def test_elements_of_a_json_document_are_items(
    workflows: Workflows, document: str, pointer: str, items: Any
) -> None:
    bucket = await bucket_of(workflows)
    await bucket.put("a.json", document)
    config = {"ItemsPointer": pointer} if pointer else {}

    assert await items_of(workflows, ItemReader=reader("a.json", "JSON", **config)) == items


@pytest.mark.parametrize("input_type", ["JSON", "JSONL", "CSV"])
async def test_a_file_is_read_in_pieces(workflows: Workflows, input_type: str) -> None:
    """
    Of several pieces, with items that lie across their edges, one longer than a piece.
    """
    texts = ["ä" * (number % 5_000) for number in range(0, 150_000, 700)]
    texts[100] = "b" * 300_000
    bucket = await bucket_of(workflows)
    values = [{"t": text} for text in texts]
    lines = [json.dumps(value, ensure_ascii=False) for value in values]
    match input_type:
        case "JSON":
            content = "[" + ",\n".join(lines) + "]"
        case "JSONL":
            content = "\n".join(lines)
        case _:
            content = "t\n" + "\n".join(f'"{text}"' for text in texts)
    await bucket.put("a", content)
    header = {"CSVHeaderLocation": "FIRST_ROW"} if input_type == "CSV" else {}
    read = reader("a", input_type, **header)

    machine = await workflows.create(
        chain(
            Each=distributed(
                express=True,
                ItemReader=read,
                ItemSelector={"start.$": "States.StringSplit($$.Map.Item.Value.t, 'x')"},
                ResultPath=None,
                ToleratedFailurePercentage=100,
            )
        )
    )
    execution = await workflows.start(machine)
    await workflows.world.settle()

    described = await workflows.describe(execution)
    # The long one is more than a child may be given.
    assert described["error"] == "States.DataLimitExceeded"
    texts[100] = "b"
    await bucket.put("a", content.replace("b" * 300_000, "b"))
    execution = await workflows.start(machine)
    await workflows.world.settle()
    run = await map_run_of(workflows, execution)
    assert run["itemCounts"]["total"] == len(texts)
    listed = await workflows.call("ListExecutions", mapRunArn=run["mapRunArn"], maxResults=1000)
    children = [
        json.loads((await workflows.describe(child["executionArn"]))["input"])
        for child in reversed(listed["executions"])
    ]
    assert ["".join(child["start"]) for child in children] == texts


async def test_objects_of_a_bucket_are_items(workflows: Workflows) -> None:
    bucket = await bucket_of(workflows)
    for name in ("a/1", "a/2", "b/1"):
        await bucket.put(name, "xy")

    given = await items_of(
        workflows,
        ItemReader={
            "Resource": "arn:aws:states:::s3:listObjectsV2",
            "Parameters": {"Bucket": BUCKET, "Prefix": "a/"},
        },
    )

    assert [item["Key"] for item in given] == ["a/1", "a/2"]
    assert given[0]["Size"] == 2
    assert isinstance(given[0]["LastModified"], int)


async def test_rows_of_an_inventory_are_items(workflows: Workflows) -> None:
    bucket = await bucket_of(workflows)
    await bucket.put("1.csv.gz", gzip.compress(b'"b","k1","5"\n"b","k2","6"\n'))
    await bucket.put("2.csv.gz", gzip.compress(b'"b","k3","7"\n'))
    manifest = {
        "destinationBucket": f"arn:aws:s3:::{BUCKET}",
        "fileFormat": "CSV",
        "fileSchema": "Bucket, Key, Size",
        "files": [{"key": "1.csv.gz"}, {"key": "2.csv.gz"}],
    }
    await bucket.put("manifest.json", json.dumps(manifest))

    given = await items_of(workflows, ItemReader=reader("manifest.json", "MANIFEST"))

    assert [item["Key"] for item in given] == ["k1", "k2", "k3"]
    assert given[0] == {"Bucket": "b", "Key": "k1", "Size": "5"}


async def test_objects_may_be_loaded_and_their_items_put_in_a_row(workflows: Workflows) -> None:
    bucket = await bucket_of(workflows)
    for name, content in (("a/1", "1\n2\n"), ("a/2", ""), ("a/3", "3\n")):
        await bucket.put(name, content)

    given = await items_of(
        workflows,
        ItemReader={
            "Resource": "arn:aws:states:::s3:listObjectsV2",
            "ReaderConfig": {"InputType": "JSONL", "Transformation": "LOAD_AND_FLATTEN"},
            "Parameters": {"Bucket": BUCKET, "Prefix": "a/"},
        },
    )

    assert given == [1, 2, 3]


async def test_files_of_an_athena_manifest_are_read_one_after_the_other(
    workflows: Workflows,
) -> None:
    bucket = await bucket_of(workflows)
    await bucket.put("1", '{"n": 1}\n')
    await bucket.put("2", '{"n": 2}\n')
    await bucket.put("manifest.csv", f"s3://{BUCKET}/1\ns3://{BUCKET}/2\n")

    read = reader("manifest.csv", "JSONL", ManifestType="ATHENA_DATA")

    assert await items_of(workflows, ItemReader=read) == [{"n": 1}, {"n": 2}]


@pytest.mark.parametrize(
    ("key", "content", "cause"),
    [
        ("none", None, "(Service: S3, Status Code: 404"),
        ("a.json", "7", "Attempting to map over non-iterable node."),
        ("a.jsonl", "{", "not valid JSON"),
    ],
)
async def test_what_cannot_be_read_fails_the_state(
    workflows: Workflows, key: str, content: str | None, cause: str
) -> None:
    bucket = await bucket_of(workflows)
    if content is not None:
        await bucket.put(key, content)
    kind = "JSONL" if key.endswith("l") else "JSON"

    described = await workflows.run(chain(Each=distributed(ItemReader=reader(key, kind))))

    assert (described["status"], described["error"]) == ("FAILED", "States.ItemReaderFailed")
    assert cause in described["cause"]


async def test_a_map_within_the_execution_says_that_its_items_are_the_states_own(
    workflows: Workflows,
) -> None:
    each = {
        "Type": "Map",
        "ItemProcessor": chain(Same={"Type": "Pass"}),
        "ItemSelector": {"from.$": "$$.Map.Item.Source"},
    }

    described = await workflows.run(chain(Each=each), [1])

    assert json.loads(described["output"]) == [{"from": "STATE_DATA"}]


async def test_a_backslash_takes_the_meaning_from_what_follows_it(workflows: Workflows) -> None:
    """
    As AWS describes it: it stands for itself only when it is there twice.
    """
    bucket = await bucket_of(workflows)
    await bucket.put(
        "a.csv", 'path|size\nC:\\\\Program Files\\\\My\\App.exe|6534512\na\\|b|"c\\"d\\""\ne|f\\\n'
    )

    config = {"CSVHeaderLocation": "FIRST_ROW", "CSVDelimiter": "PIPE"}
    assert await items_of(workflows, ItemReader=reader("a.csv", "CSV", **config)) == [
        {"path": "C:\\Program Files\\MyApp.exe", "size": "6534512"},
        {"path": "a|b", "size": 'c"d"'},
        {"path": "e", "size": "f"},
    ]


def gzipped(data: bytes) -> bytes:
    """Several packed one by one, as some programs write large files."""
    return b"".join(gzip.compress(part) for part in (data[:9_000], data[9_000:], b""))


def zstd_packed(data: bytes) -> bytes:
    return zstd.compress(data[:9_000]) + zstd.compress(data[9_000:])


@pytest.mark.parametrize(
    ("ending", "pack"), [(".gz", gzipped), (".zst", zstd_packed), (".zstd", zstd_packed)]
)
@pytest.mark.parametrize("input_type", ["JSON", "JSONL", "CSV"])
async def test_packed_files_are_unpacked(
    workflows: Workflows, input_type: str, ending: str, pack: Callable[[bytes], bytes]
) -> None:
    """
    A page of items after the other, and the same when the server has forgotten how far it was.
    """
    texts = ["ä" * (number % 300) for number in range(3_000)]
    bucket = await bucket_of(workflows)
    lines = [json.dumps({"t": text}, ensure_ascii=False) for text in texts]
    content = {
        "JSON": "[" + ",".join(lines) + "]",
        "JSONL": "\n".join(lines),
        "CSV": "\n".join(["t", *(f'"{text}"' for text in texts)]),
    }[input_type]
    await bucket.put(f"a{ending}", pack(content.encode()))
    context = workflows.context
    settings = {"reader": reader(f"a{ending}", input_type)}
    found: list[Any] = []
    place: Any = None
    last = False
    while not last:
        page = await source_of(context, settings)(place)
        found += [item.value["t"] for item in page.items]
        place, last = json.loads(json.dumps(page.place)), page.last
        if len(found) > len(texts) // 2:
            context.platform.caches.clear()

    assert found == texts


@pytest.mark.parametrize("content", [b"no", gzip.compress(b"[1, 2]", mtime=0)[:-10], b""])
async def test_a_file_that_is_not_packed_as_its_name_says_fails_the_state(
    workflows: Workflows, content: bytes
) -> None:
    bucket = await bucket_of(workflows)
    await bucket.put("a.json.gz", content)
    each = distributed(ItemReader=reader("a.json.gz", "JSON"))

    described = await workflows.run(chain(Each=each))

    assert described["error"] == "States.ItemReaderFailed"
    assert described["cause"] == "The file cannot be decompressed."


# Parquet ----------------------------------------------------------------------------------------


def parquet_file(columns: dict[str, Any], **options: Any) -> bytes:
    written = io.BytesIO()
    parquet.write_table(pyarrow.table(columns), written, **options)
    return written.getvalue()


async def test_rows_of_a_parquet_file_are_objects(workflows: Workflows) -> None:
    """
    What JSON has no words for is text, or null.
    """
    bucket = await bucket_of(workflows)
    at = datetime(2025, 2, 3, 4, 5, 6, tzinfo=UTC)
    columns = {
        "id": [1, 2],
        "ok": [True, None],
        "share": [0.5, math.nan],
        "price": [Decimal("1.25"), Decimal("3.00")],
        "at": pyarrow.array([at, at], pyarrow.timestamp("ns", "UTC")),
        "on": [date(2025, 2, 3), None],
        "raw": [b"\x00\xff", b""],
        "tags": [["a", "b"], []],
        "more": [{"x": 1}, {"x": 2}],
        "map": pyarrow.array([[("k", 1)], []], pyarrow.map_(pyarrow.string(), pyarrow.int64())),
    }
    await bucket.put("a.parquet", parquet_file(columns))

    first, second = await items_of(workflows, ItemReader=reader("a.parquet", "PARQUET"))

    assert first == {
        "id": 1,
        "ok": True,
        "share": 0.5,
        "price": 1.25,
        "at": "2025-02-03T04:05:06Z",
        "on": "2025-02-03",
        "raw": "AP8=",
        "tags": ["a", "b"],
        "more": {"x": 1},
        "map": {"k": 1},
    }
    assert (second["ok"], second["share"], second["price"]) == (None, None, 3)


@pytest.mark.parametrize("codec", ["snappy", "gzip", "zstd"])
@pytest.mark.parametrize("forgets", [True, False])
async def test_a_parquet_file_is_read_batch_by_batch(
    workflows: Workflows, codec: str, forgets: bool
) -> None:
    bucket = await bucket_of(workflows)
    numbers = list(range(2_700))
    await bucket.put(
        "a.parquet", parquet_file({"n": numbers}, row_group_size=1_100, compression=codec)
    )
    context = workflows.context
    settings = {"reader": reader("a.parquet", "PARQUET")}
    found: list[int] = []
    place: Any = None
    last = False
    while not last:
        page = await source_of(context, settings)(place)
        # Who goes on may have taken only some of the items.
        taken = page.items[:123] if forgets else page.items
        found += [item.value["n"] for item in taken]
        place = json.loads(json.dumps(taken[-1].place if taken else page.place))
        last = page.last and taken == page.items
        if forgets:
            context.platform.caches.clear()

    assert found == numbers


@pytest.mark.parametrize(
    ("content", "more", "cause"),
    [
        (b"PAR1 and nothing else PAR1", {}, "not valid Parquet"),
        (b"", {}, "not valid Parquet"),
        (parquet_file({"n": [1]}), {"VersionId": "x"}, "VersionId is not supported"),
    ],
)
async def test_what_is_no_parquet_file_fails_the_state(
    workflows: Workflows, content: bytes, more: dict[str, str], cause: str
) -> None:
    bucket = await bucket_of(workflows)
    await bucket.put("a.parquet", content)
    read = reader("a.parquet", "PARQUET")
    read["Parameters"] |= more

    described = await workflows.run(chain(Each=distributed(ItemReader=read)))

    assert described["error"] == "States.ItemReaderFailed"
    assert cause in described["cause"]


async def test_many_small_files_are_read_in_their_order(workflows: Workflows) -> None:
    bucket = await bucket_of(workflows)
    for number in range(40):
        await bucket.put(f"a/{number:02}.parquet", parquet_file({"n": [number, -number]}))

    given = await items_of(
        workflows,
        ItemReader={
            "Resource": "arn:aws:states:::s3:listObjectsV2",
            "ReaderConfig": {"InputType": "PARQUET", "Transformation": "LOAD_AND_FLATTEN"},
            "Parameters": {"Bucket": BUCKET, "Prefix": "a/"},
        },
        ItemSelector={"n.$": "$$.Map.Item.Value.n", "from.$": "$$.Map.Item.Source"},
    )

    assert [item["n"] for item in given] == [n for number in range(40) for n in (number, -number)]
    assert given[5]["from"] == f"S3://{BUCKET}/a/02.parquet"


@pytest.mark.parametrize("file_format", ["ORC", "Parquet"])
async def test_an_inventory_must_be_csv(workflows: Workflows, file_format: str) -> None:
    bucket = await bucket_of(workflows)
    manifest = {"destinationBucket": "arn:aws:s3:::b", "fileFormat": file_format, "files": []}
    await bucket.put("manifest.json", json.dumps(manifest))
    read = reader("manifest.json", "MANIFEST")

    described = await workflows.run(chain(Each=distributed(ItemReader=read)))

    assert described["error"] == "States.ItemReaderFailed"
    assert described["cause"] == "The output format of the Amazon S3 inventory must be CSV."


async def test_a_header_is_no_longer_than_ten_kilobytes(workflows: Workflows) -> None:
    bucket = await bucket_of(workflows)
    await bucket.put("a.csv", "x" * 10_241 + "\n1\n")

    described = await workflows.run(
        chain(Each=distributed(ItemReader=reader("a.csv", "CSV", CSVHeaderLocation="FIRST_ROW")))
    )

    assert described["error"] == "States.ItemReaderFailed"
