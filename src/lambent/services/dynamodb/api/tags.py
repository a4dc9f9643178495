"""Tags of tables."""

from collections.abc import Mapping, Sequence
from typing import Any

from lambent.core.errors import ValidationFailed
from lambent.core.pages import key_or, token_after
from lambent.platform import Context, Params, Reply
from lambent.services.dynamodb import store, tables
from lambent.services.dynamodb.errors import ResourceNotFound
from lambent.services.dynamodb.records import Table
from lambent.storage.database import Tx

_LIMIT = 50
_PAGE = 10


async def tag_resource(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TagResource.html"""
    tags = tags_of(params["Tags"])

    def write(tx: Tx) -> None:
        table = table_of(tx, context, params["ResourceArn"])
        check_tags({**store.list_tags(tx, table.id), **tags})
        store.put_tags(tx, table.id, tags)

    await context.db.write(write)
    return {}


async def untag_resource(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UntagResource.html"""

    def write(tx: Tx) -> None:
        table = table_of(tx, context, params["ResourceArn"])
        store.remove_tags(tx, table.id, params["TagKeys"])

    await context.db.write(write)
    return {}


async def list_tags_of_resource(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListTagsOfResource.html"""
    [after] = key_or(params.get("NextToken"), [""])
    tags = await context.db.read(
        lambda tx: store.list_tags(tx, table_of(tx, context, params["ResourceArn"]).id)
    )
    rest = [(name, value) for name, value in tags.items() if name > str(after)]
    reply: dict[str, Any] = {
        "Tags": [{"Key": name, "Value": value} for name, value in rest[:_PAGE]]
    }
    if len(rest) > _PAGE:
        reply["NextToken"] = token_after(rest[_PAGE - 1][0])
    return reply


def tags_of(asked: Sequence[Mapping[str, str]]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in asked}


def check_tags(tags: Mapping[str, str]) -> None:
    """Of all that a table has or is to have."""
    if any(name.lower().startswith("aws:") for name in tags):
        raise ValidationFailed(
            "One or more parameter values were invalid: Tag keys that begin with aws: are reserved"
        )
    if len(tags) > _LIMIT:
        raise ValidationFailed("Too many tags: the limit is 50 tags per resource")


def table_of(tx: Tx, context: Context, arn: str) -> Table:
    """The table of an ARN: its own, or that of its stream or index."""
    if not arn.startswith("arn:") or ":table/" not in arn:
        raise ValidationFailed(f"Invalid TableArn: Invalid ResourceArn provided as input {arn}")
    table = tables.find(tx, context, arn)
    if table is None:
        raise ResourceNotFound(f"Requested resource not found: ResourcArn: {arn} not found")
    return table
