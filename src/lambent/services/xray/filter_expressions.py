"""
Filter expressions: `service("shop") AND annotation.order = 7 AND responsetime > 2`. Pure.

https://docs.aws.amazon.com/xray/latest/devguide/xray-console-filters.html
"""

import operator
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from lambent.services.xray import traces
from lambent.services.xray.errors import InvalidRequest
from lambent.services.xray.summaries import http, resource_arns
from lambent.services.xray.traces import Document, Trace, http_status, parts

Filter = Callable[[Trace], bool]
# What a keyword stands for: every value of it that the trace has.
_Values = Callable[[Trace], Iterable[Any]]

_TOKEN = re.compile(
    r"""\s*(?:
    (?P<text>"(?:[^"\\]|\\.)*")
    |(?P<number>-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)
    |(?P<sign>&&|\|\||!=|<=|>=|[=<>!(){}\[\],:])
    |(?P<word>[^\W\d][\w.]*)
    )""",
    re.VERBOSE,
)
_SIGNS = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_WORDS: dict[str, Callable[[Any, Any], bool]] = {
    "CONTAINS": lambda value, part: part in value,
    "BEGINSWITH": str.startswith,
    "ENDSWITH": str.endswith,
}
# AWS: an expression is no longer than this.
_LONGEST = 2_000
_DEEPEST = 50


def _root_flag(name: str) -> _Values:
    return lambda trace: [bool((trace.root or {}).get(name))]


def _is_ok(trace: Trace) -> list[bool]:
    root = trace.root or {}
    return [not any(root.get(flag) for flag in ("error", "fault", "throttle"))]


def _of_root(read: Callable[[Document], Any]) -> _Values:
    def values(trace: Trace) -> list[Any]:
        value = None if trace.root is None else read(trace.root)
        return [] if value is None else [value]

    return values


def _machines(member: str) -> _Values:
    return lambda trace: [
        ec2[member]
        for segment in trace.segments
        if (ec2 := traces.member(traces.member(segment, "aws"), "ec2")).get(member)
    ]


def _messages(trace: Trace) -> Iterator[str]:
    for segment in trace.segments:
        for part in parts(segment):
            for one in traces.exceptions(part):
                if isinstance(one.get("message"), str):
                    yield one["message"]


def _members(member: str) -> _Values:
    return lambda trace: [
        part[member] for one in trace.segments for part in parts(one) if part.get(member)
    ]


_BOOLEANS: dict[str, _Values] = {
    "ok": _is_ok,
    "error": _root_flag("error"),
    "fault": _root_flag("fault"),
    "throttle": _root_flag("throttle"),
    "partial": lambda trace: [trace.is_partial],
    "inferred": lambda trace: [any(one.get("inferred") for one in trace.segments)],
}
_NUMBERS: dict[str, _Values] = {
    "responsetime": lambda trace: [trace.response_time],
    "duration": lambda trace: [trace.duration],
    "http.status": _of_root(http_status),
}
_TEXTS: dict[str, _Values] = {
    "http.url": _of_root(lambda root: http(root).get("HttpURL")),
    "http.method": _of_root(lambda root: http(root).get("HttpMethod")),
    "http.useragent": _of_root(lambda root: http(root).get("UserAgent")),
    "http.clientip": _of_root(lambda root: http(root).get("ClientIp")),
    "user": _members("user"),
    "name": lambda trace: [segment["name"] for segment in trace.segments],
    "type": lambda trace: [one["origin"] for one in trace.segments if one.get("origin")],
    "message": _messages,
    "availabilityzone": _machines("availability_zone"),
    "instance.id": _machines("instance_id"),
    "resource.arn": resource_arns,
}


def _annotation(name: str) -> _Values:
    return lambda trace: [
        found[name]
        for segment in trace.segments
        for part in parts(segment)
        if name in (found := traces.annotations(part))
    ]


