"""GetResourcePolicy, PutResourcePolicy, DeleteResourcePolicy: a function's policy as a whole."""

from functools import partial
from typing import Any

import orjson

from lambent.core.arn import Arn
from lambent.core.ids import new_uuid
from lambent.platform import Context, Params, Reply
from lambent.services.lambda_ import names, permissions, store
from lambent.services.lambda_.api import asked
from lambent.services.lambda_.errors import (
    InvalidParameterValue,
    PolicyLengthExceeded,
    ResourceNotFound,
)
from lambent.services.lambda_.names import LATEST, FunctionName
from lambent.services.lambda_.records import Policy
from lambent.storage.database import Tx


async def put_resource_policy(context: Context, params: Params) -> Reply:
    """
    Put a policy in the place of what AddPermission and others have made of it.

    https://docs.aws.amazon.com/lambda/latest/api/API_PutResourcePolicy.html
    """
    name = _named(context, params)
    statements = _statements(params["Policy"])
    revision = new_uuid()

    def write(tx: Tx) -> Policy:
        store.get_qualified(tx, name)
        before = store.find_policy(tx, name, name.qualifier or "")
        asked.check_revision(params, before.revision_id if before else "")
        policy = Policy(
            name.account, name.region, name.name, name.qualifier or "", statements, revision
        )
        store.put_policy(tx, policy)
        return policy

    return _reply(await context.db.write(write))


async def get_resource_policy(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/lambda/latest/api/API_GetResourcePolicy.html"""
    name = _named(context, params)
    return _reply(await context.db.read(partial(_get, name=name)))


async def delete_resource_policy(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/lambda/latest/api/API_DeleteResourcePolicy.html"""
    name = _named(context, params)

    def write(tx: Tx) -> None:
        policy = _get(tx, name)
        asked.check_revision(params, policy.revision_id)
        store.remove_policy(tx, name, policy.qualifier)

    await context.db.write(write)
    return {}


def _named(context: Context, params: Params) -> FunctionName:
    arn = Arn.parse(params["ResourceArn"])
    name = names.parse(params["ResourceArn"], context.account, context.region)
    if arn.resource.endswith(f":{LATEST}"):
        raise InvalidParameterValue("We currently do not support adding policies for $LATEST.")
    return name


def _get(tx: Tx, name: FunctionName) -> Policy:
    store.get_qualified(tx, name)
    policy = store.find_policy(tx, name, name.qualifier or "")
    if policy is None:
        raise ResourceNotFound("The resource you requested does not exist.")
    return policy


def _statements(text: str) -> list[dict[str, Any]]:
    if len(text) > permissions.MOST_BYTES:
        raise PolicyLengthExceeded("The final policy size is bigger than the limit (20480).")
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError:
        document = None
    statements = document.get("Statement") if isinstance(document, dict) else None
    if isinstance(statements, dict):
        statements = [statements]
    if not isinstance(statements, list) or not all(_is_statement(one) for one in statements):
        raise InvalidParameterValue("The provided policy document is not valid.")
    # A statement is removed by its id, so each has one.
    return [{"Sid": new_uuid(), **statement} for statement in statements]


def _is_statement(statement: object) -> bool:
    return isinstance(statement, dict) and {"Effect", "Principal", "Action"} <= set(statement)


def _reply(policy: Policy) -> Reply:
    return {
        "Policy": permissions.policy_document(policy.statements),
        "RevisionId": policy.revision_id,
    }
