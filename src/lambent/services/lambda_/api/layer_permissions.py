"""AddLayerVersionPermission, RemoveLayerVersionPermission, GetLayerVersionPolicy."""

from dataclasses import replace
from functools import partial

import orjson

from lambent.core.ids import new_uuid
from lambent.platform import Context, Params, Reply
from lambent.services.lambda_ import layer_store, layers, permissions, used_layers
from lambent.services.lambda_.api.layers import named
from lambent.services.lambda_.errors import (
    PreconditionFailed,
    ResourceConflict,
    ResourceNotFound,
)
from lambent.services.lambda_.records import LayerVersion
from lambent.storage.database import Tx


async def add_layer_version_permission(context: Context, params: Params) -> Reply:
    """
    Let another account, or every account, use a layer version.

    https://docs.aws.amazon.com/lambda/latest/api/API_AddLayerVersionPermission.html
    """
    name, version = named(context, params)
    statement = layers.new_statement(params, name.version_arn(version))
    revision = new_uuid()

    def write(tx: Tx) -> None:
        layer = layer_store.find_layer_version(tx, name, version)
        if layer is None:
            raise ResourceNotFound(f"Layer version {name.version_arn(version)} does not exist.")
        used_layers.check_may_use(context, layer)
        _check_revision(layer, params)
        if any(known["Sid"] == statement["Sid"] for known in layer.statements):
            raise ResourceConflict(
                f"The statement id ({statement['Sid']}) provided already exists. Please provide a"
                " new statement id, or remove the existing statement."
            )
        statements = [*layer.statements, statement]
        permissions.policy_document(statements)
        layer_store.put_layer_version(
            tx, replace(layer, statements=statements, policy_revision=revision)
        )

    await context.db.write(write)
    return {"Statement": orjson.dumps(statement).decode(), "RevisionId": revision}


async def remove_layer_version_permission(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/lambda/latest/api/API_RemoveLayerVersionPermission.html"""
    name, version = named(context, params)
    sid = params["StatementId"]
    revision = new_uuid()

    def write(tx: Tx) -> None:
        layer = layer_store.get_layer_version(tx, name, version)
        used_layers.check_may_use(context, layer)
        statements = [known for known in layer.statements if known["Sid"] != sid]
        if not layer.statements:
            raise ResourceNotFound("No policy is associated with the given resource.")
        _check_revision(layer, params)
        if len(statements) == len(layer.statements):
            raise ResourceNotFound(f"Statement {sid} is not found in resource policy.")
        layer_store.put_layer_version(
            tx, replace(layer, statements=statements, policy_revision=revision)
        )

    await context.db.write(write)
    return {}


async def get_layer_version_policy(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/lambda/latest/api/API_GetLayerVersionPolicy.html"""
    name, version = named(context, params)
    layer = await context.db.read(
        partial(layer_store.get_layer_version, name=name, version=version)
    )
    used_layers.check_may_use(context, layer)
    if not layer.statements:
        raise ResourceNotFound("No policy is associated with the given resource.")
    return {
        "Policy": permissions.policy_document(layer.statements),
        "RevisionId": layer.policy_revision,
    }


def _check_revision(layer: LayerVersion, params: Params) -> None:
    if params.get("RevisionId", layer.policy_revision) != layer.policy_revision:
        raise PreconditionFailed(
            "The Revision Id provided does not match the latest Revision Id. Call the"
            " GetLayerVersionPolicy API to retrieve the latest Revision Id"
        )
