"""What Lambda remembers of capacity providers and of how functions scale on them."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class CapacityProvider:
    """`settings` are the members of the API that the user chose, with AWS's defaults."""

    account: str
    region: str
    name: str
    state: str
    settings: dict[str, Any]
    tags: dict[str, str]
    last_modified: float

    @property
    def arn(self) -> str:
        return arn_of(self.account, self.region, self.name)


@dataclass(frozen=True, slots=True)
class Scaling:
    """How many environments a version has at least and at most."""

    least: int
    most: int

    @property
    def is_off(self) -> bool:
        """AWS: a version that may have no environment is deactivated."""
        return not self.most


# AWS: three environments, one for each availability zone.
DEFAULT_SCALING = Scaling(3, 3)


def arn_of(account: str, region: str, name: str) -> str:
    return f"arn:aws:lambda:{region}:{account}:capacity-provider:{name}"
