"""The policies, boundaries and tags of roles."""

from lambent.platform import Context, Params, Reply
from lambent.services.iam import changes
from lambent.services.iam.api import edge
from lambent.services.iam.records import ROLE


async def put_role_policy(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html"""
    return await edge.changed(context, changes.put_inline_policy, ROLE, params)


async def get_role_policy(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRolePolicy.html"""
    return await edge.answered(context, changes.inline_policy, ROLE, params)


async def delete_role_policy(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRolePolicy.html"""
    return await edge.changed(context, changes.remove_inline_policy, ROLE, params)


async def list_role_policies(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRolePolicies.html"""
    return await edge.answered(context, changes.inline_policy_names, ROLE, params)


async def attach_role_policy(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachRolePolicy.html"""
    return await edge.changed(context, changes.attach, ROLE, params)


async def detach_role_policy(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_DetachRolePolicy.html"""
    return await edge.changed(context, changes.detach, ROLE, params)


async def list_attached_role_policies(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAttachedRolePolicies.html"""
    return await edge.answered(context, changes.attached_policies, ROLE, params)


async def put_role_permissions_boundary(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePermissionsBoundary.html"""
    return await edge.changed(context, changes.put_boundary, ROLE, params)


async def delete_role_permissions_boundary(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRolePermissionsBoundary.html"""
    return await edge.changed(context, changes.put_boundary, ROLE, params)


async def tag_role(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagRole.html"""
    return await edge.changed(context, changes.tag, ROLE, params)


async def untag_role(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_UntagRole.html"""
    return await edge.changed(context, changes.untag, ROLE, params)


async def list_role_tags(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRoleTags.html"""
    return await edge.answered(context, changes.tags, ROLE, params)
