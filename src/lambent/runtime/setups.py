"""
What makes a blank sandbox an environment of one function: its outfit, variables and setup.
"""

import os
from collections.abc import Mapping
from typing import Protocol

import orjson

from lambent.core.errors import Impossible
from lambent.runtime import java
from lambent.runtime.api import FunctionVersion, SandboxFailed
from lambent.runtime.environment_variables import environment_variables
from lambent.runtime.extensions import extension_names
from lambent.runtime.log_stream import LogStream
from lambent.runtime.sandbox.api import Outfit
from lambent.runtime.sandbox.forked import NamespaceSandbox
from lambent.runtime.sandbox.nursery import Nursery
from lambent.runtime.sdk_use import SdkUse
from lambent.runtime.surroundings import Surroundings

_SANDBOX_ATTEMPTS = 3
_WRAPPER = "AWS_LAMBDA_EXEC_WRAPPER"


class Begins(Protocol):
    """An environment at its beginning."""

    version: FunctionVersion
    around: Surroundings
    log: LogStream
    initialization_type: str


def has_wrapper(version: FunctionVersion, nursery: Nursery) -> bool:
    """
    Whether a script of the function's own starts the runtime.

    https://docs.aws.amazon.com/lambda/latest/dg/runtimes-modify.html
    """
    # AWS: not in the `provided` family.
    return bool(version.environment.get(_WRAPPER)) and nursery.language != "provided"


async def furnished(
    version: FunctionVersion, nursery: Nursery, sdk_use: SdkUse
) -> NamespaceSandbox:
    """A sandbox that has the function's code, layers and limits."""
    has_extensions = bool(version.layers) and bool(extension_names(version.layers))
    is_lean = nursery.language == "python" and not await sdk_use.of(version)
    outfit = Outfit(
        version.code,
        version.layers,
        version.memory_limit,
        version.ephemeral_storage,
        # A debugger is reached as extensions are: through the sandbox's first process.
        has_extensions or version.debugger is not None,
        is_lean,
        nursery.debugger_binds() if version.debugger is not None else (),
    )
    wrapped = has_wrapper(version, nursery)
    for left in reversed(range(_SANDBOX_ATTEMPTS)):
        try:
            return await nursery.take(outfit, version.environment, wrapped=wrapped)
        except SandboxFailed:
            # It may have died while it waited, as when somebody kills the zygote.
            if not left:
                raise
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
        initialization_type=_initialization_type(environment),
        task_root=sandbox.task_root,
        layers_roots=sandbox.layers_roots,
        runtime_folder=around.nursery.runtime_folder,
        runtime_api=sandbox.api_address,
        xray_daemon=around.xray_daemon.address,
    )


def _initialization_type(environment: Begins) -> str:
    if environment.version.most_environments is not None:
        return "lambda-managed-instances"
    return environment.initialization_type


def setup(
    version: FunctionVersion,
    sandbox: NamespaceSandbox,
    nursery: Nursery,
    chosen: Mapping[str, str],
    **more: object,
) -> bytes:
    """The frame that tells a bootstrap what it is for."""
    entry_points, arguments = _entry(version, sandbox, nursery)
    if has_wrapper(version, nursery):
        wrapper = _located(version.environment[_WRAPPER], sandbox)
        more["wrapped"] = [wrapper, *_runtime_command(version, sandbox, nursery)]
    if version.debugger is not None:
        more["debugger"] = {
            "port": version.debugger.port,
            "waits": version.debugger.waits,
            "path": nursery.debugger_folder(),
        }
    return orjson.dumps(
        {
            "environment": chosen,
            "handler": version.handler,
            "log_format": version.log_format,
            "task_root": sandbox.task_root,
            "path": [sandbox.task_root, *sandbox.path],
            "memory_size": version.memory_limit,
            "limit_data": not sandbox.limits_memory,
            "entry_points": entry_points,
            "arguments": arguments,
            **more,
        }
    )


def _entry(
    version: FunctionVersion, sandbox: NamespaceSandbox, nursery: Nursery
) -> tuple[list[str], list[str]]:
    """What a sandbox that launches executes: the first that exists, with its arguments."""
    if nursery.language == "provided":
        roots = (sandbox.task_root, *sandbox.layers_roots)
        return [f"{root}/bootstrap" for root in roots], []
    executable, *arguments = _runtime_command(version, sandbox, nursery)
    return [executable], arguments


def _runtime_command(
    version: FunctionVersion, sandbox: NamespaceSandbox, nursery: Nursery
) -> list[str]:
    if nursery.language == "java":
        return java.launch_command(
            nursery.executable,
            nursery.bootstrap_folder,
            version.memory_size,
            (sandbox.task_root, *sandbox.layers_roots),
            version.environment.get("JAVA_TOOL_OPTIONS", ""),
        )
    return nursery.runtime_command()


def _located(path: str, sandbox: NamespaceSandbox) -> str:
    """Where a path that the function's owner knows is, if there are no walls to make it so."""
    if sandbox.task_root == NamespaceSandbox.task_root:
        return path
    for known, roots in (
        (f"{NamespaceSandbox.task_root}/", (sandbox.task_root,)),
        (f"{NamespaceSandbox.layers_roots[0]}/", sandbox.layers_roots),
    ):
        if path.startswith(known):
            places = [f"{root}/{path.removeprefix(known)}" for root in roots]
            return next((place for place in places if os.path.exists(place)), path)
    return path
