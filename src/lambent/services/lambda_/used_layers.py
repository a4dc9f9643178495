"""The layers that a function asks for, looked up, judged and prepared."""

import asyncio
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from lambent.platform import Context
from lambent.runtime.code import prepare_code, remove_code
from lambent.services.lambda_ import kept_packages, layer_store, layers, packages
from lambent.services.lambda_.errors import AccessDenied, InvalidParameterValue
from lambent.services.lambda_.records import Code, LayerUse, LayerVersion
from lambent.storage.database import Tx


async def chosen_layers(context: Context, arns: Sequence[str]) -> tuple[LayerUse, ...]:
    """The layer versions that a Layers param names. Raises what keeps a function from them."""
    names = layers.check_chosen(arns, context.region)

    def read(tx: Tx) -> list[LayerVersion | None]:
        return [layer_store.find_layer_version(tx, *name) for name in names]

    found = await context.db.read(read)
    used = []
    for arn, layer in zip(arns, found, strict=True):
        if layer is None:
            raise InvalidParameterValue(f"Layer version {arn} does not exist.")
        check_may_use(context, layer)
        used.append(LayerUse(layer.arn, layer.code.blob, layer.code.size, layer.unzipped_size))
    return tuple(used)


def check_may_use(context: Context, layer: LayerVersion) -> None:
    if not layers.may_use(layer, context.account):
        raise AccessDenied(
            f"User: {context.principal.arn} is not authorized to perform: {layers.GET} on"
            f" resource: {layer.arn} because no resource-based policy allows the {layers.GET}"
            " action"
        )


async def check_total_size(context: Context, used: Sequence[LayerUse], code: Code) -> None:
    """The 250 MB are for the function's own package and its layers together."""
    if not used:
        return
    if code.folder is None:
        path = kept_packages.blobs_of(context).path(code.blob)
        own = await asyncio.to_thread(packages.unzipped_size, path)
    else:
        own = code.size
    layers.check_sizes(sum(layer.unzipped_size for layer in used), own)


async def prepared_layers(context: Context, used: Sequence[LayerUse]) -> tuple[Path, ...]:
    """The unpacked layers, in their order; one folder for all functions that have them."""
    return tuple([await _prepared(context, layer.blob) for layer in used])


async def reclaim(context: Context, blob: str) -> None:
    """Remove the unpacked layer, unless a version needs it."""
    folder = _folder_of(context, blob)
    if await context.db.read(partial(layer_store.layer_is_in_use, blob=blob)):
        return
    unwanted = folder.with_name(f"removing-{blob}")
    try:
        folder.rename(unwanted)
    except FileNotFoundError:
        return
    await remove_code(unwanted)


async def _prepared(context: Context, blob: str) -> Path:
    folder = _folder_of(context, blob)
    if not folder.is_dir():
        await prepare_code(await kept_packages.blobs_of(context).get(blob), folder.parent)
    return folder


def _folder_of(context: Context, blob: str) -> Path:
    return context.settings.data / "layers" / blob
