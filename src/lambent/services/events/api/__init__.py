"""The operations of EventBridge, a file a noun; this one lists them all."""

from collections.abc import Mapping

from lambent.services.events.api.archives import (
    create_archive,
    delete_archive,
    describe_archive,
    list_archives,
    update_archive,
)
from lambent.services.events.api.buses import (
    create_event_bus,
    delete_event_bus,
    describe_event_bus,
    list_event_buses,
    put_permission,
    remove_permission,
    update_event_bus,
)
from lambent.services.events.api.connections import (
    create_connection,
    deauthorize_connection,
    delete_connection,
    describe_connection,
    list_connections,
    update_connection,
)
from lambent.services.events.api.destinations import (
    create_api_destination,
    delete_api_destination,
    describe_api_destination,
    list_api_destinations,
    update_api_destination,
)
from lambent.services.events.api.entries import put_events
from lambent.services.events.api.replays import (
    cancel_replay,
    describe_replay,
    list_replays,
    start_replay,
)
from lambent.services.events.api.rules import (
    delete_rule,
    describe_rule,
    disable_rule,
    enable_rule,
    list_rule_names_by_target,
    list_rules,
    put_rule,
    test_event_pattern,
)
from lambent.services.events.api.tags import (
    list_tags_for_resource,
    tag_resource,
    untag_resource,
)
from lambent.services.events.api.targets import (
    list_targets_by_rule,
    put_targets,
    remove_targets,
)

_SECRETS = (
    "the secrets stand in the store as they are: there is no Secrets Manager yet, SecretArn names"
    " nothing in it, and nothing is encrypted at rest"
)
PARTLY: Mapping[str, str] = {
    "CreateConnection": _SECRETS + "; private connectivity; KmsKeyIdentifier encrypts nothing",
    "UpdateConnection": _SECRETS + "; private connectivity; KmsKeyIdentifier encrypts nothing",
    "CreateApiDestination": "an endpoint may be HTTP as well, as on one's own machine",
    "CreateArchive": "events are not encrypted with KmsKeyIdentifier",
    "UpdateArchive": "events are not encrypted with KmsKeyIdentifier",
    "CreateEventBus": "partner event sources; events are not encrypted with KmsKeyIdentifier, and"
    " LogConfig writes no logs",
    "UpdateEventBus": "events are not encrypted with KmsKeyIdentifier, and LogConfig writes no"
    " logs",
    "PutEvents": "EndpointId (global endpoints) changes nothing",
    "PutPermission": "the policy is kept and shown, and not yet enforced",
    "PutRule": "RoleArn is kept and not used",
    "PutTargets": "targets of services that Lambent does not have are taken, and their events go"
    " to the dead-letter queue",
}

__all__ = [
    "PARTLY",
    "cancel_replay",
    "create_api_destination",
    "create_archive",
    "create_connection",
    "create_event_bus",
    "deauthorize_connection",
    "delete_api_destination",
    "delete_archive",
    "delete_connection",
    "delete_event_bus",
    "delete_rule",
    "describe_api_destination",
    "describe_archive",
    "describe_connection",
    "describe_event_bus",
    "describe_replay",
    "describe_rule",
    "disable_rule",
    "enable_rule",
    "list_api_destinations",
    "list_archives",
    "list_connections",
    "list_event_buses",
    "list_replays",
    "list_rule_names_by_target",
    "list_rules",
    "list_tags_for_resource",
    "list_targets_by_rule",
    "put_events",
    "put_permission",
    "put_rule",
    "put_targets",
    "remove_permission",
    "remove_targets",
    "start_replay",
    "tag_resource",
    "test_event_pattern",
    "untag_resource",
    "update_api_destination",
    "update_archive",
    "update_connection",
    "update_event_bus",
]
