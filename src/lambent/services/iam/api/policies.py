"""Managed policies and their versions."""

from dataclasses import replace

from lambent.core.ids import new_unique_id
from lambent.platform import Context, Params, Reply
from lambent.services.iam import (
    aws_managed,
    changes,
    policy_documents,
    policy_store,
    replies,
    rules,
    store,
)
from lambent.services.iam.errors import DeleteConflict, UnmodifiableEntity
from lambent.services.iam.records import Identity, Policy, PolicyVersion
from lambent.storage.database import Tx


async def create_policy(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html"""
    name, path, document = params["PolicyName"], rules.path_in(params), params["PolicyDocument"]
    policy_documents.check_permissions(document)
    rules.check_managed_size(document)
    tags = rules.tags_in(params)
    now = context.clock.now()
    policy = Policy(
        arn=f"arn:aws:iam::{context.account}:policy{path}{name}",
        account=context.account,
        id=new_unique_id("ANPA"),
        name=name,
        path=path,
        description=params.get("Description", ""),
        created_at=now,
        updated_at=now,
        default_version=1,
        last_version=1,
    )

    def write(tx: Tx) -> None:
        if policy_store.find_policy_by_name(tx, context.account, name) is not None:
            raise rules.policy_exists(name)
        policy_store.put_policy(tx, policy)
        policy_store.add_version(tx, PolicyVersion(policy.arn, 1, document, now))
        store.put_tags(tx, policy.arn, tags)

    await context.db.write(write)
    shown = replies.policy(policy, tags)
    # AWS: the description is shown by GetPolicy only.
    shown.pop("Description", None)
    return {"Policy": shown}


async def get_policy(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetPolicy.html"""

    def read(tx: Tx) -> Reply:
        policy = policy_store.get_policy(tx, context.account, params["PolicyArn"])
        return {"Policy": replies.policy(policy, store.list_tags(tx, policy.arn))}

    return await context.db.read(read)


async def list_policies(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPolicies.html"""
    scope = params.get("Scope", "All")

    def read(tx: Tx) -> Reply:
        found: list[Policy | None] = []
        if scope in ("All", "Local"):
            found += policy_store.list_policies(tx, context.account)
        if scope in ("All", "AWS"):
            found += [
                policy_store.find_policy(tx, context.account, arn) for arn in aws_managed.POLICIES
            ]
        wanted = {
            policy.arn: policy
            for policy in found
            if policy is not None and _is_asked_for(policy, params)
        }
        arns, last = changes.page_of(list(wanted), params)
        return replies.page("Policies", [replies.policy(wanted[arn]) for arn in arns], last)

    return await context.db.read(read)


async def delete_policy(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeletePolicy.html"""

    def write(tx: Tx) -> None:
        policy = _own(tx, context, params)
        rules.check_policy_deletable(policy, len(policy_store.list_versions(tx, policy.arn)))
        policy_store.remove_policy(tx, policy)

    await context.db.write(write)
    return {}


async def create_policy_version(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicyVersion.html"""
    document = params["PolicyDocument"]
    policy_documents.check_permissions(document)
    rules.check_managed_size(document)
    now = context.clock.now()

    def write(tx: Tx) -> Reply:
        policy = _own(tx, context, params)
        rules.check_version_count(len(policy_store.list_versions(tx, policy.arn)))
        number = policy.last_version + 1
        default = number if params.get("SetAsDefault") else policy.default_version
        version = PolicyVersion(policy.arn, number, document, now)
        policy_store.add_version(tx, version)
        policy_store.put_policy(
            tx, replace(policy, last_version=number, default_version=default, updated_at=now)
        )
        return {"PolicyVersion": replies.policy_version(version, default, whole=False)}

    return await context.db.write(write)


async def get_policy_version(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetPolicyVersion.html"""

    def read(tx: Tx) -> Reply:
        policy = policy_store.get_policy(tx, context.account, params["PolicyArn"])
        version = policy_store.get_version(tx, policy.arn, params["VersionId"])
        shown = replies.policy_version(version, policy.default_version, whole=True)
        return {"PolicyVersion": shown}

    return await context.db.read(read)


async def list_policy_versions(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPolicyVersions.html"""

    def read(tx: Tx) -> Reply:
        policy = policy_store.get_policy(tx, context.account, params["PolicyArn"])
        versions = [
            replies.policy_version(version, policy.default_version, whole=False)
            for version in policy_store.list_versions(tx, policy.arn)
        ]
        return replies.page("Versions", versions, None)

    return await context.db.read(read)


async def set_default_policy_version(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_SetDefaultPolicyVersion.html"""
    now = context.clock.now()

    def write(tx: Tx) -> None:
        policy = _own(tx, context, params)
        version = policy_store.get_version(tx, policy.arn, params["VersionId"])
        policy_store.put_policy(tx, replace(policy, default_version=version.number, updated_at=now))

    await context.db.write(write)
    return {}


async def delete_policy_version(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeletePolicyVersion.html"""

    def write(tx: Tx) -> None:
        policy = _own(tx, context, params)
        version = policy_store.get_version(tx, policy.arn, params["VersionId"])
        if version.number == policy.default_version:
            raise DeleteConflict("Cannot delete the default version of a policy.")
        policy_store.remove_version(tx, version)

    await context.db.write(write)
    return {}


async def list_entities_for_policy(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListEntitiesForPolicy.html"""
    arn = params["PolicyArn"]
    asked = params.get("EntityFilter")
    prefix = params.get("PathPrefix", "/")

    def read(tx: Tx) -> Reply:
        policy_store.get_policy(tx, context.account, arn)
        find = policy_store.list_users_of
        if params.get("PolicyUsageFilter") == "PermissionsBoundary":
            find = policy_store.list_bounded_by
        found = [one for one in find(tx, context.account, arn) if one.path.startswith(prefix)]
        return {
            "PolicyRoles": _entities(found, "role", "Role", asked),
            "PolicyUsers": _entities(found, "user", "User", asked),
            "PolicyGroups": _entities(found, "group", "Group", asked),
            "IsTruncated": False,
        }

    return await context.db.read(read)


async def tag_policy(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagPolicy.html"""
    tags = rules.tags_in(params)

    def write(tx: Tx) -> None:
        policy = _own(tx, context, params)
        rules.check_tag_count({**store.list_tags(tx, policy.arn), **tags})
        store.put_tags(tx, policy.arn, tags)

    await context.db.write(write)
    return {}


async def untag_policy(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_UntagPolicy.html"""

    def write(tx: Tx) -> None:
        store.remove_tags(tx, _own(tx, context, params).arn, params["TagKeys"])

    await context.db.write(write)
    return {}


async def list_policy_tags(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPolicyTags.html"""

    def read(tx: Tx) -> Reply:
        policy = policy_store.get_policy(tx, context.account, params["PolicyArn"])
        return replies.page("Tags", replies.tag_list(store.list_tags(tx, policy.arn)), None)

    return await context.db.read(read)


def _own(tx: Tx, context: Context, params: Params) -> Policy:
    """A policy that the account may change."""
    policy = policy_store.get_policy(tx, context.account, params["PolicyArn"])
    if policy.account == "aws":
        raise UnmodifiableEntity(f"Policy {policy.arn} is managed by AWS and cannot be changed.")
    return policy


def _is_asked_for(policy: Policy, params: Params) -> bool:
    if params.get("OnlyAttached") and not policy.attachments:
        return False
    if params.get("PolicyUsageFilter") == "PermissionsBoundary" and not policy.boundaries:
        return False
    return policy.path.startswith(params.get("PathPrefix", "/"))


def _entities(
    found: list[Identity], kind: str, word: str, asked: str | None
) -> list[dict[str, str]]:
    if asked not in (None, word):
        return []
    return [{f"{word}Name": one.name, f"{word}Id": one.id} for one in found if one.kind == kind]
