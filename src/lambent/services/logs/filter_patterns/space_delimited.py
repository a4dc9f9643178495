"""`[ip, user, ..., status = 4* || status = 5*, bytes > 1000]`: the words of a log line."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from lambent.services.logs.filter_patterns.scanner import Scanner
from lambent.services.logs.filter_patterns.values import comparison, invalid

Test = Callable[[str], bool]

# A word may be quoted or in brackets, and then has spaces.
_WORD = re.compile(r'\[([^\]]*)\]|"([^"]*)"|(\S+)')
_NAME = re.compile(r"[A-Za-z0-9_\-]+")
_VALUE_END = re.compile(r"&&|\|\||[,\])]")


@dataclass(frozen=True, slots=True)
class _Field:
    """One place of the pattern; `test` is None where any word will do."""

    test: Test | None
    is_rest: bool = False


def space_delimited_matcher(pattern: str) -> Callable[[str], bool]:
    fields = _fields(Scanner(pattern))
    rests = [index for index, field in enumerate(fields) if field.is_rest]
    if len(rests) > 1:
        raise invalid("... may stand once")
    before = fields[: rests[0]] if rests else fields
    after = fields[rests[0] + 1 :] if rests else []

    def matches(message: str) -> bool:
        words = [found[1] or found[2] or found[3] or "" for found in _WORD.finditer(message)]
        if len(words) < len(before) + len(after) or (not rests and len(words) != len(before)):
            return False
        pairs = [*zip(before, words, strict=False)]
        if after:
            pairs += zip(after, words[-len(after) :], strict=True)
        return all(field.test is None or field.test(word) for field, word in pairs)

    return matches


def _fields(scanner: Scanner) -> list[_Field]:
    scanner.expect("[")
    fields: list[_Field] = []
    while True:
        if scanner.take("..."):
            fields.append(_Field(None, is_rest=True))
        else:
            fields.append(_Field(_either(scanner)))
        if scanner.take("]"):
            break
        scanner.expect(",")
    if not scanner.at_end():
        raise invalid("something follows ]")
    return fields


def _either(scanner: Scanner) -> Test | None:
    tests = [_both(scanner)]
    while scanner.take("||"):
        tests.append(_both(scanner))
    if len(tests) == 1:
        return tests[0]
    return lambda word: any(test is None or test(word) for test in tests)


def _both(scanner: Scanner) -> Test | None:
    tests = [_condition(scanner)]
    while scanner.take("&&"):
        tests.append(_condition(scanner))
    if len(tests) == 1:
        return tests[0]
    return lambda word: all(test is None or test(word) for test in tests)


def _condition(scanner: Scanner) -> Test | None:
    if scanner.take("("):
        test = _either(scanner)
        scanner.expect(")")
        return test
    if scanner.take_match(_NAME) is None:
        raise invalid("a name is missing")
    operator = scanner.take_operator()
    if operator is None:
        return None
    text, quoted = scanner.value(_VALUE_END)
    return comparison(operator, text, quoted=quoted)
