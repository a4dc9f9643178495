"""What IAM remembers."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Kind:
    """
    A kind of identity, and what AWS calls it.

    `name` is the type in its ARN, `member` the parameter that names one, `prefix` that of its
    unique ids, `words` how an error speaks of one, and `list_limit` what else it may hold.
    """

    name: str
    member: str
    prefix: str
    words: str
    inline_words: str


ROLE: Final = Kind("role", "RoleName", "AROA", "role", "role policy")
USER: Final = Kind("user", "UserName", "AIDA", "user", "user policy")
GROUP: Final = Kind("group", "GroupName", "AGPA", "group", "group policy")
INSTANCE_PROFILE: Final = Kind(
    "instance-profile", "InstanceProfileName", "AIPA", "Instance Profile", ""
)


@dataclass(frozen=True, slots=True)
class Identity:
    """A role, user, group or instance profile; the last four fields are a role's or user's."""

    id: str
    account: str
    kind: str
    name: str
    path: str
    created_at: float
    trust_policy: str = ""
    description: str = ""
    max_session_seconds: int = 0
    boundary: str = ""

    @property
    def arn(self) -> str:
        return f"arn:aws:iam::{self.account}:{self.kind}{self.path}{self.name}"


@dataclass(frozen=True, slots=True)
class Policy:
    """A managed policy. `attachments` and `boundaries` count who uses it."""

    arn: str
    account: str
    id: str
    name: str
    path: str
    description: str
    created_at: float
    updated_at: float
    default_version: int
    last_version: int
    attachments: int = 0
    boundaries: int = 0


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    arn: str
    number: int
    document: str
    created_at: float


@dataclass(frozen=True, slots=True)
class AccessKey:
    id: str
    account: str
    owner: str
    secret: str
    status: str
    created_at: float
