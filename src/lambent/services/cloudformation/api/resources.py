"""A stack's resources and events."""

import orjson

from lambent.core import pages
from lambent.platform import Context, Params, Reply
from lambent.services.cloudformation import replies, store
from lambent.services.cloudformation.api.stacks import get_any
from lambent.services.cloudformation.errors import ValidationError
from lambent.services.cloudformation.records import Resource, Stack
from lambent.storage.database import Tx

_PAGE = 100


def _get(tx: Tx, context: Context, name: str) -> Stack:
    stack = store.find_stack(tx, context.account, context.region, name)
    if stack is None:
        # AWS: other quotation marks than everywhere else.
        raise ValidationError(f"Stack '{name}' does not exist")
    return stack


async def describe_stack_resource(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStackResource.html"""

    def read(tx: Tx) -> tuple[Stack, Resource]:
        stack = _get(tx, context, params["StackName"])
        logical_id = params["LogicalResourceId"]
        resource = store.find_resource(tx, stack.id, logical_id)
        if resource is None:
            raise ValidationError(f"Resource {logical_id} does not exist for stack {stack.name}")
        return stack, resource

    stack, resource = await context.db.read(read)
    detail = replies.resource_members(resource, "LastUpdatedTimestamp")
    if resource.metadata is not None:
        detail["Metadata"] = orjson.dumps(resource.metadata).decode()
    return {"StackResourceDetail": {"StackName": stack.name, "StackId": stack.id, **detail}}


async def describe_stack_resources(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStackResources.html"""
    name, physical_id = params.get("StackName"), params.get("PhysicalResourceId")
    if bool(name) == bool(physical_id):
        raise ValidationError("Exactly one of StackName and PhysicalResourceId must be specified.")

    def read(tx: Tx) -> tuple[Stack, list[Resource]]:
        if name:
            stack = get_any(tx, context, name)
        else:
            found = store.find_stack_of_resource(
                tx, context.account, context.region, str(physical_id)
            )
            if found is None:
                raise ValidationError(f"Stack for {physical_id} does not exist")
            stack = found
        return stack, store.list_resources(tx, stack.id)

    stack, resources = await context.db.read(read)
    wanted = params.get("LogicalResourceId")
    return {
        "StackResources": [
            {
                "StackName": stack.name,
                "StackId": stack.id,
                **replies.resource_members(row, "Timestamp"),
            }
            for row in resources
            if not wanted or row.logical_id == wanted
        ]
    }


async def list_stack_resources(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListStackResources.html"""

    def read(tx: Tx) -> list[Resource]:
        return store.list_resources(tx, get_any(tx, context, params["StackName"]).id)

    rows = await context.db.read(read)
    after = ""
    if params.get("NextToken"):
        match pages.key_in(params["NextToken"]):
            case [str() as last]:
                after = last
            case _:
                raise ValidationError("Invalid token")
    left = [row for row in rows if row.logical_id > after]
    reply: dict[str, object] = {
        "StackResourceSummaries": [
            replies.resource_members(row, "LastUpdatedTimestamp") for row in left[:_PAGE]
        ]
    }
    if len(left) > _PAGE:
        reply["NextToken"] = pages.token_after(left[_PAGE - 1].logical_id)
    return reply


async def describe_stack_events(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStackEvents.html"""
    before = 1 << 62
    if params.get("NextToken"):
        match pages.key_in(params["NextToken"]):
            case [int() as last]:
                before = last
            case _:
                raise ValidationError("Invalid token")
    name = params["StackName"]

    def read(tx: Tx) -> Reply:
        stack = store.find_stack(tx, context.account, context.region, name)
        if stack is None:
            raise ValidationError(f"Stack [{name}] does not exist")
        found = store.list_events(tx, stack.id, before, _PAGE)
        reply: dict[str, object] = {
            "StackEvents": [replies.described_event(event, stack.name) for _, event in found]
        }
        if len(found) == _PAGE and found[-1][0] > 1:
            reply["NextToken"] = pages.token_after(found[-1][0])
        return reply

    return await context.db.read(read)
