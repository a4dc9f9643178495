"""The operations of Step Functions, a module a noun."""

from lambent.services.stepfunctions.api.activities import (
    create_activity,
    delete_activity,
    describe_activity,
    get_activity_task,
    list_activities,
)
from lambent.services.stepfunctions.api.aliases import (
    create_state_machine_alias,
    delete_state_machine_alias,
    describe_state_machine_alias,
    list_state_machine_aliases,
    update_state_machine_alias,
)
from lambent.services.stepfunctions.api.executions import (
    describe_execution,
    get_execution_history,
    list_executions,
    redrive_execution,
    start_execution,
    start_sync_execution,
    stop_execution,
)
from lambent.services.stepfunctions.api.machines import (
    create_state_machine,
    delete_state_machine,
    describe_state_machine,
    describe_state_machine_for_execution,
    list_state_machines,
    update_state_machine,
    validate_state_machine_definition,
)
from lambent.services.stepfunctions.api.map_runs import (
    describe_map_run,
    list_map_runs,
    update_map_run,
)
from lambent.services.stepfunctions.api.tags import (
    list_tags_for_resource,
    tag_resource,
    untag_resource,
)
from lambent.services.stepfunctions.api.tasks import (
    send_task_failure,
    send_task_heartbeat,
    send_task_success,
)
from lambent.services.stepfunctions.api.testing import test_state
from lambent.services.stepfunctions.api.versions import (
    delete_state_machine_version,
    list_state_machine_versions,
    publish_state_machine_version,
)

# For the page of what works: an operation that is there → what is missing of it.
PARTLY = {
    "CreateStateMachine": (
        "A task of a service that Lambent does not have fails with an error like"
        " Ec2.NotSupportedByLambent, which only a Retry or Catch that names it sees."
        " Of the jobs that .sync waits for there are only executions. Encryption keys are stored,"
        " without effect;"
        " the children of distributed Maps are not traced."
    ),
}

__all__ = [
    "create_activity",
    "create_state_machine",
    "create_state_machine_alias",
    "delete_activity",
    "delete_state_machine",
    "delete_state_machine_alias",
    "delete_state_machine_version",
    "describe_activity",
    "describe_execution",
    "describe_map_run",
    "describe_state_machine",
    "describe_state_machine_alias",
    "describe_state_machine_for_execution",
    "get_activity_task",
    "get_execution_history",
    "list_activities",
    "list_executions",
    "list_map_runs",
    "list_state_machine_aliases",
    "list_state_machine_versions",
    "list_state_machines",
    "list_tags_for_resource",
    "publish_state_machine_version",
    "redrive_execution",
    "send_task_failure",
    "send_task_heartbeat",
    "send_task_success",
    "start_execution",
    "start_sync_execution",
    "stop_execution",
    "tag_resource",
    "test_state",
    "untag_resource",
    "update_map_run",
    "update_state_machine",
    "update_state_machine_alias",
    "validate_state_machine_definition",
]
