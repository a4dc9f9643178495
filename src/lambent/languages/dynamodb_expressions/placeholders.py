"""The `#names` and `:values` of one request, and which of them its expressions used."""

from collections.abc import Mapping
from typing import Any


class Placeholders:
    """
    One for a request: each of its expressions is read with it, then `check_all_used` is asked.

    `names` is ExpressionAttributeNames, `values` is ExpressionAttributeValues as the request brings
    them (None when it brings none); the values are checked and normalised here.
    """

    def __init__(
        self, names: Mapping[str, str] | None = None, values: Mapping[str, Any] | None = None
    ) -> None:
        raise NotImplementedError

    def check_all_used(self) -> None:
        """Refuse names and values that no expression of the request used."""
        raise NotImplementedError
