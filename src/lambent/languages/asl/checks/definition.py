"""
Whether a definition is right: everything that is wrong with it, not only the first thing.

The codes, words and places are AWS's where they are known; see the cases of the tests.
"""

from collections.abc import Mapping
from typing import Any

from lambent.languages.asl.checks.fields import EXCLUSIVE, FOLLOWED, REQUIRED, STATE_FIELDS
from lambent.languages.asl.checks.findings import Findings
from lambent.languages.asl.checks.table import FIELD_CHECKS
from lambent.languages.asl.checks.values import StateCheck
from lambent.languages.asl.diagnostics import Diagnostic
from lambent.languages.asl.variables import assigned_variables

_TOP_FIELDS = ("Comment", "QueryLanguage", "StartAt", "States", "TimeoutSeconds", "Version")
_LANGUAGES = ("JSONPath", "JSONata")
_TYPES = ("Task", "Wait", "Pass", "Succeed", "Fail", "Choice", "Parallel", "Map")
_MISSING_TARGET = "MISSING_TRANSITION_TARGET"
_LONGEST_NAME = 80

Definition = dict[str, Any]


def check_definition(definition: Definition, express: bool) -> list[Diagnostic]:
    checker = _Checker(definition, express)
    checker.machine()
    return checker.findings.diagnostics


