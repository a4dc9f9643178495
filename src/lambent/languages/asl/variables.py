"""Which variables the states of a definition assign, and which they refer to."""

import re
from collections.abc import Iterator
from typing import Any

from lambent.languages.asl.templates import expression_source, is_expression
from lambent.languages.jsonata import AWS_FUNCTIONS, SyntaxFault, compile_expression

Definition = dict[str, Any]

_LITERAL = re.compile(r"'(?:\\.|[^'\\])*'")
_REFERENCE = re.compile(r"(?<![\w$])\$([^\W\d]\w*)")

# The fields of a state that hold states: what is in them refers for itself.
_REGIONS = frozenset({"Branches", "ItemProcessor", "Iterator"})


def assigned_variables(states: Definition, path: str) -> dict[str, str]:
    """The variables of one scope, each with the place where it is assigned first."""
    found: dict[str, str] = {}
    for name, state in states.items():
        for assign, location in _assigns(state, f"{path}/{name}"):
            for key in assign:
                found.setdefault(key.removesuffix(".$"), f"{location}/{key}")
    return found


def _assigns(state: Any, path: str) -> Iterator[tuple[Definition, str]]:
    if not isinstance(state, dict):
        return
    if isinstance(state.get("Assign"), dict):
        yield state["Assign"], f"{path}/Assign"
    for field in ("Choices", "Catch"):
        entries = state.get(field)
        for index, entry in enumerate(entries if isinstance(entries, list) else ()):
            if isinstance(entry, dict) and isinstance(entry.get("Assign"), dict):
                yield entry["Assign"], f"{path}/{field}[{index}]/Assign"


def variable_references(definition: Definition) -> dict[str, list[str]]:
    """By state: the variables that it refers to, as DescribeStateMachine's variableReferences."""
    found: dict[str, list[str]] = {}
    _of_region(definition, definition.get("QueryLanguage") == "JSONata", found)
    return found


def _of_region(region: Definition, jsonata: bool, found: dict[str, list[str]]) -> None:
    for name, state in region["States"].items():
        own = state.get("QueryLanguage")
        speaks_jsonata = jsonata if own is None else own == "JSONata"
        names: set[str] = set()
        for field, value in state.items():
            if field not in _REGIONS:
                names.update(_in_jsonata(value) if speaks_jsonata else _in_paths(field, value))
        if names:
            found[name] = sorted(names)
        for branch in state.get("Branches", ()):
            _of_region(branch, jsonata, found)
        for field in ("ItemProcessor", "Iterator"):
            if field in state:
                _of_region(state[field], jsonata, found)


def _in_jsonata(value: Any) -> set[str]:
    if is_expression(value):
        try:
            reads = compile_expression(expression_source(value)).variables
        except SyntaxFault:
            return set()
        return set(reads or ()) - {"states"} - AWS_FUNCTIONS
    return {name for child in _children(value) for name in _in_jsonata(child)}


def _in_paths(field: str, value: Any) -> set[str]:
    """Paths stand in fields that end in Path or in .$, and in a rule's Variable."""
    if isinstance(value, str):
        if field.endswith(("Path", ".$")) or field == "Variable":
            return set(_REFERENCE.findall(_LITERAL.sub("", value)))
        return set()
    if isinstance(value, dict):
        return {name for key, child in value.items() for name in _in_paths(key, child)}
    return {name for child in _children(value) for name in _in_paths("", child)}


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
