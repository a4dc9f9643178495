"""
How clients name a function: name, partial ARN or full ARN, each with or without a qualifier.

Pure. A qualifier is `$LATEST`, `$LATEST.PUBLISHED`, a version number or the name of an alias.
"""

import re
from dataclasses import dataclass

from lambent.core.errors import ValidationFailed
from lambent.services.lambda_.errors import InvalidParameterValue, ResourceNotFound

LATEST = "$LATEST"
# AWS: what functions on managed instances may publish instead of a numbered version.
LATEST_PUBLISHED = "$LATEST.PUBLISHED"
# Behind every number.
_LAST = 1 << 53

_NAME = re.compile(
    r"(?:arn:aws[a-zA-Z-]*:lambda:)?(?:(?P<region>[a-z]{2,}(?:-[a-z]+)+-\d):)?"
    r"(?:(?P<account>\d{12}):)?(?:function:)?(?P<name>[a-zA-Z0-9-_]+)"
    r"(?::(?P<qualifier>\$LATEST(?:\.PUBLISHED)?|[a-zA-Z0-9-_]+))?"
)
_MOST_CHARACTERS = 64


@dataclass(frozen=True, slots=True)
class FunctionName:
    """A function, and which of its versions; no qualifier means `$LATEST`."""

    account: str
    region: str
    name: str
    qualifier: str | None = None

    @property
    def arn(self) -> str:
        """Without a qualifier."""
        return f"arn:aws:lambda:{self.region}:{self.account}:function:{self.name}"

    @property
    def qualified_arn(self) -> str:
        """With the qualifier, if the client gave one."""
        return f"{self.arn}:{self.qualifier}" if self.qualifier else self.arn


def parse(text: str, account: str, region: str, qualifier: str | None = None) -> FunctionName:
    """
    Read a FunctionName param. `account` and `region` are the caller's, `qualifier` its Qualifier.

    >>> parse("123456789012:function:orders:live", "000000000000", "eu-west-1").qualifier
    'live'
    """
    match = _NAME.fullmatch(text)
    if match is None:
        raise ValidationFailed(
            f"1 validation error detected: Value '{text}' at 'functionName' failed to satisfy"
            f" constraint: Member must satisfy regular expression pattern: {_NAME.pattern}"
        )
    name = match["name"]
    if len(name) > _MOST_CHARACTERS:
        raise ValidationFailed(
            f"1 validation error detected: Value '{name}' at 'functionName' failed to satisfy"
            f" constraint: Member must have length less than or equal to {_MOST_CHARACTERS}"
        )
    if match["region"] and match["region"] != region:
        raise ResourceNotFound(
            f"Functions from '{match['region']}' are not reachable in this region ('{region}')"
        )
    derived = match["qualifier"]
    if derived and qualifier and derived != qualifier:
        raise InvalidParameterValue(
            "The derived qualifier from the function name does not match the specified qualifier."
        )
    return FunctionName(match["account"] or account, region, name, qualifier or derived)


def is_version(qualifier: str) -> bool:
    return qualifier in (LATEST, LATEST_PUBLISHED) or qualifier.isdigit()


def position(version: str) -> int:
    """Where a version stands in lists: `$LATEST` first, then by number."""
    if version == LATEST:
        return 0
    return _LAST if version == LATEST_PUBLISHED else int(version)
