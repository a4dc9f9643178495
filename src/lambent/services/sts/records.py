"""What STS remembers: the sessions that it gave keys to."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Session:
    """
    One set of temporary keys. `arn` and `user_id` are the caller that they stand for.

    `role_arn` is empty for a session of a user; `policy` and `policy_arns` are the session
    policies that narrow it.
    """

    access_key_id: str
    secret_access_key: str
    session_token: str
    account: str
    arn: str
    user_id: str
    role_arn: str
    policy: str
    policy_arns: tuple[str, ...]
    tags: Mapping[str, str]
    source_identity: str
    issued_at: float
    expires_at: float
