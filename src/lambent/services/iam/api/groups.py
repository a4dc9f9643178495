"""Groups and who is in them."""

from functools import partial

from lambent.core.ids import new_unique_id
from lambent.platform import Context, Params, Reply
from lambent.services.iam import changes, replies, rules, store
from lambent.services.iam.records import GROUP, USER, Identity
from lambent.storage.database import Tx


async def create_group(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateGroup.html"""
    group = Identity(
        id=new_unique_id(GROUP.prefix),
        account=context.account,
        kind=GROUP.name,
        name=params["GroupName"],
        path=rules.path_in(params),
        created_at=context.clock.now(),
    )
    await context.db.write(partial(changes.add, identity=group, tags={}))
    return {"Group": replies.group(group)}


async def get_group(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetGroup.html"""

    def read(tx: Tx) -> Reply:
        group = store.get_identity(tx, context.account, GROUP, params["GroupName"])
        members = {user.name: user for user in store.list_members(tx, group)}
        names, last = changes.page_of(list(members), params)
        users = [replies.user(members[name]) for name in names]
        return {"Group": replies.group(group), **replies.page("Users", users, last)}

    return await context.db.read(read)


async def list_groups(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListGroups.html"""
    return await context.db.read(
        partial(
            changes.listed,
            account=context.account,
            kind=GROUP,
            params=params,
            member="Groups",
            shown=replies.group,
        )
    )


async def update_group(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateGroup.html"""
    await context.db.write(
        partial(
            changes.rename,
            account=context.account,
            kind=GROUP,
            params=params,
            new_name="NewGroupName",
        )
    )
    return {}


async def delete_group(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteGroup.html"""
    await context.db.write(
        partial(changes.remove, account=context.account, kind=GROUP, name=params["GroupName"])
    )
    return {}


async def add_user_to_group(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_AddUserToGroup.html"""

    def write(tx: Tx) -> None:
        group = store.get_identity(tx, context.account, GROUP, params["GroupName"])
        user = store.get_identity(tx, context.account, USER, params["UserName"])
        store.add_member(tx, group, user)

    await context.db.write(write)
    return {}


async def remove_user_from_group(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_RemoveUserFromGroup.html"""

    def write(tx: Tx) -> None:
        group = store.get_identity(tx, context.account, GROUP, params["GroupName"])
        user = store.get_identity(tx, context.account, USER, params["UserName"])
        store.remove_member(tx, group, user)

    await context.db.write(write)
    return {}


async def list_groups_for_user(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListGroupsForUser.html"""

    def read(tx: Tx) -> Reply:
        user = store.get_identity(tx, context.account, USER, params["UserName"])
        groups = [replies.group(group) for group in store.list_containers(tx, user)]
        return replies.page("Groups", groups, None)

    return await context.db.read(read)
