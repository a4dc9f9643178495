"""
The operations of CloudFormation.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Operations.html
"""

from lambent.services.cloudformation.api.change_sets import (
    create_change_set,
    delete_change_set,
    describe_change_set,
    execute_change_set,
    list_change_sets,
)
from lambent.services.cloudformation.api.exports import list_exports, list_imports
from lambent.services.cloudformation.api.resources import (
    describe_stack_events,
    describe_stack_resource,
    describe_stack_resources,
    list_stack_resources,
)
from lambent.services.cloudformation.api.stacks import (
    cancel_update_stack,
    continue_update_rollback,
    create_stack,
    delete_stack,
    describe_stacks,
    get_stack_policy,
    list_stacks,
    set_stack_policy,
    update_stack,
    update_termination_protection,
)
from lambent.services.cloudformation.api.templates import (
    get_template,
    get_template_summary,
    validate_template,
)

PARTLY = {
    "CreateChangeSet": (
        "ChangeSetType IMPORT; changes inside nested stacks are not listed; property values before"
        " and after are not shown"
    ),
    "CreateStack": (
        "rollback triggers; resource types without an operation of Lambent's own; macros other than"
        " AWS::Include, AWS::LanguageExtensions and AWS::Serverless-2016-10-31; CreationPolicy"
    ),
    "DescribeStacks": "drift is never checked",
    "UpdateStack": "rollback triggers; UpdatePolicy",
}

__all__ = [
    "PARTLY",
    "cancel_update_stack",
    "continue_update_rollback",
    "create_change_set",
    "create_stack",
    "delete_change_set",
    "delete_stack",
    "describe_change_set",
    "describe_stack_events",
    "describe_stack_resource",
    "describe_stack_resources",
    "describe_stacks",
    "execute_change_set",
    "get_stack_policy",
    "get_template",
    "get_template_summary",
    "list_change_sets",
    "list_exports",
    "list_imports",
    "list_stack_resources",
    "list_stacks",
    "set_stack_policy",
    "update_stack",
    "update_termination_protection",
    "validate_template",
]
