"""A template's parts, and what CloudFormation refuses before it looks at any value."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lambent.languages.templates.errors import TemplateInvalid
from lambent.languages.templates.includes import transforms

_SECTIONS = frozenset(
    (
        "AWSTemplateFormatVersion",
        "Conditions",
        "Description",
        "Hooks",
        "Mappings",
        "Metadata",
        "Outputs",
        "Parameters",
        "Resources",
        "Rules",
        "Transform",
    )
)
_RESOURCE_MEMBERS = frozenset(
    (
        "Condition",
        "CreationPolicy",
        "DeletionPolicy",
        "DependsOn",
        "Metadata",
        "Properties",
        "Type",
        "UpdatePolicy",
        "UpdateReplacePolicy",
        "Version",
    )
)
_POLICIES = {
    "DeletionPolicy": ("Delete", "Retain", "RetainExceptOnCreate", "Snapshot"),
    "UpdateReplacePolicy": ("Delete", "Retain", "Snapshot"),
}
_LIMITS = {"Parameters": 200, "Mappings": 200, "Resources": 500, "Outputs": 200}
_ALPHANUMERIC = re.compile(r"[A-Za-z0-9]{1,255}\Z")
_NOUNS = {"Parameters": "Parameter", "Resources": "Resource", "Outputs": "Output"}


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource as the template writes it; nothing in it is evaluated yet."""

    logical_id: str
    type: str
    properties: Mapping[str, Any]
    depends_on: tuple[str, ...] = ()
    condition: str | None = None
    metadata: Any = None
    deletion_policy: Any = None
    update_replace_policy: Any = None


@dataclass(frozen=True, slots=True)
class Template:
    description: str | None
    metadata: Mapping[str, Any]
    parameters: Mapping[str, Mapping[str, Any]]
    mappings: Mapping[str, Mapping[str, Mapping[str, Any]]]
    conditions: Mapping[str, Any]
    rules: Mapping[str, Mapping[str, Any]]
    resources: Mapping[str, Resource]
    outputs: Mapping[str, Mapping[str, Any]]
    transforms: tuple[str, ...]


def parse_template(document: Mapping[str, Any]) -> Template:
    """The document's parts; whatever its structure lacks is an error in CloudFormation's words."""
    _check_sections(document)
    _check_nulls(document)
    resources = _section(document, "Resources")
    if not resources:
        raise TemplateInvalid(
            "Template format error: At least one Resources member must be defined."
        )
    return Template(
        description=_description(document),
        metadata=_section(document, "Metadata"),
        parameters=parameter_declarations(document),
        mappings=_mappings(document),
        conditions=_section(document, "Conditions"),
        rules=_section(document, "Rules"),
        resources={name: _resource(name, written) for name, written in resources.items()},
        outputs=_members(document, "Outputs", "Value"),
        transforms=transforms(document),
    )


