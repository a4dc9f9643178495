"""The checks of single fields of states: one table from field to check."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lambent.languages.asl.choice import COMPARISONS, OPERATORS, TYPE_TESTS
from lambent.languages.asl.findings import LONGEST, Findings
from lambent.languages.asl.resources import parse_resource
from lambent.languages.asl.templates import is_expression
from lambent.languages.asl.timestamps import parse_timestamp

_LONGEST_DELAY = 31_622_400
_READERS = ("s3:getObject", "s3:listObjectsV2")
_INPUT_TYPES = ("CSV", "JSON", "JSONL", "MANIFEST", "PARQUET")


@dataclass(frozen=True, slots=True)
class StateCheck:
    """One state while it is checked."""

    findings: Findings
    state: dict[str, Any]
    path: str
    jsonata: bool
    express: bool

    def whole_state(self) -> None:
        """What is about more than one field."""
        state, findings = self.state, self.findings
        if state["Type"] == "Wait":
            given = [
                field
                for field in ("Seconds", "SecondsPath", "Timestamp", "TimestampPath")
                if field in state
            ]
            if len(given) != 1:
                findings.add(
                    "Exactly one of these fields is required: [Seconds, Timestamp, SecondsPath,"
                    " TimestampPath]",
                    self.path,
                )
        timeout, heartbeat = state.get("TimeoutSeconds"), state.get("HeartbeatSeconds")
        if isinstance(timeout, int) and isinstance(heartbeat, int) and heartbeat >= timeout:
            findings.add(
                "'HeartbeatSeconds' must be smaller than 'TimeoutSeconds'",
                f"{self.path}/HeartbeatSeconds",
            )

    def template(self, value: Any, location: str, *, catching: bool = False) -> None:
        if self.jsonata:
            self.findings.jsonata(value, location, catching=catching)
        else:
            self.findings.payload_template(value, location)

    def number(self, value: Any, location: str, least: int, most: int | None = LONGEST) -> None:
        """A number, or in JSONata an expression for one."""
        if self.jsonata and isinstance(value, str):
            self.expression(value, location)
        else:
            self.findings.whole(value, location, least, most)

    def expression(self, value: Any, location: str) -> None:
        if is_expression(value):
            self.findings.jsonata(value, location)
        else:
            self.findings.add("Value is not a valid JSONata expression", location)


Check = Callable[[StateCheck, Any, str], None]


def _text(check: StateCheck, value: Any, location: str) -> None:
    check.findings.text(value, location)


def _text_or_expression(check: StateCheck, value: Any, location: str) -> None:
    if check.findings.text(value, location) and check.jsonata:
        check.findings.jsonata(value, location)


def _path(check: StateCheck, value: Any, location: str) -> None:
    if value is not None:
        check.findings.path(value, location)


def _reference_path(check: StateCheck, value: Any, location: str) -> None:
    check.findings.reference_path(value, location)


def _result_path(check: StateCheck, value: Any, location: str) -> None:
    if value is not None:
        check.findings.reference_path(value, location, into_input=True)


def _path_or_intrinsic(check: StateCheck, value: Any, location: str) -> None:
    check.findings.path_or_intrinsic(value, location)


def _template(check: StateCheck, value: Any, location: str) -> None:
    check.template(value, location)


def _arguments(check: StateCheck, value: Any, location: str) -> None:
    if not is_expression(value) and check.state["Type"] == "Task":
        check.findings.object(value, location)
    check.template(value, location)


def _object_template(check: StateCheck, value: Any, location: str) -> None:
    if check.jsonata and is_expression(value):
        check.findings.jsonata(value, location)
    elif check.findings.object(value, location):
        check.template(value, location)


def _assign(check: StateCheck, value: Any, location: str, *, catching: bool = False) -> None:
    if not check.findings.object(value, location):
        return
    for name in value:
        plain = name.removesuffix(".$") if not check.jsonata else name
        if plain == "states" or not plain.isidentifier() or len(plain) > 80:
            check.findings.add(f"'{plain}' is not a valid variable name", f"{location}/{name}")
    check.template(value, location, catching=catching)


def _positive(check: StateCheck, value: Any, location: str) -> None:
    check.number(value, location, 1)


def _not_negative(check: StateCheck, value: Any, location: str) -> None:
    check.number(value, location, 0)


def _any_count(check: StateCheck, value: Any, location: str) -> None:
    check.number(value, location, 0, None)


def _percentage(check: StateCheck, value: Any, location: str) -> None:
    if check.jsonata and isinstance(value, str):
        check.expression(value, location)
    else:
        check.findings.number(value, location, 0, 100)


def _timestamp(check: StateCheck, value: Any, location: str) -> None:
    if check.jsonata and is_expression(value):
        check.findings.jsonata(value, location)
    elif check.findings.text(value, location) and parse_timestamp(value) is None:
        check.findings.add("Value is not a valid timestamp", location)


def _end(check: StateCheck, value: Any, location: str) -> None:
    check.findings.is_a(bool, "BOOLEAN", value, location)


def _resource(check: StateCheck, value: Any, location: str) -> None:
    if not check.findings.text(value, location):
        return
    resource = parse_resource(value)
    if resource is None:
        check.findings.add(
            f"The resource provided {value} is not recognized. The value is not a valid resource"
            " ARN, or the resource is not available in this region.",
            location,
        )
    elif check.express and resource.pattern != "request_response":
        suffix = "." + resource.name.split(".", 1)[1]
        check.findings.add(
            # AWS: with a space at its end.
            f"Express state machine does not support '{suffix}' service integration ",
            location,
        )
    elif check.express and resource.kind == "activity":
        check.findings.add("Express state machine does not support Activity ARN", location)


def _branches(check: StateCheck, value: Any, location: str) -> None:
    check.findings.filled_array(value, location)


def _items(check: StateCheck, value: Any, location: str) -> None:
    if not isinstance(value, list | dict):
        check.expression(value, location)
    else:
        check.findings.jsonata(value, location)


def _label(check: StateCheck, value: Any, location: str) -> None:
    if check.findings.text(value, location) and len(value) > 40:
        check.findings.add("Label must not be longer than 40 characters", location)


# Retry and Catch -----------------------------------------------------------------------------


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
        findings.add("'States.ALL' must appear alone and in the last entry of the array", location)


def _retry(check: StateCheck, value: Any, location: str) -> None:
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
            findings.whole(given, f"{at}/{field}", 1)
        case "MaxAttempts":
            findings.whole(given, f"{at}/{field}", 0)
        case "MaxDelaySeconds":
            findings.whole(given, f"{at}/{field}", 1, _LONGEST_DELAY)
        case "BackoffRate":
            findings.number(given, f"{at}/{field}", 1.0, float(LONGEST))
        case "JitterStrategy":
            findings.one_of(("FULL", "NONE"), given, f"{at}/{field}")
        case _:
            findings.add(f"Field '{field}' is not supported", at)


def _catch(check: StateCheck, value: Any, location: str) -> None:
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
            _result_path(check, given, f"{at}/{field}")
        case "Output" if check.jsonata:
            check.findings.jsonata(given, f"{at}/{field}", catching=True)
        case "Assign":
            _assign(check, given, f"{at}/{field}", catching=True)
        case _:
            check.findings.add(f"Field '{field}' is not supported", at)


# Choice --------------------------------------------------------------------------------------


def _choices(check: StateCheck, value: Any, location: str) -> None:
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
            _assign(check, rule["Assign"], f"{at}/Assign")
        if check.jsonata:
            _jsonata_rule(check, rule, at)
        else:
            own = {"Next", "Comment", "Assign"}
            _rule(check, {key: item for key, item in rule.items() if key not in own}, at)


def _jsonata_rule(check: StateCheck, rule: dict[str, Any], at: str) -> None:
    for field in rule:
        if field not in ("Condition", "Next", "Comment", "Assign", "Output"):
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
    combining = [name for name in ("And", "Or", "Not") if name in rule]
    operators = [name for name in rule if name in OPERATORS]
    for field in rule:
        if field not in ("And", "Or", "Not", "Variable", "Comment") and field not in OPERATORS:
            findings.add(f"Field '{field}' is not supported", at)
    if len(combining) + len(operators) != 1:
        findings.add("Exactly one comparison operator is required", at)
        return
    if operators:
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


def _comparison(check: StateCheck, rule: dict[str, Any], operator: str, at: str) -> None:
    findings = check.findings
    if "Variable" not in rule:
        findings.add("These fields are required: [Variable]", at)
    else:
        findings.path(rule["Variable"], f"{at}/Variable")
    operand, where = rule[operator], f"{at}/{operator}"
    if operator in TYPE_TESTS or operator in ("IsPresent", "BooleanEquals"):
        findings.is_a(bool, "BOOLEAN", operand, where)
    elif operator not in COMPARISONS and operator != "StringMatches":
        findings.path(operand, where)
    elif operator.startswith("Numeric"):
        findings.is_a((int, float), "NUMBER", operand, where)
    elif operator.startswith("Timestamp"):
        _timestamp(check, operand, where)
    else:
        findings.text(operand, where)


# Map -----------------------------------------------------------------------------------------


def _item_reader(check: StateCheck, value: Any, location: str) -> None:
    findings = check.findings
    if not findings.object(value, location):
        return
    if "Resource" not in value:
        findings.add("These fields are required: [Resource]", location)
    elif findings.text(value["Resource"], f"{location}/Resource"):
        resource = parse_resource(value["Resource"])
        if resource is None or f"{resource.type}:{resource.name}" not in _READERS:
            findings.add(
                f"The resource provided {value['Resource']} is not recognized. The value is not a"
                " valid resource ARN, or the resource is not available in this region.",
                f"{location}/Resource",
            )
    _resource_fields(check, value, location, "ReaderConfig")
    config = value.get("ReaderConfig")
    if isinstance(config, dict) and "InputType" in config:
        findings.one_of(_INPUT_TYPES, config["InputType"], f"{location}/ReaderConfig/InputType")


def _result_writer(check: StateCheck, value: Any, location: str) -> None:
    if check.findings.object(value, location):
        _resource_fields(check, value, location, "WriterConfig")


def _resource_fields(check: StateCheck, value: Any, location: str, config: str) -> None:
    arguments = "Arguments" if check.jsonata else "Parameters"
    for field, given in value.items():
        at = f"{location}/{field}"
        if field == arguments:
            _object_template(check, given, at)
        elif field == config:
            _config(check, given, at)
        elif field not in ("Resource", "Comment"):
            check.findings.add(f"Field '{field}' is not supported", location)


def _config(check: StateCheck, value: Any, location: str) -> None:
    if not check.findings.object(value, location):
        return
    for field, given in value.items():
        if field.endswith("Path") and not check.jsonata:
            check.findings.reference_path(given, f"{location}/{field}")
        elif check.jsonata:
            check.findings.jsonata(given, f"{location}/{field}")


def _item_batcher(check: StateCheck, value: Any, location: str) -> None:
    if not check.findings.object(value, location):
        return
    settings = {field: given for field, given in value.items() if field != "BatchInput"}
    _config(check, settings, location)
    if "BatchInput" in value:
        _object_template(check, value["BatchInput"], f"{location}/BatchInput")


FIELD_CHECKS: dict[str, Check] = {
    "Comment": _text,
    "Next": _text,
    "Default": _text,
    "End": _end,
    "InputPath": _path,
    "OutputPath": _path,
    "ResultPath": _result_path,
    "ItemsPath": _reference_path,
    "Parameters": _object_template,
    "ResultSelector": _object_template,
    "ItemSelector": _object_template,
    "Credentials": _object_template,
    "Arguments": _arguments,
    "Output": _template,
    "Assign": _assign,
    "Error": _text_or_expression,
    "Cause": _text_or_expression,
    "ErrorPath": _path_or_intrinsic,
    "CausePath": _path_or_intrinsic,
    "Choices": _choices,
    "Seconds": _not_negative,
    "SecondsPath": _reference_path,
    "Timestamp": _timestamp,
    "TimestampPath": _reference_path,
    "Resource": _resource,
    "TimeoutSeconds": _positive,
    "TimeoutSecondsPath": _reference_path,
    "HeartbeatSeconds": _positive,
    "HeartbeatSecondsPath": _reference_path,
    "Branches": _branches,
    "Items": _items,
    "ItemReader": _item_reader,
    "ItemBatcher": _item_batcher,
    "ResultWriter": _result_writer,
    "MaxConcurrency": _any_count,
    "MaxConcurrencyPath": _reference_path,
    "ToleratedFailureCount": _any_count,
    "ToleratedFailureCountPath": _reference_path,
    "ToleratedFailurePercentage": _percentage,
    "ToleratedFailurePercentagePath": _reference_path,
    "Label": _label,
    "Retry": _retry,
    "Catch": _catch,
}
