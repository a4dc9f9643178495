"""
What makes a blank sandbox an environment of one function: its outfit, variables and setup.
"""

from collections.abc import Mapping
from typing import Protocol

import orjson

from lambent.core.errors import Impossible
from lambent.runtime.api import FunctionVersion, SandboxFailed
from lambent.runtime.environment_variables import environment_variables
from lambent.runtime.extensions import extension_names
from lambent.runtime.log_stream import LogStream
from lambent.runtime.sandbox.api import Outfit
from lambent.runtime.sandbox.forked import NamespaceSandbox
from lambent.runtime.sandbox.nursery import Nursery
from lambent.runtime.surroundings import Surroundings

_SANDBOX_ATTEMPTS = 3


class Begins(Protocol):
    """An environment at its beginning."""

    version: FunctionVersion
    around: Surroundings
    log: LogStream
    initialization_type: str


async def furnished(version: FunctionVersion, nursery: Nursery) -> NamespaceSandbox:
    """A sandbox that has the function's code, layers and limits."""
    has_extensions = bool(version.layers) and bool(extension_names(version.layers))
    outfit = Outfit(
        version.code,
        version.layers,
        version.memory_size,
        version.ephemeral_storage,
        has_extensions,
    )
    for left in reversed(range(_SANDBOX_ATTEMPTS)):
        sandbox = await nursery.take(version.environment)
        try:
            await sandbox.furnish(outfit)
        except SandboxFailed:
            # It may have died while it waited, as when somebody kills the zygote.
            nursery.discard(sandbox)
            if not left:
                raise
        else:
            return sandbox
    raise Impossible("the last attempt returns or raises")


def variables(
    environment: Begins, sandbox: NamespaceSandbox, credentials: Mapping[str, str]
) -> dict[str, str]:
    around = environment.around
    return environment_variables(
        environment.version,
        around.choice.interpreter,
        credentials,
        endpoint_url=around.endpoint_url,
        log_stream=environment.log.name,
        initialization_type=environment.initialization_type,
        task_root=sandbox.task_root,
        runtime_folder=around.nursery.runtime_folder,
        runtime_api=sandbox.api_address,
    )


def setup(
    version: FunctionVersion,
    sandbox: NamespaceSandbox,
    chosen: Mapping[str, str],
    **more: object,
) -> bytes:
    """The frame that tells a bootstrap what it is for."""
    roots = (sandbox.task_root, *sandbox.layers_roots)
    return orjson.dumps(
        {
            "environment": chosen,
            "handler": version.handler,
            "log_format": version.log_format,
            "task_root": sandbox.task_root,
            "path": [sandbox.task_root, *sandbox.path],
            "memory_size": version.memory_size,
            "limit_data": not sandbox.limits_memory,
            "entry_points": [f"{root}/bootstrap" for root in roots],
            "arguments": [],
            **more,
        }
    )
