"""A function's CapacityProviderConfig: AWS's defaults and limits. Pure."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from lambent.services.lambda_.errors import InvalidParameterValue
from lambent.services.lambda_.records import Configuration

# AWS: the least memory of a function on managed instances, and what it has unless the user says.
LEAST_MEMORY = 2_048
# AWS: how many invocations an environment takes at once, by vCPU, unless the user says.
_CONCURRENCY = {"python": 16, "nodejs": 64}
_OTHER_CONCURRENCY = 32
_GIB_PER_VCPU = 2.0


def with_provider(
    before: Configuration, after: Configuration, params: Mapping[str, Any]
) -> Configuration:
    """`after` with what the params say of a capacity provider; `before` is empty for a new one."""
    asked = params.get("CapacityProviderConfig")
    if not asked:
        return after
    is_new = not before.runtime
    if before.capacity_provider is None and not is_new:
        raise InvalidParameterValue(
            "CapacityProviderConfig isn't supported for Lambda Default functions."
        )
    chosen = {
        **_defaults(after.runtime),
        **(before.capacity_provider or {}),
        **asked["LambdaManagedInstancesCapacityProviderConfig"],
    }
    memory = after.memory_size
    if is_new and params.get("MemorySize") is None:
        memory = LEAST_MEMORY
    return replace(after, capacity_provider=chosen, memory_size=memory)


def _defaults(runtime: str) -> dict[str, Any]:
    language = runtime.rstrip("0123456789.x")
    return {
        "PerExecutionEnvironmentMaxConcurrency": _CONCURRENCY.get(language, _OTHER_CONCURRENCY),
        "ExecutionEnvironmentMemoryGiBPerVCpu": _GIB_PER_VCPU,
    }
