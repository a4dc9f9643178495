"""What the mailbox remembers."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Message:
    """
    `status` is `kept` (there is no relay), `queued`, `relayed` or `failed`; then `error` says why.
    """

    id: str
    account: str
    region: str
    sent_at: float
    sender: str
    recipients: tuple[str, ...]
    subject: str
    body: str
    status: str
    error: str | None = None
