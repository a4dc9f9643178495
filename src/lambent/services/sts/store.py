"""The only SQL of STS."""

from dataclasses import asdict

import orjson

from lambent.services.sts.records import Session
from lambent.storage.database import Tx

_COLUMNS = (
    "access_key_id, secret_access_key, session_token, account, arn, user_id, role_arn, policy,"
    " policy_arns, tags, source_identity, issued_at, expires_at"
)


def find_session(tx: Tx, access_key_id: str) -> Session | None:
    row = tx.one(
        f"SELECT {_COLUMNS} FROM sts_session WHERE access_key_id = :id",
        id=access_key_id,
    )
    if row is None:
        return None
    row["policy_arns"] = tuple(orjson.loads(row["policy_arns"]))
    row["tags"] = orjson.loads(row["tags"])
    return Session(**row)


def add_session(tx: Tx, session: Session) -> None:
    row = asdict(session)
    row["policy_arns"] = orjson.dumps(session.policy_arns).decode()
    row["tags"] = orjson.dumps(session.tags).decode()
    tx.execute(
        f"INSERT INTO sts_session ({_COLUMNS}) VALUES (:access_key_id, :secret_access_key,"
        " :session_token, :account, :arn, :user_id, :role_arn, :policy, :policy_arns, :tags,"
        " :source_identity, :issued_at, :expires_at)",
        **row,
    )


def remove_sessions_ended_before(tx: Tx, time: float) -> None:
    tx.execute("DELETE FROM sts_session WHERE expires_at < :time", time=time)
