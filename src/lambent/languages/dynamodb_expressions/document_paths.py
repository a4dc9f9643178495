"""
Several paths into one item: they may not meet, and they pick parts of it.

A path meets another when it is it, or leads on from it; and when one takes for a list what the
other takes for a map.
"""

from collections.abc import Sequence
from typing import Any

from lambent.languages.dynamodb_expressions.checks import Checks, Steps, path_text
from lambent.languages.dynamodb_expressions.values import AttributeValue, Item

Branches = dict[str | int, Any]
"""Names and positions, each with what follows it: branches, or None for all that is there."""


def check_apart(paths: Sequence[Steps], checks: Checks) -> bool:
    """Whether they are apart; the checks refuse those that overlap or, if none do, conflict."""
    for problem, find in (("overlap", _overlapping), ("conflict", _conflicting)):
        found = find(paths)
        if found is not None:
            one, other = found
            checks.refuse(
                f"Two document paths {problem} with each other; must remove or rewrite one of these"
                f" paths; path one: {path_text(one)}, path two: {path_text(other)}"
            )
            return False
    return True


def _overlapping(paths: Sequence[Steps]) -> tuple[Steps, Steps] | None:
    whole: set[Steps] = set()
    led_through: dict[Steps, Steps] = {}
    for steps in paths:
        for length in range(1, len(steps) + 1):
            if steps[:length] in whole:
                return steps[:length], steps
        if steps in led_through:
            return led_through[steps], steps
        whole.add(steps)
        for length in range(1, len(steps)):
            led_through.setdefault(steps[:length], steps)
    return None


def _conflicting(paths: Sequence[Steps]) -> tuple[Steps, Steps] | None:
    taken_for: dict[Steps, Steps] = {}
    for steps in paths:
        for length in range(1, len(steps)):
            earlier = taken_for.setdefault(steps[:length], steps)
            if isinstance(earlier[length], int) != isinstance(steps[length], int):
                return earlier, steps
    return None


def branches(paths: Sequence[Steps]) -> Branches:
    """The paths as a tree."""
    root: Branches = {}
    for steps in paths:
        *inner, last = steps
        at = root
        for step in inner:
            at = at.setdefault(step, {})
        at[last] = None
    return root


def picked(item: Item, wanted: Branches) -> Item:
    """The parts of an item that are on the branches, in their places."""
    found: Item = {}
    for name, below in wanted.items():
        value = item.get(str(name))
        if value is not None:
            part = value if below is None else _part(value, below)
            if part is not None:
                found[str(name)] = part
    return found


def _part(value: AttributeValue, wanted: Branches) -> AttributeValue | None:
    if "M" in value and isinstance(next(iter(wanted)), str):
        inner = picked(value["M"], wanted)
        return {"M": inner} if inner else None
    if "L" in value and isinstance(next(iter(wanted)), int):
        elements = value["L"]
        # AWS: the elements close up, in their own order.
        parts = [
            elements[place] if wanted[place] is None else _part(elements[place], wanted[place])
            for place in sorted(place for place in wanted if isinstance(place, int))
            if place < len(elements)
        ]
        kept = [part for part in parts if part is not None]
        return {"L": kept} if kept else None
    return None
