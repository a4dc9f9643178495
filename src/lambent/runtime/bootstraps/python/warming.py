"""
What the zygote imports ahead, so that functions find it in memory.

`import boto3` costs a function about 100 ms, and the first client of a service 50 ms more,
most of it reading models. Both are paid here, once.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator
from typing import Any

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


# The services that functions call most. Each costs the zygote one to three megabytes.
_CLIENTS = [
    "sqs",
    "s3",
    "dynamodb",
    "lambda",
    "sns",
    "stepfunctions",
    "events",
    "logs",
    "sts",
    "ssm",
    "secretsmanager",
]


def begin() -> None:
    """What every function uses."""
    _be_like_a_shell()
    import_all(_ALWAYS)


def import_all(names: list[str]) -> None:
    for name in names:
        importlib.import_module(name)


def steps(names: list[str]) -> Iterator[None]:
    """What makes later functions faster, in steps between which functions can be started."""
    if "boto3" in names:
        yield from _warm_boto3()


def _be_like_a_shell() -> None:
    """Add what `site` would: it was left out because it also adds the host's packages."""
    import site

    site.setquit()
    site.setcopyright()
    site.sethelper()
    os.environ.clear()


def _warm_boto3() -> Iterator[None]:
    """Make a client of each service once, so that all that it reads and compiles is kept."""
    import boto3
    from botocore import loaders

    yield
    read_file = loaders.JSONFileLoader.load_file
    kept: dict[str, Any] = {}

    def load_file(self: Any, file_path: str) -> Any:
        if file_path not in kept:
            return read_file(self, file_path)
        return kept[file_path]

    def load_and_keep(self: Any, file_path: str) -> Any:
        # botocore's loaders keep and share what they have read in just this way.
        if file_path not in kept:
            kept[file_path] = read_file(self, file_path)
        return kept[file_path]

    loaders.JSONFileLoader.load_file = load_and_keep
    list_services = loaders.Loader.list_available_services
    listed: dict[tuple[str, ...], Any] = {}

    def list_available_services(self: Any, type_name: str) -> Any:
        # It looks at a thousand folders, and none of them ever changes.
        key = (type_name, *self.search_paths)
        if key not in listed:
            listed[key] = list_services(self, type_name)
        return listed[key]

    loaders.Loader.list_available_services = list_available_services
    session = boto3.Session(
        aws_access_key_id="none", aws_secret_access_key="none", region_name="us-east-1"
    )
    for service in _CLIENTS:
        session.client(service)
        yield
    loaders.JSONFileLoader.load_file = load_file
    # It asks the environment for region and credentials when they are needed, not now.
    boto3.setup_default_session()
