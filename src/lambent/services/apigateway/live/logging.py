"""
What is told of requests: the execution log, line by line, and the access log.

https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import md5
from typing import Any

from lambent.core.errors import AwsError
from lambent.platform import Context
from lambent.services.apigateway.live.asked import Asked, Site
from lambent.services.apigateway.live.mapping import with_context

_SERVICE = "apigateway.amazonaws.com"
# AWS: longer lines are cut.
_LONGEST_LINE = 1_024


@dataclass(slots=True)
class Log:
    """The lines of one request. While `level` is OFF nothing is kept of them."""

    request_id: str
    level: str = "OFF"
    with_data: bool = False
    lines: list[tuple[float, str]] = field(default_factory=list)
    now: float = 0.0
    failed: bool = False

    def add(self, text: str, data: bytes | None = None) -> None:
        """A line; one with `data` shows it, where data are shown."""
        if self.level == "OFF":
            return
        if data:
            if not self.with_data:
                return
            text += data[:_LONGEST_LINE].decode(errors="replace")
            text += " [TRUNCATED]" if len(data) > _LONGEST_LINE else ""
        self.lines.append((self.now, f"({self.request_id}) {text}"))

    @property
    def is_written(self) -> bool:
        """AWS: at the level ERROR only what failed."""
        return bool(self.lines) and (self.level == "INFO" or self.failed)


def begun(log: Log, asked: Asked) -> None:
    path = asked.endpoint.resource_path
    log.add(f"Extended Request Id: {asked.extended_id}")
    log.add(f"Starting execution for request: {asked.request_id}")
    log.add(f"HTTP Method: {asked.method}, Resource Path: {path}")
    log.add("Method request path: ", _pairs(asked.path_parameters).encode(errors="replace"))
    log.add("Method request query string: ", _pairs(dict(asked.query)).encode(errors="replace"))
    log.add("Method request headers: ", _pairs(dict(asked.headers)).encode())
    log.add("Method request body before transformations: ", asked.body)


def _pairs(pairs: Mapping[str, str]) -> str:
    return "{" + ", ".join(f"{name}={value}" for name, value in pairs.items()) + "}"


async def write_execution_log(context: Context, site: Site, log: Log) -> None:
    if not log.is_written:
        return
    group = f"API-Gateway-Execution-Logs_{site.api_id}/{site.stage_name}"
    stream = md5(site.deployment_id.encode(), usedforsecurity=False).hexdigest()
    await _put(context, site, group, stream, log.lines)


async def write_access_log(
    context: Context, site: Site, variables: Mapping[str, Any], now: float
) -> None:
    settings = site.stage.get("accessLogSettings") or {}
    destination, form = settings.get("destinationArn", ""), settings.get("format", "")
    if not destination.startswith("arn:") or not form:
        return
    parts = destination.split(":")
    if parts[2] != "logs" or len(parts) < 7:
        return
    line = with_context(form, variables, "-")
    stream = md5(f"{site.api_id}{site.stage_name}".encode(), usedforsecurity=False).hexdigest()
    await _put(context, site, parts[6], stream, [(now, line)])


async def _put(
    context: Context, site: Site, group: str, stream: str, lines: list[tuple[float, str]]
) -> None:
    writer = context.at(site.account, site.region).acting_as(_SERVICE)
    try:
        await writer.call(
            "logs",
            "PutLogEvents",
            {
                "logGroupName": group,
                "logStreamName": stream,
                "logEvents": [
                    {"timestamp": int(at * 1000), "message": message} for at, message in lines
                ],
            },
        )
    except AwsError:
        # As on AWS, a request is answered whatever becomes of its log.
        return
