"""
What a row of a service's `resources.py` is: a resource type as a table.

A table says which operation creates, reads, updates and deletes, and where each parameter
comes from. The spelling of a value is not its business: text for numbers, documents for
text, lists of Key and Value for maps and the case of member names are fitted to the
operation's own shape by whoever makes the call.

A source is a path to a property (`"Code.S3Bucket"`), or begins with `@`:
  @id         the physical id (what Ref gives)
  @name       the name given in the property `named_by`, or a generated one
  @item       the item of a part (`@item.PolicyName` a member of it)
  @attribute.X   an attribute, as Fn::GetAtt gives it
  @tags, @tag_keys   the tags to set (Key and Value), the keys to take away
  @token      text that is the same for each attempt at the same thing
  @account @region @stack_name @logical_id
  =text       the text itself
or is a pure function of what is `Asked`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Properties = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """All that a source may look at."""

    properties: Properties
    name: str = ""
    physical_id: str = ""
    attributes: Mapping[str, Any] = field(default_factory=dict)
    logical_id: str = ""
    stack_name: str = ""
    account: str = ""
    region: str = ""
    token: str = ""
    item: Any = None
    tags: Any = ()
    tag_keys: tuple[str, ...] = ()
    # The text of the S3 object that the property `loads` points at.
    loaded: str = ""
    # What the properties were, where the resource is there already.
    before: Properties = field(default_factory=dict)


Source = str | Callable[[Asked], Any]


def alike(*names: str) -> dict[str, Source]:
    """Parameters that have the names of their properties."""
    return {name: name for name in names}


@dataclass(frozen=True, slots=True)
class Call:
    """One operation with the source of each of its parameters; what is absent is left out."""

    operation: str
    params: Mapping[str, Source]


@dataclass(frozen=True, slots=True)
class Update:
    """A call made when one of the properties `by` changed (those in its params unless given)."""

    call: Call
    by: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Part:
    """
    A property that has operations of its own: put when it is there or changed, removed when it
    goes. With `each` its value is a list, and every item is put and removed by itself; `key`
    tells the items apart (a member's name, or empty for the item itself).
    """

    property: str
    put: Call
    remove: Call | None = None
    each: bool = False
    key: str = ""
    # Other properties whose change means that every item is put again.
    by: frozenset[str] = frozenset()
    # Undone before the resource is deleted, because the service asks for it.
    undone: bool = False
    # `create` has put it already; only changes are put by themselves.
    created: bool = False
    # What it asks for is so anyway: that the operation is not there is no failure.
    implied: bool = False
    # Whether an item asks for something; one that does not is as if it were not there.
    wanted: Callable[[Any], bool] = lambda item: True


@dataclass(frozen=True, slots=True)
class Settling:
    """A status in the reply of `read` (or of a call of its own) that has to become final."""

    path: str
    waiting: frozenset[str]
    failed: frozenset[str] = frozenset()
    reason: str = ""
    call: Call | None = None
    # Looked at only when the resource has this property.
    when: str = ""


@dataclass(frozen=True, slots=True)
class ResourceType:
    name: str
    service: str
    # None: there is nothing to make, or the parts are all there is.
    create: Call | None
    # Finds what has the name already, where `create` would give that instead of refusing.
    existing: Call | None = None
    # Where the reply of `create` has the physical id; a source beginning with @, or a function.
    identifier: str | Callable[[Asked], str] = "@name"
    read: Call | None = None
    # Fn::GetAtt's name → path in the reply of `read`, or a source beginning with @ or a function.
    attributes: Mapping[str, Source] = field(default_factory=dict)
    updates: tuple[Update, ...] = ()
    delete: Call | None = None
    parts: tuple[Part, ...] = ()
    settling: tuple[Settling, ...] = ()
    # The properties whose change makes another resource; `always_replaced`: all of them.
    replaced_by: frozenset[str] = frozenset()
    always_replaced: bool = False
    required: tuple[str, ...] = ()
    # Properties that are taken and change nothing here, each for a reason given at the table.
    ignored: frozenset[str] = frozenset()
    named_by: str = ""
    name_limit: int = 128
    name_lowercase: bool = False
    name_suffix: Callable[[Properties], str] = lambda _: ""
    # Tags of the stack are passed on to the resource; its own are a map or a list of pairs.
    taggable: bool = False
    tags_are_map: bool = False
    # The calls that set tags and take them away from what is there.
    tag: Call | None = None
    untag: Call | None = None
    # False: any property may be there (custom resources).
    closed: bool = True
    # What Fn::GetAtt gives besides, from the reply of `read`.
    further_attributes: Callable[[Mapping[str, Any]], Mapping[str, Any]] | None = None
    # After `delete`: a status of `read` that has to become final, or the resource absent.
    going: tuple[Settling, ...] = ()
    # The property that names an S3 object whose text the calls need.
    loads: str = ""
    # Error codes, besides those whose name says it, that mean: there is no such resource.
    absent_codes: frozenset[str] = frozenset()


def properties_of(resource_type: ResourceType) -> frozenset[str]:
    """Every property that the table knows."""
    found = set(resource_type.ignored) | set(resource_type.required)
    found |= resource_type.replaced_by
    if resource_type.named_by:
        found.add(resource_type.named_by)
    if resource_type.loads:
        found.add(resource_type.loads)
    if resource_type.taggable:
        found.add("Tags")
    calls = [resource_type.create, resource_type.delete]
    for update in resource_type.updates:
        calls.append(update.call)
        found |= update.by
    for part in resource_type.parts:
        found.add(part.property)
        found |= part.by
        calls += [part.put, part.remove]
    for call in calls:
        found |= mentioned(call) if call else set()
    return frozenset(found)


def mentioned(call: Call) -> set[str]:
    """The properties that a call's parameters come from, as far as paths tell."""
    return {
        source.split(".", 1)[0]
        for source in call.params.values()
        if isinstance(source, str) and source[:1] not in ("@", "=")
    }


def changed_by(update: Update) -> frozenset[str]:
    return update.by or frozenset(mentioned(update.call))


def value_of(source: Source, asked: Asked) -> Any:
    """What a source stands for; None if there is no such thing."""
    if callable(source):
        return source(asked)
    if source.startswith("="):
        return source[1:]
    if not source.startswith("@"):
        return at_path(asked.properties, source)
    name, _, rest = source[1:].partition(".")
    match name:
        case "id":
            return asked.physical_id
        case "attribute":
            return asked.attributes.get(rest)
        case "item":
            return at_path(asked.item, rest) if rest else asked.item
        case "tags":
            return asked.tags or None
        case "tag_keys":
            return list(asked.tag_keys) or None
        case _:
            return getattr(asked, name)


def at_path(value: Any, path: str) -> Any:
    """The value at a dotted path through members and list places; None if it is not there."""
    for name in path.split("."):
        if isinstance(value, Mapping):
            value = value.get(name)
        elif isinstance(value, list) and name.isdigit() and int(name) < len(value):
            value = value[int(name)]
        else:
            return None
    return value
