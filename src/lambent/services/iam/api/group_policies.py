"""The policies of groups."""

from lambent.platform import Context, Params, Reply
from lambent.services.iam import changes
from lambent.services.iam.api import edge
from lambent.services.iam.records import GROUP


async def put_group_policy(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutGroupPolicy.html"""
    return await edge.changed(context, changes.put_inline_policy, GROUP, params)


async def get_group_policy(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetGroupPolicy.html"""
    return await edge.answered(context, changes.inline_policy, GROUP, params)


async def delete_group_policy(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteGroupPolicy.html"""
    return await edge.changed(context, changes.remove_inline_policy, GROUP, params)


async def list_group_policies(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListGroupPolicies.html"""
    return await edge.answered(context, changes.inline_policy_names, GROUP, params)


async def attach_group_policy(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachGroupPolicy.html"""
    return await edge.changed(context, changes.attach, GROUP, params)


async def detach_group_policy(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_DetachGroupPolicy.html"""
    return await edge.changed(context, changes.detach, GROUP, params)


async def list_attached_group_policies(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAttachedGroupPolicies.html"""
    return await edge.answered(context, changes.attached_policies, GROUP, params)
