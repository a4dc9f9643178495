"""
Whether a function's code may be deployed where code must be signed.

There is no signer here, so no package is ever signed by an allowed publisher: a configuration
that enforces refuses every package, and one that warns takes every one.
"""

from functools import partial

from lambent.platform import Context
from lambent.services.lambda_ import setting_store, signing_store
from lambent.services.lambda_.errors import (
    CodeSigningConfigNotFound,
    CodeVerificationFailed,
    ResourceNotFound,
)
from lambent.services.lambda_.names import FunctionName
from lambent.services.lambda_.records import CodeSigningConfig
from lambent.services.lambda_.setting_store import SIGNING
from lambent.storage.database import Tx


def get_config(tx: Tx, account: str, region: str, arn: str) -> CodeSigningConfig:
    """For the operations on configurations."""
    config = signing_store.find_config(tx, account, region, arn.rsplit(":", 1)[-1])
    if config is None or config.arn != arn:
        raise ResourceNotFound(f"The Lambda code signing configuration {arn} can not be found.")
    return config


def get_config_to_use(tx: Tx, name: FunctionName, arn: str) -> CodeSigningConfig:
    """For the operations on functions, which have an error of their own."""
    config = signing_store.find_config(tx, name.account, name.region, arn.rsplit(":", 1)[-1])
    if config is None or config.arn != arn:
        raise CodeSigningConfigNotFound(
            "The code signing configuration cannot be found."
            f" Check that the provided configuration is not deleted: {arn}."
        )
    return config


async def check_deployment(context: Context, name: FunctionName, arn: str | None = None) -> None:
    """Before code is put into a function that has, or is to have, a configuration."""
    config = await context.db.read(partial(_config_of, name=name, arn=arn))
    if config is not None and config.untrusted == "Enforce":
        raise CodeVerificationFailed(
            "The code signature failed one or more of the validation checks for signature"
            " mismatch or expiry, and the code signing policy is set to ENFORCE. Lambda blocks the"
            " deployment."
        )


def _config_of(tx: Tx, name: FunctionName, arn: str | None) -> CodeSigningConfig | None:
    if arn:
        return get_config_to_use(tx, name, arn)
    setting = setting_store.find_setting(tx, name, SIGNING)
    return None if setting is None else get_config_to_use(tx, name, setting.value)
