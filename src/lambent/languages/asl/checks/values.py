"""The checks of fields with one value: paths, numbers, texts, templates."""

import re
from dataclasses import dataclass
from typing import Any

from lambent.languages.asl.checks.findings import LONGEST, Findings, looks_like_path
from lambent.languages.asl.resources import parse_resource
from lambent.languages.asl.templates import is_expression
from lambent.languages.asl.timestamps import parse_timestamp

# AWS: up to forty characters; a label becomes a part of an ARN.
_LABEL = re.compile(r"[^\s<>{}\[\]?*\"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f]+")
_LONGEST_LABEL = 40
_LONGEST_VARIABLE = 80


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
            moments = ("SecondsPath", "Seconds", "TimestampPath", "Timestamp")
            findings.one_field(moments, state, self.path)
        if state["Type"] == "Task" and "Credentials" in state:
            self._credentials(state["Credentials"])
        timeout, heartbeat = state.get("TimeoutSeconds"), state.get("HeartbeatSeconds")
        if isinstance(timeout, int) and isinstance(heartbeat, int) and heartbeat >= timeout:
            findings.add(
                "'HeartbeatSeconds' must be smaller than 'TimeoutSeconds'",
                f"{self.path}/HeartbeatSeconds",
            )

    def _credentials(self, credentials: Any) -> None:
        location = f"{self.path}/Credentials"
        resource = self.state.get("Resource")
        parsed = parse_resource(resource) if isinstance(resource, str) else None
        if parsed is not None and parsed.kind == "activity":
            self.findings.add("The field 'Credentials' is not supported for activities", location)
        elif isinstance(credentials, dict) and not {"RoleArn", "RoleArn.$"} & credentials.keys():
            self.findings.add("The field 'RoleArn' is required but was missing", location)

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


def check_text(check: StateCheck, value: Any, location: str) -> None:
    check.findings.text(value, location)


def check_text_or_expression(check: StateCheck, value: Any, location: str) -> None:
    if not check.findings.text(value, location):
        return
    if check.jsonata:
        check.findings.jsonata(value, location)
    elif looks_like_path(value):
        check.findings.warn(
            "NO_PATH",
            "Field value looks like a path, but field name does not end with 'Path'",
            location,
        )


def check_result(check: StateCheck, value: Any, location: str) -> None:
    """A Pass state's Result is never evaluated."""
    if isinstance(value, dict):
        for key, item in value.items():
            if key.endswith(".$") or looks_like_path(item):
                check.findings.warn(
                    "PASS_RESULT_IS_STATIC",
                    "Attempt to use a path in the result of a pass state",
                    f"{location}/{key}",
                )
            else:
                check_result(check, item, f"{location}/{key}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            check_result(check, item, f"{location}[{index}]")


def check_path(check: StateCheck, value: Any, location: str) -> None:
    if value is not None:
        check.findings.path(value, location)


def check_reference_path(check: StateCheck, value: Any, location: str) -> None:
    check.findings.reference_path(value, location)


def check_count_path(check: StateCheck, value: Any, location: str) -> None:
    """AWS: the numbers of a Map are not looked for in the context object."""
    if isinstance(value, str) and value.startswith("$$"):
        check.findings.add("Value is not a Reference Path", location)
    else:
        check.findings.reference_path(value, location)


def check_result_path(check: StateCheck, value: Any, location: str) -> None:
    if value is not None:
        check.findings.reference_path(value, location, into_input=True)


def check_path_or_intrinsic(check: StateCheck, value: Any, location: str) -> None:
    check.findings.path_or_intrinsic(value, location)


def check_template(check: StateCheck, value: Any, location: str) -> None:
    check.template(value, location)


def check_arguments(check: StateCheck, value: Any, location: str) -> None:
    if not is_expression(value) and check.state["Type"] == "Task":
        check.findings.object(value, location)
    check.template(value, location)


def check_object_template(check: StateCheck, value: Any, location: str) -> None:
    if check.jsonata and is_expression(value):
        check.findings.jsonata(value, location)
    elif check.findings.object(value, location):
        check.template(value, location)


def check_assign(check: StateCheck, value: Any, location: str, *, catching: bool = False) -> None:
    if not check.findings.object(value, location):
        return
    for name in value:
        plain = name.removesuffix(".$") if not check.jsonata else name
        if plain == "states":
            check.findings.add(
                "Cannot assign to reserved variable '$states'.",
                f"{location}/{name}",
                "RESERVED_VARIABLE_NAME",
            )
        elif not plain.isidentifier() or plain.startswith("_"):
            check.findings.add(
                f"Invalid variable name '{plain}': the variable name contains invalid characters.",
                f"{location}/{name}",
                "INVALID_VARIABLE_NAME",
            )
        elif len(plain) > _LONGEST_VARIABLE:
            check.findings.add(
                f"Invalid variable name '{plain}': the variable name exceeds the"
                f" {_LONGEST_VARIABLE}-character limit.",
                f"{location}/{name}",
                "INVALID_VARIABLE_NAME",
            )
    check.template(value, location, catching=catching)


def check_positive(check: StateCheck, value: Any, location: str) -> None:
    check.number(value, location, 1)


def check_not_negative(check: StateCheck, value: Any, location: str) -> None:
    check.number(value, location, 0)


def check_any_count(check: StateCheck, value: Any, location: str) -> None:
    check.number(value, location, 0, None)


def check_percentage(check: StateCheck, value: Any, location: str) -> None:
    if check.jsonata and isinstance(value, str):
        check.expression(value, location)
    else:
        check.findings.number(value, location, 0.0, 100.0)


def check_timestamp(check: StateCheck, value: Any, location: str) -> None:
    if check.jsonata and is_expression(value):
        check.findings.jsonata(value, location)
    elif check.findings.text(value, location) and parse_timestamp(value) is None:
        check.findings.add("String does not match RFC3339 timestamp", location)


def check_end(check: StateCheck, value: Any, location: str) -> None:
    check.findings.is_a(bool, "BOOLEAN", value, location)


def check_resource(check: StateCheck, value: Any, location: str) -> None:
    if not check.findings.text(value, location):
        return
    resource = parse_resource(value)
    if not value.startswith("arn:"):
        check.findings.add("Value is not a valid resource ARN", location)
    elif resource is None:
        check.findings.add(
            f"The resource provided {value} is not recognized. The value is not a valid resource"
            " ARN, or the resource is not available in this region.",
            location,
        )
    elif check.express and resource.pattern != "request_response":
        suffix = "." + resource.name.split(".", 1)[1]
        # AWS: one of the sentences has a space at its end.
        end = " " if suffix == ".waitForTaskToken" else ""
        check.findings.add(
            f"Express state machine does not support '{suffix}' service integration{end}",
            location,
        )
    elif check.express and resource.kind == "activity":
        check.findings.add("Express state machine does not support Activity ARN", location)


def check_branches(check: StateCheck, value: Any, location: str) -> None:
    check.findings.filled_array(value, location)


def check_items(check: StateCheck, value: Any, location: str) -> None:
    if not isinstance(value, list | dict):
        check.expression(value, location)
    else:
        check.findings.jsonata(value, location)


def check_label(check: StateCheck, value: Any, location: str) -> None:
    if not check.findings.text(value, location):
        return
    if len(value) > _LONGEST_LABEL:
        check.findings.add(
            f"Label '{value}' exceeds the {_LONGEST_LABEL}-character limit allowed by the service",
            location,
            "INVALID_LABEL_NAME",
        )
    elif not _LABEL.fullmatch(value):
        check.findings.add(f"Invalid label name: {value}", location, "INVALID_LABEL_NAME")
