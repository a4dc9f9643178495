"""
Makes a version ready to run: its package as a folder, its role as Lambda needs it.

A package is unpacked once, into a folder named by its content, whichever versions have it.
"""

from contextlib import suppress
from functools import partial
from pathlib import Path

from lambent.core.errors import AwsError
from lambent.platform import Context
from lambent.runtime.api import RuntimeNotAvailable
from lambent.runtime.code import InvalidCode, prepare_code, remove_code
from lambent.services.lambda_ import kept_packages, roles, store, used_layers
from lambent.services.lambda_.errors import InvalidParameterValue
from lambent.services.lambda_.lifecycle import PreparationFailed, Prepared
from lambent.services.lambda_.records import Code, Runnable


async def prepare(
    context: Context, runnable: Runnable, purpose: str
) -> Prepared | PreparationFailed:
    """Do all that is needed before an invoke can run `runnable`."""
    if not await role_is_assumable(context, runnable.configuration.role):
        return PreparationFailed(
            purpose,
            "The role defined for the function cannot be assumed by Lambda.",
            "InsufficientRolePermissions",
        )
    try:
        context.platform.runtime.check_runtime(runnable.configuration.runtime)
        await code_folder(context, runnable.code)
        await used_layers.prepared_layers(context, runnable.configuration.layers)
    except RuntimeNotAvailable as error:
        return PreparationFailed(purpose, error.message, "InvalidRuntime")
    except InvalidCode as error:
        return PreparationFailed(purpose, error.message, "InvalidZipFileException")
    except OSError as error:
        return PreparationFailed(purpose, _unkept(error), "InternalError")
    return Prepared(purpose)


async def code_folder(context: Context, code: Code) -> Path:
    """Where the code lies, unpacked. A folder that is linked is looked up at each invoke."""
    if code.folder is not None:
        return Path(code.folder)
    return await prepared_folder(context, code.blob)


async def prepared_folder(context: Context, blob: str) -> Path:
    """The unpacked package; unpacked now where another node did it or the folder was emptied."""
    folder = folder_of(context, blob)
    if not folder.is_dir():
        package = await kept_packages.blobs_of(context).get(blob)
        await prepare_code(package, folder.parent)
    return folder


async def reclaim(context: Context, blob: str) -> None:
    """Remove the unpacked package, unless a version needs it."""
    if Code(blob, 0).folder is not None:
        # The developer's own.
        return
    folder = folder_of(context, blob)
    unwanted = folder.with_name(f"removing-{blob}")
    if await context.db.read(partial(store.code_is_in_use, blob=blob)):
        return
    # At once, so that nobody who comes now finds a folder that is half gone.
    with suppress(FileNotFoundError):
        folder.rename(unwanted)
    await remove_code(unwanted)


def folder_of(context: Context, blob: str) -> Path:
    return context.settings.data / "functions" / blob


async def check_role(context: Context, role: str) -> None:
    """CreateFunction and UpdateFunctionConfiguration refuse a role that Lambda cannot assume."""
    if not await role_is_assumable(context, role):
        raise InvalidParameterValue(
            "The role defined for the function cannot be assumed by Lambda."
        )


async def role_is_assumable(context: Context, role: str) -> bool:
    name = roles.role_name(role, context.account)
    try:
        reply = await context.acting_as(roles.SERVICE).call("iam", "GetRole", {"RoleName": name})
    except AwsError as error:
        if error.code in ("NoSuchEntity", "NoSuchEntityException"):
            return False
        raise
    return roles.trusts_lambda(reply["Role"]["AssumeRolePolicyDocument"])


def _unkept(error: OSError) -> str:
    """A full disk, say; the file tells the person which folder it is."""
    return f"The deployment package cannot be unpacked: {error.strerror} ({error.filename})"
