"""The operations of DynamoDB and of its streams, a file a noun; this one lists them all."""

from lambent.services.dynamodb.api.backups import (
    create_backup,
    delete_backup,
    describe_backup,
    list_backups,
    restore_table_from_backup,
    restore_table_to_point_in_time,
)
from lambent.services.dynamodb.api.batches import (
    batch_get_item,
    batch_write_item,
)
from lambent.services.dynamodb.api.items import (
    delete_item,
    get_item,
    put_item,
    update_item,
)
from lambent.services.dynamodb.api.partiql import (
    batch_execute_statement,
    execute_statement,
    execute_transaction,
)
from lambent.services.dynamodb.api.queries import (
    query,
    scan,
)
from lambent.services.dynamodb.api.settings import (
    delete_resource_policy,
    describe_continuous_backups,
    describe_contributor_insights,
    describe_kinesis_streaming_destination,
    describe_table_replica_auto_scaling,
    describe_time_to_live,
    get_resource_policy,
    put_resource_policy,
    update_continuous_backups,
    update_contributor_insights,
    update_time_to_live,
)
from lambent.services.dynamodb.api.streams import (
    describe_stream,
    get_records,
    get_shard_iterator,
    list_streams,
)
from lambent.services.dynamodb.api.tables import (
    create_table,
    delete_table,
    describe_endpoints,
    describe_limits,
    describe_table,
    list_tables,
    update_table,
)
from lambent.services.dynamodb.api.tags import (
    list_tags_of_resource,
    tag_resource,
    untag_resource,
)
from lambent.services.dynamodb.api.transactions import (
    transact_get_items,
    transact_write_items,
)
from lambent.services.dynamodb.api.transfers import (
    describe_export,
    describe_import,
    export_table_to_point_in_time,
    import_table,
    list_exports,
    list_imports,
)

PARTLY = {
    "ExportTableToPointInTime": "of JSON, in full; no Ion, no incremental exports",
    "ImportTable": "of JSON and CSV, packed with GZIP or not; no Ion, no ZSTD",
    "CreateTable": "vector indexes, global tables, index keys of several attributes",
    "UpdateTable": "replicas",
    "PutItem": "capacity is counted, never throttled; so with all that reads and writes items",
    "DescribeKinesisStreamingDestination": "there is never one",
    "DescribeTableReplicaAutoScaling": "there are never replicas",
    "UpdateContributorInsights": "kept and shown; no rules are made",
    "ExecuteStatement": "no LIKE, no Ion literals; conditions compare with true and false only",
    "PutResourcePolicy": "kept and given back, not acted on",
}

__all__ = [
    "PARTLY",
    "batch_execute_statement",
    "batch_get_item",
    "batch_write_item",
    "create_backup",
    "create_table",
    "delete_backup",
    "delete_item",
    "delete_resource_policy",
    "delete_table",
    "describe_backup",
    "describe_continuous_backups",
    "describe_contributor_insights",
    "describe_endpoints",
    "describe_export",
    "describe_import",
    "describe_kinesis_streaming_destination",
    "describe_limits",
    "describe_stream",
    "describe_table",
    "describe_table_replica_auto_scaling",
    "describe_time_to_live",
    "execute_statement",
    "execute_transaction",
    "export_table_to_point_in_time",
    "get_item",
    "get_records",
    "get_resource_policy",
    "get_shard_iterator",
    "import_table",
    "list_backups",
    "list_exports",
    "list_imports",
    "list_streams",
    "list_tables",
    "list_tags_of_resource",
    "put_item",
    "put_resource_policy",
    "query",
    "restore_table_from_backup",
    "restore_table_to_point_in_time",
    "scan",
    "tag_resource",
    "transact_get_items",
    "transact_write_items",
    "untag_resource",
    "update_continuous_backups",
    "update_contributor_insights",
    "update_item",
    "update_table",
    "update_time_to_live",
]
