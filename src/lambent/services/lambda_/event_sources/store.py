"""The only SQL about event source mappings."""

from dataclasses import asdict

import orjson

from lambent.services.lambda_.errors import ResourceNotFound
from lambent.services.lambda_.event_sources.records import EventSourceMapping
from lambent.storage.database import Row, Tx

_MAPPING = (
    "account, region, id, source_arn, function_name, function_arn, state, enabled, settings, tags,"
    " last_modified, revision"
)
_OF_MAPPING = "account = :account AND region = :region AND id = :id"


def find_mapping(tx: Tx, account: str, region: str, id: str) -> EventSourceMapping | None:
    row = tx.one(
        f"SELECT {_MAPPING} FROM lambda_event_source_mapping WHERE {_OF_MAPPING}",
        account=account,
        region=region,
        id=id,
    )
    return None if row is None else _mapping(row)


def get_mapping(tx: Tx, account: str, region: str, id: str) -> EventSourceMapping:
    mapping = find_mapping(tx, account, region, id)
    if mapping is None:
        raise ResourceNotFound("The resource you requested does not exist.")
    return mapping


def put_mapping(tx: Tx, mapping: EventSourceMapping) -> None:
    tx.execute(
        f"INSERT INTO lambda_event_source_mapping ({_MAPPING}) VALUES (:account, :region, :id,"
        " :source_arn, :function_name, :function_arn, :state, :enabled, :settings, :tags,"
        " :last_modified, :revision)"
        " ON CONFLICT (account, region, id) DO UPDATE SET function_name = excluded.function_name,"
        " function_arn = excluded.function_arn, state = excluded.state,"
        " enabled = excluded.enabled, settings = excluded.settings, tags = excluded.tags,"
        " last_modified = excluded.last_modified, revision = excluded.revision",
        **{
            **asdict(mapping),
            "enabled": int(mapping.enabled),
            "settings": orjson.dumps(mapping.settings).decode(),
            "tags": orjson.dumps(mapping.tags).decode(),
        },
    )


def remove_mapping(tx: Tx, mapping: EventSourceMapping) -> None:
    tx.execute("DELETE FROM lambda_stream_position WHERE mapping = :id", id=mapping.id)
    tx.execute(
        f"DELETE FROM lambda_event_source_mapping WHERE {_OF_MAPPING}",
        account=mapping.account,
        region=mapping.region,
        id=mapping.id,
    )


def list_mappings(
    tx: Tx,
    account: str,
    region: str,
    *,
    source_arn: str = "",
    function_arn: str = "",
    function_name: str = "",
    after: str = "",
    limit: int,
) -> list[EventSourceMapping]:
    """By id. What is empty is not asked for."""
    rows = tx.all(
        f"SELECT {_MAPPING} FROM lambda_event_source_mapping"
        " WHERE account = :account AND region = :region AND id > :after"
        " AND (:source_arn = '' OR source_arn = :source_arn)"
        " AND (:function_arn = '' OR function_arn = :function_arn)"
        " AND (:function_name = '' OR function_name = :function_name)"
        " ORDER BY id LIMIT :limit",
        account=account,
        region=region,
        source_arn=source_arn,
        function_arn=function_arn,
        function_name=function_name,
        after=after,
        limit=limit,
    )
    return [_mapping(row) for row in rows]


def _mapping(row: Row) -> EventSourceMapping:
    row["enabled"] = bool(row["enabled"])
    row["settings"] = orjson.loads(row["settings"])
    row["tags"] = orjson.loads(row["tags"])
    return EventSourceMapping(**row)
