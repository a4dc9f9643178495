"""The operations of Lambda, a file for each noun of the API reference."""

from lambent.services.lambda_.api.account import get_account_settings
from lambent.services.lambda_.api.aliases import (
    create_alias,
    delete_alias,
    get_alias,
    list_aliases,
    update_alias,
)
from lambent.services.lambda_.api.capacity_providers import (
    create_capacity_provider,
    delete_capacity_provider,
    get_capacity_provider,
    list_capacity_providers,
    list_function_versions_by_capacity_provider,
    update_capacity_provider,
)
from lambent.services.lambda_.api.code_signing import (
    create_code_signing_config,
    delete_code_signing_config,
    delete_function_code_signing_config,
    get_code_signing_config,
    get_function_code_signing_config,
    list_code_signing_configs,
    list_functions_by_code_signing_config,
    put_function_code_signing_config,
    update_code_signing_config,
)
from lambent.services.lambda_.api.concurrency import (
    delete_function_concurrency,
    get_function_concurrency,
    put_function_concurrency,
)
from lambent.services.lambda_.api.durable_callbacks import (
    send_durable_execution_callback_failure,
    send_durable_execution_callback_heartbeat,
    send_durable_execution_callback_success,
)
from lambent.services.lambda_.api.durable_executions import (
    checkpoint_durable_execution,
    delete_durable_execution,
    get_durable_execution,
    get_durable_execution_history,
    get_durable_execution_state,
    list_durable_executions_by_function,
    pause_durable_execution,
    resume_durable_execution,
    stop_durable_execution,
)
from lambent.services.lambda_.api.event_invoke_configs import (
    delete_function_event_invoke_config,
    get_function_event_invoke_config,
    list_function_event_invoke_configs,
    put_function_event_invoke_config,
    update_function_event_invoke_config,
)
from lambent.services.lambda_.api.event_source_mappings import (
    create_event_source_mapping,
    delete_event_source_mapping,
    get_event_source_mapping,
    list_event_source_mappings,
    update_event_source_mapping,
)
from lambent.services.lambda_.api.function_scaling import (
    get_function_scaling_config,
    put_function_scaling_config,
)
from lambent.services.lambda_.api.function_urls import (
    create_function_url_config,
    delete_function_url_config,
    get_function_url_config,
    list_function_url_configs,
    update_function_url_config,
)
from lambent.services.lambda_.api.functions import (
    create_function,
    delete_function,
    get_function,
    get_function_configuration,
    list_functions,
)
from lambent.services.lambda_.api.invocations import (
    invoke,
    invoke_async,
    invoke_with_response_stream,
)
from lambent.services.lambda_.api.layer_permissions import (
    add_layer_version_permission,
    get_layer_version_policy,
    remove_layer_version_permission,
)
from lambent.services.lambda_.api.layers import (
    delete_layer_version,
    get_layer_version,
    get_layer_version_by_arn,
    list_layer_versions,
    list_layers,
    publish_layer_version,
)
from lambent.services.lambda_.api.permissions import (
    add_permission,
    get_policy,
    remove_permission,
)
from lambent.services.lambda_.api.provisioned_concurrency import (
    delete_provisioned_concurrency_config,
    get_provisioned_concurrency_config,
    list_provisioned_concurrency_configs,
    put_provisioned_concurrency_config,
)
from lambent.services.lambda_.api.recursion import (
    get_function_recursion_config,
    put_function_recursion_config,
)
from lambent.services.lambda_.api.resource_policies import (
    delete_resource_policy,
    get_resource_policy,
    put_resource_policy,
)
from lambent.services.lambda_.api.runtime_management import (
    get_runtime_management_config,
    put_runtime_management_config,
)
from lambent.services.lambda_.api.tags import list_tags, tag_resource, untag_resource
from lambent.services.lambda_.api.updates import (
    update_function_code,
    update_function_configuration,
)
from lambent.services.lambda_.api.versions import list_versions_by_function, publish_version

