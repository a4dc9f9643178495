"""A request on its way through an API, and what became of it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from lambent.services.apigatewayv2.records import Live, Settings
from lambent.wire.http_events import Caller, joined_parameters, source_ip, value_in
from lambent.wire.messages import HttpRequest

_NOBODY: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Authorized:
    """What an authorizer found out: one of the three, by its kind."""

    claims: Mapping[str, Any] | None = None
    scopes: tuple[str, ...] | None = None
    context: Mapping[str, Any] | None = None
    principal_id: str | None = None
    caller: Caller | None = None


@dataclass(frozen=True)
class ApiRequest:
    """
    `path` is what the client asked for, with the stage or the key of a mapping in it; `inner_path`
    is what is left for routes. Headers have what AWS's front end adds.
    """

    http: HttpRequest
    live: Live
    path: str
    inner_path: str
    domain_name: str
    id: str
    now: float
    route_key: str = ""
    path_parameters: Mapping[str, str] = field(default_factory=dict)
    authorized: Authorized | None = None

    @property
    def raw_path(self) -> str:
        """
        The stage and the path in it, as format 2.0 has it.

        AWS: so it does not say which key of a mapping led here; format 1.0 does.
        """
        stage = self.live.stage
        return self.inner_path if stage == "$default" else f"/{stage}{self.inner_path}"

    @property
    def api_arn(self) -> str:
        api = self.live.api
        return f"arn:aws:execute-api:{api.region}:{api.account}:{api.id}"

    @property
    def stage_variables(self) -> Settings:
        variables: Settings = self.live.settings.get("StageVariables") or _NOBODY
        return variables

    @property
    def source_ip(self) -> str:
        return source_ip(self.http)

    @cached_property
    def query(self) -> Mapping[str, str]:
        return joined_parameters(self.http.query) if self.http.query else {}

    @cached_property
    def json_body(self) -> Any:
        """None of what is no JSON."""
        return value_in(self.http.body)


@dataclass(slots=True)
class Outcome:
    """What logs and metrics tell of a request once it is answered; times in milliseconds."""

    status: int = 0
    length: int = 0
    latency: float = 0.0
    integration_latency: float | None = None
    integration_status: int | None = None
    function_status: int | None = None
    integration_error: str = ""
    authorizer_error: str = ""
    error: str = ""
    error_type: str = ""
