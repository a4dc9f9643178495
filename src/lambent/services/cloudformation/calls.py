"""Which calls make, change and remove a resource, as its type's table has them. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from lambent.languages.templates.resource_types import (
    Asked,
    Call,
    Part,
    Properties,
    ResourceType,
    at_path,
    changed_by,
    value_of,
)
from lambent.services.cloudformation.fitting import fitted
from lambent.wire.model import Shape


@dataclass(frozen=True, slots=True)
class Planned:
    """One call of a step, and what is to be thought of its reply."""

    call: Call
    item: Any = None
    tags: tuple[Mapping[str, Any], ...] = ()
    tag_keys: tuple[str, ...] = ()
    # Its reply has the physical id.
    creates: bool = False
    # The resource has to settle before the next call.
    settles: bool = False
    # That there is nothing to take away is as good.
    removes: bool = False
    # That the operation is not there is no failure: what it asks for is so anyway.
    implied: bool = False


def creation(table: ResourceType, properties: Properties) -> list[Planned]:
    """The calls that make a resource with these properties."""
    calls = [Planned(table.create, creates=True, settles=True)] if table.create else []
    for part in table.parts:
        if not part.created:
            calls += [_put(part, item) for item in _items(part, properties).values()]
    return calls


def update(table: ResourceType, old: Properties, new: Properties) -> list[Planned]:
    """The calls that turn a resource with the old properties into one with the new."""
    changed = {name for name in {**old, **new} if old.get(name) != new.get(name)}
    calls = [
        Planned(one.call, settles=True, removes=one.call.operation.startswith("Delete"))
        for one in table.updates
        if changed_by(one) & changed
    ]
    for part in table.parts:
        before, after = _items(part, old), _items(part, new)
        again = bool(part.by & changed)
        if part.remove is not None:
            calls += [
                Planned(part.remove, item, removes=True)
                for key, item in before.items()
                if key not in after
            ]
        calls += [
            _put(part, item) for key, item in after.items() if again or before.get(key) != item
        ]
    if "Tags" in changed:
        calls += _tagging(table, old, new)
    return calls


def deletion(table: ResourceType, properties: Properties) -> list[Planned]:
    """The calls that take a resource away."""
    calls: list[Planned] = []
    for part in table.parts:
        if part.remove is not None and (part.undone or table.delete is None):
            calls += [
                Planned(part.remove, item, removes=True)
                for item in _items(part, properties).values()
            ]
    if table.delete is not None:
        calls.append(Planned(table.delete, removes=True))
    return calls


def _put(part: Part, item: Any) -> Planned:
    return Planned(part.put, item, implied=part.implied)


def _items(part: Part, properties: Properties) -> dict[str, Any]:
    """The part's items by what tells them apart; one for a part that is not a list."""
    value = at_path(properties, part.property)
    if value is None:
        return {}
    if not part.each:
        return {"": value} if part.wanted(value) else {}
    items = value if isinstance(value, list) else [value]
    return {
        str(at_path(item, part.key) if part.key else item): item
        for item in items
        if part.wanted(item)
    }


def _tagging(table: ResourceType, old: Properties, new: Properties) -> list[Planned]:
    before, after = _tags(old), _tags(new)
    calls: list[Planned] = []
    gone = tuple(key for key in before if key not in after)
    if gone and table.untag:
        calls.append(Planned(table.untag, tag_keys=gone, removes=True))
    fresh = tuple(
        {"Key": key, "Value": value} for key, value in after.items() if before.get(key) != value
    )
    if fresh and table.tag:
        calls.append(Planned(table.tag, tags=fresh))
    return calls


def _tags(properties: Properties) -> dict[str, str]:
    tags = properties.get("Tags") or {}
    if isinstance(tags, Mapping):
        return dict(tags)
    return {tag["Key"]: tag["Value"] for tag in tags}


def parameters(planned: Planned, asked: Asked, shape: Shape | None) -> dict[str, Any]:
    """The call's parameters: every source's value, fitted to the operation's input."""
    seen = replace(asked, item=planned.item, tags=planned.tags, tag_keys=planned.tag_keys)
    found: dict[str, Any] = {}
    for name, value in _present(planned.call, seen):
        *path, last = name.split(".")
        place = found
        for outer in path:
            place = place.setdefault(outer, {})
        place[last] = value
    fit: dict[str, Any] = {} if shape is None else fitted(shape, found)
    return fit


def _present(call: Call, asked: Asked) -> Iterator[tuple[str, Any]]:
    for name, source in call.params.items():
        value = value_of(source, asked)
        if value is not None:
            yield name, value


def identifier(table: ResourceType, reply: Mapping[str, Any], asked: Asked) -> str:
    """The physical id of what a reply tells of."""
    where = table.identifier
    if callable(where):
        return where(asked)
    if where.startswith("@"):
        return str(value_of(where, asked))
    return str(at_path(reply, where))


def attributes(table: ResourceType, reply: Mapping[str, Any], asked: Asked) -> dict[str, Any]:
    """Everything that Fn::GetAtt can ask of a resource, from what reading it answered."""
    found: dict[str, Any] = {}
    for name, source in table.attributes.items():
        own = callable(source) or source[:1] in ("@", "=")
        value = value_of(source, asked) if own else at_path(reply, str(source))
        if value is not None:
            found[name] = value
    if table.further_attributes is not None:
        found |= table.further_attributes(reply)
    return found
