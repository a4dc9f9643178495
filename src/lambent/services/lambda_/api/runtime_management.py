"""
GetRuntimeManagementConfig and PutRuntimeManagementConfig.

A machine has one version of each runtime: what is chosen is kept and given back, and changes
nothing of how functions run.
"""

import orjson

from lambent.platform import Context, Params, Reply
from lambent.services.lambda_ import setting_store, store
from lambent.services.lambda_.api import asked
from lambent.services.lambda_.configuration import runtime_version_arn
from lambent.services.lambda_.errors import InvalidParameterValue
from lambent.services.lambda_.names import LATEST, FunctionName, is_version
from lambent.services.lambda_.records import Version
from lambent.services.lambda_.setting_store import RUNTIME, Setting
from lambent.storage.database import Tx


async def get_runtime_management_config(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/lambda/latest/api/API_GetRuntimeManagementConfig.html"""
    name = _version_name(context, params)

    def read(tx: Tx) -> tuple[Version, Setting | None]:
        version = store.get_qualified(tx, name)
        return version, setting_store.find_setting(tx, name, RUNTIME, name.qualifier)

    version, setting = await context.db.read(read)
    mode, arn = ("Auto", None) if setting is None else orjson.loads(setting.value)
    return _reply(name, mode, arn or _running(version, mode))


async def put_runtime_management_config(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/lambda/latest/api/API_PutRuntimeManagementConfig.html"""
    name = _version_name(context, params)
    mode, arn = params["UpdateRuntimeOn"], params.get("RuntimeVersionArn")
    if mode == "Manual" and not arn:
        raise InvalidParameterValue(
            "When specifying Manual UpdateRuntimeOn, the RuntimeVersionArn is required."
        )
    if mode != "Manual" and arn:
        raise InvalidParameterValue(
            "The RuntimeVersionArn can only be specified when UpdateRuntimeOn is Manual."
        )
    now = context.clock.now()

    def write(tx: Tx) -> Version:
        version = store.get_qualified(tx, name)
        text = orjson.dumps([mode, arn]).decode()
        setting_store.put_setting(tx, name, RUNTIME, text, now, name.qualifier)
        return version

    version = await context.db.write(write)
    return _reply(name, mode, arn or _running(version, mode))


def _version_name(context: Context, params: Params) -> FunctionName:
    name = asked.function_name(context, params)
    if not is_version(name.qualifier or LATEST):
        raise InvalidParameterValue("Aliases are not supported by this operation.")
    return name


def _running(version: Version, mode: str) -> str | None:
    # AWS: none is named while it keeps the runtime up to date by itself.
    return None if mode == "Auto" else runtime_version_arn(version)


def _reply(name: FunctionName, mode: str, arn: str | None) -> Reply:
    return {
        "UpdateRuntimeOn": mode,
        "FunctionArn": f"{name.arn}:{name.qualifier or LATEST}",
        **({"RuntimeVersionArn": arn} if arn else {}),
    }
