"""Code signing configurations, and which function has which."""

import secrets
import string
from dataclasses import replace
from functools import partial

from lambent.platform import Context, Params, Reply
from lambent.services.lambda_ import code_signing, setting_store, signing_store, store
from lambent.services.lambda_.api import asked
from lambent.services.lambda_.configuration import last_modified
from lambent.services.lambda_.errors import ResourceConflict
from lambent.services.lambda_.records import CodeSigningConfig
from lambent.services.lambda_.setting_store import SIGNING, Setting
from lambent.storage.database import Tx

_LETTERS = string.ascii_lowercase + string.digits


async def create_code_signing_config(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/lambda/latest/api/API_CreateCodeSigningConfig.html"""
    config = CodeSigningConfig(
        context.account,
        context.region,
        "csc-" + "".join(secrets.choice(_LETTERS) for _ in range(17)),
        params.get("Description", ""),
        list(params["AllowedPublishers"]["SigningProfileVersionArns"]),
        _untrusted(params, "Warn"),
        context.clock.now(),
    )
    await context.db.write(partial(signing_store.put_config, config=config))
    return {"CodeSigningConfig": _shown(config)}


async def get_code_signing_config(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/lambda/latest/api/API_GetCodeSigningConfig.html"""
    config = await context.db.read(lambda tx: _get(tx, context, params))
    return {"CodeSigningConfig": _shown(config)}


async def update_code_signing_config(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/lambda/latest/api/API_UpdateCodeSigningConfig.html"""
    now = context.clock.now()

    def write(tx: Tx) -> CodeSigningConfig:
        before = _get(tx, context, params)
        publishers = (params.get("AllowedPublishers") or {}).get("SigningProfileVersionArns")
        after = replace(
            before,
            description=params.get("Description", before.description),
            publishers=before.publishers if publishers is None else list(publishers),
            untrusted=_untrusted(params, before.untrusted),
            last_modified=now,
        )
        signing_store.put_config(tx, after)
        return after

    return {"CodeSigningConfig": _shown(await context.db.write(write))}


async def delete_code_signing_config(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/lambda/latest/api/API_DeleteCodeSigningConfig.html"""

    def write(tx: Tx) -> None:
        config = _get(tx, context, params)
        if _functions_with(tx, config, "", 1):
            raise ResourceConflict(
                "The code signing configuration cannot be deleted because it is in use by one or"
                " more functions."
            )
        signing_store.remove_config(tx, config)

    await context.db.write(write)
    return {}


async def list_code_signing_configs(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/lambda/latest/api/API_ListCodeSigningConfigs.html"""
    (start,) = asked.after(params, [""])
    size = asked.page_size(params)
    found = await context.db.read(
        lambda tx: signing_store.list_configs(
            tx, context.account, context.region, str(start), size + 1
        )
    )
    last = found[size - 1].id if len(found) > size else ""
    configs, marker = asked.page(found, size, last)
    return {"CodeSigningConfigs": [_shown(config) for config in configs], **marker}


async def list_functions_by_code_signing_config(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctionsByCodeSigningConfig.html"""
    (start,) = asked.after(params, [""])
    size = asked.page_size(params)

    def read(tx: Tx) -> list[Setting]:
        return _functions_with(tx, _get(tx, context, params), str(start), size + 1)

    found = await context.db.read(read)
    last = found[size - 1].function_name if len(found) > size else ""
    settings, marker = asked.page(found, size, last)
    arns = [context.arn("lambda", f"function:{one.function_name}") for one in settings]
    return {"FunctionArns": arns, **marker}


async def put_function_code_signing_config(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionCodeSigningConfig.html"""
    name = asked.unqualified(context, params)
    arn = params["CodeSigningConfigArn"]
    now = context.clock.now()

    def write(tx: Tx) -> None:
        store.get_function(tx, name)
        code_signing.get_config_to_use(tx, name, arn)
        setting_store.put_setting(tx, name, SIGNING, arn, now)

    await context.db.write(write)
    return {"CodeSigningConfigArn": arn, "FunctionName": name.name}


async def get_function_code_signing_config(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionCodeSigningConfig.html"""
    name = asked.unqualified(context, params)

    def read(tx: Tx) -> Setting | None:
        store.get_function(tx, name)
        return setting_store.find_setting(tx, name, SIGNING)

    setting = await context.db.read(read)
    return {"CodeSigningConfigArn": setting.value if setting else "", "FunctionName": name.name}


async def delete_function_code_signing_config(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunctionCodeSigningConfig.html"""
    name = asked.unqualified(context, params)

    def write(tx: Tx) -> None:
        store.get_function(tx, name)
        setting_store.remove_setting(tx, name, SIGNING)

    await context.db.write(write)
    return {}


def _get(tx: Tx, context: Context, params: Params) -> CodeSigningConfig:
    arn = params["CodeSigningConfigArn"]
    return code_signing.get_config(tx, context.account, context.region, arn)


def _functions_with(tx: Tx, config: CodeSigningConfig, after: str, limit: int) -> list[Setting]:
    return setting_store.list_functions_set_to(
        tx, config.account, config.region, SIGNING, config.arn, after, limit
    )


def _untrusted(params: Params, otherwise: str) -> str:
    policies = params.get("CodeSigningPolicies") or {}
    return str(policies.get("UntrustedArtifactOnDeployment", otherwise))


def _shown(config: CodeSigningConfig) -> Reply:
    return {
        "CodeSigningConfigId": config.id,
        "CodeSigningConfigArn": config.arn,
        "Description": config.description,
        "AllowedPublishers": {"SigningProfileVersionArns": config.publishers},
        "CodeSigningPolicies": {"UntrustedArtifactOnDeployment": config.untrusted},
        "LastModified": last_modified(config.last_modified),
    }
