"""
Paths, compiled to closures.

A *definite* path names one place and gives that value or MISSING. Any other path gives the list
of all it matches, in document order, which may be empty.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from lambent.languages.jsonpath.filters import MISSING, InvalidPath, Search, Test
from lambent.languages.jsonpath.syntax import (
    Children,
    Computed,
    Deep,
    Every,
    Filter,
    Function,
    Indexes,
    Names,
    Slice,
    Step,
    parse_steps,
)

Find = Callable[[Any], Any]
_Many = Callable[[Any, list[Any], Search], None]
"""Adds to a list what is found of a value; the last is the search that the path makes."""


@dataclass(frozen=True, slots=True)
class Path:
    text: str
    root: str
    """What stands before the first step: "$", "$$" or "$name"."""
    steps: tuple[Step, ...]
    definite: bool
    find: Find
    """From a document to the value, a list of values, or MISSING; TooMuch if not definite."""

    @property
    def is_reference(self) -> bool:
        """Whether it names exactly one place, by names and positions only."""
        return self.definite and all(isinstance(step, Names | Indexes) for step in self.steps)

    def keys(self) -> list[str | int]:
        """The names and positions of a Reference Path."""
        keys: list[str | int] = []
        for step in self.steps:
            if isinstance(step, Names):
                keys.append(step.names[0])
            elif isinstance(step, Indexes):
                keys.append(step.indexes[0])
        return keys

    def normal_form(self) -> str:
        """As the path library behind AWS writes it: $['a'][0]."""
        return "$" + "".join(
            f"[{key}]" if isinstance(key, int) else f"['{key}']" for key in self.keys()
        )


@lru_cache(maxsize=4096)
def compile_path(text: str) -> Path:
    """Compile a path that begins with $, $$ or $name; raises InvalidPath."""
    # AWS: a space at the end of a path is nothing; its own sample workflows have some.
    root, steps = parse_steps(text.strip(), _compile_relative)
    definite = all(_is_definite(step) for step in steps)
    find = _find_one(steps) if definite else _find_many(steps)
    return Path(text, root, steps, definite, find)


def _compile_relative(text: str) -> Callable[[Any, Search], Any]:
    """A path within a filter: from an item, within the search around it."""
    path = compile_path(text)
    if path.definite:
        return lambda item, search: path.find(item)
    return _find_many_within(path.steps)


def _is_definite(step: Step) -> bool:
    match step:
        case Names(names=names):
            return len(names) == 1
        case Indexes(indexes=indexes):
            return len(indexes) == 1
        case Computed() | Function():
            return True
        case _:
            return False


def _find_one(steps: tuple[Step, ...]) -> Find:
    if all(isinstance(step, Names) for step in steps):
        return _find_by_names(tuple(step.names[0] for step in steps if isinstance(step, Names)))
    getters = tuple(_one(step) for step in steps)

    def find(document: Any) -> Any:
        for getter in getters:
            document = getter(document)
            if document is MISSING:
                return MISSING
        return document

    return find


def _find_by_names(names: tuple[str, ...]) -> Find:
    if not names:
        return lambda document: document
    if len(names) == 1:
        (only,) = names

        def find_only(document: Any) -> Any:
            return document.get(only, MISSING) if type(document) is dict else MISSING

        return find_only

    def find(document: Any) -> Any:
        for name in names:
            if type(document) is not dict:
                return MISSING
            document = document.get(name, MISSING)
        return document

    return find


def _one(step: Step) -> Find:
    match step:
        case Names(names=(name,)):
            return _find_by_names((name,))
        case Indexes(indexes=(index,)):
            return lambda document: _item(document, index)
        case Computed(offset=offset):
            return lambda document: (
                _item(document, len(document) + offset) if isinstance(document, list) else MISSING
            )
        case Function(apply=apply):
            return lambda document: apply(document, MISSING)
    raise InvalidPath(f"not a single place: {step}")


def _item(document: Any, index: int) -> Any:
    if type(document) is not list:
        return MISSING
    if -len(document) <= index < len(document):
        return document[index]
    # AWS: a position past the end is null, not an error (measured in us-east-1).
    return None


def _find_many(steps: tuple[Step, ...]) -> Find:
    find = _find_many_within(steps)
    return lambda document: find(document, Search(document))


def _find_many_within(steps: tuple[Step, ...]) -> Callable[[Any, Search], Any]:
    # A function at the end works on the whole list: $..price.length(), $.a[*].sum().
    functions: list[Function] = []
    while steps and isinstance(steps[-1], Function):
        functions.insert(0, steps[-1])
        steps = steps[:-1]
    expanders = tuple(_many(step) for step in steps)

    def find(document: Any, search: Search) -> Any:
        found = [document]
        for expand in expanders:
            following: list[Any] = []
            for value in found:
                expand(value, following, search)
            search.looked_at(len(following))
            found = following
        answer: Any = found
        for function in functions:
            answer = function.apply(answer, MISSING)
        return answer

    return find


def _many(step: Step) -> _Many:
    match step:
        case Names(names=names):
            return lambda value, out, search: _names(value, names, out)
        case Indexes(indexes=indexes):
            return lambda value, out, search: _indexes(value, indexes, out)
        case Slice(start=start, stop=stop, step=stride):
            return lambda value, out, search: (
                out.extend(value[start:stop:stride]) if isinstance(value, list) else None
            )
        case Every():
            return lambda value, out, search: out.extend(_children(value))
        case Filter(test=test):
            return lambda value, out, search: _filter(value, test, out, search)
        case Deep(following=following):
            inner = _every_match(following) if following is not None else None
            return lambda value, out, search: _deep(value, inner, out, search)
        case Children():
            return lambda value, out, search: out.extend(_children(value))
    getter = _one(step)

    def expand(value: Any, out: list[Any], search: Search) -> None:
        found = getter(value)
        if found is not MISSING:
            out.append(found)

    return expand


def _names(value: Any, names: tuple[str, ...], out: list[Any]) -> None:
    if not isinstance(value, dict):
        return
    if len(names) == 1:
        if names[0] in value:
            out.append(value[names[0]])
        return
    out.append({name: value[name] for name in names if name in value})


def _indexes(value: Any, indexes: tuple[int, ...], out: list[Any]) -> None:
    if isinstance(value, list):
        out.extend(value[index] for index in indexes if -len(value) <= index < len(value))


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _filter(value: Any, test: Test, out: list[Any], search: Search) -> None:
    if isinstance(value, list):
        search.looked_at(len(value))
        out.extend(item for item in value if test(item, search))
    elif isinstance(value, dict) and test(value, search):
        out.append(value)


def _every_match(step: Step) -> _Many:
    """What a step finds of each of many values: of a filter, only whether the value matches."""
    if not isinstance(step, Filter):
        return _many(step)
    test = step.test

    def expand(value: Any, out: list[Any], search: Search) -> None:
        if isinstance(value, dict) and test(value, search):
            out.append(value)

    return expand


def _deep(value: Any, inner: _Many | None, out: list[Any], search: Search) -> None:
    # Iterative: the data may be nested deeper than the interpreter's stack.
    waiting = [value]
    while waiting:
        search.looked_at(1)
        current = waiting.pop()
        if inner is None:
            out.append(current)
        else:
            inner(current, out, search)
        waiting.extend(
            child for child in reversed(_children(current)) if isinstance(child, dict | list)
        )
