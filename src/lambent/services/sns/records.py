"""What SNS remembers."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Topic:
    """`attributes` holds what was set; defaults are added where they are shown."""

    account: str
    region: str
    name: str
    attributes: Mapping[str, str]
    tags: Mapping[str, str]
    created: float
    next_sequence: int = 1

    @property
    def arn(self) -> str:
        return f"arn:aws:sns:{self.region}:{self.account}:{self.name}"

    @property
    def is_fifo(self) -> bool:
        return self.attributes.get("FifoTopic") == "true"


@dataclass(frozen=True, slots=True)
class Subscription:
    """`pending` until its endpoint confirms it with the token; then `confirmed`, or `deleted`."""

    arn: str
    topic_arn: str
    account: str
    region: str
    principal: str
    protocol: str
    endpoint: str
    attributes: Mapping[str, str]
    status: str
    token: str
    token_until: float
    created: float
    was_authenticated: bool = False
    needs_authentication: bool = False

    @property
    def id(self) -> str:
        return self.arn.rpartition(":")[2]

    @property
    def is_raw(self) -> bool:
        return self.attributes.get("RawMessageDelivery") == "true"


@dataclass(frozen=True, slots=True)
class Message:
    """
    What was published. `texts` are the words for each protocol, `default` for the others.

    `attributes` are as AWS's envelopes have them: `{"Type": …, "Value": …}`, binary as base64.
    """

    id: str
    topic_arn: str
    sent_at: float
    texts: Mapping[str, str]
    subject: str | None = None
    attributes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    group_id: str | None = None
    deduplication_id: str | None = None
    sequence: int | None = None

    def text_for(self, protocol: str) -> str:
        text = self.texts.get(protocol)
        return self.texts["default"] if text is None else text


@dataclass(frozen=True, slots=True)
class SigningKey:
    """`private_key` and `certificate` are PEM; `name` is the certificate's in its address."""

    name: str
    private_key: str
    certificate: str
