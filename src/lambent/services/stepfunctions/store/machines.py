"""State machines, their revisions, versions, aliases and tags."""

from typing import Any

import orjson

from lambent.services.stepfunctions import errors
from lambent.services.stepfunctions.records import (
    Alias,
    Machine,
    MachineArn,
    Revision,
    StartTarget,
    Version,
)
from lambent.storage.database import Row, Tx

_MACHINE = "number, account, region, name, type, status, created_at, revision, last_version"
_REVISION = "id, machine, initial, definition, role_arn, logging, tracing, encryption, created_at"


def find_machine(tx: Tx, arn: MachineArn) -> Machine | None:
    row = tx.one(
        f"SELECT {_MACHINE} FROM stepfunctions_machine"
        " WHERE account = :account AND region = :region AND name = :name",
        account=arn.account,
        region=arn.region,
        name=arn.name,
    )
    return None if row is None else Machine(**row)


def get_machine(tx: Tx, arn: MachineArn) -> Machine:
    machine = find_machine(tx, arn)
    if machine is None:
        raise errors.StateMachineDoesNotExist(f"State Machine Does Not Exist: '{arn}'")
    return machine


def machine_by_number(tx: Tx, number: int) -> Machine | None:
    row = tx.one(
        f"SELECT {_MACHINE} FROM stepfunctions_machine WHERE number = :number", number=number
    )
    return None if row is None else Machine(**row)


def list_machines(tx: Tx, account: str, region: str, after: int, limit: int) -> list[Machine]:
    """In the order of creation, oldest first."""
    rows = tx.all(
        f"SELECT {_MACHINE} FROM stepfunctions_machine"
        " WHERE account = :account AND region = :region AND number > :after"
        " ORDER BY number LIMIT :limit",
        account=account,
        region=region,
        after=after,
        limit=limit,
    )
    return [Machine(**row) for row in rows]


def add_machine(tx: Tx, arn: MachineArn, machine_type: str, revision: str, now: float) -> int:
    row = tx.one(
        "INSERT INTO stepfunctions_machine"
        " (account, region, name, type, status, created_at, revision, last_version)"
        " VALUES (:account, :region, :name, :type, 'ACTIVE', :now, :revision, 0)"
        " RETURNING number",
        account=arn.account,
        region=arn.region,
        name=arn.name,
        type=machine_type,
        now=now,
        revision=revision,
    )
    assert row is not None
    return int(row["number"])


def put_current_revision(tx: Tx, machine: int, revision: str) -> None:
    tx.execute(
        "UPDATE stepfunctions_machine SET revision = :revision WHERE number = :number",
        number=machine,
        revision=revision,
    )


def put_machine_status(tx: Tx, machine: int, status: str) -> None:
    tx.execute(
        "UPDATE stepfunctions_machine SET status = :status WHERE number = :number",
        number=machine,
        status=status,
    )


def remove_machine(tx: Tx, machine: Machine) -> None:
    """The machine with its revisions, versions, aliases and tags; executions are gone before."""
    for table in ("revision", "version", "alias"):
        tx.execute(
            f"DELETE FROM stepfunctions_{table} WHERE machine = :number", number=machine.number
        )
    tx.execute("DELETE FROM stepfunctions_machine WHERE number = :number", number=machine.number)
    tx.execute("DELETE FROM stepfunctions_tag WHERE arn = :arn", arn=machine.arn)


def add_revision(tx: Tx, revision: Revision) -> None:
    tx.execute(
        f"INSERT INTO stepfunctions_revision ({_REVISION}) VALUES (:id, :machine, :initial,"
        " :definition, :role_arn, :logging, :tracing, :encryption, :created_at)",
        id=revision.id,
        machine=revision.machine,
        initial=int(revision.initial),
        definition=revision.definition,
        role_arn=revision.role_arn,
        logging=orjson.dumps(revision.logging).decode(),
        tracing=orjson.dumps(revision.tracing).decode(),
        encryption=orjson.dumps(revision.encryption).decode(),
        created_at=revision.created_at,
    )


def find_revision(tx: Tx, revision_id: str) -> Revision | None:
    row = tx.one(f"SELECT {_REVISION} FROM stepfunctions_revision WHERE id = :id", id=revision_id)
    if row is None:
        return None
    row["initial"] = bool(row["initial"])
    for name in ("logging", "tracing", "encryption"):
        row[name] = orjson.loads(row[name])
    return Revision(**row)


def get_revision(tx: Tx, revision_id: str) -> Revision:
    revision = find_revision(tx, revision_id)
    assert revision is not None, f"revision {revision_id} is gone while something points to it"
    return revision


def find_start_target(tx: Tx, arn: MachineArn) -> StartTarget | None:
    """What the unqualified ARN starts: the current revision."""
    row = tx.one(
        "SELECT number, name, type, status, revision FROM stepfunctions_machine"
        " WHERE account = :account AND region = :region AND name = :name",
        account=arn.account,
        region=arn.region,
        name=arn.name,
    )
    return None if row is None else StartTarget(**row)


