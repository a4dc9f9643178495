"""
What Java's text, numbers, lists and maps can do in a template, and how they look as text. Pure.

A value is what JSON has. Only what stands in the tables can be called: no template reaches an
attribute of a Python object.
"""

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from lambent.languages.regular_expressions import TooSlow, matcher, parts_between, replaced
from lambent.languages.velocity.running import Host, TemplateFailed

_LONGEST_TEXT = 10 << 20
_MOST_MEMBERS = 1_000_000
_MOST_REPLACED = 256 << 20
# What does not go through the whole of a text, a list or a map.
_AT_ONCE = frozenset({"add", "charAt", "containsKey", "get", "getOrDefault", "getKey", "getValue"})
_AT_ONCE |= {"isEmpty", "iterator", "length", "put", "set", "size"}
_COMPARING = frozenset({"contains", "containsAll", "containsValue", "equals", "indexOf", "remove"})


class Missing(Exception):
    """No such member or method: the reference has no value."""


def text_of(value: Any) -> str:
    """
    As Java prints it.

    >>> text_of({"a": [1, True, None]})
    '{a=[1, true, null]}'
    """
    if isinstance(value, str):
        return value
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _float_text(value)
    if isinstance(value, Entry | Mapping | list | tuple | range):
        check_size(value.value if isinstance(value, Entry) else value)
        return _joined("", _pieces(value))
    return "" if isinstance(value, Host) else str(value)


def _pieces(value: Any) -> Iterator[str]:
    if isinstance(value, Entry):
        yield from _pieces(value.key)
        yield "="
        yield from _pieces(value.value)
    elif isinstance(value, Mapping):
        yield "{"
        for place, (key, each) in enumerate(value.items()):
            yield ", " if place else ""
            yield from _pieces(Entry(key, each))
        yield "}"
    elif isinstance(value, list | tuple | range):
        yield "["
        for place, each in enumerate(value):
            yield ", " if place else ""
            yield from _pieces(each)
        yield "]"
    else:
        yield text_of(value)


def _joined(between: str, pieces: Iterable[str]) -> str:
    """Joined as they come: a list that holds one text many times has no end."""
    kept: list[str] = []
    length = 0
    for piece in pieces:
        length += len(piece) + len(between)
        if length > _LONGEST_TEXT:
            raise TemplateFailed("A text is too long.")
        kept.append(piece)
    return between.join(kept)


def check_size(value: Any) -> None:
    """
    Raises TemplateFailed for a list or a map that has too many members in all, such as one that
    holds itself: nothing else could go through it.
    """
    if not isinstance(value, Mapping | list | tuple):
        return
    ahead, seen = [value], 0
    while ahead:
        one = ahead.pop()
        seen += len(one)
        if seen > _MOST_MEMBERS:
            raise TemplateFailed("A list has too many members.")
        members = one.values() if isinstance(one, Mapping) else one
        ahead += [each for each in members if isinstance(each, Mapping | list | tuple)]


def size_of(value: Any) -> int:
    return len(value) if isinstance(value, str | list | tuple | range | Mapping) else 1


def cost_of_call(value: Any, name: str, arguments: list[Any]) -> int:
    """How much a call goes through, before it is known what it makes."""
    cost = sum(map(size_of, arguments))
    if isinstance(value, Host):
        for argument in arguments:
            check_size(argument)
    elif name not in _AT_ONCE:
        cost += size_of(value)
        if name in _COMPARING:
            check_size(value)
        if name == "containsAll":
            cost += size_of(value) * cost
    return cost


def _float_text(value: float) -> str:
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
    if 1e-3 <= abs(value) < 1e7 or value == 0:
        return repr(value)
    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    assert isinstance(exponent, int)
    first, *rest = map(str, digits)
    power = exponent + len(rest)
    return f"{'-' * sign}{first}.{''.join(rest) or '0'}E{power}"


class Entry:
    """One of a map's entrySet()."""

    __slots__ = ("key", "value")

    def __init__(self, key: Any, value: Any) -> None:
        self.key = key
        self.value = value


def member(value: Any, name: str) -> Any:
    """`value.name`. Raises Missing."""
    if isinstance(value, Host):
        if name in value.properties:
            return value.properties[name]
        raise Missing
    if isinstance(value, Mapping):
        if name in value:
            return value[name]
    elif isinstance(value, Entry) and name in ("key", "value"):
        return getattr(value, name)
    if name == "empty" and isinstance(value, str | list | Mapping):
        return not value
    raise Missing


