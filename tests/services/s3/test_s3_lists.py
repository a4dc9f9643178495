"""Lists of keys in pages, with delimiters; versions and delete markers."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambent.core.clock import ManualClock
from lambent.core.errors import AwsError
from lambent.platform import Context
from lambent.services.s3.listing import after_prefix, common_prefix


async def call(context: Context, operation: str, **params: Any) -> Any:
    return await context.call("s3", operation, {"Bucket": "one", **params})


async def a_bucket(context: Context, keys: list[str]) -> None:
    await call(context, "CreateBucket")
    for key in keys:
        await call(context, "PutObject", Key=key, Body=b"")


KEYS = ["a", "b/1", "b/2", "b/c/1", "d", "e/1", "e/2", "f", "é/1", "\U0001f600"]


async def pages(context: Context, size: int, **params: Any) -> list[str]:
    """Every entry of a list that is read in pages."""
    found: list[str] = []
    token: dict[str, str] = {}
    while True:
        reply = await call(context, "ListObjectsV2", MaxKeys=size, **params, **token)
        entries = [entry["Key"] for entry in reply.get("Contents", [])]
        entries += [entry["Prefix"] for entry in reply.get("CommonPrefixes", [])]
        assert reply["KeyCount"] == len(entries) <= size
        found += sorted(entries)
        if not reply["IsTruncated"]:
            return found
        token = {"ContinuationToken": reply["NextContinuationToken"]}


@pytest.mark.parametrize("size", [1, 2, 3, 1000])
async def test_pages_make_the_whole(context: Context, size: int) -> None:
    await a_bucket(context, KEYS)

    assert await pages(context, size) == sorted(KEYS)
    assert await pages(context, size, Prefix="b/") == ["b/1", "b/2", "b/c/1"]
    assert await pages(context, size, Delimiter="/") == [
        "a",
        "b/",
        "d",
        "e/",
        "f",
        "é/",
        "\U0001f600",
    ]
    assert await pages(context, size, Prefix="b/", Delimiter="/") == ["b/1", "b/2", "b/c/"]
    assert await pages(context, size, StartAfter="d") == [
        "e/1",
        "e/2",
        "f",
        "é/1",
        "\U0001f600",
    ]


async def test_the_first_version_of_the_list_has_markers(context: Context) -> None:
    await a_bucket(context, KEYS)
    first = await call(context, "ListObjects", Delimiter="/", MaxKeys=2)
    second = await call(
        context, "ListObjects", Delimiter="/", MaxKeys=2, Marker=first["NextMarker"]
    )

    assert first["NextMarker"] == "b/"
    assert [entry["Key"] for entry in second["Contents"]] == ["d"]
    assert second["CommonPrefixes"] == [{"Prefix": "e/"}]


async def test_keys_may_be_asked_for_as_in_a_url(context: Context) -> None:
    await a_bucket(context, ["a b/+%"])
    reply = await call(context, "ListObjectsV2", EncodingType="url", Prefix="a ")

    assert reply["Contents"][0]["Key"] == "a+b/%2B%25"
    assert reply["Prefix"] == "a+"


async def test_a_token_that_is_none_is_refused(context: Context) -> None:
    await a_bucket(context, [])
    with pytest.raises(AwsError) as refusal:
        await call(context, "ListObjectsV2", ContinuationToken="nonsense")

    assert refusal.value.code == "InvalidArgument"


async def test_versions_are_kept_deleted_and_brought_back(context: Context) -> None:
    await call(context, "CreateBucket")
    await call(context, "PutObject", Key="k", Body=b"before")
    await call(context, "PutBucketVersioning", VersioningConfiguration={"Status": "Enabled"})
    second = (await call(context, "PutObject", Key="k", Body=b"second"))["VersionId"]
    third = (await call(context, "PutObject", Key="k", Body=b"third"))["VersionId"]
    marker = await call(context, "DeleteObject", Key="k")

    assert marker["DeleteMarker"]
    with pytest.raises(AwsError):
        await call(context, "GetObject", Key="k")
    assert (await call(context, "GetObject", Key="k", VersionId=second))["Body"] == b"second"
    assert (await call(context, "GetObject", Key="k", VersionId="null"))["Body"] == b"before"
    listed = await call(context, "ListObjectVersions")
    assert [one["VersionId"] for one in listed["Versions"]] == [third, second, "null"]
    assert [one["IsLatest"] for one in listed["DeleteMarkers"]] == [True]
    assert "Contents" not in await call(context, "ListObjectsV2")

    await call(context, "DeleteObject", Key="k", VersionId=marker["VersionId"])
    assert (await call(context, "GetObject", Key="k"))["Body"] == b"third"


async def test_versions_are_listed_in_pages(context: Context) -> None:
    await call(context, "CreateBucket")
    await call(context, "PutBucketVersioning", VersioningConfiguration={"Status": "Enabled"})
    expected = []
    for key in ("a", "b", "c"):
        of_key = [
            (key, (await call(context, "PutObject", Key=key, Body=b""))["VersionId"])
            for _ in range(3)
        ]
        expected += reversed(of_key)

    found: list[tuple[str, str]] = []
    markers: dict[str, str] = {}
    while True:
        reply = await call(context, "ListObjectVersions", MaxKeys=2, **markers)
        found += [(one["Key"], one["VersionId"]) for one in reply["Versions"]]
        if not reply["IsTruncated"]:
            break
        markers = {
            "KeyMarker": reply["NextKeyMarker"],
            "VersionIdMarker": reply["NextVersionIdMarker"],
        }

    assert found == expected


async def test_a_suspended_bucket_overwrites_its_null_version(context: Context) -> None:
    await call(context, "CreateBucket")
    await call(context, "PutBucketVersioning", VersioningConfiguration={"Status": "Enabled"})
    kept = (await call(context, "PutObject", Key="k", Body=b"kept"))["VersionId"]
    await call(context, "PutBucketVersioning", VersioningConfiguration={"Status": "Suspended"})
    for body in (b"1", b"2"):
        assert (await call(context, "PutObject", Key="k", Body=body))["VersionId"] == "null"

    listed = await call(context, "ListObjectVersions")
    assert [one["VersionId"] for one in listed["Versions"]] == ["null", kept]


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


@settings(max_examples=200)
@given(st.text(min_size=1, max_size=4), st.text(max_size=4))
def test_everything_with_a_prefix_lies_below_its_end(prefix: str, rest: str) -> None:
    end = after_prefix(prefix)

    assert end is None or _bytes(prefix) <= _bytes(prefix + rest) < _bytes(end)


def test_a_key_without_the_delimiter_stands_for_itself() -> None:
    assert common_prefix("a/b/c", "a/", "/") == "a/b/"
    assert common_prefix("a/b", "a/", "/") is None
    assert common_prefix("a/b", "", "") is None


async def test_an_object_changed_in_a_whole_second(context: Context, clock: ManualClock) -> None:
    """
    Lists and headers tell the same moment, so that it can be compared.
    """
    clock.advance(0.7)
    second = float(int(context.clock.now()))
    await a_bucket(context, ["a"])

    [listed] = (await call(context, "ListObjectsV2"))["Contents"]
    [version] = (await call(context, "ListObjectVersions"))["Versions"]
    head = await call(context, "HeadObject", Key="a")
    copied = await call(context, "CopyObject", Key="b", CopySource="one/a")

    moments = [listed, version, head, copied["CopyObjectResult"]]
    assert [moment["LastModified"] for moment in moments] == [second] * 4
