"""Buses, rules and targets, as rows."""

from collections.abc import Sequence
from typing import Any

import orjson

from lambent.services.events.errors import ResourceNotFound
from lambent.services.events.named_store import NamedRows
from lambent.services.events.records import Bus, Rule
from lambent.storage.database import Row, Tx

_RULE = (
    "account, region, bus, name, revision, pattern, expression, state, description, role_arn,"
    " managed_by, tags, counts_from, next_time"
)


def json_text(value: object) -> str:
    return orjson.dumps(value).decode()


# Buses ----------------------------------------------------------------------------------------


_BUSES = NamedRows(
    "events_bus",
    (
        *("account", "region", "name", "revision", "policy", "description", "kms_key"),
        *("dead_letters", "log_config", "tags", "created", "modified"),
    ),
    (
        *("revision", "policy", "description", "kms_key", "dead_letters", "log_config", "tags"),
        "modified",
    ),
    lambda row: Bus(**row),
    as_json=("policy", "dead_letters", "log_config", "tags"),
)

find_bus, list_buses, put_bus = _BUSES.find, _BUSES.list, _BUSES.put
remove_bus = _BUSES.remove


def find_bus_revision(tx: Tx, account: str, region: str, name: str) -> str | None:
    row = tx.one(
        "SELECT revision FROM events_bus"
        " WHERE account = :account AND region = :region AND name = :name",
        account=account,
        region=region,
        name=name,
    )
    return None if row is None else row["revision"]


def put_bus_revision(tx: Tx, bus: Bus, revision: str) -> None:
    tx.execute(
        "UPDATE events_bus SET revision = :revision"
        " WHERE account = :account AND region = :region AND name = :name",
        revision=revision,
        account=bus.account,
        region=bus.region,
        name=bus.name,
    )


# Rules ----------------------------------------------------------------------------------------


def find_rule(tx: Tx, bus: Bus, name: str) -> Rule | None:
    row = tx.one(
        f"SELECT {_RULE} FROM events_rule WHERE account = :account AND region = :region"
        " AND bus = :bus AND name = :name",
        account=bus.account,
        region=bus.region,
        bus=bus.name,
        name=name,
    )
    return None if row is None else _rule(row)


def get_rule(tx: Tx, bus: Bus, name: str) -> Rule:
    rule = find_rule(tx, bus, name)
    if rule is None:
        raise ResourceNotFound(f"Rule {name} does not exist on EventBus {bus.name}.")
    return rule


def list_rules(tx: Tx, bus: Bus, *, prefix: str = "", after: str = "", limit: int) -> list[Rule]:
    rows = tx.all(
        f"SELECT {_RULE} FROM events_rule WHERE account = :account AND region = :region"
        " AND bus = :bus AND name > :after AND substr(name, 1, :length) = :prefix"
        " ORDER BY name LIMIT :limit",
        account=bus.account,
        region=bus.region,
        bus=bus.name,
        after=after,
        length=len(prefix),
        prefix=prefix,
        limit=limit,
    )
    return [_rule(row) for row in rows]


def count_rules(tx: Tx, bus: Bus) -> int:
    row = tx.one(
        "SELECT count(*) AS number FROM events_rule"
        " WHERE account = :account AND region = :region AND bus = :bus",
        account=bus.account,
        region=bus.region,
        bus=bus.name,
    )
    return 0 if row is None else int(row["number"])


def list_rule_names_by_target(
    tx: Tx, bus: Bus, target_arn: str, *, after: str, limit: int
) -> list[str]:
    rows = tx.all(
        "SELECT DISTINCT rule FROM events_target WHERE account = :account AND region = :region"
        " AND bus = :bus AND arn = :arn AND rule > :after ORDER BY rule LIMIT :limit",
        account=bus.account,
        region=bus.region,
        bus=bus.name,
        arn=target_arn,
        after=after,
        limit=limit,
    )
    return [row["rule"] for row in rows]


def put_rule(tx: Tx, rule: Rule) -> None:
    names = _RULE.split(", ")
    values = {name: getattr(rule, name) for name in names}
    tx.execute(
        f"INSERT INTO events_rule ({_RULE}) VALUES ({', '.join(f':{name}' for name in names)})"
        " ON CONFLICT (account, region, bus, name) DO UPDATE SET revision = excluded.revision,"
        " pattern = excluded.pattern, expression = excluded.expression, state = excluded.state,"
        " description = excluded.description, role_arn = excluded.role_arn,"
        " managed_by = excluded.managed_by, tags = excluded.tags,"
        " counts_from = excluded.counts_from, next_time = excluded.next_time",
        **{**values, "tags": json_text(values["tags"])},
    )


def put_next_time(tx: Tx, rule: Rule, next_time: float | None) -> None:
    tx.execute(
        "UPDATE events_rule SET next_time = :next_time WHERE account = :account"
        " AND region = :region AND bus = :bus AND name = :name",
        next_time=next_time,
        account=rule.account,
        region=rule.region,
        bus=rule.bus,
        name=rule.name,
    )


def remove_rule(tx: Tx, rule: Rule) -> None:
    for table, column in (("events_target", "rule"), ("events_rule", "name")):
        tx.execute(
            f"DELETE FROM {table} WHERE account = :account AND region = :region"
            f" AND bus = :bus AND {column} = :name",
            account=rule.account,
            region=rule.region,
            bus=rule.bus,
            name=rule.name,
        )


# Targets --------------------------------------------------------------------------------------


def list_targets(
    tx: Tx, rule: Rule, *, after: str = "", limit: int = 1_000
) -> list[dict[str, Any]]:
    rows = tx.all(
        "SELECT settings FROM events_target WHERE account = :account AND region = :region"
        " AND bus = :bus AND rule = :rule AND id > :after ORDER BY id LIMIT :limit",
        account=rule.account,
        region=rule.region,
        bus=rule.bus,
        rule=rule.name,
        after=after,
        limit=limit,
    )
    return [orjson.loads(row["settings"]) for row in rows]


def list_targets_of_bus(tx: Tx, bus: Bus) -> list[tuple[str, dict[str, Any]]]:
    """Every target of every rule, with the rule's name."""
    rows = tx.all(
        "SELECT rule, settings FROM events_target"
        " WHERE account = :account AND region = :region AND bus = :bus ORDER BY rule, id",
        account=bus.account,
        region=bus.region,
        bus=bus.name,
    )
    return [(row["rule"], orjson.loads(row["settings"])) for row in rows]


def put_target(tx: Tx, rule: Rule, target: dict[str, Any]) -> None:
    tx.execute(
        "INSERT INTO events_target (account, region, bus, rule, id, arn, settings)"
        " VALUES (:account, :region, :bus, :rule, :id, :arn, :settings)"
        " ON CONFLICT (account, region, bus, rule, id)"
        " DO UPDATE SET arn = excluded.arn, settings = excluded.settings",
        account=rule.account,
        region=rule.region,
        bus=rule.bus,
        rule=rule.name,
        id=target["Id"],
        arn=target["Arn"],
        settings=json_text(target),
    )


def remove_targets(tx: Tx, rule: Rule, ids: Sequence[str]) -> None:
    for target_id in ids:
        tx.execute(
            "DELETE FROM events_target WHERE account = :account AND region = :region"
            " AND bus = :bus AND rule = :rule AND id = :id",
            account=rule.account,
            region=rule.region,
            bus=rule.bus,
            rule=rule.name,
            id=target_id,
        )


def _rule(row: Row) -> Rule:
    return Rule(**{**row, "tags": orjson.loads(row["tags"])})
