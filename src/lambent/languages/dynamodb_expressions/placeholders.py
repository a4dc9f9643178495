"""The `#names` and `:values` of one request, and which of them its expressions used."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from lambent.languages.dynamodb_expressions.errors import ExpressionRefused
from lambent.languages.dynamodb_expressions.values import AttributeValue, checked_value

Values = Mapping[str, AttributeValue]

_NAME_KEY = re.compile(r"#[A-Za-z0-9_]+", re.ASCII)
_VALUE_KEY = re.compile(r":[A-Za-z0-9_]+", re.ASCII)
_LONGEST_KEY = 255


class Placeholders:
    """
    One for a request: each of its expressions is read with it, then `check_all_used` is asked.

    `names` is ExpressionAttributeNames, `values` is ExpressionAttributeValues as the request brings
    them (None when it brings none); the values are checked and normalised here.
    """

    __slots__ = ("_used_names", "_used_values", "names", "values")

    def __init__(
        self, names: Mapping[str, str] | None = None, values: Mapping[str, Any] | None = None
    ) -> None:
        self._used_names: set[str] = set()
        self._used_values: set[str] = set()
        self.names: tuple[tuple[str, str], ...] = ()
        self.values: Values = {}
        if names is not None:
            _check_keys("ExpressionAttributeNames", _NAME_KEY, names)
            self.names = tuple(names.items())
            for key, name in self.names:
                if not name:
                    raise ExpressionRefused(
                        "ExpressionAttributeNames contains invalid value:"
                        f" Empty attribute name for key {key}"
                    )
        if values is not None:
            _check_keys("ExpressionAttributeValues", _VALUE_KEY, values)
            self.values = {key: checked_value(value) for key, value in values.items()}

    @classmethod
    def of_checked(cls, values: Values) -> "Placeholders":
        """Of values that have been checked before."""
        placeholders = cls()
        placeholders.values = values
        return placeholders

    def mark_used(self, names: Iterable[str], values: Iterable[str]) -> None:
        self._used_names.update(names)
        self._used_values.update(values)

    def check_all_used(self) -> None:
        """Refuse names and values that no expression of the request used."""
        _refuse_unused("ExpressionAttributeNames", [key for key, _ in self.names], self._used_names)
        _refuse_unused("ExpressionAttributeValues", self.values, self._used_values)


def _check_keys(member: str, form: re.Pattern[str], given: Mapping[str, Any]) -> None:
    if not given:
        raise ExpressionRefused(f"{member} must not be empty")
    for key in given:
        if len(key) > _LONGEST_KEY:
            raise ExpressionRefused(
                f"{member} contains invalid key: The expression attribute map contains a key that"
                f" is too long; size of key: {len(key)}"
            )
        if not form.fullmatch(key):
            raise ExpressionRefused(f'{member} contains invalid key: Syntax error; key: "{key}"')


def _refuse_unused(member: str, given: Iterable[str], used: set[str]) -> None:
    unused = [key for key in given if key not in used]
    if unused:
        raise ExpressionRefused(
            f"Value provided in {member} unused in expressions: keys: {{{', '.join(unused)}}}"
        )
