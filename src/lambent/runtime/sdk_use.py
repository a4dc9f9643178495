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

# All packages of the SDK have it in their names, and so does whoever imports one.
_NAME = b"boto"
_CODE = (".py", ".pyc")
# More is not looked through.
_MOST_FILES = 500
_MOST_BYTES = 8 << 20

_answers: dict[str, bool] = {}
_MOST_ANSWERS = 4096


async def may_use_sdk(key: str, folders: tuple[Path, ...]) -> bool:
    """What `mentions_sdk` says, without reading files on the event loop."""
    known = _answers.get(key)
    return await asyncio.to_thread(mentions_sdk, key, folders) if known is None else known


def mentions_sdk(key: str, folders: tuple[Path, ...]) -> bool:
    """Of a function's code and layers. `key` is the identity of what is in them just now."""
    if key not in _answers:
        if len(_answers) >= _MOST_ANSWERS:
            _answers.clear()
        _answers[key] = _is_mentioned(folders)
    return _answers[key]


def _is_mentioned(folders: tuple[Path, ...]) -> bool:
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
