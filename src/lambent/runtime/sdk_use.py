"""
Whether a Python function may use the AWS SDK that the runtime has, by what is written in its code.

The SDK is imported ahead, once for all functions. That makes everything that is forked larger,
which those that have no use for it need not pay for. Nothing but time depends on the answer: who
imports the SDK where it was not expected gets it all the same.
"""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

from lambent.runtime.api import FunctionVersion

# All packages of the SDK have it in their names, and so does whoever imports one.
_NAME = b"boto"
_CODE = (".py", ".pyc")
# More is not looked through.
_MOST_FILES = 500
_MOST_BYTES = 8 << 20


class SdkUse:
    """Looks through the code of a version once, however many of its environments begin."""

    def __init__(self) -> None:
        self._looks: dict[str, asyncio.Future[bool]] = {}

    async def of(self, version: FunctionVersion) -> bool:
        look = self._looks.get(version.key)
        if look is None:
            folders = (version.code, *version.layers)
            look = asyncio.get_running_loop().run_in_executor(None, mentions_sdk, folders)
            self._looks[version.key] = look
        return await asyncio.shield(look)

    def forget(self, key: str) -> None:
        self._looks.pop(key, None)


def mentions_sdk(folders: tuple[Path, ...]) -> bool:
    """Of a function's code and layers."""
    left = _MOST_BYTES
    for count, path in enumerate(_code_below(folders)):
        try:
            left -= path.stat().st_size
            if count >= _MOST_FILES or left < 0 or _NAME in path.read_bytes():
                return True
        except OSError:
            return True
    return False


def _code_below(folders: tuple[Path, ...]) -> Iterator[Path]:
    for folder in folders:
        for parent, _, names in os.walk(folder):
            for name in names:
                if name.endswith(_CODE):
                    yield Path(parent, name)
