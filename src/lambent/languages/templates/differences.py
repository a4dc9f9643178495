"""What stands against what is wanted: the changes of a stack's update, before anything is done."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from lambent.languages.templates.document import Resource
from lambent.languages.templates.errors import TemplateInvalid
from lambent.languages.templates.functions import evaluate, evaluate_properties
from lambent.languages.templates.graph import ordered
from lambent.languages.templates.scope import UNKNOWN, Scope, holds_unknown

Recreation = Literal["Never", "Conditionally", "Always"]
Replacement = Literal["True", "False", "Conditional"]


@dataclass(frozen=True, slots=True)
class Standing:
    """A resource as it stands: evaluated, with an id."""

    logical_id: str
    type: str
    physical_id: str
    properties: Mapping[str, Any]
    attributes: Mapping[str, Any]
    metadata: Any = None
    deletion_policy: str = "Delete"
    update_replace_policy: str = "Delete"


@dataclass(frozen=True, slots=True)
class Detail:
    """One property, or attribute of the resource itself, that differs."""

    attribute: str
    name: str = ""
    recreation: Recreation = "Never"
    # Static: known now. Dynamic: known when another resource is deployed.
    evaluation: Literal["Static", "Dynamic"] = "Static"


@dataclass(frozen=True, slots=True)
class Change:
    action: Literal["Add", "Modify", "Remove"]
    logical_id: str
    type: str
    physical_id: str = ""
    replacement: Replacement = "False"
    details: tuple[Detail, ...] = ()

    @property
    def scope(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(detail.attribute for detail in self.details))


def differences(
    scope: Scope,
    graph: Mapping[str, tuple[str, ...]],
    standing: Mapping[str, Standing],
    *,
    recreation: Callable[[str, str], Recreation],
    completed: Callable[[str, dict[str, Any]], dict[str, Any]] = lambda _, properties: properties,
) -> tuple[Change, ...]:
    """
    The changes that lead from what stands to what `scope` wants, in the template's order.

    `recreation(type, property)` says whether a change of it makes a new resource;
    `completed(type, properties)` adds what the stack gives every resource (its tags).
    """
    _check_types(scope, graph, standing)
    changes: dict[str, Change] = {}

    def resource(logical_id: str, attribute: str | None) -> Any:
        return _as_it_will_be(changes.get(logical_id), standing.get(logical_id), attribute)

    seeing = replace(scope, resource=resource)
    for logical_id in ordered(graph):
        change = _difference(seeing, logical_id, standing.get(logical_id), recreation, completed)
        if change is not None:
            changes[logical_id] = change
    found = [changes[logical_id] for logical_id in graph if logical_id in changes]
    return (*found, *(_removal(old) for name, old in standing.items() if name not in graph))


def _check_types(
    scope: Scope, graph: Mapping[str, tuple[str, ...]], standing: Mapping[str, Standing]
) -> None:
    turned = [
        logical_id
        for logical_id in graph
        if logical_id in standing
        and scope.template.resources[logical_id].type != standing[logical_id].type
    ]
    if turned:
        raise TemplateInvalid(
            "Update of resource type is not permitted. The new template modifies resource type of"
            f" the following resources: [{', '.join(turned)}]"
        )


def _as_it_will_be(change: Change | None, old: Standing | None, attribute: str | None) -> Any:
    """What a reference to a resource means while its deployment has not begun."""
    if old is None or (change is not None and change.replacement != "False"):
        return UNKNOWN
    if attribute is None:
        return old.physical_id
    if change is not None:
        # An update in place may change any attribute.
        return UNKNOWN
    return old.attributes.get(attribute, UNKNOWN)


def _difference(
    scope: Scope,
    logical_id: str,
    old: Standing | None,
    recreation: Callable[[str, str], Recreation],
    completed: Callable[[str, dict[str, Any]], dict[str, Any]],
) -> Change | None:
    written = scope.template.resources[logical_id]
    properties = completed(written.type, evaluate_properties(scope, written.properties))
    if old is None:
        return Change("Add", logical_id, written.type)
    details = [
        _property_detail(written.type, name, properties.get(name), recreation)
        for name in {**old.properties, **properties}
        if old.properties.get(name) != properties.get(name)
    ]
    details += _own_details(scope, written, old)
    if not details:
        return None
    return Change(
        "Modify",
        logical_id,
        written.type,
        old.physical_id,
        _replacement(details),
        tuple(details),
    )


def _property_detail(
    type_name: str,
    name: str,
    wanted: Any,
    recreation: Callable[[str, str], Recreation],
) -> Detail:
    is_dynamic = holds_unknown(wanted)
    return Detail(
        "Tags" if name == "Tags" else "Properties",
        name,
        recreation(type_name, name),
        "Dynamic" if is_dynamic else "Static",
    )


def _own_details(scope: Scope, written: Resource, old: Standing) -> list[Detail]:
    """What differs in the resource's attributes besides its properties."""
    compared = {
        "Metadata": (written.metadata, old.metadata),
        "DeletionPolicy": (written.deletion_policy or "Delete", old.deletion_policy),
        "UpdateReplacePolicy": (
            written.update_replace_policy or "Delete",
            old.update_replace_policy,
        ),
    }
    found = []
    for name, (wanted, before) in compared.items():
        value = evaluate(scope, wanted)
        # What is unknown follows from a change that is counted where it is made.
        if value != before and not holds_unknown(value):
            found.append(Detail(name))
    return found


def _replacement(details: list[Detail]) -> Replacement:
    certain = [detail.recreation for detail in details if detail.evaluation == "Static"]
    possible = [detail.recreation for detail in details]
    if "Always" in certain:
        return "True"
    if "Always" in possible or "Conditionally" in possible:
        return "Conditional"
    return "False"


def _removal(old: Standing) -> Change:
    return Change("Remove", old.logical_id, old.type, old.physical_id)