def parameter_declarations(document: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    """The parameters alone, which transforms need before the rest is a template."""
    return _members(document, "Parameters", "Type")


def _check_sections(document: Mapping[str, Any]) -> None:
    unknown = [str(name) for name in document if name not in _SECTIONS]
    if unknown:
        raise TemplateInvalid(
            f"Invalid template property or properties [{', '.join(sorted(unknown))}]"
        )
    version = document.get("AWSTemplateFormatVersion", "2010-09-09")
    if version != "2010-09-09":
        raise TemplateInvalid(
            f"Template format error: {version} is not a supported value for"
            " AWSTemplateFormatVersion."
        )


def _check_nulls(document: Mapping[str, Any]) -> None:
    waiting: list[tuple[str, Any]] = [("", document)]
    while waiting:
        path, value = waiting.pop()
        if value is None:
            raise TemplateInvalid(
                f"[{path}] 'null' values are not allowed in templates"
                if path.count("/") > 1
                else f"Template format error: [{path}] 'null' values are not allowed in templates"
            )
        if isinstance(value, dict):
            waiting.extend((f"{path}/{name}", child) for name, child in value.items())
        elif isinstance(value, list):
            waiting.extend((f"{path}/{place}", child) for place, child in enumerate(value))


def _description(document: Mapping[str, Any]) -> str | None:
    description = document.get("Description")
    if description is None:
        return None
    if not isinstance(description, str):
        raise TemplateInvalid("Template format error: every Description member must be a string.")
    if len(description.encode()) > 1024:
        raise TemplateInvalid("Template format error: 'Description' length is greater than 1024.")
    return description


def _section(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    section = document.get(name, {})
    if not isinstance(section, dict):
        raise TemplateInvalid(f"Template format error: {name} must be an object.")
    if len(section) > _LIMITS.get(name, len(section)):
        raise TemplateInvalid(
            f"Template format error: Number of {name.lower()}, {len(section)}, is greater than"
            f" maximum allowed, {_LIMITS[name]}"
        )
    noun = _NOUNS.get(name)
    for member in section:
        if noun and not _ALPHANUMERIC.match(member):
            raise TemplateInvalid(
                f"Template format error: {noun} name {member} is non alphanumeric."
            )
    return section


def _members(
    document: Mapping[str, Any], name: str, required: str
) -> Mapping[str, Mapping[str, Any]]:
    section = _section(document, name)
    for member, written in section.items():
        if not isinstance(written, dict):
            raise TemplateInvalid(
                f"Template format error: [/{name}/{member}] Any {name} member must be an object."
            )
        if required not in written:
            raise TemplateInvalid(
                f"Template format error: [/{name}/{member}] Every {name} object must contain a"
                f" {required} member."
            )
    return section


def _mappings(document: Mapping[str, Any]) -> Mapping[str, Any]:
    mappings = _section(document, "Mappings")
    for name, mapping in mappings.items():
        if not isinstance(mapping, dict):
            raise TemplateInvalid(
                f"Template format error: Every Mappings member {name} must be a map"
            )
        for key, attributes in mapping.items():
            if not isinstance(attributes, dict) and not key.startswith("Fn::"):
                raise TemplateInvalid(
                    f"Template format error: Every Mappings attribute of {name}.{key} must be a map"
                )
    return mappings


def _resource(name: str, written: Any) -> Resource:
    if not isinstance(written, dict):
        raise TemplateInvalid(
            f"Template format error: [/Resources/{name}] Any Resources member must be an object."
        )
    unknown = sorted(str(member) for member in written if member not in _RESOURCE_MEMBERS)
    if unknown:
        raise TemplateInvalid(
            f"Invalid template resource property '{unknown[0]}'"
            if len(unknown) == 1
            else f"Invalid template resource properties [{', '.join(unknown)}]"
        )
    type_name = written.get("Type")
    if not isinstance(type_name, str) or not type_name:
        raise TemplateInvalid(
            f"Template format error: [/Resources/{name}] Every Resources object must contain a"
            " Type member."
        )
    properties = written.get("Properties", {})
    if not isinstance(properties, dict):
        raise TemplateInvalid(
            f"Template format error: [/Resources/{name}/Properties] Properties must be an object."
        )
    _check_policies(name, written)
    return Resource(
        logical_id=name,
        type=type_name,
        properties=properties,
        depends_on=_depends_on(name, written.get("DependsOn", ())),
        condition=_condition(name, written),
        metadata=written.get("Metadata"),
        deletion_policy=written.get("DeletionPolicy"),
        update_replace_policy=written.get("UpdateReplacePolicy"),
    )


def _check_policies(name: str, written: Mapping[str, Any]) -> None:
    for member in _POLICIES:
        value = written.get(member, "Delete")
        # The transform AWS::LanguageExtensions allows functions here.
        if not isinstance(value, dict):
            check_policy(name, member, value)
    for member in ("Metadata", "CreationPolicy", "UpdatePolicy"):
        if not isinstance(written.get(member, {}), dict):
            raise TemplateInvalid(
                f"Template format error: [/Resources/{name}/{member}] {member} must be an object."
            )


def check_policy(name: str, member: str, value: Any) -> None:
    if not isinstance(value, str) or value not in _POLICIES[member]:
        raise TemplateInvalid(
            f"Template format error: Unrecognized {member} {value} for resource {name}"
        )


def _depends_on(name: str, written: Any) -> tuple[str, ...]:
    named = [written] if isinstance(written, str) else written
    is_list = isinstance(named, list | tuple)
    if not is_list or not all(isinstance(item, str) for item in named):
        raise TemplateInvalid(
            f"Template format error: [/Resources/{name}/DependsOn] DependsOn must be a string or a"
            " list of strings."
        )
    return tuple(named)


def _condition(name: str, written: Mapping[str, Any]) -> str | None:
    condition = written.get("Condition")
    if condition is not None and not isinstance(condition, str):
        raise TemplateInvalid(
            f"Template format error: [/Resources/{name}/Condition] Every Condition member must be a"
            " string."
        )
    return condition
