"""
What the zygote imports ahead, so that functions find it in memory.

`import boto3` costs a function about 100 ms, and the first client of a service 50 ms more,
most of it reading models. Both are paid here, once.
"""

from __future__ import annotations

import importlib
import os

_ALWAYS = [
    "base64",
    "collections",
    "contextlib",
    "dataclasses",
    "datetime",
    "decimal",
    "functools",
    "hashlib",
    "hmac",
    "json",
    "logging",
    "random",
    "re",
    "time",
    "traceback",
    "typing",
    "urllib.parse",
    "uuid",
]


def warm(names: list[str]) -> None:
    _be_like_a_shell()
    for name in _ALWAYS:
        importlib.import_module(name)
    if "boto3" in names:
        _warm_boto3()


def _be_like_a_shell() -> None:
    """Add what `site` would: it was left out because it also adds the host's packages."""
    import site

    site.setquit()
    site.setcopyright()
    site.sethelper()
    os.environ.clear()


def _warm_boto3() -> None:
    import boto3  # noqa: F401
