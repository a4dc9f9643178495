"""The checks of a Choice state's rules."""

from typing import Any

from lambent.languages.asl.checks.values import (
    StateCheck,
    check_assign,
    check_timestamp,
)
from lambent.languages.asl.choice import COMPARISONS, OPERATORS, TYPE_TESTS

_COMBINING = ("And", "Or", "Not")
_COMPARING = tuple(sorted(OPERATORS))
_PATH_FIELDS = frozenset({*_COMBINING, "Variable", *OPERATORS})


def check_choices(check: StateCheck, value: Any, location: str) -> None:
    if not check.findings.filled_array(value, location):
        return
    for index, rule in enumerate(value):
        at = f"{location}[{index}]"
        if not check.findings.object(rule, at):
            continue
        if "Next" not in rule:
            check.findings.add("These fields are required: [Next]", at)
        else:
            check.findings.text(rule["Next"], f"{at}/Next")
        if "Comment" in rule:
            check.findings.text(rule["Comment"], f"{at}/Comment")
        if "Assign" in rule:
            check_assign(check, rule["Assign"], f"{at}/Assign")
        if check.jsonata:
            _jsonata_rule(check, rule, at)
        else:
            own = {"Next", "Comment", "Assign"}
            _rule(check, {key: item for key, item in rule.items() if key not in own}, at)


def _jsonata_rule(check: StateCheck, rule: dict[str, Any], at: str) -> None:
    for field in rule:
        if field in _PATH_FIELDS:
            _other_language(check, field, at)
        elif field not in ("Condition", "Next", "Comment", "Assign", "Output"):
            check.findings.add(f"Field '{field}' is not supported", at)
    if "Condition" not in rule:
        check.findings.add("These fields are required: [Condition]", at)
    elif not isinstance(rule["Condition"], bool):
        check.expression(rule["Condition"], f"{at}/Condition")
    if "Output" in rule:
        check.findings.jsonata(rule["Output"], f"{at}/Output")


def _rule(check: StateCheck, rule: dict[str, Any], at: str) -> None:
    """One JSONPath rule or a rule within one."""
    findings = check.findings
    combining = [name for name in _COMBINING if name in rule]
    operators = [name for name in rule if name in OPERATORS]
    for field in rule:
        if field in ("Condition", "Output"):
            _other_language(check, field, at)
        elif field not in (*_COMBINING, "Variable", "Comment") and field not in OPERATORS:
            findings.add(f"Field '{field}' is not supported", at)
    if "Condition" in rule:
        return
    if len(combining) + ("Variable" in rule) != 1:
        findings.add(
            "The object must have only one of the following fields, [And, Or, Not, Variable,"
            " Condition]",
            at,
        )
        return
    if not combining:
        if len(operators) != 1:
            findings.one_field(_COMPARING, rule, at)
            return
        _comparison(check, rule, operators[0], at)
        return
    (name,) = combining
    inner = rule[name] if name != "Not" else [rule[name]]
    if name != "Not" and not findings.filled_array(inner, f"{at}/{name}"):
        return
    for index, part in enumerate(inner):
        where = f"{at}/Not" if name == "Not" else f"{at}/{name}[{index}]"
        if findings.object(part, where):
            if "Next" in part:
                findings.add("Field 'Next' is not supported", where)
            _rule(check, {key: item for key, item in part.items() if key != "Next"}, where)


def _other_language(check: StateCheck, field: str, at: str) -> None:
    language, other = ("JSONata", "JSONPath") if check.jsonata else ("JSONPath", "JSONata")
    check.findings.add(
        f"The QueryLanguage is set to '{language}', but field '{field}' is only supported for the"
        f" '{other}' QueryLanguage",
        at,
    )


def _path(check: StateCheck, value: Any, location: str) -> None:
    if isinstance(value, str) and not value.startswith("$"):
        words = "Value is not a Reference Path: Reference path didn't start with '$'"
        check.findings.add(words, location)
    else:
        check.findings.path(value, location)


def _comparison(check: StateCheck, rule: dict[str, Any], operator: str, at: str) -> None:
    findings = check.findings
    _path(check, rule["Variable"], f"{at}/Variable")
    operand, where = rule[operator], f"{at}/{operator}"
    if operator in TYPE_TESTS or operator in ("IsPresent", "BooleanEquals"):
        findings.is_a(bool, "BOOLEAN", operand, where)
    elif operator not in COMPARISONS and operator != "StringMatches":
        _path(check, operand, where)
    elif operator.startswith("Numeric"):
        findings.is_a((int, float), "NUMBER", operand, where)
    elif operator.startswith("Timestamp"):
        check_timestamp(check, operand, where)
    else:
        findings.text(operand, where)
