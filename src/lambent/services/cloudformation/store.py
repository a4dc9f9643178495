"""CloudFormation's tables."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import orjson

from lambent.services.cloudformation.errors import ChangeSetNotFound, ValidationError
from lambent.services.cloudformation.records import (
    ChangeSet,
    Deployment,
    Event,
    Resource,
    Stack,
)
from lambent.storage.database import Row, Tx

_Record = type[Stack] | type[Deployment] | type[Resource] | type[ChangeSet] | type[Event]


def _columns(record: _Record) -> str:
    return ", ".join(one.name for one in fields(record))


def _insert(record: _Record, table: str, key: str) -> str:
    names = [one.name for one in fields(record)]
    own = set(key.split(", "))
    changed = ", ".join(f"{name} = excluded.{name}" for name in names if name not in own)
    return (
        f"INSERT INTO {table} ({', '.join(names)})"
        f" VALUES ({', '.join(':' + name for name in names)})"
        f" ON CONFLICT ({key}) DO UPDATE SET {changed}"
    )


_JSON = {
    "attributes",
    "capabilities",
    "changes",
    "former",
    "hidden",
    "imports",
    "metadata",
    "needs",
    "notification_arns",
    "outputs",
    "parameter_values",
    "resolved",
    "step",
    "tags",
    "texts",
}
_TUPLES = {
    "capabilities",
    "changes",
    "hidden",
    "imports",
    "needs",
    "notification_arns",
    "outputs",
    "tags",
}
_BOOLEANS = {"disable_rollback", "extended", "include_nested", "protected"}


def _row(record: Any) -> dict[str, Any]:
    names = (one.name for one in fields(record))
    return {name: _stored(name, getattr(record, name), record) for name in names}


def _stored(name: str, value: Any, record: Any) -> Any:
    if name in _BOOLEANS:
        return int(value)
    if name in _JSON or (name == "properties" and isinstance(record, Resource)):
        return orjson.dumps(value).decode()
    return value


def _read(row: Row, record: Any) -> Any:
    for name, value in row.items():
        if name in _BOOLEANS:
            row[name] = bool(value)
        elif name in _JSON or (name == "properties" and record is Resource):
            loaded = orjson.loads(value)
            row[name] = tuple(loaded) if name in _TUPLES else loaded
    return record(**row)


_PUT_STACK = _insert(Stack, "cloudformation_stack", "id")
_PUT_DEPLOYMENT = _insert(Deployment, "cloudformation_deployment", "id")
_PUT_RESOURCE = _insert(Resource, "cloudformation_resource", "stack_id, logical_id")
_PUT_CHANGE_SET = _insert(ChangeSet, "cloudformation_change_set", "id")


def put_stack(tx: Tx, stack: Stack) -> None:
    tx.execute(_PUT_STACK, **_row(stack))


def get_stack_by_id(tx: Tx, stack_id: str) -> Stack:
    row = tx.one(f"SELECT {_columns(Stack)} FROM cloudformation_stack WHERE id = :id", id=stack_id)
    if row is None:
        raise ValidationError(f"Stack with id {stack_id} does not exist")
    stack: Stack = _read(row, Stack)
    return stack


def find_stack(tx: Tx, account: str, region: str, name: str) -> Stack | None:
    """The stack with this id, deleted or not, or the one that has this name now."""
    if name.startswith("arn:"):
        row = tx.one(
            f"SELECT {_columns(Stack)} FROM cloudformation_stack"
            " WHERE id = :id AND account = :account AND region = :region",
            id=name,
            account=account,
            region=region,
        )
    else:
        row = tx.one(
            f"SELECT {_columns(Stack)} FROM cloudformation_stack WHERE account = :account"
            " AND region = :region AND name = :name AND status <> 'DELETE_COMPLETE'",
            account=account,
            region=region,
            name=name,
        )
    return None if row is None else _read(row, Stack)


def list_stacks(
    tx: Tx, account: str, region: str, *, before: float, before_id: str, limit: int
) -> list[Stack]:
    """The stacks, newest first, deleted ones too."""
    rows = tx.all(
        f"SELECT {_columns(Stack)} FROM cloudformation_stack"
        " WHERE account = :account AND region = :region"
        " AND (created < :before OR (created = :before AND id < :before_id))"
        " ORDER BY created DESC, id DESC LIMIT :limit",
        account=account,
        region=region,
        before=before,
        before_id=before_id,
        limit=limit,
    )
    return [_read(row, Stack) for row in rows]


def list_live_stacks(tx: Tx, account: str, region: str) -> list[Stack]:
    rows = tx.all(
        f"SELECT {_columns(Stack)} FROM cloudformation_stack WHERE account = :account"
        " AND region = :region AND status <> 'DELETE_COMPLETE' ORDER BY created DESC, id DESC",
        account=account,
        region=region,
    )
    return [_read(row, Stack) for row in rows]


def put_deployment(tx: Tx, deployment: Deployment) -> None:
    tx.execute(_PUT_DEPLOYMENT, **_row(deployment))


def find_deployment(tx: Tx, deployment_id: str) -> Deployment | None:
    row = tx.one(
        f"SELECT {_columns(Deployment)} FROM cloudformation_deployment WHERE id = :id",
        id=deployment_id,
    )
    return None if row is None else _read(row, Deployment)


def remove_deployments(tx: Tx, stack_id: str, kept: Mapping[str, object]) -> None:
    """Forget the wanted states of a stack that nothing names any more."""
    rows = tx.all(
        "SELECT id FROM cloudformation_deployment WHERE stack_id = :id"
        " AND id NOT IN (SELECT deployment FROM cloudformation_change_set WHERE stack_id = :id)",
        id=stack_id,
    )
    for row in rows:
        if row["id"] not in kept:
            tx.execute("DELETE FROM cloudformation_deployment WHERE id = :id", id=row["id"])


def put_resource(tx: Tx, resource: Resource) -> None:
    tx.execute(_PUT_RESOURCE, **_row(resource))


def find_resource(tx: Tx, stack_id: str, logical_id: str) -> Resource | None:
    row = tx.one(
        f"SELECT {_columns(Resource)} FROM cloudformation_resource"
        " WHERE stack_id = :stack_id AND logical_id = :logical_id",
        stack_id=stack_id,
        logical_id=logical_id,
    )
    return None if row is None else _read(row, Resource)


def list_resources(tx: Tx, stack_id: str) -> list[Resource]:
    rows = tx.all(
        f"SELECT {_columns(Resource)} FROM cloudformation_resource"
        " WHERE stack_id = :stack_id ORDER BY logical_id",
        stack_id=stack_id,
    )
    return [_read(row, Resource) for row in rows]


def find_stack_of_resource(tx: Tx, account: str, region: str, physical_id: str) -> Stack | None:
    row = tx.one(
        "SELECT stack.id AS id FROM cloudformation_resource AS resource"
        " JOIN cloudformation_stack AS stack ON stack.id = resource.stack_id"
        " WHERE resource.physical_id = :physical_id AND stack.account = :account"
        " AND stack.region = :region AND stack.status <> 'DELETE_COMPLETE'",
        physical_id=physical_id,
        account=account,
        region=region,
    )
    return None if row is None else get_stack_by_id(tx, row["id"])


def remove_resource(tx: Tx, stack_id: str, logical_id: str) -> None:
    tx.execute(
        "DELETE FROM cloudformation_resource"
        " WHERE stack_id = :stack_id AND logical_id = :logical_id",
        stack_id=stack_id,
        logical_id=logical_id,
    )


def add_event(tx: Tx, event: Event) -> None:
    tx.execute(
        f"INSERT INTO cloudformation_event (n, {_columns(Event)})"
        " SELECT COALESCE(MAX(n), 0) + 1, CAST(:stack_id AS TEXT), CAST(:id AS TEXT),"
        " CAST(:logical_id AS TEXT), CAST(:physical_id AS TEXT), CAST(:type AS TEXT),"
        " CAST(:status AS TEXT), CAST(:time AS DOUBLE PRECISION), CAST(:reason AS TEXT),"
        " CAST(:properties AS TEXT), CAST(:token AS TEXT)"
        " FROM cloudformation_event WHERE stack_id = :stack_id",
        **_row(event),
    )


def last_event_number(tx: Tx, stack_id: str) -> int:
    row = tx.one("SELECT MAX(n) AS n FROM cloudformation_event WHERE stack_id = :id", id=stack_id)
    return 0 if row is None or row["n"] is None else int(row["n"])


def list_events(tx: Tx, stack_id: str, before: int, limit: int) -> list[tuple[int, Event]]:
    """The events with numbers below `before`, newest first."""
    rows = tx.all(
        f"SELECT n, {_columns(Event)} FROM cloudformation_event"
        " WHERE stack_id = :stack_id AND n < :before ORDER BY n DESC LIMIT :limit",
        stack_id=stack_id,
        before=before,
        limit=limit,
    )
    return [(row.pop("n"), _read(row, Event)) for row in rows]


def put_change_set(tx: Tx, change_set: ChangeSet) -> None:
    tx.execute(_PUT_CHANGE_SET, **_row(change_set))


def find_change_set(tx: Tx, stack_id: str, name: str) -> ChangeSet | None:
    row = tx.one(
        f"SELECT {_columns(ChangeSet)} FROM cloudformation_change_set"
        " WHERE stack_id = :stack_id AND (name = :name OR id = :name)",
        stack_id=stack_id,
        name=name,
    )
    return None if row is None else _read(row, ChangeSet)


def get_change_set_by_id(tx: Tx, change_set_id: str) -> ChangeSet:
    row = tx.one(
        f"SELECT {_columns(ChangeSet)} FROM cloudformation_change_set WHERE id = :id",
        id=change_set_id,
    )
    if row is None:
        raise ChangeSetNotFound(f"ChangeSet [{change_set_id}] does not exist")
    change_set: ChangeSet = _read(row, ChangeSet)
    return change_set


def list_change_sets(tx: Tx, stack_id: str) -> list[ChangeSet]:
    rows = tx.all(
        f"SELECT {_columns(ChangeSet)} FROM cloudformation_change_set"
        " WHERE stack_id = :stack_id ORDER BY created, id",
        stack_id=stack_id,
    )
    return [_read(row, ChangeSet) for row in rows]


def remove_change_set(tx: Tx, change_set_id: str) -> None:
    tx.execute("DELETE FROM cloudformation_change_set WHERE id = :id", id=change_set_id)


def put_response(tx: Tx, token: str, name: str, body: str) -> None:
    """What came for a token; the first answer of each name counts."""
    tx.execute(
        "INSERT INTO cloudformation_response (token, name, body) VALUES (:token, :name, :body)"
        " ON CONFLICT DO NOTHING",
        token=token,
        name=name,
        body=body,
    )


def list_responses(tx: Tx, token: str) -> dict[str, str]:
    rows = tx.all(
        "SELECT name, body FROM cloudformation_response WHERE token = :token ORDER BY name",
        token=token,
    )
    return {row["name"]: row["body"] for row in rows}


def remove_responses(tx: Tx, token: str) -> None:
    tx.execute("DELETE FROM cloudformation_response WHERE token = :token", token=token)
