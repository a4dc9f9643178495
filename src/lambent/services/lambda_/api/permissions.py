"""AddPermission, RemovePermission, GetPolicy."""

from dataclasses import replace
from functools import partial

import orjson

from lambent.core.ids import new_uuid
from lambent.platform import Context, Params, Reply
from lambent.services.lambda_ import permissions, store
from lambent.services.lambda_.api import asked
from lambent.services.lambda_.errors import (
    InvalidParameterValue,
    ResourceConflict,
    ResourceNotFound,
)
from lambent.services.lambda_.names import LATEST, FunctionName
from lambent.services.lambda_.records import Policy
from lambent.storage.database import Tx


async def add_permission(context: Context, params: Params) -> Reply:
    """
    Let a principal use the function, or the version or alias that the qualifier names.

    https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html
    """
    name = asked.function_name(context, params)
    if name.qualifier == LATEST:
        raise InvalidParameterValue("We currently do not support adding policies for $LATEST.")
    statement = permissions.new_statement(params, name.qualified_arn)
    revision_id = new_uuid()

    def write(tx: Tx) -> None:
        store.get_qualified(tx, name)
        policy = _find(tx, name) or Policy(
            name.account,
            name.region,
            name.name,
            name.qualifier or "",
            [],
            params.get("RevisionId", ""),
        )
        asked.check_revision(params, policy.revision_id)
        if any(known["Sid"] == statement["Sid"] for known in policy.statements):
            raise ResourceConflict(
                f"The statement id ({statement['Sid']}) provided already exists. Please provide a"
                " new statement id, or remove the existing statement."
            )
        statements = [*policy.statements, statement]
        permissions.policy_document(statements)
        store.put_policy(tx, replace(policy, statements=statements, revision_id=revision_id))

    await context.db.write(write)
    return {"Statement": orjson.dumps(statement).decode()}


async def remove_permission(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/lambda/latest/api/API_RemovePermission.html"""
    name = asked.function_name(context, params)
    sid = params["StatementId"]
    revision_id = new_uuid()

    def write(tx: Tx) -> None:
        store.get_qualified(tx, name)
        policy = _find(tx, name)
        if policy is None:
            raise ResourceNotFound("No policy is associated with the given resource.")
        asked.check_revision(params, policy.revision_id)
        statements = [known for known in policy.statements if known["Sid"] != sid]
        if len(statements) == len(policy.statements):
            raise ResourceNotFound(f"Statement {sid} is not found in resource policy.")
        if statements:
            store.put_policy(tx, replace(policy, statements=statements, revision_id=revision_id))
        else:
            store.remove_policy(tx, name, policy.qualifier)

    await context.db.write(write)
    return {}


async def get_policy(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/lambda/latest/api/API_GetPolicy.html"""
    name = asked.function_name(context, params)
    await context.db.read(partial(store.get_qualified, name=name))
    policy = await context.db.read(partial(_find, name=name))
    if policy is None:
        raise ResourceNotFound("The resource you requested does not exist.")
    return {
        "Policy": permissions.policy_document(policy.statements),
        "RevisionId": policy.revision_id,
    }


def _find(tx: Tx, name: FunctionName) -> Policy | None:
    return store.find_policy(tx, name, name.qualifier or "")
