"""
What HTTP APIs are remembered as.

Settings are kept as the API reference spells them: what was asked is what is given back.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Settings = Mapping[str, Any]
Kind = Literal["authorizer", "deployment", "integration", "route", "stage"]


@dataclass(frozen=True, slots=True)
class Api:
    id: str
    account: str
    region: str
    created: float
    settings: Settings
    tags: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Part:
    """A route, integration, authorizer, deployment or stage of an API. A stage's id is its name."""

    api_id: str
    kind: Kind
    id: str
    settings: Settings


@dataclass(frozen=True, slots=True)
class DomainName:
    name: str
    account: str
    region: str
    settings: Settings
    tags: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ApiMapping:
    """What of a domain name leads to which stage. The empty key is all of it."""

    domain: str
    id: str
    key: str
    api_id: str
    stage: str


@dataclass(frozen=True, slots=True)
class Live:
    """A stage that a request is for, and the API that it is of."""

    api: Api
    stage: str
    settings: Settings
