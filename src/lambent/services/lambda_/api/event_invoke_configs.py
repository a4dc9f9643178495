"""The configuration of asynchronous invokes, of a function or one of its qualifiers."""

from collections.abc import Callable
from functools import partial

from lambent.core.errors import AwsError
from lambent.platform import Context, Params, Reply
from lambent.services.lambda_ import event_invoke_config, invokables, setting_store, store
from lambent.services.lambda_.api import asked
from lambent.services.lambda_.errors import ResourceNotFound
from lambent.services.lambda_.event_invoke_config import DEFAULT, EventInvokeConfig
from lambent.services.lambda_.names import FunctionName
from lambent.services.lambda_.setting_store import EVENT_INVOKE, Setting
from lambent.storage.database import Tx


async def put_function_event_invoke_config(context: Context, params: Params) -> Reply:
    """
    Set all of it anew; what is not named is as it is by default.

    https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html
    """
    name = asked.function_name(context, params)
    now = context.clock.now()

    def write(tx: Tx) -> Setting:
        _check_exists(tx, name)
        config = event_invoke_config.chosen_config(DEFAULT, params, name.arn)
        return _put(tx, name, config, now)

    return await _write(context, name, write)


async def update_function_event_invoke_config(context: Context, params: Params) -> Reply:
    """
    Change what is named and leave the rest.

    https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionEventInvokeConfig.html
    """
    name = asked.function_name(context, params)
    now = context.clock.now()

    def write(tx: Tx) -> Setting:
        _check_exists(tx, name)
        before = event_invoke_config.read_text(_get(tx, name).value)
        config = event_invoke_config.chosen_config(before, params, name.arn)
        return _put(tx, name, config, now)

    return await _write(context, name, write)


async def get_function_event_invoke_config(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionEventInvokeConfig.html"""
    name = asked.function_name(context, params)
    return _reply(name, await context.db.read(partial(_get, name=name)))


async def delete_function_event_invoke_config(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunctionEventInvokeConfig.html"""
    name = asked.function_name(context, params)

    def write(tx: Tx) -> None:
        _get(tx, name)
        setting_store.remove_setting(tx, name, EVENT_INVOKE, name.qualifier)

    await context.db.write(write)
    invokables.forget(context)
    return {}


async def list_function_event_invoke_configs(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctionEventInvokeConfigs.html"""
    name = asked.unqualified(context, params)
    (start,) = asked.after(params, [""])
    size = asked.page_size(params)

    def read(tx: Tx) -> list[Setting]:
        _check_exists(tx, name)
        return setting_store.list_settings(tx, name, EVENT_INVOKE, str(start), size + 1)

    found = await context.db.read(read)
    last = found[size - 1].qualifier if len(found) > size else ""
    settings, marker = asked.page(found, size, last)
    return {"FunctionEventInvokeConfigs": [_reply(name, one) for one in settings], **marker}


async def _write(context: Context, name: FunctionName, write: Callable[[Tx], Setting]) -> Reply:
    setting = await context.db.write(write)
    invokables.forget(context)
    return _reply(name, setting)


def _check_exists(tx: Tx, name: FunctionName) -> None:
    try:
        store.get_qualified(tx, name)
    except AwsError:
        raise ResourceNotFound("The function doesn't exist.") from None


def _get(tx: Tx, name: FunctionName) -> Setting:
    setting = setting_store.find_setting(tx, name, EVENT_INVOKE, name.qualifier)
    if setting is None:
        qualified = f"{name.arn}:{name.qualifier or '$LATEST'}"
        raise ResourceNotFound(f"The function {qualified} doesn't have an EventInvokeConfig")
    return setting


def _put(tx: Tx, name: FunctionName, config: EventInvokeConfig, now: float) -> Setting:
    text = event_invoke_config.text_of(config)
    return setting_store.put_setting(tx, name, EVENT_INVOKE, text, now, name.qualifier)


def _reply(name: FunctionName, setting: Setting) -> Reply:
    return event_invoke_config.config_reply(
        event_invoke_config.read_text(setting.value),
        f"{name.arn}:{setting.qualifier}",
        setting.last_modified,
    )
