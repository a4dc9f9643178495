"""What SQS remembers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Settings:
    """A queue's attributes, read: what each call looks at."""

    visibility_timeout: int
    delay_seconds: int
    retention_seconds: int
    wait_seconds: int
    maximum_message_size: int
    is_fifo: bool
    content_based_deduplication: bool
    deduplicates_by_group: bool
    # Empty, where there is no redrive policy.
    dead_letter_arn: str
    max_receive_count: int


@dataclass(frozen=True, slots=True)
class Queue:
    """`attributes` are those that somebody set; what is not set has its default."""

    id: int
    account: str
    region: str
    name: str
    attributes: Mapping[str, str]
    settings: Settings
    created_at: float
    modified_at: float

    @property
    def arn(self) -> str:
        return f"arn:aws:sqs:{self.region}:{self.account}:{self.name}"

    @property
    def topic(self) -> str:
        """The signal that tells of messages; event sources know it by the queue's ARN."""
        return f"sqs/{self.arn}"


@dataclass(frozen=True, slots=True)
class Draft:
    """A message as it is sent: all that does not depend on its queue."""

    body: str
    md5: str
    attributes: Mapping[str, Any]
    attributes_md5: str
    system_attributes: Mapping[str, str]
    system_attributes_md5: str
    size: int
    delay_seconds: int | None
    group: str | None
    deduplication_id: str | None


@dataclass(frozen=True, slots=True)
class Message:
    """
    A message in a queue. `number` is its place, and its name in receipt handles.

    `attributes` and `system_attributes` are JSON.
    """

    number: int
    id: str
    body: str
    md5: str
    attributes: str
    system_attributes: str
    sender: str
    sent_at: float
    visible_at: float
    received_at: float | None
    receive_count: int
    fifo_group: str | None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a receipt handle says: which message, received for which time."""

    handle: str
    number: int
    receive_count: int


@dataclass(frozen=True, slots=True)
class MoveTask:
    """`per_second` is 0 where no rate was asked for."""

    handle: str
    account: str
    region: str
    source_arn: str
    destination_arn: str
    per_second: int
    status: str
    moved: int
    to_move: int
    failure: str
    started_at: float
