"""Layers: publishing, finding and deleting their versions."""

import asyncio
import sys
from dataclasses import replace
from functools import partial

from lambent.platform import Context, Params, Reply
from lambent.services.lambda_ import (
    deployment_code,
    kept_packages,
    layer_store,
    layers,
    packages,
    used_layers,
)
from lambent.services.lambda_.api import asked
from lambent.services.lambda_.errors import AccessDenied
from lambent.services.lambda_.layers import LayerName
from lambent.services.lambda_.records import LayerVersion
from lambent.storage.database import Tx


async def publish_layer_version(context: Context, params: Params) -> Reply:
    """
    Make the next version of a layer.

    https://docs.aws.amazon.com/lambda/latest/api/API_PublishLayerVersion.html
    """
    name = layers.parse_name(params["LayerName"], context.account, context.region)
    if (name.account, name.region) != (context.account, context.region):
        raise AccessDenied(
            f"User: {context.principal.arn} is not authorized to perform:"
            f" lambda:PublishLayerVersion on resource: {name.arn}"
        )
    code = await deployment_code.keep(context, params["Content"], "PublishLayerVersion")
    unzipped = await asyncio.to_thread(
        packages.unzipped_size, kept_packages.blobs_of(context).path(code.blob)
    )
    now = context.clock.now()

    def write(tx: Tx) -> LayerVersion:
        layer = LayerVersion(
            name.account,
            name.region,
            name.name,
            layer_store.last_layer_version(tx, name) + 1,
            params.get("Description", ""),
            now,
            code,
            unzipped,
            list(params.get("CompatibleRuntimes") or []),
            list(params.get("CompatibleArchitectures") or []),
            params.get("LicenseInfo", ""),
        )
        layer_store.put_layer_version(tx, layer)
        return layer

    layer = await context.db.write(write)
    return layers.full_reply(layer, deployment_code.location(context, layer.code))


async def get_layer_version(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/lambda/latest/api/API_GetLayerVersion.html"""
    return await _get(context, *named(context, params))


async def get_layer_version_by_arn(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/lambda/latest/api/API_GetLayerVersionByArn.html"""
    return await _get(context, *layers.parse_version_arn(params["Arn"]))


async def delete_layer_version(context: Context, params: Params) -> Reply:
    """
    Delete a version; functions that have it keep it. One that does not exist is deleted already.

    https://docs.aws.amazon.com/lambda/latest/api/API_DeleteLayerVersion.html
    """
    name, version = named(context, params)

    def write(tx: Tx) -> None:
        layer = layer_store.find_layer_version(tx, name, version)
        if layer is not None and layer.account == context.account:
            layer_store.put_layer_version(tx, replace(layer, deleted=True))
            kept_packages.collect_later(tx, context)

    await context.db.write(write)
    return {}


async def list_layer_versions(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/lambda/latest/api/API_ListLayerVersions.html"""
    name = layers.parse_name(params["LayerName"], context.account, context.region)
    (before,) = asked.after(params, [sys.maxsize])
    size = asked.page_size(params)

    def read(tx: Tx) -> list[LayerVersion]:
        found: list[LayerVersion] = []
        last = int(str(before))
        while len(found) <= size:
            more = layer_store.list_layer_versions(tx, name, last, size + 1)
            found += [layer for layer in more if _is_asked_for(layer, params, context)]
            if len(more) <= size:
                break
            last = more[-1].version
        return found[: size + 1]

    found = await context.db.read(read)
    versions, marker = asked.page(found, size, found[size - 1].version if len(found) > size else 0)
    return {"LayerVersions": [layers.version_reply(layer) for layer in versions], **marker}


async def list_layers(context: Context, params: Params) -> Reply:
    """
    The account's layers, each with the newest version that matches.

    https://docs.aws.amazon.com/lambda/latest/api/API_ListLayers.html
    """
    (start,) = asked.after(params, [""])
    size = asked.page_size(params)

    def read(tx: Tx) -> list[LayerVersion]:
        found: list[LayerVersion] = []
        last = str(start)
        while len(found) <= size:
            more = layer_store.list_layer_names(tx, context.account, context.region, last, size + 1)
            newest = (_newest_match(tx, name, params, context) for name in more)
            found += [layer for layer in newest if layer is not None]
            if len(more) <= size:
                break
            last = more[-1].name
        return found[: size + 1]

    found = await context.db.read(read)
    page, marker = asked.page(found, size, found[size - 1].name if len(found) > size else "")
    return {
        "Layers": [
            {
                "LayerName": layer.name,
                "LayerArn": layer.layer_arn,
                "LatestMatchingVersion": layers.version_reply(layer),
            }
            for layer in page
        ],
        **marker,
    }


def named(context: Context, params: Params) -> tuple[LayerName, int]:
    """The layer version that LayerName and VersionNumber mean."""
    name = layers.parse_name(params["LayerName"], context.account, context.region)
    version = int(params["VersionNumber"])
    layers.check_number(version)
    return name, version


async def _get(context: Context, name: LayerName, version: int) -> Reply:
    layer = await context.db.read(
        partial(layer_store.get_layer_version, name=name, version=version)
    )
    used_layers.check_may_use(context, layer)
    return layers.full_reply(layer, deployment_code.location(context, layer.code))


def _newest_match(tx: Tx, name: LayerName, params: Params, context: Context) -> LayerVersion | None:
    last, many = sys.maxsize, 100
    while versions := layer_store.list_layer_versions(tx, name, last, many):
        for layer in versions:
            if _is_asked_for(layer, params, context):
                return layer
        last = versions[-1].version
    return None


def _is_asked_for(layer: LayerVersion, params: Params, context: Context) -> bool:
    wanted = (params.get("CompatibleRuntime"), params.get("CompatibleArchitecture"))
    return layers.may_use(layer, context.account) and layers.matches(layer, *wanted)
