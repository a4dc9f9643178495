"""What EventBridge remembers, and what travels through it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Settings = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Bus:
    account: str
    region: str
    name: str
    revision: str = ""
    policy: Settings = field(default_factory=dict)
    description: str = ""
    kms_key: str = ""
    dead_letters: Settings = field(default_factory=dict)
    log_config: Settings = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    created: float = 0.0
    modified: float = 0.0

    @property
    def arn(self) -> str:
        return f"arn:aws:events:{self.region}:{self.account}:event-bus/{self.name}"


@dataclass(frozen=True, slots=True)
class Rule:
    account: str
    region: str
    bus: str
    name: str
    revision: str
    pattern: str
    expression: str
    state: str
    description: str = ""
    role_arn: str = ""
    managed_by: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    counts_from: float = 0.0
    next_time: float | None = None

    @property
    def arn(self) -> str:
        # AWS: a rule of the default bus does not name it.
        place = self.name if self.bus == "default" else f"{self.bus}/{self.name}"
        return f"arn:aws:events:{self.region}:{self.account}:rule/{place}"

    @property
    def is_enabled(self) -> bool:
        return self.state != "DISABLED"


@dataclass(frozen=True, slots=True)
class Connection:
    """`parameters` are AuthParameters as they were given; nobody is ever shown its secrets."""

    account: str
    region: str
    name: str
    id: str
    secret_id: str
    revision: str
    description: str
    authorization_type: str
    parameters: Settings
    state: str
    state_reason: str = ""
    kms_key: str = ""
    token: str = ""
    token_until: float = 0.0
    created: float = 0.0
    modified: float = 0.0
    authorized: float = 0.0

    @property
    def arn(self) -> str:
        return f"arn:aws:events:{self.region}:{self.account}:connection/{self.name}/{self.id}"

    @property
    def secret_arn(self) -> str:
        return (
            f"arn:aws:secretsmanager:{self.region}:{self.account}:secret:"
            f"events!connection/{self.name}/{self.secret_id}"
        )


@dataclass(frozen=True, slots=True)
class Destination:
    """An API destination."""

    account: str
    region: str
    name: str
    id: str
    connection_arn: str
    endpoint: str
    method: str
    rate: int
    description: str
    created: float
    modified: float
    next_slot: float = 0.0

    @property
    def arn(self) -> str:
        return f"arn:aws:events:{self.region}:{self.account}:api-destination/{self.name}/{self.id}"


@dataclass(frozen=True, slots=True)
class Archive:
    account: str
    region: str
    name: str
    bus: str
    pattern: str
    description: str
    kms_key: str
    retention_days: int
    created: float
    event_count: int = 0
    size_bytes: int = 0

    @property
    def arn(self) -> str:
        return f"arn:aws:events:{self.region}:{self.account}:archive/{self.name}"


@dataclass(frozen=True, slots=True)
class Replay:
    account: str
    region: str
    name: str
    description: str
    archive: str
    bus: str
    filter_arns: tuple[str, ...]
    state: str
    events_from: float
    events_to: float
    started: float
    state_reason: str = ""
    last_replayed: float | None = None
    ended: float | None = None

    @property
    def arn(self) -> str:
        return f"arn:aws:events:{self.region}:{self.account}:replay/{self.name}"


@dataclass(frozen=True, slots=True)
class Event:
    """
    An event on its way: `text` is its JSON, `fields` the same to be matched.

    `hops` counts the buses that have passed it on.
    """

    id: str
    fields: Mapping[str, Any]
    text: str
    ingested: float
    trace: str = ""
    hops: int = 0


@dataclass(frozen=True, slots=True)
class Match:
    """An event that a rule is to tell one of its targets."""

    rule_arn: str
    rule_key: str
    target: Settings
    event: Event
