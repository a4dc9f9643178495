"""Instance profiles: a role in a wrapping that EC2 wants."""

from functools import partial

from lambent.core.ids import new_unique_id
from lambent.platform import Context, Params, Reply
from lambent.services.iam import changes, replies, rules, store
from lambent.services.iam.api import edge
from lambent.services.iam.errors import DeleteConflict, LimitExceeded
from lambent.services.iam.records import INSTANCE_PROFILE, ROLE, Identity
from lambent.storage.database import Tx


async def create_instance_profile(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateInstanceProfile.html"""
    tags = rules.tags_in(params)
    profile = Identity(
        id=new_unique_id(INSTANCE_PROFILE.prefix),
        account=context.account,
        kind=INSTANCE_PROFILE.name,
        name=params["InstanceProfileName"],
        path=rules.path_in(params),
        created_at=context.clock.now(),
    )
    await context.db.write(partial(changes.add, identity=profile, tags=tags))
    return {"InstanceProfile": replies.instance_profile(profile, [], tags)}


async def get_instance_profile(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetInstanceProfile.html"""

    def read(tx: Tx) -> Reply:
        profile = _profile(tx, context, params)
        roles = store.list_members(tx, profile)
        tags = store.list_tags(tx, profile.id)
        return {"InstanceProfile": replies.instance_profile(profile, roles, tags)}

    return await context.db.read(read)


async def list_instance_profiles(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListInstanceProfiles.html"""

    def read(tx: Tx) -> Reply:
        return changes.listed(
            tx,
            context.account,
            INSTANCE_PROFILE,
            params,
            member="InstanceProfiles",
            shown=lambda profile: replies.instance_profile(
                profile, store.list_members(tx, profile)
            ),
        )

    return await context.db.read(read)


async def list_instance_profiles_for_role(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListInstanceProfilesForRole.html"""

    def read(tx: Tx) -> Reply:
        role = store.get_identity(tx, context.account, ROLE, params["RoleName"])
        profiles = [
            replies.instance_profile(profile, [role]) for profile in store.list_containers(tx, role)
        ]
        return replies.page("InstanceProfiles", profiles, None)

    return await context.db.read(read)


async def add_role_to_instance_profile(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_AddRoleToInstanceProfile.html"""

    def write(tx: Tx) -> None:
        profile = _profile(tx, context, params)
        role = store.get_identity(tx, context.account, ROLE, params["RoleName"])
        if store.list_members(tx, profile):
            raise LimitExceeded("Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1")
        store.add_member(tx, profile, role)

    await context.db.write(write)
    return {}


async def remove_role_from_instance_profile(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_RemoveRoleFromInstanceProfile.html"""

    def write(tx: Tx) -> None:
        profile = _profile(tx, context, params)
        role = store.get_identity(tx, context.account, ROLE, params["RoleName"])
        if not store.remove_member(tx, profile, role):
            raise rules.no_such_identity(ROLE, role.name)

    await context.db.write(write)
    return {}


async def delete_instance_profile(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteInstanceProfile.html"""

    def write(tx: Tx) -> None:
        profile = _profile(tx, context, params)
        if store.list_members(tx, profile):
            raise DeleteConflict(
                "Cannot delete entity, must remove roles from instance profile first."
            )
        store.remove_identity(tx, profile)

    await context.db.write(write)
    return {}


async def tag_instance_profile(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagInstanceProfile.html"""
    return await edge.changed(context, changes.tag, INSTANCE_PROFILE, params)


async def untag_instance_profile(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_UntagInstanceProfile.html"""
    return await edge.changed(context, changes.untag, INSTANCE_PROFILE, params)


async def list_instance_profile_tags(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListInstanceProfileTags.html"""
    return await edge.answered(context, changes.tags, INSTANCE_PROFILE, params)


def _profile(tx: Tx, context: Context, params: Params) -> Identity:
    name = params["InstanceProfileName"]
    return store.get_identity(tx, context.account, INSTANCE_PROFILE, name)
