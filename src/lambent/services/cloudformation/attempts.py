"""A resource's step while it is being carried out: what it found, what it is to do."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from lambent.languages.templates import plan
from lambent.languages.templates.plan import Outcome
from lambent.languages.templates.resource_types import ResourceType
from lambent.platform import Context
from lambent.services.cloudformation.records import Deployment, Resource, Stack
from lambent.work.queue import WorkItem

# What a step may do to its resource, with the word of the statuses that tell of it.
VERBS = {
    "create": "CREATE",
    "update": "UPDATE",
    "replace": "UPDATE",
    "revert": "UPDATE",
    "remove": "DELETE",
    "discard": "DELETE",
}
OUTCOMES = {
    "create": Outcome.CREATED,
    "update": Outcome.UPDATED,
    "replace": Outcome.REPLACED,
    "revert": Outcome.UPDATED,
    "remove": Outcome.REMOVED,
    "discard": Outcome.REMOVED,
}


class NotSettled(Exception):
    """The resource needs more time. The step catches it and looks again later."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a step finds when it runs."""

    stack: Stack
    operation: plan.Operation
    deployment: Deployment | None
    resource: Resource | None
    # The resources that it needs.
    needed: Mapping[str, Resource]
    exports: Mapping[str, str]
    responses: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Attempt:
    """A step that has begun: the resource with its intent, and who makes the calls."""

    context: Context
    acting: Context
    item: WorkItem
    stack: Stack
    table: ResourceType
    resource: Resource
    # An earlier run may have made the calls that this one is about to make.
    repeated: bool

    @property
    def intent(self) -> str:
        intent: str = self.resource.step["intent"]
        return intent


def as_told(resource: Resource) -> Resource:
    """The resource as events tell of it: a leftover is known by its own id."""
    if resource.step.get("intent") == "discard":
        return replace(resource, physical_id=resource.former.get("physical_id", ""))
    return resource
