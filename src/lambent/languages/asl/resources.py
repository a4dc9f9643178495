"""What the Resource of a Task state says: whose it is and how its answer comes."""

from dataclasses import dataclass
from typing import Literal

_PATTERNS: tuple[tuple[str, Literal["sync", "sync2", "wait_for_task_token"]], ...] = (
    (".waitForTaskToken", "wait_for_task_token"),
    (".sync:2", "sync2"),
    (".sync", "sync"),
)


@dataclass(frozen=True, slots=True)
class Resource:
    kind: Literal["lambda", "activity", "integration"]
    pattern: Literal["request_response", "sync", "sync2", "wait_for_task_token"]
    type: str = ""
    """lambda, sns, aws-sdk:sfn: the history's resourceType."""
    name: str = ""
    """invoke, startExecution.sync: the history's resource."""


def parse_resource(arn: str) -> Resource | None:
    """None when it is nothing that a Task state can call."""
    parts = arn.split(":", 5)
    if len(parts) < 6 or parts[0] != "arn" or not parts[1].startswith("aws"):
        return None
    service, rest = parts[2], parts[5]
    if service == "lambda" and rest.startswith("function:"):
        return Resource("lambda", "request_response")
    if service != "states":
        return None
    if rest.startswith("activity:"):
        return Resource("activity", "request_response")
    type_, _, name = rest.rpartition(":") if not rest.endswith(":2") else _before_version(rest)
    if not type_ or not name or type_.count(":") != (1 if type_.startswith("aws-sdk") else 0):
        return None
    for suffix, pattern in _PATTERNS:
        if name.endswith(suffix):
            return Resource("integration", pattern, type_, name)
    return Resource("integration", "request_response", type_, name)


def _before_version(rest: str) -> tuple[str, str, str]:
    type_, colon, name = rest.removesuffix(":2").rpartition(":")
    return type_, colon, name + ":2"
