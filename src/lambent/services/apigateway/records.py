"""What API Gateway remembers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Owner:
    """What parts belong to: an account in a region, or with an id something in it."""

    account: str
    region: str
    id: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """
    One thing that is configured, of whatever kind: `document` is what its Get operation answers.

    A document, because clients change it as one, by patches of its paths, and because nothing reads
    it before it is deployed; what answers requests is made of it then.
    """

    owner: Owner
    kind: str
    id: str
    created: float
    document: Document


@dataclass(frozen=True, slots=True)
class Usage:
    """What a key used under a plan on a day, and what was added to its quota by hand."""

    key_id: str
    day: str
    used: int
    added: int
