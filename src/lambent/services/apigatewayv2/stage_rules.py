"""What a stage may be. Pure."""

import re
from collections.abc import Mapping
from typing import Any

from lambent.services.apigatewayv2.errors import BadRequest
from lambent.services.apigatewayv2.records import Settings
from lambent.services.apigatewayv2.route_rules import method_and_path
from lambent.services.apigatewayv2.rules import DEFAULT_STAGE, Params, chosen, patched

_MEMBERS = (
    "AccessLogSettings",
    "AutoDeploy",
    "DefaultRouteSettings",
    "DeploymentId",
    "Description",
    "RouteSettings",
    "StageVariables",
)
_MERGED = frozenset(
    {"AccessLogSettings", "DefaultRouteSettings", "RouteSettings", "StageVariables"}
)
_NAME = re.compile(r"[A-Za-z0-9_-]{1,128}")
_VARIABLE = re.compile(r"[A-Za-z0-9_]{1,64}")
_VALUE = re.compile(r"[A-Za-z0-9\-._~:/?#&=,]{1,512}")
_LOG_GROUP = re.compile(r"arn:[\w-]+:logs:[\w-]+:\d{12}:log-group:[^:*]+(?::\*)?")


def new_stage_settings(params: Params, now: float) -> dict[str, Any]:
    name = params["StageName"]
    if name != DEFAULT_STAGE and not _NAME.fullmatch(name):
        raise BadRequest("Stage name only allows a-zA-Z0-9_-")
    settings = {
        "AutoDeploy": False,
        "RouteSettings": {},
        "StageVariables": {},
        **chosen(params, _MEMBERS),
        "CreatedDate": now,
        "LastUpdatedDate": now,
    }
    settings["DefaultRouteSettings"] = {
        "DetailedMetricsEnabled": False,
        **(params.get("DefaultRouteSettings") or {}),
    }
    if settings["AutoDeploy"]:
        _refuse_deployment(params)
    return _checked(settings, params)


def updated_stage_settings(settings: Settings, params: Params, now: float) -> dict[str, Any]:
    changed = patched(settings, chosen(params, _MEMBERS), _MERGED)
    if changed.get("AutoDeploy"):
        _refuse_deployment(params)
    return _checked({**changed, "LastUpdatedDate": now}, params)


def route_settings(stage: Settings, route_key: str) -> Mapping[str, Any]:
    """The settings of a route in a stage: its own over those of all."""
    own = (stage.get("RouteSettings") or {}).get(route_key) or {}
    return {**(stage.get("DefaultRouteSettings") or {}), **own}


def deployment_refused() -> BadRequest:
    return BadRequest("Deployment ID cannot be set on the stage because AutoDeploy is enabled")


def _refuse_deployment(params: Params) -> None:
    if params.get("DeploymentId"):
        raise deployment_refused()


def _checked(settings: dict[str, Any], params: Params) -> dict[str, Any]:
    if params.get("ClientCertificateId"):
        raise BadRequest("ClientCertificateId is not supported for HTTP protocol Apis")
    for name, value in (params.get("StageVariables") or {}).items():
        if not _VARIABLE.fullmatch(name) or (value and not _VALUE.fullmatch(value)):
            raise BadRequest(
                "Stage variable names may have letters, digits and underscores, and their values"
                " letters, digits and -._~:/?#&=,"
            )
    every = [settings.get("DefaultRouteSettings") or {}, *settings["RouteSettings"].values()]
    for one in every:
        if one.get("LoggingLevel", "OFF") != "OFF" or one.get("DataTraceEnabled"):
            raise BadRequest("Execution logs are not supported on protocolType HTTP")
    for key in settings["RouteSettings"]:
        method_and_path(key)
    log = settings.get("AccessLogSettings")
    if log and not (_LOG_GROUP.fullmatch(log.get("DestinationArn", "")) and log.get("Format")):
        raise BadRequest(
            "Invalid ARN specified in the request. AccessLogSettings need the ARN of a log group"
            " and a format."
        )
    return settings
