"""From a path's text to its steps."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lambent.languages.jsonpath.filters import InvalidPath, Reader, Test, parse_filter
from lambent.languages.jsonpath.functions import FUNCTIONS


@dataclass(frozen=True, slots=True)
class Names:
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Indexes:
    indexes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Slice:
    start: int | None
    stop: int | None
    step: int | None


@dataclass(frozen=True, slots=True)
class Every:
    """[*] or .*"""


@dataclass(frozen=True, slots=True)
class Children:
    """The children of what ..* finds."""


@dataclass(frozen=True, slots=True)
class Deep:
    """.. and the step that is looked for at every depth."""

    following: "Step | None"


@dataclass(frozen=True, slots=True)
class Computed:
    """[(@.length-1)]: counted from the end."""

    offset: int


@dataclass(frozen=True, slots=True)
class Filter:
    test: Test


@dataclass(frozen=True, slots=True)
class Function:
    name: str
    apply: Callable[[Any, Any], Any]


Step = Names | Indexes | Slice | Every | Children | Deep | Computed | Filter | Function

_NAME_ENDS = ".[ ()'\",=<>!&|]"


def parse_steps(
    text: str, compile_relative: Callable[[str], Callable[[Any, Any], Any]]
) -> tuple[str, tuple[Step, ...]]:
    reader = Reader(text, compile_relative)
    root = _root(reader)
    steps: list[Step] = []
    while not reader.at_end():
        steps.append(_step(reader))
    return root, tuple(steps)


def _root(reader: Reader) -> str:
    if not reader.take("$"):
        raise InvalidPath(f"'{reader.text}' does not begin with '$'")
    if reader.take("$"):
        return "$$"
    name = reader.identifier()
    return "$" + name


def _step(reader: Reader) -> Step:
    if reader.take(".."):
        if reader.peek() == "[":
            return Deep(_bracket(reader))
        return Deep(_dotted(reader))
    if reader.take(".") and reader.peek() != "[":
        return _dotted(reader)
    if reader.peek() == "[":
        return _bracket(reader)
    raise InvalidPath(f"'{reader.text}' cannot be read at position {reader.at}")


def _dotted(reader: Reader) -> Step:
    if reader.take("*"):
        return Every()
    name = reader.until(_NAME_ENDS)
    if not name:
        raise InvalidPath(f"'{reader.text}' has an empty name at position {reader.at}")
    if reader.take("("):
        reader.spaces()
        if not reader.take(")") or name not in FUNCTIONS:
            raise InvalidPath(f"'{reader.text}' calls an unknown function '{name}'")
        return Function(name, FUNCTIONS[name])
    return Names((name,))


def _bracket(reader: Reader) -> Step:
    reader.expect("[")
    reader.spaces()
    step: Step
    match reader.peek():
        case "'" | '"':
            step = Names(_quoted_names(reader))
        case "*":
            reader.expect("*")
            step = Every()
        case "?":
            reader.expect("?")
            reader.spaces()
            reader.expect("(")
            step = Filter(parse_filter(reader))
            reader.expect(")")
        case "(":
            step = _computed(reader)
        case _:
            step = _positions(reader)
    reader.spaces()
    reader.expect("]")
    return step


def _quoted_names(reader: Reader) -> tuple[str, ...]:
    names = [reader.quoted()]
    reader.spaces()
    while reader.take(","):
        reader.spaces()
        names.append(reader.quoted())
        reader.spaces()
    return tuple(names)


def _computed(reader: Reader) -> Step:
    inside = reader.until(")").replace(" ", "")
    reader.expect(")")
    prefix = "(@.length-"
    digits = inside.removeprefix(prefix)
    if not inside.startswith(prefix) or not digits.isdecimal():
        raise InvalidPath(f"'{reader.text}' has an expression that is not (@.length-n)")
    return Computed(-int(digits))


def _positions(reader: Reader) -> Step:
    inside = reader.until("]").strip()
    try:
        if ":" in inside:
            parts = [int(part) if part.strip() else None for part in inside.split(":")]
            if len(parts) > 3 or (len(parts) == 3 and parts[2] == 0):
                raise ValueError
            parts += [None] * (3 - len(parts))
            return Slice(*parts)
        return Indexes(tuple(int(part) for part in inside.split(",")))
    except ValueError:
        raise InvalidPath(f"'{reader.text}' has no position in '[{inside}]'") from None