class _Checker:
    def __init__(self, definition: Definition, express: bool) -> None:
        self.definition = definition
        self.findings = Findings()
        self.express = express
        self.language = definition.get("QueryLanguage", "JSONPath")
        self.names: set[str] = set()
        self.labels: set[str] = set()

    def machine(self) -> None:
        definition, findings = self.definition, self.findings
        for field in definition:
            if field not in _TOP_FIELDS:
                findings.add(f"Field '{field}' is not supported", "/")
        if "Comment" in definition:
            findings.text(definition["Comment"], "/Comment")
        if "QueryLanguage" in definition:
            findings.one_of(_LANGUAGES, self.language, "/QueryLanguage")
        if "TimeoutSeconds" in definition:
            # AWS: 0 is accepted here, unlike in a state.
            findings.whole(definition["TimeoutSeconds"], "/TimeoutSeconds", 0)
        if "Version" in definition:
            findings.one_of(("1.0",), definition["Version"], "/Version")
        self.region(definition, "", {})

    def region(self, definition: Any, path: str, outer: Mapping[str, str]) -> None:
        """A `States` object with its StartAt; `outer` are the variables of the scopes around it."""
        findings = self.findings
        if not findings.object(definition, path or "/"):
            return
        missing = [field for field in ("States", "StartAt") if field not in definition]
        if missing:
            findings.add(f"These fields are required: [{', '.join(missing)}]", path or "/")
            return
        states, start = definition["States"], definition["StartAt"]
        if not findings.object(states, f"{path}/States"):
            return
        assigned = assigned_variables(states, f"{path}/States")
        for name, location in assigned.items():
            if name in outer:
                findings.add(f"Variable '{name}' is assigned in an outer scope already", location)
        for name, state in states.items():
            self._state(name, state, f"{path}/States/{name}", {**outer, **assigned})
        if not findings.text(start, f"{path}/StartAt"):
            return
        if start not in states:
            findings.add(f"Missing 'StartAt' target: {start}", f"{path}/StartAt", _MISSING_TARGET)
        self._transitions(states, start, path)

    # States

    def _state(self, name: str, state: Any, path: str, variables: Mapping[str, str]) -> None:
        findings = self.findings
        if name in self.names:
            findings.add(f"Duplicate State name: {name}", path, "DUPLICATE_STATE_NAME")
        self.names.add(name)
        if len(name) > _LONGEST_NAME:
            findings.add(
                f"State name '{name}' exceeds the {_LONGEST_NAME}-character limit allowed by the"
                " service",
                path,
                "INVALID_STATE_NAME",
            )
        if not findings.object(state, path):
            return
        if "Type" not in state:
            findings.add("These fields are required: [Type]", path)
            return
        if not isinstance(state["Type"], str) or state["Type"] not in STATE_FIELDS:
            findings.add(
                f"The field 'Type' should have one of these values: [{', '.join(_TYPES)}]",
                f"{path}/Type",
            )
            return
        self._label(state.get("Label"), path)
        refused = self._language(state, path)
        if refused:
            return
        self._fields(state, path)
        self._inside(state, path, variables)

    def _label(self, label: Any, path: str) -> None:
        if not isinstance(label, str):
            return
        if label in self.labels:
            self.findings.add(
                f"Duplicate Label name: {label}", f"{path}/Label", "DUPLICATE_LABEL_NAME"
            )
        self.labels.add(label)

    def _language(self, state: Definition, path: str) -> bool:
        """Whether its query language is refused: then its fields say nothing more."""
        language = state.get("QueryLanguage")
        if language is None:
            return False
        if language == "JSONPath" and self.language == "JSONata":
            self.findings.add(
                "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine",
                path,
            )
            return True
        self.findings.one_of(_LANGUAGES, language, f"{path}/QueryLanguage")
        return False

    def _fields(self, state: Definition, path: str) -> None:
        findings = self.findings
        kind = state["Type"]
        # AWS: whatever is not exactly JSONPath is JSONata.
        jsonata = state.get("QueryLanguage", self.language) != "JSONPath"
        language, other = ("JSONata", "JSONPath") if jsonata else ("JSONPath", "JSONata")
        known = STATE_FIELDS[kind]
        usable: list[str] = []
        for field in state:
            if field not in known:
                findings.add(f"Field '{field}' is not supported", path)
            elif known[field] not in ("both", language):
                findings.add(
                    f"The QueryLanguage is set to '{language}', but field '{field}' is only"
                    f" supported for the '{other}' QueryLanguage",
                    path,
                )
            else:
                usable.append(field)
        missing = [field for field in REQUIRED.get(kind, ()) if field not in state]
        if missing:
            findings.add(f"These fields are required: [{', '.join(missing)}]", path)
        for pair in EXCLUSIVE:
            if all(field in usable for field in pair):
                findings.one_field(pair, usable, path)
        if kind in FOLLOWED:
            ends = {"End": True} if state.get("End") is True else {}
            findings.one_field(
                ("Next", "End"), {**{name: 1 for name in state if name == "Next"}, **ends}, path
            )
        check = StateCheck(findings, state, path, jsonata=jsonata, express=self.express)
        for field in usable:
            if field in FIELD_CHECKS:
                FIELD_CHECKS[field](check, state[field], f"{path}/{field}")
        check.whole_state()

    def _inside(self, state: Definition, path: str, variables: Mapping[str, str]) -> None:
        """The regions within a state."""
        if state["Type"] == "Parallel" and isinstance(state.get("Branches"), list):
            for index, branch in enumerate(state["Branches"]):
                self._inner_region(branch, f"{path}/Branches[{index}]", variables)
        if state["Type"] == "Map":
            if "ItemProcessor" not in state and "Iterator" not in state:
                self.findings.one_field(("ItemProcessor", "Iterator"), state, path)
            for field in ("ItemProcessor", "Iterator"):
                if field in state:
                    self._processor(state[field], f"{path}/{field}", variables)

    def _processor(self, region: Any, path: str, variables: Mapping[str, str]) -> None:
        config = region.get("ProcessorConfig") if isinstance(region, dict) else None
        if config is not None:
            self._processor_config(config, f"{path}/ProcessorConfig")
        distributed = isinstance(config, dict) and config.get("Mode") == "DISTRIBUTED"
        # AWS: the executions of a distributed Map do not see the variables around it.
        scope = {} if distributed else variables
        self._inner_region(region, path, scope, also=("ProcessorConfig",))

    def _inner_region(
        self, region: Any, path: str, variables: Mapping[str, str], also: tuple[str, ...] = ()
    ) -> None:
        if isinstance(region, dict):
            for field in region:
                if field not in ("StartAt", "States", "Comment", *also):
                    self.findings.add(f"Field '{field}' is not supported", path)
        self.region(region, path, variables)

    def _processor_config(self, config: Any, path: str) -> None:
        findings = self.findings
        if not findings.object(config, path):
            return
        for field in config:
            if field not in ("Mode", "ExecutionType"):
                findings.add(f"Field '{field}' is not supported", path)
        if "Mode" in config:
            findings.one_of(("INLINE", "DISTRIBUTED"), config["Mode"], f"{path}/Mode")
        if "ExecutionType" in config:
            findings.one_of(
                ("STANDARD", "EXPRESS"), config["ExecutionType"], f"{path}/ExecutionType"
            )
        mode = config.get("Mode")
        if mode == "DISTRIBUTED" and "ExecutionType" not in config:
            findings.add("These fields are required: [ExecutionType]", path)
        if mode == "INLINE" and "ExecutionType" in config:
            findings.add("Field 'ExecutionType' is not supported", path)
        if mode == "DISTRIBUTED" and self.express:
            findings.add(
                "The field 'Mode' with value 'DISTRIBUTED' is not supported inside 'EXPRESS' state"
                " machines",
                f"{path}/Mode",
            )

    # Transitions

    def _transitions(self, states: Definition, start: str, path: str) -> None:
        findings = self.findings
        targets: dict[str, list[str]] = {}
        for name, state in states.items():
            targets[name] = []
            for target, location in _targets(state, f"{path}/States/{name}"):
                if not isinstance(target, str):
                    continue
                if target in states:
                    targets[name].append(target)
                else:
                    findings.add(f"Missing 'Next' target: {target}", location, _MISSING_TARGET)
        if not any(_is_terminal(state) for state in states.values()):
            # AWS: it has no place, and what cannot be reached is not told then.
            findings.add("Workflow has no terminal state", "", "MISSING_END_STATE")
            return
        if start not in states:
            return
        reached = {start}
        waiting = [start]
        while waiting:
            for target in targets[waiting.pop()]:
                if target not in reached:
                    reached.add(target)
                    waiting.append(target)
        for name in states:
            if name not in reached:
                findings.add(
                    f'State "{name}" is not reachable.', f"{path}/States/{name}", _MISSING_TARGET
                )


def _targets(state: Any, path: str) -> list[tuple[Any, str]]:
    """Where a state may go, and where that is said."""
    if not isinstance(state, dict):
        return []
    targets: list[tuple[Any, str]] = []
    if "Next" in state:
        targets.append((state["Next"], f"{path}/Next"))
    if "Default" in state:
        targets.append((state["Default"], f"{path}/Default"))
    for field in ("Choices", "Catch"):
        entries = state.get(field)
        if isinstance(entries, list):
            for index, entry in enumerate(entries):
                if isinstance(entry, dict) and "Next" in entry:
                    targets.append((entry["Next"], f"{path}/{field}[{index}]/Next"))
    return targets


def _is_terminal(state: Any) -> bool:
    return not isinstance(state, dict) or (
        state.get("End") is True or state.get("Type") in ("Succeed", "Fail")
    )
