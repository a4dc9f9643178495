"""Roles."""

from dataclasses import replace
from functools import partial

from lambent.core.ids import new_unique_id, uuid_from
from lambent.platform import Context, Params, Reply
from lambent.services.iam import changes, policy_documents, replies, rules, service_linked, store
from lambent.services.iam.errors import InvalidInput, NoSuchEntity
from lambent.services.iam.records import ROLE, Identity
from lambent.storage.database import Tx


async def create_role(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html"""
    trust_policy = params["AssumeRolePolicyDocument"]
    policy_documents.check_trust(trust_policy)
    rules.check_trust_size(trust_policy)
    tags = rules.tags_in(params)
    role = Identity(
        id=new_unique_id(ROLE.prefix),
        account=context.account,
        kind=ROLE.name,
        name=params["RoleName"],
        path=rules.path_in(params),
        created_at=context.clock.now(),
        trust_policy=trust_policy,
        description=params.get("Description", ""),
        max_session_seconds=params.get("MaxSessionDuration", rules.DEFAULT_SESSION_SECONDS),
        boundary=params.get("PermissionsBoundary", ""),
    )
    await context.db.write(partial(changes.add, identity=role, tags=tags))
    return {"Role": replies.role(role, tags)}


async def get_role(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRole.html"""

    def read(tx: Tx) -> Reply:
        role = store.get_identity(tx, context.account, ROLE, params["RoleName"])
        shown = replies.role(role, store.list_tags(tx, role.id))
        return {"Role": {**shown, "RoleLastUsed": {}}}

    return await context.db.read(read)


async def list_roles(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRoles.html"""
    return await context.db.read(
        partial(
            changes.listed,
            account=context.account,
            kind=ROLE,
            params=params,
            member="Roles",
            shown=replies.role,
        )
    )


async def update_role(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateRole.html"""

    def write(tx: Tx) -> None:
        role = store.get_identity(tx, context.account, ROLE, params["RoleName"])
        store.put_identity(
            tx,
            replace(
                role,
                description=params.get("Description", role.description),
                max_session_seconds=params.get("MaxSessionDuration", role.max_session_seconds),
            ),
        )

    await context.db.write(write)
    return {}


async def update_role_description(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateRoleDescription.html"""

    def write(tx: Tx) -> Reply:
        role = store.get_identity(tx, context.account, ROLE, params["RoleName"])
        role = replace(role, description=params["Description"])
        store.put_identity(tx, role)
        return {"Role": replies.role(role, store.list_tags(tx, role.id))}

    return await context.db.write(write)


async def update_assume_role_policy(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAssumeRolePolicy.html"""
    trust_policy = params["PolicyDocument"]
    policy_documents.check_trust(trust_policy)
    rules.check_trust_size(trust_policy)

    def write(tx: Tx) -> None:
        role = store.get_identity(tx, context.account, ROLE, params["RoleName"])
        store.put_identity(tx, replace(role, trust_policy=trust_policy))

    await context.db.write(write)
    return {}


async def delete_role(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRole.html"""
    await context.db.write(
        partial(changes.remove, account=context.account, kind=ROLE, name=params["RoleName"])
    )
    return {}


async def create_service_linked_role(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateServiceLinkedRole.html"""
    role = service_linked.role_for(
        params["AWSServiceName"], params.get("CustomSuffix", ""), params.get("Description", "")
    )
    role = replace(
        role,
        id=new_unique_id(ROLE.prefix),
        account=context.account,
        created_at=context.clock.now(),
    )

    def write(tx: Tx) -> None:
        if store.find_identity(tx, context.account, ROLE, role.name) is not None:
            raise InvalidInput(
                f"Service role name {role.name} has been taken in this account, please try a"
                " different suffix."
            )
        store.put_identity(tx, role)

    await context.db.write(write)
    return {"Role": replies.role(role)}


async def delete_service_linked_role(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteServiceLinkedRole.html"""
    name = params["RoleName"]

    def write(tx: Tx) -> str:
        role = store.get_identity(tx, context.account, ROLE, name)
        store.remove_identity(tx, role)
        return f"task{role.path}{name}/{uuid_from(role.id)}"

    return {"DeletionTaskId": await context.db.write(write)}


async def get_service_linked_role_deletion_status(context: Context, params: Params) -> Reply:
    """
    Always done: the role goes at once.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetServiceLinkedRoleDeletionStatus.html
    """
    if not params["DeletionTaskId"].startswith("task/aws-service-role/"):
        raise NoSuchEntity(f"Deletion task {params['DeletionTaskId']} cannot be found.")
    return {"Status": "SUCCEEDED"}
