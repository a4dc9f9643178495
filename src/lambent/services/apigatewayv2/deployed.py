"""What a deployment serves, ready for requests: the snapshot compiled. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lambent.services.apigatewayv2 import integration_rules, route_rules
from lambent.services.apigatewayv2.expressions import Value, compile_expression
from lambent.services.apigatewayv2.parameter_mapping import (
    Change,
    reply_changes,
    request_changes,
)
from lambent.services.apigatewayv2.records import Settings
from lambent.services.apigatewayv2.routing import RouteTable


@dataclass(frozen=True, slots=True)
class Integration:
    """`uri` may have stage variables in it. `parameters` are those of an AWS service's call."""

    id: str
    settings: Settings
    uri: Value
    request_changes: tuple[Change, ...]
    reply_changes: Mapping[int, tuple[Change, ...]]
    parameters: Mapping[str, Value] = field(default_factory=dict)

    @property
    def seconds(self) -> float:
        """How long it may take."""
        return float(self.settings["TimeoutInMillis"] / 1000)


@dataclass(frozen=True, slots=True)
class Authorizer:
    id: str
    settings: Settings
    sources: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Route:
    id: str
    key: str
    settings: Settings
    integration: Integration | None
    authorizer: Authorizer | None

    @property
    def path(self) -> str:
        return route_rules.method_and_path(self.key)[1]


@dataclass(frozen=True, slots=True)
class Deployed:
    routes: RouteTable[Route]
    cors: Settings | None


def compile_snapshot(snapshot: Mapping[str, Any]) -> Deployed:
    integrations = {
        part_id: _integration(part_id, settings)
        for part_id, settings in snapshot["integration"].items()
    }
    authorizers = {
        part_id: _authorizer(part_id, settings)
        for part_id, settings in snapshot["authorizer"].items()
    }
    routes = [
        Route(
            part_id,
            settings["RouteKey"],
            settings,
            integrations.get(route_rules.target_id(settings)),
            authorizers.get(settings.get("AuthorizerId")),
        )
        for part_id, settings in snapshot["route"].items()
    ]
    return Deployed(RouteTable((route.key, route) for route in routes), snapshot.get("cors"))


def _integration(part_id: str, settings: Settings) -> Integration:
    parameters = settings.get("RequestParameters") or {}
    is_call = bool(settings.get("IntegrationSubtype"))
    uri = settings.get("IntegrationUri", "")
    return Integration(
        part_id,
        settings,
        compile_expression(integration_rules.function_arn(uri) or uri),
        () if is_call else request_changes(parameters),
        reply_changes(settings.get("ResponseParameters") or {}),
        {name: compile_expression(text) for name, text in parameters.items()} if is_call else {},
    )


def _authorizer(part_id: str, settings: Settings) -> Authorizer:
    sources = tuple(compile_expression(text) for text in settings.get("IdentitySource") or ())
    return Authorizer(part_id, settings, sources)
