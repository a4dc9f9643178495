"""`{ $.user.id = 1 && ($.errors[0] = "*time*" || $.done IS FALSE) }`: fields of JSON events."""

import json
import re
from collections.abc import Callable

import orjson

from lambent.services.logs.filter_patterns.scanner import Scanner
from lambent.services.logs.filter_patterns.values import comparison, invalid

Test = Callable[[object], bool]
_Step = str | int | None

_NAME = re.compile(r"[A-Za-z0-9_\-@/]+|\*")
_INDEX = re.compile(r"\d+|\*")
_VALUE_END = re.compile(r"&&|\|\||[\s)}]")
_MISSING = object()


def json_matcher(pattern: str) -> Callable[[str], bool]:
    scanner = Scanner(pattern)
    scanner.expect("{")
    test = _either(scanner)
    scanner.expect("}")
    if not scanner.at_end():
        raise invalid("something follows }")

    def matches(message: str) -> bool:
        start = message.find("{")
        if start < 0 or message[:start].strip():
            return False
        try:
            document = orjson.loads(message)
        except orjson.JSONDecodeError:
            try:
                document = json.loads(message)
            except (ValueError, RecursionError):
                return False
        return test(document)

    return matches


def _either(scanner: Scanner) -> Test:
    tests = [_both(scanner)]
    while scanner.take("||"):
        tests.append(_both(scanner))
    return tests[0] if len(tests) == 1 else lambda document: any(test(document) for test in tests)


def _both(scanner: Scanner) -> Test:
    tests = [_condition(scanner)]
    while scanner.take("&&"):
        tests.append(_condition(scanner))
    return tests[0] if len(tests) == 1 else lambda document: all(test(document) for test in tests)


def _condition(scanner: Scanner) -> Test:
    if scanner.take("("):
        test = _either(scanner)
        scanner.expect(")")
        return test
    steps = _selector(scanner)
    if scanner.take_word("NOT"):
        if not scanner.take_word("EXISTS"):
            raise invalid("EXISTS is missing")
        return lambda document: not any(True for _ in _found(document, steps))
    if scanner.take_word("EXISTS"):
        return lambda document: any(True for _ in _found(document, steps))
    if scanner.take_word("IS"):
        wanted = _named_value(scanner)
        return lambda document: any(value is wanted for value in _found(document, steps))
    operator = scanner.take_operator()
    if operator is None:
        raise invalid("a comparison is missing")
    text, quoted = scanner.value(_VALUE_END)
    compare = comparison(operator, text, quoted=quoted)
    return lambda document: any(compare(value) for value in _found(document, steps))


def _named_value(scanner: Scanner) -> bool | None:
    for word, value in (("NULL", None), ("TRUE", True), ("FALSE", False)):
        if scanner.take_word(word):
            return value
    raise invalid("IS wants NULL, TRUE or FALSE")


def _selector(scanner: Scanner) -> tuple[_Step, ...]:
    """`$.a.b[0].*` as its steps; None is the wildcard."""
    if not scanner.take("$"):
        raise invalid("a selector begins with $")
    steps: list[_Step] = []
    while True:
        if scanner.text.startswith("[", scanner.at) or scanner.text.startswith(".[", scanner.at):
            scanner.at = scanner.text.index("[", scanner.at) + 1
            steps.append(_bracketed(scanner))
            scanner.expect("]")
        elif scanner.text.startswith(".", scanner.at):
            scanner.at += 1
            name = scanner.take_match(_NAME)
            if name is None:
                raise invalid("a name is missing")
            steps.append(None if name == "*" else name)
        else:
            break
    if not steps:
        raise invalid("a selector names a field")
    return tuple(steps)


def _bracketed(scanner: Scanner) -> _Step:
    for quote in ("'", '"'):
        if scanner.take(quote):
            end = scanner.text.find(quote, scanner.at)
            if end < 0:
                raise invalid(f"{quote} is missing")
            name, scanner.at = scanner.text[scanner.at : end], end + 1
            return name
    index = scanner.take_match(_INDEX)
    if index is None:
        raise invalid("an index is missing")
    return None if index == "*" else int(index)


def _found(document: object, steps: tuple[_Step, ...]) -> list[object]:
    """The values that a selector leads to; without a wildcard, one or none."""
    values = [document]
    for step in steps:
        values = [
            further for value in values for further in _step(value, step) if further is not _MISSING
        ]
    return values


def _step(value: object, step: _Step) -> list[object]:
    if isinstance(value, dict):
        if step is None:
            return list(value.values())
        return [value.get(step, _MISSING)]
    if isinstance(value, list):
        if step is None:
            return list(value)
        if isinstance(step, int) and step < len(value):
            return [value[step]]
    return []
