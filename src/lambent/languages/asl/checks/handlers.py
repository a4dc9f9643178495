"""The checks of Retry and Catch."""

from typing import Any

from lambent.languages.asl.checks.findings import Findings
from lambent.languages.asl.checks.values import (
    StateCheck,
    check_assign,
    check_result_path,
)

_LONGEST_DELAY = 31_622_400


def _error_equals(check: StateCheck, entry: dict[str, Any], location: str, last: bool) -> None:
    findings = check.findings
    if "ErrorEquals" not in entry:
        findings.add("These fields are required: [ErrorEquals]", location)
        return
    errors = entry["ErrorEquals"]
    location = f"{location}/ErrorEquals"
    if not findings.filled_array(errors, location):
        return
    for index, error in enumerate(errors):
        findings.text(error, f"{location}[{index}]")
    if "States.ALL" in errors and (len(errors) > 1 or not last):
        findings.add("States.ALL must appear alone and at end of list", location)


def check_retry(check: StateCheck, value: Any, location: str) -> None:
    findings = check.findings
    if not findings.is_a(list, "ARRAY", value, location):
        return
    for index, retrier in enumerate(value):
        at = f"{location}[{index}]"
        if not findings.object(retrier, at):
            continue
        _error_equals(check, retrier, at, index == len(value) - 1)
        for field, given in retrier.items():
            _retrier_field(findings, field, given, at)


def _retrier_field(findings: Findings, field: str, given: Any, at: str) -> None:
    match field:
        case "ErrorEquals":
            pass
        case "Comment":
            findings.text(given, f"{at}/{field}")
        case "IntervalSeconds":
            # AWS: 0 is accepted, whatever the documentation says.
            findings.whole(given, f"{at}/{field}", 0)
        case "MaxAttempts":
            findings.whole(given, f"{at}/{field}", 0)
        case "MaxDelaySeconds":
            findings.whole(given, f"{at}/{field}", 1, _LONGEST_DELAY)
        case "BackoffRate":
            findings.number(given, f"{at}/{field}", 1.0)
        case "JitterStrategy":
            findings.one_of(("NONE", "FULL"), given, f"{at}/{field}")
        case _:
            findings.add(f"Field '{field}' is not supported", at)


def check_catch(check: StateCheck, value: Any, location: str) -> None:
    findings = check.findings
    if not findings.is_a(list, "ARRAY", value, location):
        return
    for index, catcher in enumerate(value):
        at = f"{location}[{index}]"
        if not findings.object(catcher, at):
            continue
        _error_equals(check, catcher, at, index == len(value) - 1)
        if "Next" not in catcher:
            findings.add("These fields are required: [Next]", at)
        for field, given in catcher.items():
            _catcher_field(check, field, given, at)


def _catcher_field(check: StateCheck, field: str, given: Any, at: str) -> None:
    match field:
        case "ErrorEquals":
            pass
        case "Next" | "Comment":
            check.findings.text(given, f"{at}/{field}")
        case "ResultPath" if not check.jsonata:
            check_result_path(check, given, f"{at}/{field}")
        case "Output" if check.jsonata:
            check.findings.jsonata(given, f"{at}/{field}", catching=True)
        case "Assign":
            check_assign(check, given, f"{at}/{field}", catching=True)
        case _:
            check.findings.add(f"Field '{field}' is not supported", at)