def parse(text: str) -> Filter:
    """Raises InvalidRequest."""
    if not text.strip():
        return lambda trace: True
    if len(text) > _LONGEST:
        raise InvalidRequest("Filter expression is too long.")
    return _Parser(text).whole()


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(_tokens(text))
        self._next = 0
        self._depth = 0

    def whole(self) -> Filter:
        found = self._either()
        if self._next < len(self._tokens):
            raise self._wrong()
        return found

    def _either(self) -> Filter:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise InvalidRequest("Filter expression is nested too deeply.")
        found = [self._both()]
        while self._takes("||") or self._takes_word("OR"):
            found.append(self._both())
        self._depth -= 1
        return found[0] if len(found) == 1 else lambda trace: any(one(trace) for one in found)

    def _both(self) -> Filter:
        found = [self._one()]
        while self._takes("&&") or self._takes_word("AND"):
            found.append(self._one())
        return found[0] if len(found) == 1 else lambda trace: all(one(trace) for one in found)

    def _one(self) -> Filter:
        negations = 0
        while self._takes("!") or self._takes_word("NOT"):
            negations += 1
        found = self._plain()
        return (lambda trace: not found(trace)) if negations % 2 else found

    def _plain(self) -> Filter:
        if self._takes("("):
            inner = self._either()
            self._expect(")")
            return inner
        kind, word = self._take()
        if kind != "word":
            raise self._wrong(-1)
        keyword = word.lower()
        if keyword in ("service", "id"):
            return self._service(keyword)
        if keyword == "edge":
            return self._edge()
        if keyword.startswith("annotation"):
            return self._compared(_annotation(self._annotation_name(word)), "any")
        if keyword in _BOOLEANS:
            return self._compared(_BOOLEANS[keyword], "boolean")
        if keyword in _NUMBERS:
            return self._compared(_NUMBERS[keyword], "number")
        if keyword in _TEXTS:
            return self._compared(_TEXTS[keyword], "text")
        raise InvalidRequest(f"Lambent does not know the keyword {word} in filter expressions.")

    def _annotation_name(self, word: str) -> str:
        _, dot, name = word.partition(".")
        if dot:
            return name
        if word.lower() != "annotation":
            raise self._wrong(-1)
        self._expect("[")
        kind, name = self._take()
        if kind not in ("word", "text"):
            raise self._wrong(-1)
        self._expect("]")
        return name

    def _compared(self, values: _Values, kind: str) -> Filter:
        """A keyword, and what it is compared with if anything."""
        sign = self._comparison()
        if sign is None:
            # A flag must be set; of anything else there must be some.
            if kind == "boolean":
                return lambda trace: any(values(trace))
            return lambda trace: next(iter(values(trace)), None) is not None
        expected = self._value(kind)
        of_text = isinstance(expected, str)
        if (sign in _WORDS) != of_text and sign not in ("=", "!="):
            raise self._wrong(-1)
        compare = _WORDS.get(sign) or _SIGNS[sign]

        def holds(value: Any) -> bool:
            same = isinstance(value, bool) == isinstance(expected, bool)
            return same and isinstance(value, str) == of_text and bool(compare(value, expected))

        return lambda trace: any(holds(value) for value in values(trace))

    def _comparison(self) -> str | None:
        kind, text = self._peek()
        if kind == "sign" and text in _SIGNS:
            self._next += 1
            return text
        if kind == "word" and text.upper() in _WORDS:
            self._next += 1
            return text.upper()
        return None

    def _value(self, expected: str) -> str | float | bool:
        kind, text = self._take()
        if kind == "number" and expected in ("number", "any"):
            return float(text)
        if kind == "text" and expected in ("text", "any"):
            return text
        if kind == "word" and text.lower() in ("true", "false") and expected in ("boolean", "any"):
            return text.lower() == "true"
        raise self._wrong(-1)

    def _service(self, keyword: str) -> Filter:
        matches = self._service_match(keyword)
        return self._within(lambda trace: [one for one in trace.segments if matches(trace, one)])

    def _edge(self) -> Filter:
        self._expect("(")
        source = self._named_service()
        self._expect(",")
        destination = self._named_service()
        self._expect(")")

        def found(trace: Trace) -> list[Document]:
            parents = {
                part["id"]: segment
                for segment in trace.segments
                if source(trace, segment)
                for part in parts(segment)
            }
            return [
                one
                for one in trace.segments
                if one.get("parent_id") in parents and destination(trace, one)
            ]

        return self._within(found)

    def _within(self, found: Callable[[Trace], list[Document]]) -> Filter:
        """Some segments, and the filter in braces that one of them must pass by itself."""
        if not self._takes("{"):
            return lambda trace: bool(found(trace))
        inner = self._either()
        self._expect("}")
        return lambda trace: any(inner(Trace(trace.id, [one])) for one in found(trace))

    def _named_service(self) -> "_Match":
        kind, text = self._take()
        if kind == "text":
            return lambda trace, segment: segment["name"] == text
        if (kind, text.lower()) == ("word", "id"):
            return self._service_match("id")
        raise self._wrong(-1)

    def _service_match(self, keyword: str) -> "_Match":
        if not self._takes("("):
            if keyword == "id":
                raise self._wrong()
            return lambda trace, segment: True
        if keyword == "service":
            if self._takes(")"):
                return lambda trace, segment: True
            match = self._named_service()
            self._expect(")")
            return match
        wanted = {}
        while not self._takes(")"):
            _, name = self._take()
            self._expect(":")
            kind, value = self._take()
            if name.lower() not in ("name", "type", "account.id") or kind != "text":
                raise self._wrong(-1)
            wanted[name.lower()] = value
            self._takes(",")

        def matches(trace: Trace, segment: Document) -> bool:
            service = trace.service(segment)
            known = {"name": service.name, "type": service.type, "account.id": service.account}
            return all(known[name] == value for name, value in wanted.items())

        return matches

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._next] if self._next < len(self._tokens) else ("end", "")

    def _take(self) -> tuple[str, str]:
        token = self._peek()
        self._next += 1
        return token

    def _takes(self, sign: str) -> bool:
        if self._peek() != ("sign", sign):
            return False
        self._next += 1
        return True

    def _takes_word(self, word: str) -> bool:
        kind, text = self._peek()
        if kind != "word" or text.upper() != word:
            return False
        self._next += 1
        return True

    def _expect(self, sign: str) -> None:
        if not self._takes(sign):
            raise self._wrong()

    def _wrong(self, offset: int = 0) -> InvalidRequest:
        at = self._next + offset
        near = self._tokens[at][1] if at < len(self._tokens) else "the end"
        return InvalidRequest(f"Invalid filter expression: '{self._text}', near {near}.")


_Match = Callable[[Trace, Document], bool]


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    at, end = 0, len(text.rstrip())
    while at < end:
        found = _TOKEN.match(text, at)
        if found is None:
            raise InvalidRequest(f"Invalid filter expression: '{text}', near {text[at : at + 10]}.")
        at = found.end()
        kind = str(found.lastgroup)
        word = found[kind]
        yield kind, re.sub(r"\\(.)", r"\1", word[1:-1]) if kind == "text" else word
