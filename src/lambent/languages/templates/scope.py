"""
What names mean while a template is evaluated, and the two values that are special.

`NO_VALUE` (AWS::NoValue) removes what holds it. `UNKNOWN` stands for what only the deployment will
tell (the id of a resource that is not there yet); whatever is made of something unknown is unknown.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

from lambent.languages.templates.document import Template
from lambent.languages.templates.errors import TemplateInvalid


class Special(Enum):
    NO_VALUE = "AWS::NoValue"
    UNKNOWN = "{{changeSet:KNOWN_AFTER_APPLY}}"


NO_VALUE: Final = Special.NO_VALUE
UNKNOWN: Final = Special.UNKNOWN


def _nothing_there(logical_id: str, attribute: str | None) -> Any:
    return UNKNOWN


@dataclass(frozen=True, slots=True)
class Scope:
    """
    What names mean. `resource` answers for a resource that is part of the stack: its id when
    the attribute is None, else the attribute.
    """

    template: Template
    parameters: Mapping[str, Any]
    pseudo: Mapping[str, Any]
    exports: Mapping[str, str] = field(default_factory=dict)
    resource: Callable[[str, str | None], Any] = _nothing_there
    conditions: Mapping[str, bool] = field(default_factory=dict)
    # What AWS::LanguageExtensions allows; a function that it adds is unknown without it.
    extended: bool = False


def text_of(value: Any) -> str:
    """A value as text, as CloudFormation spells it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return f"{value:.1f}"
    return str(value)


def holds_unknown(value: Any) -> bool:
    if isinstance(value, dict):
        return any(holds_unknown(child) for child in value.values())
    if isinstance(value, list):
        return any(holds_unknown(child) for child in value)
    return value is UNKNOWN


def is_present(scope: Scope, condition: str | None) -> bool:
    """Is a resource or an output with this condition part of the stack?"""
    if condition is None:
        return True
    try:
        return scope.conditions[condition]
    except KeyError:
        raise TemplateInvalid(
            f"Template format error: Unresolved condition dependency {condition} in the Resources"
            " block of the template"
        ) from None


def unresolved(names: list[str], block: str) -> TemplateInvalid:
    return TemplateInvalid(
        f"Template format error: Unresolved resource dependencies [{', '.join(names)}] in the"
        f" {block} block of the template"
    )
