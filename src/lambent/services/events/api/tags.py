"""Tags of rules and event buses."""

from collections.abc import Callable
from dataclasses import replace

from lambent.core.arn import Arn
from lambent.core.errors import ValidationFailed as MalformedArn
from lambent.platform import Context, Params, Reply
from lambent.services.events import changes, rules, store
from lambent.services.events.errors import ResourceNotFound, is_not_valid
from lambent.services.events.records import Bus, Rule
from lambent.storage.database import Tx

Tags = dict[str, str]


async def tag_resource(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_TagResource.html"""
    added = {tag["Key"]: tag["Value"] for tag in params["Tags"]}
    await _change(
        context, params["ResourceARN"], lambda tags: rules.checked_tags({**tags, **added})
    )
    return {}


async def untag_resource(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_UntagResource.html"""
    removed = set(params["TagKeys"])
    await _change(
        context,
        params["ResourceARN"],
        lambda tags: {key: value for key, value in tags.items() if key not in removed},
    )
    return {}


async def list_tags_for_resource(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListTagsForResource.html"""
    tagged = await context.db.read(lambda tx: _get_tagged(tx, context, params["ResourceARN"]))
    return {"Tags": [{"Key": key, "Value": value} for key, value in tagged.tags.items()]}


async def _change(context: Context, arn: str, change: Callable[[Tags], Tags]) -> None:
    def write(tx: Tx) -> None:
        tagged = _get_tagged(tx, context, arn)
        tags = change(dict(tagged.tags))
        if isinstance(tagged, Bus):
            changes.put_bus(tx, context, replace(tagged, tags=tags))
        else:
            changes.check_not_managed(tagged)
            store.put_rule(tx, replace(tagged, tags=tags))

    await context.db.write(write)


def _get_tagged(tx: Tx, context: Context, text: str) -> Bus | Rule:
    try:
        arn = Arn.parse(text)
    except MalformedArn:
        raise is_not_valid("ResourceARN", "Provided Arn is not in correct format.") from None
    kind, _, name = arn.resource.partition("/")
    place = context.at(arn.account or context.account, arn.region or context.region)
    match kind:
        case "event-bus":
            return changes.get_bus(tx, place, name)
        case "rule":
            bus_name, _, rule_name = name.rpartition("/")
            bus = changes.get_bus(tx, place, bus_name or rules.DEFAULT_BUS)
            return store.get_rule(tx, bus, rule_name)
        case _:
            raise ResourceNotFound(f"Resource {text} does not exist.")
