"""The policies, boundaries and tags of users."""

from lambent.platform import Context, Params, Reply
from lambent.services.iam import changes
from lambent.services.iam.api import edge
from lambent.services.iam.records import USER


async def put_user_policy(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutUserPolicy.html"""
    return await edge.changed(context, changes.put_inline_policy, USER, params)


async def get_user_policy(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetUserPolicy.html"""
    return await edge.answered(context, changes.inline_policy, USER, params)


async def delete_user_policy(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUserPolicy.html"""
    return await edge.changed(context, changes.remove_inline_policy, USER, params)


async def list_user_policies(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUserPolicies.html"""
    return await edge.answered(context, changes.inline_policy_names, USER, params)


async def attach_user_policy(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachUserPolicy.html"""
    return await edge.changed(context, changes.attach, USER, params)


async def detach_user_policy(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_DetachUserPolicy.html"""
    return await edge.changed(context, changes.detach, USER, params)


async def list_attached_user_policies(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAttachedUserPolicies.html"""
    return await edge.answered(context, changes.attached_policies, USER, params)


async def put_user_permissions_boundary(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutUserPermissionsBoundary.html"""
    return await edge.changed(context, changes.put_boundary, USER, params)


async def delete_user_permissions_boundary(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUserPermissionsBoundary.html"""
    return await edge.changed(context, changes.put_boundary, USER, params)


async def tag_user(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagUser.html"""
    return await edge.changed(context, changes.tag, USER, params)


async def untag_user(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_UntagUser.html"""
    return await edge.changed(context, changes.untag, USER, params)


async def list_user_tags(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUserTags.html"""
    return await edge.answered(context, changes.tags, USER, params)
