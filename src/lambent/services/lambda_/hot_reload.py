"""
Functions whose code is a folder of the developer's machine: what is edited there runs next.

A client says it with a package in the bucket `hot-reload`, whose key is the folder's path. Which
folders may be named is the choice of whoever starts the server, and of nobody else: what lies in
them can be read by functions, and thus by all who may call this server.
"""

import asyncio
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from lambent.core.errors import Impossible
from lambent.core.settings import LOOPBACK, Settings
from lambent.platform import Context
from lambent.runtime import linked_code
from lambent.runtime.api import FunctionVersion
from lambent.services.lambda_.errors import InvalidParameterValue
from lambent.services.lambda_.invokables import Invokable
from lambent.services.lambda_.records import Code

BUCKET = "hot-reload"
_CACHE = "lambda.hot_reload"
# So few are looked at in less time than another thread takes to begin.
_FEW_ENTRIES = 100


def is_asked(asked: Mapping[str, Any]) -> bool:
    """Whether FunctionCode, or UpdateFunctionCode's params, name a folder instead of an object."""
    key = str(asked.get("S3Key", ""))
    # What no path can hold is left to the bucket.
    return asked.get("S3Bucket") == BUCKET and key.startswith("/") and "\0" not in key


async def linked(context: Context, path: str) -> Code:
    """The folder as a function's code. Raises InvalidParameterValue where it may not be that."""
    _, look = await asyncio.to_thread(_looked_at, context.settings, path)
    return Code.of_folder(os.path.normpath(path), look.size)


async def real_folder(context: Context, path: str) -> Path:
    """Where a linked folder is at this moment. Raises InvalidParameterValue."""
    return await asyncio.to_thread(_allowed_folder, context.settings, path)


async def package(context: Context, path: str) -> bytes:
    """The folder as it is now, as a deployment package. Raises InvalidParameterValue."""
    folder = await real_folder(context, path)
    try:
        return await asyncio.to_thread(linked_code.zip_of, folder)
    except (OSError, linked_code.TooManyFiles) as error:
        raise _unreadable(path, error) from error


async def up_to_date(context: Context, invokable: Invokable) -> FunctionVersion | None:
    """
    What runs the function as its folder is now.

    When the folder has changed, the environments that have the code of before are ended: at once
    where they are idle, and after what they run where they are not.
    """
    runs, code = invokable.runs, invokable.version.running.code
    if runs is None or code.folder is None:
        return runs
    looks = _looks(context)
    before = looks.get(invokable.version.id)
    if before is not None and before.entries <= _FEW_ENTRIES:
        folder, look = _looked_at(context.settings, code.folder)
    else:
        folder, look = await asyncio.to_thread(_looked_at, context.settings, code.folder)
    looks[invokable.version.id] = look
    if before is not None and before.signature != look.signature:
        await context.platform.runtime.retire(runs.key)
    return replace(runs, code=folder)


def _looked_at(settings: Settings, path: str) -> tuple[Path, linked_code.Look]:
    folder = _allowed_folder(settings, path)
    try:
        return folder, linked_code.look_at(folder)
    except (OSError, linked_code.TooManyFiles) as error:
        raise _unreadable(path, error) from error


def _allowed_folder(settings: Settings, path: str) -> Path:
    """Where `path` leads in the end; links on the way do not lead out of what is allowed."""
    allowed = settings.functions.hot_reload
    if not allowed or settings.host not in LOOPBACK:
        raise InvalidParameterValue(
            f"The code is to be the folder {path}, but this server runs no code from folders."
            " Start it with --hot-reload FOLDER, on the loopback interface, to allow those within"
            " that folder."
        )
    real = Path(os.path.realpath(path))
    # The same words for what is there and what is not: nobody learns what lies elsewhere.
    if not any(real.is_relative_to(os.path.realpath(folder)) for folder in allowed):
        names = ", ".join(map(str, allowed))
        raise InvalidParameterValue(
            f"The folder {path} is not within a folder whose code this server may run"
            f" (--hot-reload): {names}."
        )
    own = Path(os.path.realpath(settings.data))
    if real.is_relative_to(own) or own.is_relative_to(real):
        raise InvalidParameterValue(
            f"The folder {path} cannot be code: the server's own data is in it or around it"
            f" ({own}). Name the folder of the function alone, or keep the data elsewhere (--data)."
        )
    if not os.path.isdir(real):
        raise InvalidParameterValue(f"The function's code, the folder {path}, does not exist.")
    _check_readable(settings, path, real)
    return real


def _check_readable(settings: Settings, path: str, real: Path) -> None:
    # A server that is not root runs functions as its own user.
    if os.geteuid() == 0 and settings.functions.sandbox != "process":
        for_others = real.stat().st_mode & 0o005
        if for_others != 0o005:
            raise InvalidParameterValue(
                f"Functions run as a user of their own, who cannot read the folder {path}:"
                f" chmod -R o+rX {path}"
            )


def _unreadable(path: str, error: Exception) -> InvalidParameterValue:
    return InvalidParameterValue(f"The function's code, the folder {path}, cannot be read: {error}")


def _looks(context: Context) -> dict[str, linked_code.Look]:
    """The last look at the folder of each version, by its id."""
    caches = context.platform.caches
    looks = caches.setdefault(_CACHE, {})
    if not isinstance(looks, dict):
        raise Impossible("the cache of hot reloading belongs to somebody else")
    return looks
