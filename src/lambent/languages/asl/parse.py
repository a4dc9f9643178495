"""From a definition's text to a StateMachine, or to all that is wrong with it."""

import json
from typing import Any

from lambent.languages.asl.build import build
from lambent.languages.asl.checks.definition import check_definition
from lambent.languages.asl.diagnostics import Diagnostic, InvalidDefinition
from lambent.languages.asl.json_faults import json_fault
from lambent.languages.asl.machine import StateMachine

# Far beyond what anybody writes, far below the interpreter's own stack.
_DEEPEST = 200


def parse(definition: str, *, express: bool = False) -> StateMachine:
    """Compile a definition; raises InvalidDefinition with all its errors."""
    document, found = _examine(definition, express)
    errors = [diagnostic for diagnostic in found if diagnostic.severity == "ERROR"]
    if errors:
        raise InvalidDefinition(errors)
    return build(document, definition)


def validate(definition: str, *, express: bool = False) -> list[Diagnostic]:
    """All findings, errors before warnings, as ValidateStateMachineDefinition gives them."""
    return _examine(definition, express)[1]


def parse_document(definition: str) -> dict[str, Any]:
    """The definition as an object; raises InvalidDefinition when it is none."""
    document, found = _read(definition)
    if found:
        raise InvalidDefinition(found)
    return document


def _examine(definition: str, express: bool) -> tuple[dict[str, Any], list[Diagnostic]]:
    document, found = _read(definition)
    if not found:
        found = check_definition(document, express)
    return document, sorted(found, key=lambda diagnostic: diagnostic.severity)


def _read(definition: str) -> tuple[dict[str, Any], list[Diagnostic]]:
    if not definition.strip():
        return {}, [_not_an_object()]
    try:
        # The standard library's parser says where it stopped.
        document = json.loads(definition, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        return {}, [_not_json(definition, error)]
    except RecursionError:
        return {}, [_too_deep()]
    except _NoJson as error:
        return {}, [Diagnostic("ERROR", "INVALID_JSON_DESCRIPTION", str(error), "")]
    except ValueError:
        # What is left is an integer of thousands of digits, which Python does not read.
        words = "Number is too large"
        return {}, [Diagnostic("ERROR", "INVALID_JSON_DESCRIPTION", words, "")]
    if not isinstance(document, dict):
        return {}, [_not_an_object()]
    if _depth(document) > _DEEPEST:
        return {}, [_too_deep()]
    return document, []


class _NoJson(ValueError):
    """Python reads it, JSON does not have it."""


def _too_deep() -> Diagnostic:
    deep = f"Definition must not be nested more than {_DEEPEST} levels deep"
    return Diagnostic("ERROR", "TOO_DEEPLY_NESTED", deep, "/")


def _depth(document: Any) -> int:
    depth = 0
    level = [document]
    while level:
        depth += 1
        level = [
            child
            for value in level
            if isinstance(value, dict | list)
            for child in (value.values() if isinstance(value, dict) else value)
        ]
    return depth


def _not_an_object() -> Diagnostic:
    message = "Definition must be a valid JSON object"
    return Diagnostic("ERROR", "SCHEMA_VALIDATION_FAILED", message, "")


def _not_json(definition: str, error: json.JSONDecodeError) -> Diagnostic:
    message, where = json_fault(definition, error)
    return Diagnostic("ERROR", "INVALID_JSON_DESCRIPTION", message, where)


def _refuse(constant: str) -> Any:
    raise _NoJson(f"Non-standard token '{constant}'")
