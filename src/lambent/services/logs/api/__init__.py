"""The operations of CloudWatch Logs, a file for each noun of the API reference."""

from lambent.services.logs.api.events import filter_log_events, get_log_events, put_log_events
from lambent.services.logs.api.groups import (
    associate_kms_key,
    create_log_group,
    delete_log_group,
    delete_retention_policy,
    describe_log_groups,
    disassociate_kms_key,
    list_log_groups,
    put_log_group_deletion_protection,
    put_retention_policy,
)
from lambent.services.logs.api.live_tail import start_live_tail
from lambent.services.logs.api.streams import (
    create_log_stream,
    delete_log_stream,
    describe_log_streams,
)
from lambent.services.logs.api.tags import (
    list_tags_for_resource,
    list_tags_log_group,
    tag_log_group,
    tag_resource,
    untag_log_group,
    untag_resource,
)

__all__ = [
    "associate_kms_key",
    "create_log_group",
    "create_log_stream",
    "delete_log_group",
    "delete_log_stream",
    "delete_retention_policy",
    "describe_log_groups",
    "describe_log_streams",
    "disassociate_kms_key",
    "filter_log_events",
    "get_log_events",
    "list_log_groups",
    "list_tags_for_resource",
    "list_tags_log_group",
    "put_log_events",
    "put_log_group_deletion_protection",
    "put_retention_policy",
    "start_live_tail",
    "tag_log_group",
    "tag_resource",
    "untag_log_group",
    "untag_resource",
]
