"""Items that are not within one file: the state's own data, objects of a bucket, manifests."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from lambent.platform import Context
from lambent.services.stepfunctions.item_sources import lines
from lambent.services.stepfunctions.item_sources.files import file_source
from lambent.services.stepfunctions.item_sources.objects import ObjectName, call, whole
from lambent.services.stepfunctions.item_sources.pages import (
    Item,
    Page,
    Place,
    ReadingFailed,
    ReadPage,
)

_PAGE = 1_000
Config = Mapping[str, Any]


def source_of(context: Context, settings: Mapping[str, Any]) -> ReadPage:
    """The source that a distributed Map's fields name; `context` is the role's."""
    reader = settings["reader"]
    if reader is None:
        return given_source(settings["items"])
    config: Config = reader.get("ReaderConfig") or {}
    params = reader.get("Parameters") or {}
    bucket = params.get("Bucket")
    if not isinstance(bucket, str):
        raise ReadingFailed("The ItemReader names no Bucket.")
    if reader["Resource"].endswith(":listObjectsV2"):
        return _listing_source(context, params, config)
    key = params.get("Key")
    if not isinstance(key, str):
        raise ReadingFailed("The ItemReader names no Key.")
    name = ObjectName(bucket, key, params.get("VersionId"), params.get("ExpectedBucketOwner"))
    if config.get("InputType") == "MANIFEST" or "ManifestType" in config:
        return _manifest_source(context, name, config)
    return file_source(context, name, config)


def given_source(given: Any) -> ReadPage:
    keyed = isinstance(given, dict)
    pairs = list(given.items()) if isinstance(given, dict) else [(None, value) for value in given]

    async def page(place: Place) -> Page:
        begin = place or 0
        end = begin + _PAGE
        items = [
            Item(value, begin + number, key if keyed else None)
            for number, (key, value) in enumerate(pairs[begin:end], 1)
        ]
        return Page(items, min(end, len(pairs)), end >= len(pairs))

    return page


_LISTING = ("Bucket", "Prefix", "StartAfter", "ExpectedBucketOwner")


def _listing_source(context: Context, params: Config, config: Config) -> ReadPage:
    asked = {name: params[name] for name in _LISTING if name in params}

    async def listed(place: Place) -> Page:
        more = {} if place is None else {"StartAfter": place}
        reply = await call(context, "ListObjectsV2", {**asked, **more})
        source = f"S3://{asked['Bucket']}"
        items = [
            Item(_listed(found), found["Key"], source=source) for found in reply.get("Contents", ())
        ]
        last = items[-1].place if items else place
        return Page(items, last, not reply.get("IsTruncated"))

    if config.get("Transformation") != "LOAD_AND_FLATTEN":
        return listed
    owner = asked.get("ExpectedBucketOwner")

    def inside(item: Item) -> ReadPage:
        name = ObjectName(asked["Bucket"], item.value["Key"], owner=owner)
        return file_source(context, name, config)

    return _flattened(listed, inside)


def _listed(found: Mapping[str, Any]) -> dict[str, Any]:
    """AWS: the names are those of the Java SDK, the time is in seconds."""
    return {
        "Etag": found["ETag"],
        "Key": found["Key"],
        "LastModified": int(found["LastModified"]),
        "Size": found["Size"],
        "StorageClass": found.get("StorageClass", "STANDARD"),
    }


def _manifest_source(context: Context, name: ObjectName, config: Config) -> ReadPage:
    athena = config.get("ManifestType") == "ATHENA_DATA"

    async def listed(place: Place) -> Page:
        content = await whole(context, name)
        files = _athena_files(content) if athena else _inventory_files(content, config)
        return await given_source(files)(place)

    def inside(item: Item) -> ReadPage:
        file = item.value
        data = ObjectName(file["bucket"], file["key"], owner=name.owner)
        return file_source(context, data, file.get("config", config))

    return _flattened(listed, inside)


def _athena_files(content: bytes) -> list[dict[str, Any]]:
    """A CSV without a header that names a file of data in each row, as s3://bucket/key."""
    files = []
    for text, _ in lines.csv_records(content, 0, True):
        uri = lines.csv_fields(text, {})[0].strip()
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        files.append({"bucket": bucket, "key": key})
    return files


def _inventory_files(content: bytes, config: Config) -> list[dict[str, Any]]:
    try:
        manifest = json.loads(content)
        if manifest["fileFormat"] != "CSV":
            # AWS: of the formats that an inventory may have.
            raise ReadingFailed("The output format of the Amazon S3 inventory must be CSV.")
        schema = [name.strip() for name in manifest["fileSchema"].split(",")]
        bucket = manifest["destinationBucket"].rpartition(":")[2]
        rows = {
            **config,
            "InputType": "CSV",
            "CSVHeaderLocation": "GIVEN",
            "CSVHeaders": config.get("CSVHeaders", schema),
        }
        return [
            {"bucket": bucket, "key": file["key"], "config": rows} for file in manifest["files"]
        ]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise ReadingFailed("The manifest is not one of an S3 inventory.") from None


def _flattened(outer: ReadPage, inside: Callable[[Item], ReadPage]) -> ReadPage:
    """The items within the files that another source lists, one file after the other."""

    async def page(place: Place) -> Page:
        outer_place, within = (None, None) if place is None else place
        listed = await outer(outer_place)
        items: list[Item] = []
        for file in listed.items:
            inner = await inside(file)(within)
            items += [
                Item(item.value, [outer_place, item.place], item.key, item.source)
                for item in inner.items
            ]
            if not inner.last:
                return Page(items, [outer_place, inner.place], False)
            outer_place, within = file.place, None
            if len(items) >= _PAGE:
                break
        last = listed.last and (not listed.items or outer_place == listed.items[-1].place)
        # Small files share a page: to list them anew for each would cost more than to read them.
        return Page(items, [outer_place if listed.items else listed.place, None], last)

    return page
