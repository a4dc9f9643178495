"""Function URLs: their configuration. What comes to them is in `url_door`."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from lambent.core.errors import AwsError
from lambent.core.ids import new_unique_id
from lambent.platform import Context, Params, Reply
from lambent.services.lambda_ import store, url_store
from lambent.services.lambda_.api import asked
from lambent.services.lambda_.errors import ResourceConflict, ResourceNotFound
from lambent.services.lambda_.names import FunctionName
from lambent.services.lambda_.records import FunctionUrl
from lambent.storage.database import Tx

_ID_LENGTH = 32


async def create_function_url_config(context: Context, params: Params) -> Reply:
    """
    Give a function, or an alias of it, a URL of its own.

    https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunctionUrlConfig.html
    """
    name = asked.function_name(context, params)
    now = context.clock.now()
    url = FunctionUrl(
        new_unique_id("", _ID_LENGTH).lower(),
        name.account,
        name.region,
        name.name,
        name.qualifier or "",
        params["AuthType"],
        params.get("InvokeMode") or "BUFFERED",
        params.get("Cors"),
        now,
        now,
    )

    def write(tx: Tx) -> None:
        _check_exists(tx, name)
        if url_store.find_url_of(tx, name) is not None:
            raise ResourceConflict(
                f"Failed to create function url config for [functionArn = {name.qualified_arn}]."
                " Error message:  FunctionUrlConfig exists for this Lambda function"
            )
        url_store.put_url(tx, url)

    await context.db.write(write)
    reply = _reply(context, url)
    del reply["LastModifiedTime"]
    return reply


async def get_function_url_config(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionUrlConfig.html"""
    name = asked.function_name(context, params)
    return _reply(context, await context.db.read(partial(_get, name=name)))


async def update_function_url_config(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionUrlConfig.html"""
    name = asked.function_name(context, params)
    now = context.clock.now()

    def write(tx: Tx) -> FunctionUrl:
        before = _get(tx, name)
        after = replace(
            before,
            auth_type=params.get("AuthType") or before.auth_type,
            invoke_mode=params.get("InvokeMode") or before.invoke_mode,
            cors=before.cors if params.get("Cors") is None else params["Cors"],
            last_modified=now,
        )
        url_store.put_url(tx, after)
        return after

    return _reply(context, await context.db.write(write))


async def delete_function_url_config(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunctionUrlConfig.html"""
    name = asked.function_name(context, params)

    def write(tx: Tx) -> None:
        _get(tx, name)
        url_store.remove_urls(tx, name)

    await context.db.write(write)
    return {}


async def list_function_url_configs(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctionUrlConfigs.html"""
    name = asked.unqualified(context, params)
    (start,) = asked.after(params, [""])
    size = asked.page_size(params)

    def read(tx: Tx) -> list[FunctionUrl]:
        store.get_function(tx, name)
        return url_store.list_urls(tx, name, str(start), size + 1)

    found = await context.db.read(read)
    last = f" {found[size - 1].qualifier}" if len(found) > size else ""
    urls, marker = asked.page(found, size, last)
    return {"FunctionUrlConfigs": [_reply(context, url) for url in urls], **marker}


def _check_exists(tx: Tx, name: FunctionName) -> None:
    try:
        store.get_qualified(tx, name)
    except AwsError:
        raise ResourceNotFound("Function does not exist") from None


def _get(tx: Tx, name: FunctionName) -> FunctionUrl:
    url = url_store.find_url_of(tx, name)
    if url is None:
        raise ResourceNotFound("The resource you requested does not exist.")
    return url


def _reply(context: Context, url: FunctionUrl) -> dict[str, Any]:
    reply: dict[str, Any] = {
        "FunctionUrl": _address(context, url),
        "FunctionArn": url.function_arn,
        "AuthType": url.auth_type,
        "CreationTime": _timestamp(url.created),
        "LastModifiedTime": _timestamp(url.last_modified),
        "InvokeMode": url.invoke_mode,
    }
    if url.cors is not None:
        reply["Cors"] = url.cors
    return reply


def _address(context: Context, url: FunctionUrl) -> str:
    """At the port where the client has found us."""
    host = context.request.get("host", "")
    port = host.partition(":")[2] or urlsplit(context.settings.endpoint_url).port
    return f"http://{url.id}.lambda-url.{url.region}.localhost:{port}/"


def _timestamp(time: float) -> str:
    return f"{datetime.fromtimestamp(time, UTC):%Y-%m-%dT%H:%M:%S.%f}Z"
