"""What several operations of IAM do in their transactions, whatever the kind of identity."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from lambent.platform import Params
from lambent.services.iam import policy_documents, policy_store, replies, rules, store
from lambent.services.iam.errors import NoSuchEntity
from lambent.services.iam.records import GROUP, INSTANCE_PROFILE, ROLE, USER, Identity, Kind
from lambent.storage.database import Tx

KINDS = {kind.name: kind for kind in (ROLE, USER, GROUP, INSTANCE_PROFILE)}


def add(tx: Tx, identity: Identity, tags: dict[str, str]) -> None:
    """Keep a new identity; raises EntityAlreadyExists where its name is taken."""
    kind = KINDS[identity.kind]
    if store.find_identity(tx, identity.account, kind, identity.name) is not None:
        raise rules.identity_exists(kind, identity.name)
    if identity.boundary:
        check_boundary(tx, identity.account, identity.boundary)
    store.put_identity(tx, identity)
    store.put_tags(tx, identity.id, tags)


def rename(tx: Tx, account: str, kind: Kind, params: Params, new_name: str) -> None:
    """Give an identity the new name and path of `params`."""
    identity = store.get_identity(tx, account, kind, params[kind.member])
    name = params.get(new_name, identity.name)
    taken = store.find_identity(tx, account, kind, name)
    if taken is not None and taken.id != identity.id:
        raise rules.identity_exists(kind, name)
    path = rules.path_in({"Path": params.get("NewPath", identity.path)})
    store.put_identity(tx, replace(identity, name=name, path=path))


def remove(tx: Tx, account: str, kind: Kind, name: str) -> None:
    identity = store.get_identity(tx, account, kind, name)
    rules.check_identity_deletable(
        inline=len(store.list_inline_policies(tx, identity)),
        attached=len(policy_store.list_attached(tx, identity)),
        containers=store.list_containers(tx, identity),
        members=len(store.list_members(tx, identity)),
        access_keys=len(store.list_access_keys(tx, identity)),
    )
    store.remove_identity(tx, identity)


def listed(
    tx: Tx,
    account: str,
    kind: Kind,
    params: Params,
    *,
    member: str,
    shown: Callable[[Identity], dict[str, Any]],
) -> dict[str, Any]:
    """A page of identities, by name."""
    after, limit = rules.page_in(params)
    found = store.list_identities(
        tx, account, kind, path_prefix=params.get("PathPrefix", "/"), after=after, limit=limit + 1
    )
    last = found[limit - 1].name.lower() if len(found) > limit else None
    return replies.page(member, [shown(identity) for identity in found[:limit]], last)


def put_inline_policy(tx: Tx, account: str, kind: Kind, params: Params) -> None:
    owner = store.get_identity(tx, account, kind, params[kind.member])
    document = params["PolicyDocument"]
    policy_documents.check_permissions(document)
    documents = dict(store.list_inline_policies(tx, owner))
    documents[params["PolicyName"]] = document
    rules.check_inline_size(kind, owner.name, documents)
    store.put_inline_policy(tx, owner, params["PolicyName"], document)


def inline_policy(tx: Tx, account: str, kind: Kind, params: Params) -> dict[str, Any]:
    owner = store.get_identity(tx, account, kind, params[kind.member])
    document = store.find_inline_policy(tx, owner, params["PolicyName"])
    if document is None:
        raise rules.no_such_inline_policy(kind, params["PolicyName"])
    return {
        kind.member: owner.name,
        "PolicyName": params["PolicyName"],
        "PolicyDocument": replies.document(document),
    }


def remove_inline_policy(tx: Tx, account: str, kind: Kind, params: Params) -> None:
    owner = store.get_identity(tx, account, kind, params[kind.member])
    if not store.remove_inline_policy(tx, owner, params["PolicyName"]):
        raise rules.no_such_inline_policy(kind, params["PolicyName"])


def inline_policy_names(tx: Tx, account: str, kind: Kind, params: Params) -> dict[str, Any]:
    owner = store.get_identity(tx, account, kind, params[kind.member])
    names = [name for name, _ in store.list_inline_policies(tx, owner)]
    shown, last = page_of(names, params)
    return replies.page("PolicyNames", shown, last)


def attach(tx: Tx, account: str, kind: Kind, params: Params) -> None:
    owner = store.get_identity(tx, account, kind, params[kind.member])
    arn = params["PolicyArn"]
    if policy_store.find_policy(tx, account, arn) is None:
        raise rules.not_attachable(arn)
    attached = policy_store.list_attached(tx, owner)
    if arn not in attached:
        rules.check_attached_count(kind, attached)
        policy_store.attach(tx, owner, arn)


def detach(tx: Tx, account: str, kind: Kind, params: Params) -> None:
    owner = store.get_identity(tx, account, kind, params[kind.member])
    if not policy_store.detach(tx, owner, params["PolicyArn"]):
        raise rules.no_such_policy(params["PolicyArn"])


def attached_policies(tx: Tx, account: str, kind: Kind, params: Params) -> dict[str, Any]:
    owner = store.get_identity(tx, account, kind, params[kind.member])
    prefix = params.get("PathPrefix", "/")
    arns = [
        arn
        for arn in policy_store.list_attached(tx, owner)
        if arn.split(":policy", 1)[1].startswith(prefix)
    ]
    shown, last = page_of(arns, params)
    policies = [{"PolicyName": arn.rsplit("/", 1)[1], "PolicyArn": arn} for arn in shown]
    return replies.page("AttachedPolicies", policies, last)


def tag(tx: Tx, account: str, kind: Kind, params: Params) -> None:
    owner = store.get_identity(tx, account, kind, params[kind.member])
    tags = rules.tags_in(params)
    rules.check_tag_count({**store.list_tags(tx, owner.id), **tags})
    store.put_tags(tx, owner.id, tags)


def untag(tx: Tx, account: str, kind: Kind, params: Params) -> None:
    owner = store.get_identity(tx, account, kind, params[kind.member])
    store.remove_tags(tx, owner.id, params["TagKeys"])


def tags(tx: Tx, account: str, kind: Kind, params: Params) -> dict[str, Any]:
    owner = store.get_identity(tx, account, kind, params[kind.member])
    found = store.list_tags(tx, owner.id)
    names, last = page_of(list(found), params)
    return replies.page("Tags", replies.tag_list({name: found[name] for name in names}), last)


def put_boundary(tx: Tx, account: str, kind: Kind, params: Params) -> None:
    identity = store.get_identity(tx, account, kind, params[kind.member])
    boundary = params.get("PermissionsBoundary", "")
    if boundary:
        check_boundary(tx, account, boundary)
    elif not identity.boundary:
        raise NoSuchEntity(
            f"{kind.words.capitalize()} does not have a permission boundary attached."
        )
    store.put_identity(tx, replace(identity, boundary=boundary))


def check_boundary(tx: Tx, account: str, arn: str) -> None:
    if policy_store.find_policy(tx, account, arn) is None:
        raise NoSuchEntity(f"Scope ARN: {arn} does not exist or is not attachable.")


def page_of(names: list[str], params: Params) -> tuple[list[Any], str | None]:
    """The names after the marker, in order, and the last one where more follow."""
    after, limit = rules.page_in(params)
    names = [name for name in sorted(names) if name > after]
    return names[:limit], names[limit - 1] if len(names) > limit else None