PARTLY = {
    "CreateEventSourceMapping": "of SQS and DynamoDB Streams",
    "CheckpointDurableExecution": "TenantId of chained invokes",
    "CreateFunction": "container images, file systems, DurableConfig's key, SnapStart of Java",
    "CreateCapacityProvider": "no instances: what describes them is kept; functions run here",
    "PutFunctionScalingConfig": "an environment runs one invocation at a time; others wait",
    "Invoke": "TenantId",
    "InvokeWithResponseStream": "TenantId; durable functions",
    "CreateCodeSigningConfig": "tags; nothing is signed here, so Enforce refuses every package",
    "PutRuntimeManagementConfig": "kept and given back; there is one version of each runtime",
    "PutResourcePolicy": "policies of runtimes",
    "CreateFunctionUrlConfig": "AWS_IAM verifies signatures; policies are not asked",
    "PutFunctionEventInvokeConfig": "destinations in Kafka; whether a destination exists",
}

__all__ = [
    "PARTLY",
    "add_layer_version_permission",
    "add_permission",
    "checkpoint_durable_execution",
    "create_alias",
    "create_capacity_provider",
    "create_code_signing_config",
    "create_event_source_mapping",
    "create_function",
    "create_function_url_config",
    "delete_alias",
    "delete_capacity_provider",
    "delete_code_signing_config",
    "delete_durable_execution",
    "delete_event_source_mapping",
    "delete_function",
    "delete_function_code_signing_config",
    "delete_function_concurrency",
    "delete_function_event_invoke_config",
    "delete_function_url_config",
    "delete_layer_version",
    "delete_provisioned_concurrency_config",
    "delete_resource_policy",
    "get_account_settings",
    "get_alias",
    "get_capacity_provider",
    "get_code_signing_config",
    "get_durable_execution",
    "get_durable_execution_history",
    "get_durable_execution_state",
    "get_event_source_mapping",
    "get_function",
    "get_function_code_signing_config",
    "get_function_concurrency",
    "get_function_configuration",
    "get_function_event_invoke_config",
    "get_function_recursion_config",
    "get_function_scaling_config",
    "get_function_url_config",
    "get_layer_version",
    "get_layer_version_by_arn",
    "get_layer_version_policy",
    "get_policy",
    "get_provisioned_concurrency_config",
    "get_resource_policy",
    "get_runtime_management_config",
    "invoke",
    "invoke_async",
    "invoke_with_response_stream",
    "list_aliases",
    "list_capacity_providers",
    "list_code_signing_configs",
    "list_durable_executions_by_function",
    "list_event_source_mappings",
    "list_function_event_invoke_configs",
    "list_function_url_configs",
    "list_function_versions_by_capacity_provider",
    "list_functions",
    "list_functions_by_code_signing_config",
    "list_layer_versions",
    "list_layers",
    "list_provisioned_concurrency_configs",
    "list_tags",
    "list_versions_by_function",
    "pause_durable_execution",
    "publish_layer_version",
    "publish_version",
    "put_function_code_signing_config",
    "put_function_concurrency",
    "put_function_event_invoke_config",
    "put_function_recursion_config",
    "put_function_scaling_config",
    "put_provisioned_concurrency_config",
    "put_resource_policy",
    "put_runtime_management_config",
    "remove_layer_version_permission",
    "remove_permission",
    "resume_durable_execution",
    "send_durable_execution_callback_failure",
    "send_durable_execution_callback_heartbeat",
    "send_durable_execution_callback_success",
    "stop_durable_execution",
    "tag_resource",
    "untag_resource",
    "update_alias",
    "update_capacity_provider",
    "update_code_signing_config",
    "update_event_source_mapping",
    "update_function_code",
    "update_function_configuration",
    "update_function_event_invoke_config",
    "update_function_url_config",
]
