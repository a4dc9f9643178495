"""
Two executions side by side: which states ran in only one of them, and where the others part.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from lambent.languages.asl_graph.steps import History, Step

What = Literal["only in the first", "only in the second", "status", "error", "output", "input"]

# Durations differ always; told are those that differ by so much and by so many times.
_SECONDS_APART = 0.1
_TIMES_APART = 2.0
_NOT_YET = 1 << 62


@dataclass(frozen=True, slots=True)
class Difference:
    """One step that is not the same. `path` names it: `Each / item 3 / Greet`."""

    path: str
    what: What
    first: str | None
    second: str | None
    # Of outputs and inputs: the first place in the document that differs.
    place: str = ""


@dataclass(frozen=True, slots=True)
class Pair:
    """A step of the one execution and the same of the other, as far as each has it."""

    path: str
    first: Step | None
    second: Step | None

    @property
    def happened_at(self) -> tuple[int, int]:
        """When it was settled: what is inside a Map comes before the Map, as a cause should."""
        step = self.first or self.second
        assert step is not None
        if self.first is None or self.second is None:
            return step.event_id, 0
        return step.ended_by or _NOT_YET, -self.path.count(" / ")


@dataclass(frozen=True, slots=True)
class Comparison:
    """All that differs, in the order of happening; what comes first made the rest differ."""

    differences: tuple[Difference, ...]
    slower: tuple[Pair, ...]

    @property
    def divergence(self) -> Difference | None:
        return self.differences[0] if self.differences else None


def compare(first: History, second: History) -> Comparison:
    """What differs between two executions, in the order in which it happened."""
    pairs = sorted(_pairs(first.execution, second.execution, ()), key=lambda pair: pair.happened_at)
    found = [
        *_differences(Pair("input of the execution", first.execution, second.execution), ("input",))
    ]
    for pair in pairs:
        found.extend(_differences(pair, ("status", "error", "output")))
    slower = tuple(pair for pair in pairs if _took_longer(pair))
    return Comparison(tuple(found), slower)


def _pairs(first: Step | None, second: Step | None, path: tuple[str, ...]) -> Iterator[Pair]:
    """The states below two steps, those of the same name and round together."""
    ones, others = _by_key(first), _by_key(second)
    for key in ones | others:
        one, other = ones.get(key), others.get(key)
        name, round_ = key
        here = (*path, name if round_ == 0 else f"{name} ({round_ + 1})")
        step = one or other
        alone = one is None or other is None
        if step is not None and (step.kind == "state" or (step.kind == "item" and alone)):
            yield Pair(" / ".join(here), one, other)
        # What is inside a state that ran in only one goes without saying.
        if one is not None and other is not None:
            yield from _pairs(one, other, here)


def _by_key(step: Step | None) -> dict[tuple[str, int], Step]:
    """The children by name, and by how often the name came before."""
    children: dict[tuple[str, int], Step] = {}
    rounds: dict[str, int] = {}
    for child in () if step is None else step.children:
        round_ = rounds.get(child.name, 0)
        rounds[child.name] = round_ + 1
        children[child.name, round_] = child
    return children


def _differences(pair: Pair, members: tuple[What, ...]) -> Iterator[Difference]:
    if pair.first is None or pair.second is None:
        what: What = "only in the second" if pair.first is None else "only in the first"
        first, second = (each.status if each else None for each in (pair.first, pair.second))
        yield Difference(pair.path, what, first, second)
        return
    for what in members:
        one, other = getattr(pair.first, what), getattr(pair.second, what)
        if one == other:
            continue
        if what in ("input", "output"):
            place, one, other = first_difference(one, other)
            if place is not None:
                yield Difference(pair.path, what, one, other, place)
        else:
            yield Difference(pair.path, what, one, other)


def _took_longer(pair: Pair) -> bool:
    if pair.first is None or pair.second is None:
        return False
    one, other = pair.first.seconds or 0.0, pair.second.seconds or 0.0
    least, most = min(one, other), max(one, other)
    return most - least >= _SECONDS_APART and most >= _TIMES_APART * least


def first_difference(
    first: str | None, second: str | None
) -> tuple[str | None, str | None, str | None]:
    """
    Where two JSON texts differ first, as a path, and what each has there.

    The path is None when they differ in nothing but their writing.
    """
    if first is None or second is None:
        return "$", first, second
    try:
        one, other = json.loads(first), json.loads(second)
    except ValueError:
        return "$", first, second
    found = _first_place(one, other, "$")
    if found is None:
        return None, None, None
    path, one, other = found
    return path, _text(one), _text(other)


class _Missing:
    """In the place of a value that is not there."""


_MISSING = _Missing()


def _first_place(one: object, other: object, path: str) -> tuple[str, object, object] | None:
    if isinstance(one, dict) and isinstance(other, dict):
        for name in one | other:
            found = _first_place(
                one.get(name, _MISSING), other.get(name, _MISSING), f"{path}.{name}"
            )
            if found is not None:
                return found
        return None
    if isinstance(one, list) and isinstance(other, list):
        for index in range(max(len(one), len(other))):
            found = _first_place(
                one[index] if index < len(one) else _MISSING,
                other[index] if index < len(other) else _MISSING,
                f"{path}[{index}]",
            )
            if found is not None:
                return found
        return None
    # True is 1 for Python, not for JSON.
    same = one == other and isinstance(one, bool) == isinstance(other, bool)
    return None if same else (path, one, other)


def _text(value: object) -> str | None:
    return None if value is _MISSING else json.dumps(value, ensure_ascii=False)
