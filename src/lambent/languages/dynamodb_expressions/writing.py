"""
An item that is being written: the item that follows from it shares what is not changed.

Each map and list on the way to a change is copied once. Elements that go leave their list only at
the end, so that every path counts positions as they were before the update.
"""

from typing import Any, Final

from lambent.languages.dynamodb_expressions.checks import Steps
from lambent.languages.dynamodb_expressions.comparisons import Found
from lambent.languages.dynamodb_expressions.errors import UpdateRefused
from lambent.languages.dynamodb_expressions.values import AttributeValue, Item

_GONE: Final[Any] = {}

_WRONG_PATH = "The document path provided in the update expression is invalid for update"

Container = dict[str, AttributeValue] | list[AttributeValue]


class Writing:
    __slots__ = ("_appended", "_copied", "_thinned", "item")

    def __init__(self, item: Item) -> None:
        self.item = dict(item)
        self._copied: set[int] = set()
        self._appended: list[tuple[int, list[AttributeValue], AttributeValue]] = []
        self._thinned: list[list[AttributeValue]] = []

    def container(self, steps: Steps) -> Container:
        """The map or list that holds the path's last step, ready to be written."""
        at: Container = self.item
        for place, step in enumerate(steps[:-1]):
            at = self._inner(at, step, "L" if isinstance(steps[place + 1], int) else "M")
        return at

    def _inner(self, outer: Container, step: str | int, kind: str) -> Container:
        found = element(outer, step)
        if found is None or kind not in found:
            raise UpdateRefused(_WRONG_PATH)
        inner: Container = found[kind]
        if id(inner) in self._copied:
            return inner
        copy: Container = inner.copy()
        self._copied.add(id(copy))
        outer[step] = {kind: copy}  # type: ignore[index]
        return copy

    def put(self, container: Container, step: str | int, value: AttributeValue) -> None:
        if isinstance(container, dict):
            container[str(step)] = value
        elif isinstance(step, int) and step < len(container):
            container[step] = value
        else:
            self._appended.append((int(step), container, value))

    def remove(self, container: Container, step: str | int) -> None:
        if isinstance(container, dict):
            container.pop(str(step), None)
        elif isinstance(step, int) and step < len(container):
            container[step] = _GONE
            self._thinned.append(container)

    def finished(self) -> Item:
        """The item, with lists closed up and what lies beyond their ends appended in order."""
        for thinned in self._thinned:
            thinned[:] = [value for value in thinned if value is not _GONE]
        for _, container, value in sorted(self._appended, key=lambda appended: appended[0]):
            container.append(value)
        return self.item


def element(container: Container, step: str | int) -> Found:
    if isinstance(container, dict):
        return container.get(str(step))
    return container[step] if isinstance(step, int) and step < len(container) else None