def item(value: Any, index: Any) -> Any:
    """`value[index]`. Raises Missing."""
    if isinstance(value, Mapping):
        if index in value:
            return value[index]
    elif isinstance(value, list | tuple | range) and isinstance(index, int):
        if -len(value) <= index < len(value):
            return value[index]
    elif isinstance(value, Host) and index in value.properties:
        return value.properties[index]
    raise Missing


def set_member(value: Any, name: Any, new: Any) -> None:
    is_place = isinstance(value, list) and isinstance(name, int) and 0 <= name < len(value)
    if isinstance(value, dict) or is_place:
        value[name] = new


def called(value: Any, name: str, arguments: list[Any]) -> Any:
    """`value.name(arguments)`. Raises Missing where there is no such method."""
    if isinstance(value, Host):
        method = value.methods.get(name)
        if method is None and name == "get" and len(arguments) == 1:
            return value.properties.get(arguments[0])
    else:
        method = _methods_of(value).get(name)
        if method is not None:
            arguments = [value, *arguments]
    if method is None:
        raise Missing
    try:
        return method(*arguments)
    except (AttributeError, IndexError, KeyError, OverflowError, TypeError, ValueError):
        # AWS: a call that Java would refuse leaves the reference without a value.
        raise Missing from None


def items_of(value: Any) -> Iterable[Any]:
    """What #foreach goes over."""
    if isinstance(value, Mapping):
        return list(value.values())
    if isinstance(value, list | tuple | range):
        return list(value)
    return []


def _methods_of(value: Any) -> Mapping[str, Callable[..., Any]]:
    if isinstance(value, str):
        return _TEXT
    if isinstance(value, Mapping):
        return _MAP
    if isinstance(value, list | tuple | range):
        return _LIST
    if isinstance(value, Entry):
        return _ENTRY
    if isinstance(value, bool | int | float):
        return _NUMBER
    return {}


def _slow(pattern: str) -> TemplateFailed:
    return TemplateFailed(f"The regular expression {pattern} takes too long.")


def _matches(text: str, pattern: str) -> bool:
    try:
        return matcher(pattern, whole=True)(text)
    except TooSlow:
        raise _slow(pattern) from None
    except re.error:
        raise ValueError from None


def _replacing(*, once: bool) -> Callable[[str, str, str], str]:
    def replace(text: str, pattern: str, new: str) -> str:
        try:
            return bounded(replaced(pattern, _room_for(text, new), new, once=once))
        except TooSlow:
            raise _slow(pattern) from None
        except re.error:
            raise ValueError from None

    return replace


def _split(text: str, pattern: str, limit: int = 0) -> list[str]:
    try:
        parts = parts_between(pattern, text)
    except TooSlow:
        raise _slow(pattern) from None
    except re.error:
        raise ValueError from None
    if len(parts) > 1 and parts[0] == "" and not pattern:
        parts = parts[1:]
    if limit > 0 and len(parts) > limit:
        # What is left, as it stands.
        begin = sum(map(len, parts[: limit - 1])) + (limit - 1)
        return [*parts[: limit - 1], text[begin:]]
    while limit == 0 and len(parts) > 1 and parts[-1] == "":
        parts.pop()
    return parts


def bounded(text: str) -> str:
    if len(text) > _LONGEST_TEXT:
        raise TemplateFailed("A text is too long.")
    return text


def _room_for(text: str, new: str) -> str:
    """The text, unless what may come in place of its parts is far too long."""
    if (len(text) + 1) * len(new) > _MOST_REPLACED:
        raise TemplateFailed("A text is too long.")
    return text


def _repeated(text: str, times: int) -> str:
    if len(text) * times > _LONGEST_TEXT:
        raise TemplateFailed("A text is too long.")
    return text * times


def _inner(text: str, begin: int, end: int | None = None) -> str:
    if not 0 <= begin <= (len(text) if end is None else end) <= len(text):
        raise IndexError
    return text[begin:end]


_ANY: dict[str, Callable[..., Any]] = {
    "toString": text_of,
    "equals": lambda value, other: type(value) is type(other) and value == other,
    "hashCode": lambda value: hash(text_of(value)) & 0x7FFFFFFF,
}