def find_version_target(tx: Tx, machine: int, version: int) -> StartTarget | None:
    row = tx.one(
        "SELECT m.number, m.name, m.type, m.status, v.revision, v.version"
        " FROM stepfunctions_version v JOIN stepfunctions_machine m ON m.number = v.machine"
        " WHERE v.machine = :machine AND v.version = :version",
        machine=machine,
        version=version,
    )
    return None if row is None else StartTarget(**row)


def add_version(tx: Tx, machine: Machine, description: str | None, now: float) -> Version:
    """A version of the current revision, under the next number."""
    version = Version(machine.number, machine.last_version + 1, machine.revision, description, now)
    tx.execute(
        "UPDATE stepfunctions_machine SET last_version = :version WHERE number = :number",
        number=machine.number,
        version=version.version,
    )
    tx.execute(
        "INSERT INTO stepfunctions_version (machine, version, revision, description, created_at)"
        " VALUES (:machine, :version, :revision, :description, :now)",
        machine=version.machine,
        version=version.version,
        revision=version.revision,
        description=description,
        now=now,
    )
    return version


def find_version(tx: Tx, machine: int, version: int) -> Version | None:
    row = tx.one(
        "SELECT machine, version, revision, description, created_at FROM stepfunctions_version"
        " WHERE machine = :machine AND version = :version",
        machine=machine,
        version=version,
    )
    return None if row is None else Version(**row)


def list_versions(tx: Tx, machine: int, before: int | None, limit: int) -> list[Version]:
    """Newest first."""
    rows = tx.all(
        "SELECT machine, version, revision, description, created_at FROM stepfunctions_version"
        " WHERE machine = :machine AND version < :before ORDER BY version DESC LIMIT :limit",
        machine=machine,
        before=before or 1 << 62,
        limit=limit,
    )
    return [Version(**row) for row in rows]


def count_versions(tx: Tx, machine: int) -> int:
    row = tx.one(
        "SELECT COUNT(*) AS count FROM stepfunctions_version WHERE machine = :machine",
        machine=machine,
    )
    return int(row["count"]) if row else 0


def remove_version(tx: Tx, machine: int, version: int) -> None:
    tx.execute(
        "DELETE FROM stepfunctions_version WHERE machine = :machine AND version = :version",
        machine=machine,
        version=version,
    )


def put_alias(tx: Tx, alias: Alias) -> None:
    tx.execute(
        "INSERT INTO stepfunctions_alias"
        " (machine, name, description, routing, created_at, updated_at)"
        " VALUES (:machine, :name, :description, :routing, :created_at, :updated_at)"
        " ON CONFLICT (machine, name) DO UPDATE SET description = excluded.description,"
        " routing = excluded.routing, updated_at = excluded.updated_at",
        machine=alias.machine,
        name=alias.name,
        description=alias.description,
        routing=orjson.dumps(alias.routing).decode(),
        created_at=alias.created_at,
        updated_at=alias.updated_at,
    )


def find_alias(tx: Tx, machine: int, name: str) -> Alias | None:
    row = tx.one(
        "SELECT machine, name, description, routing, created_at, updated_at"
        " FROM stepfunctions_alias WHERE machine = :machine AND name = :name",
        machine=machine,
        name=name,
    )
    return None if row is None else _alias(row)


def list_aliases(tx: Tx, machine: int) -> list[Alias]:
    rows = tx.all(
        "SELECT machine, name, description, routing, created_at, updated_at"
        " FROM stepfunctions_alias WHERE machine = :machine ORDER BY name",
        machine=machine,
    )
    return [_alias(row) for row in rows]


def remove_alias(tx: Tx, machine: int, name: str) -> None:
    tx.execute(
        "DELETE FROM stepfunctions_alias WHERE machine = :machine AND name = :name",
        machine=machine,
        name=name,
    )


def _alias(row: Row) -> Alias:
    row["routing"] = tuple((version, weight) for version, weight in orjson.loads(row["routing"]))
    return Alias(**row)


def tags(tx: Tx, arn: str) -> dict[str, str]:
    rows = tx.all("SELECT key, value FROM stepfunctions_tag WHERE arn = :arn ORDER BY key", arn=arn)
    return {row["key"]: row["value"] for row in rows}


def put_tags(tx: Tx, arn: str, tags: list[dict[str, Any]]) -> None:
    for tag in tags:
        tx.execute(
            "INSERT INTO stepfunctions_tag (arn, key, value) VALUES (:arn, :key, :value)"
            " ON CONFLICT (arn, key) DO UPDATE SET value = excluded.value",
            arn=arn,
            key=tag["key"],
            value=tag.get("value", ""),
        )


def remove_tags(tx: Tx, arn: str, keys: list[str]) -> None:
    for key in keys:
        tx.execute(
            "DELETE FROM stepfunctions_tag WHERE arn = :arn AND key = :key", arn=arn, key=key
        )
