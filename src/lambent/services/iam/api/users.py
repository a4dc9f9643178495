"""Users and their access keys."""

from dataclasses import replace
from functools import partial

from lambent.core import access_keys
from lambent.core.ids import new_unique_id
from lambent.platform import Context, Params, Reply
from lambent.services.iam import changes, replies, rules, store
from lambent.services.iam.errors import LimitExceeded, NoSuchEntity, ValidationError
from lambent.services.iam.records import USER, AccessKey, Identity
from lambent.storage.database import Tx

_MOST_KEYS = 2


async def create_user(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateUser.html"""
    tags = rules.tags_in(params)
    user = Identity(
        id=new_unique_id(USER.prefix),
        account=context.account,
        kind=USER.name,
        name=params["UserName"],
        path=rules.path_in(params),
        created_at=context.clock.now(),
        boundary=params.get("PermissionsBoundary", ""),
    )
    await context.db.write(partial(changes.add, identity=user, tags=tags))
    return {"User": replies.user(user, tags)}


async def get_user(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetUser.html"""
    name = _user_name(context, params)
    if not name:
        return {
            "User": {
                "Path": "/",
                "UserName": "root",
                "UserId": context.account,
                "Arn": f"arn:aws:iam::{context.account}:root",
                "CreateDate": 0.0,
            }
        }

    def read(tx: Tx) -> Reply:
        user = store.get_identity(tx, context.account, USER, name)
        return {"User": replies.user(user, store.list_tags(tx, user.id))}

    return await context.db.read(read)


async def list_users(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUsers.html"""
    return await context.db.read(
        partial(
            changes.listed,
            account=context.account,
            kind=USER,
            params=params,
            member="Users",
            shown=replies.user,
        )
    )


async def update_user(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateUser.html"""
    await context.db.write(
        partial(
            changes.rename,
            account=context.account,
            kind=USER,
            params=params,
            new_name="NewUserName",
        )
    )
    return {}


async def delete_user(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUser.html"""
    await context.db.write(
        partial(changes.remove, account=context.account, kind=USER, name=params["UserName"])
    )
    return {}


async def create_access_key(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccessKey.html"""
    name = _own_or_named(context, params)
    key_id = access_keys.new_access_key_id("AKIA", context.account)
    secret = access_keys.new_secret_access_key()
    now = context.clock.now()

    def write(tx: Tx) -> AccessKey:
        user = store.get_identity(tx, context.account, USER, name)
        if len(store.list_access_keys(tx, user)) >= _MOST_KEYS:
            raise LimitExceeded(f"Cannot exceed quota for AccessKeysPerUser: {_MOST_KEYS}")
        key = AccessKey(key_id, context.account, user.id, secret, "Active", now)
        store.put_access_key(tx, key)
        return key

    key = await context.db.write(write)
    return {"AccessKey": {**replies.access_key(key, name), "SecretAccessKey": key.secret}}


async def list_access_keys(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAccessKeys.html"""
    name = _own_or_named(context, params)

    def read(tx: Tx) -> Reply:
        user = store.get_identity(tx, context.account, USER, name)
        keys = [replies.access_key(key, name) for key in store.list_access_keys(tx, user)]
        return replies.page("AccessKeyMetadata", keys, None)

    return await context.db.read(read)


async def update_access_key(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAccessKey.html"""
    name = _own_or_named(context, params)

    def write(tx: Tx) -> None:
        key = _key(tx, context.account, name, params["AccessKeyId"])
        store.put_access_key(tx, replace(key, status=params["Status"]))

    await context.db.write(write)
    return {}


async def delete_access_key(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteAccessKey.html"""
    name = _own_or_named(context, params)

    def write(tx: Tx) -> None:
        store.remove_access_key(tx, _key(tx, context.account, name, params["AccessKeyId"]))

    await context.db.write(write)
    return {}


def _key(tx: Tx, account: str, user_name: str, key_id: str) -> AccessKey:
    user = store.get_identity(tx, account, USER, user_name)
    key = store.find_access_key(tx, key_id)
    if key is None or key.owner != user.id:
        raise NoSuchEntity(f"The Access Key with id {key_id} cannot be found.")
    return key


def _user_name(context: Context, params: Params) -> str:
    """The user that is named, else the caller; empty for the root user."""
    if "UserName" in params:
        return str(params["UserName"])
    resource = context.principal.arn.partition(":user/")[2]
    return resource.rsplit("/", 1)[-1]


def _own_or_named(context: Context, params: Params) -> str:
    name = _user_name(context, params)
    if not name:
        raise ValidationError("Must specify userName when calling with non-User credentials")
    return name
