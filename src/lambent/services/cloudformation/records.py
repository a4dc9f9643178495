"""What CloudFormation remembers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Deployment:
    """One wanted state of a stack: never changed, named by stacks and change sets."""

    id: str
    stack_id: str
    # As it was given, and after the transforms.
    original: str
    processed: str
    # What was given for each parameter, what SSM parameters stood for, and the names to hide.
    texts: Mapping[str, str]
    resolved: Mapping[str, str]
    hidden: tuple[str, ...]
    parameter_values: Mapping[str, Any]
    tags: tuple[Mapping[str, str], ...] = ()
    capabilities: tuple[str, ...] = ()
    notification_arns: tuple[str, ...] = ()
    # Names of exports of other stacks that it uses.
    imports: tuple[str, ...] = ()
    extended: bool = False


@dataclass(frozen=True, slots=True)
class Stack:
    id: str
    account: str
    region: str
    name: str
    status: str
    created: float
    reason: str = ""
    updated: float | None = None
    deleted: float | None = None
    # The deployment that stands, and the one that the operation under way leads to.
    deployment: str = ""
    target: str = ""
    # The machine of the operation under way or last done (JSON), and how many there were.
    operation: str = ""
    operations: int = 0
    outputs: tuple[Mapping[str, Any], ...] = ()
    protected: bool = False
    disable_rollback: bool = False
    policy: str = ""
    # The policy for this operation alone.
    policy_during_update: str = ""
    parent_id: str = ""
    root_id: str = ""
    # Whoever asked, who acts unless there is a role.
    principal: str = ""
    role_arn: str = ""
    timeout_minutes: int = 0
    token: str = ""
    change_set_id: str = ""
    # The topics that hear of every event.
    notification_arns: tuple[str, ...] = ()

    @property
    def is_live(self) -> bool:
        return self.status != "DELETE_COMPLETE"


@dataclass(frozen=True, slots=True)
class Resource:
    """
    A resource of a stack as it stands. `former` is what an operation may have to go back to, or
    to clean up; `step` is what the step under way needs to go on after a crash.
    """

    stack_id: str
    logical_id: str
    type: str
    status: str
    updated: float
    physical_id: str = ""
    reason: str = ""
    properties: Mapping[str, Any] = field(default_factory=dict)
    attributes: Mapping[str, Any] = field(default_factory=dict)
    metadata: Any = None
    deletion_policy: str = "Delete"
    update_replace_policy: str = "Delete"
    needs: tuple[str, ...] = ()
    former: Mapping[str, Any] = field(default_factory=dict)
    step: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Event:
    stack_id: str
    id: str
    logical_id: str
    physical_id: str
    type: str
    status: str
    time: float
    reason: str = ""
    properties: str = ""
    token: str = ""


@dataclass(frozen=True, slots=True)
class ChangeSet:
    id: str
    stack_id: str
    name: str
    status: str
    execution_status: str
    created: float
    deployment: str
    reason: str = ""
    description: str = ""
    # As DescribeChangeSet gives them.
    changes: tuple[Mapping[str, Any], ...] = ()
    kind: str = "UPDATE"
    on_failure: str = ""
    role_arn: str = ""
    token: str = ""
    include_nested: bool = False