_TEXT: dict[str, Callable[..., Any]] = {
    **_ANY,
    "length": len,
    "isEmpty": lambda text: not text,
    "isBlank": lambda text: not text.strip(),
    "charAt": lambda text, place: text[place],
    "substring": _inner,
    "subSequence": _inner,
    "indexOf": lambda text, part, begin=0: text.find(part, begin),
    "lastIndexOf": lambda text, part: text.rfind(part),
    "contains": lambda text, part: part in text,
    "startsWith": lambda text, part, begin=0: text.startswith(part, begin),
    "endsWith": lambda text, part: text.endswith(part),
    "equalsIgnoreCase": lambda text, other: text.lower() == str(other).lower(),
    "compareTo": lambda text, other: (text > other) - (text < other),
    "toUpperCase": lambda text: text.upper(),
    "toLowerCase": lambda text: text.lower(),
    "trim": lambda text: text.strip(),
    "strip": lambda text: text.strip(),
    "concat": lambda text, other: bounded(text + other),
    "repeat": _repeated,
    "replace": lambda text, old, new: bounded(_room_for(text, new).replace(old, new)),
    "replaceAll": _replacing(once=False),
    "replaceFirst": _replacing(once=True),
    "matches": _matches,
    "split": _split,
    "toCharArray": list,
    "join": lambda text, parts: _joined(text, map(text_of, parts)),
}


def _added(items: list[Any], *arguments: Any) -> Any:
    if len(arguments) == 2:
        items.insert(arguments[0], arguments[1])
        return ""
    items.append(*arguments)
    return True


def _replaced(items: list[Any], place: int, value: Any) -> Any:
    before, items[place] = items[place], value
    return before


def _removed(items: list[Any], what: Any) -> Any:
    if isinstance(what, int) and not isinstance(what, bool):
        return items.pop(what)
    if what in items:
        items.remove(what)
        return True
    return False


def _place(items: Any, what: Any) -> int:
    return list(items).index(what) if what in items else -1


def _got(items: Any, place: int) -> Any:
    if not 0 <= place < len(items):
        raise IndexError
    return items[place]


_LIST: dict[str, Callable[..., Any]] = {
    **_ANY,
    "size": len,
    "length": len,
    "isEmpty": lambda items: not items,
    "get": _got,
    "set": _replaced,
    "add": _added,
    "addAll": lambda items, more: items.extend(more) or True,
    "remove": _removed,
    "clear": lambda items: items.clear(),
    "contains": lambda items, what: what in items,
    "containsAll": lambda items, those: all(what in items for what in those),
    "indexOf": _place,
    "subList": lambda items, begin, end: list(items[begin:end]),
    "iterator": lambda items: items,
    "toArray": list,
}


def _put(entries: dict[Any, Any], key: Any, value: Any) -> Any:
    before = entries.get(key)
    entries[key] = value
    return before


_MAP: dict[str, Callable[..., Any]] = {
    **_ANY,
    "size": len,
    "isEmpty": lambda entries: not entries,
    "get": lambda entries, key: entries.get(key),
    "getOrDefault": lambda entries, key, other: entries.get(key, other),
    "put": _put,
    "putAll": lambda entries, more: entries.update(more),
    "remove": lambda entries, key: entries.pop(key, None),
    "clear": lambda entries: entries.clear(),
    "containsKey": lambda entries, key: key in entries,
    "containsValue": lambda entries, value: value in entries.values(),
    "keySet": list,
    "values": lambda entries: list(entries.values()),
    "entrySet": lambda entries: [Entry(key, value) for key, value in entries.items()],
}

_ENTRY: dict[str, Callable[..., Any]] = {
    **_ANY,
    "getKey": lambda entry: entry.key,
    "getValue": lambda entry: entry.value,
}

_NUMBER: dict[str, Callable[..., Any]] = {
    **_ANY,
    "intValue": int,
    "longValue": int,
    "doubleValue": float,
    "floatValue": float,
    "compareTo": lambda number, other: (number > other) - (number < other),
    # Java's Integer and Double have these for text.
    "parseInt": lambda _, text: int(text),
    "valueOf": lambda _, text: float(text) if "." in str(text) else int(text),
    "parseDouble": lambda _, text: float(text),
}
