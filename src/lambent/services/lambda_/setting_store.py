"""
The SQL of what is set for a function by operations of its own: how its events are treated, its
recursion, its runtime's updates, its scaling, its code signing. Each kind says what its value is.
"""

from dataclasses import dataclass

from lambent.services.lambda_.event_invoke_config import DEFAULT, EventInvokeConfig, read_text
from lambent.services.lambda_.names import LATEST, FunctionName
from lambent.storage.database import Row, Tx

EVENT_INVOKE, RECURSION, RUNTIME, SCALING, SIGNING = (
    "event-invoke",
    "recursion",
    "runtime",
    "scaling",
    "signing",
)
_OF_FUNCTION = "account = :account AND region = :region AND function_name = :name"


@dataclass(frozen=True, slots=True)
class Setting:
    """`value` is text of the kind's own; JSON where it has several parts."""

    function_name: str
    qualifier: str
    value: str
    last_modified: float


def find_setting(
    tx: Tx, name: FunctionName, kind: str, qualifier: str | None = None
) -> Setting | None:
    row = tx.one(
        "SELECT function_name, qualifier, value, last_modified FROM lambda_setting"
        f" WHERE {_OF_FUNCTION} AND kind = :kind AND qualifier = :qualifier",
        kind=kind,
        qualifier=qualifier or LATEST,
        **_key(name),
    )
    return None if row is None else _setting(row)


def event_invoke_config(tx: Tx, name: FunctionName) -> EventInvokeConfig:
    """The one of the name's qualifier."""
    setting = find_setting(tx, name, EVENT_INVOKE, name.qualifier)
    return DEFAULT if setting is None else read_text(setting.value)


def recursion(tx: Tx, name: FunctionName) -> str:
    """Allow or Terminate."""
    setting = find_setting(tx, name, RECURSION)
    return "Terminate" if setting is None else setting.value


def put_setting(
    tx: Tx, name: FunctionName, kind: str, value: str, now: float, qualifier: str | None = None
) -> Setting:
    tx.execute(
        "INSERT INTO lambda_setting"
        " (account, region, function_name, kind, qualifier, value, last_modified)"
        " VALUES (:account, :region, :name, :kind, :qualifier, :value, :now)"
        " ON CONFLICT (account, region, function_name, kind, qualifier)"
        " DO UPDATE SET value = excluded.value, last_modified = excluded.last_modified",
        kind=kind,
        qualifier=qualifier or LATEST,
        value=value,
        now=now,
        **_key(name),
    )
    return Setting(name.name, qualifier or LATEST, value, now)


def remove_setting(tx: Tx, name: FunctionName, kind: str, qualifier: str | None = None) -> int:
    """How many there were: one or none."""
    return tx.execute(
        f"DELETE FROM lambda_setting WHERE {_OF_FUNCTION}"
        " AND kind = :kind AND qualifier = :qualifier",
        kind=kind,
        qualifier=qualifier or LATEST,
        **_key(name),
    )


def remove_settings(tx: Tx, name: FunctionName, qualifier: str | None = None) -> None:
    """All of a function's, or all of one qualifier's."""
    tx.execute(
        f"DELETE FROM lambda_setting WHERE {_OF_FUNCTION}"
        " AND (qualifier = :qualifier OR :qualifier = '')",
        qualifier=qualifier or "",
        **_key(name),
    )


def list_settings(tx: Tx, name: FunctionName, kind: str, after: str, limit: int) -> list[Setting]:
    """Those of a function's qualifiers, by qualifier."""
    rows = tx.all(
        "SELECT function_name, qualifier, value, last_modified FROM lambda_setting"
        f" WHERE {_OF_FUNCTION} AND kind = :kind AND qualifier > :after"
        " ORDER BY qualifier LIMIT :limit",
        kind=kind,
        after=after,
        limit=limit,
        **_key(name),
    )
    return [_setting(row) for row in rows]


def list_functions_set_to(
    tx: Tx, account: str, region: str, kind: str, value: str, after: str, limit: int
) -> list[Setting]:
    """Those of an account's functions that have this value, by name."""
    rows = tx.all(
        "SELECT function_name, qualifier, value, last_modified FROM lambda_setting"
        " WHERE kind = :kind AND value = :value AND account = :account AND region = :region"
        " AND function_name > :after ORDER BY function_name LIMIT :limit",
        account=account,
        region=region,
        kind=kind,
        value=value,
        after=after,
        limit=limit,
    )
    return [_setting(row) for row in rows]


def _setting(row: Row) -> Setting:
    return Setting(**row)


def _key(name: FunctionName) -> dict[str, str]:
    return {"account": name.account, "region": name.region, "name": name.name}
