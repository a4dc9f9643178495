"""The only SQL of IAM: identities, who is in what, their policies, tags and keys."""

from lambent.services.iam import rules
from lambent.services.iam.records import AccessKey, Identity, Kind
from lambent.storage.database import Tx

_IDENTITY = (
    "id, account, kind, name, path, created_at, trust_policy, description, max_session_seconds,"
    " boundary"
)
_KEY = "id, account, owner, secret, status, created_at"


def find_identity(tx: Tx, account: str, kind: Kind, name: str) -> Identity | None:
    row = tx.one(
        f"SELECT {_IDENTITY} FROM iam_identity"
        " WHERE account = :account AND kind = :kind AND folded = :folded",
        account=account,
        kind=kind.name,
        folded=name.lower(),
    )
    return None if row is None else Identity(**row)


def get_identity(tx: Tx, account: str, kind: Kind, name: str) -> Identity:
    identity = find_identity(tx, account, kind, name)
    if identity is None or identity.name != name:
        raise rules.no_such_identity(kind, name)
    return identity


def find_identity_by_id(tx: Tx, identity_id: str) -> Identity | None:
    row = tx.one(f"SELECT {_IDENTITY} FROM iam_identity WHERE id = :id", id=identity_id)
    return None if row is None else Identity(**row)


def list_identities(
    tx: Tx, account: str, kind: Kind, *, path_prefix: str, after: str, limit: int
) -> list[Identity]:
    rows = tx.all(
        f"SELECT {_IDENTITY} FROM iam_identity"
        " WHERE account = :account AND kind = :kind AND folded > :after"
        " AND substr(path, 1, :length) = :prefix ORDER BY folded LIMIT :limit",
        account=account,
        kind=kind.name,
        after=after,
        prefix=path_prefix,
        length=len(path_prefix),
        limit=limit,
    )
    return [Identity(**row) for row in rows]


def count_identities(tx: Tx, account: str, kind: Kind) -> int:
    row = tx.one(
        "SELECT COUNT(*) AS n FROM iam_identity WHERE account = :account AND kind = :kind",
        account=account,
        kind=kind.name,
    )
    return int(row["n"]) if row else 0


def put_identity(tx: Tx, identity: Identity) -> None:
    tx.execute(
        "INSERT INTO iam_identity (id, account, kind, folded, name, path, created_at,"
        " trust_policy, description, max_session_seconds, boundary)"
        " VALUES (:id, :account, :kind, :folded, :name, :path, :created_at, :trust_policy,"
        " :description, :max_session_seconds, :boundary)"
        " ON CONFLICT (id) DO UPDATE SET folded = excluded.folded, name = excluded.name,"
        " path = excluded.path, trust_policy = excluded.trust_policy,"
        " description = excluded.description,"
        " max_session_seconds = excluded.max_session_seconds, boundary = excluded.boundary",
        id=identity.id,
        account=identity.account,
        kind=identity.kind,
        folded=identity.name.lower(),
        name=identity.name,
        path=identity.path,
        created_at=identity.created_at,
        trust_policy=identity.trust_policy,
        description=identity.description,
        max_session_seconds=identity.max_session_seconds,
        boundary=identity.boundary,
    )


def remove_identity(tx: Tx, identity: Identity) -> None:
    tx.execute("DELETE FROM iam_identity WHERE id = :id", id=identity.id)
    tx.execute("DELETE FROM iam_tag WHERE owner = :id", id=identity.id)


def add_member(tx: Tx, container: Identity, member: Identity) -> None:
    tx.execute(
        "INSERT INTO iam_member (container, member) VALUES (:container, :member)"
        " ON CONFLICT DO NOTHING",
        container=container.id,
        member=member.id,
    )


def remove_member(tx: Tx, container: Identity, member: Identity) -> bool:
    return bool(
        tx.execute(
            "DELETE FROM iam_member WHERE container = :container AND member = :member",
            container=container.id,
            member=member.id,
        )
    )


def list_members(tx: Tx, container: Identity) -> list[Identity]:
    rows = tx.all(
        f"SELECT {_IDENTITY} FROM iam_identity WHERE id IN"
        " (SELECT member FROM iam_member WHERE container = :id) ORDER BY folded",
        id=container.id,
    )
    return [Identity(**row) for row in rows]


def list_containers(tx: Tx, member: Identity) -> list[Identity]:
    rows = tx.all(
        f"SELECT {_IDENTITY} FROM iam_identity WHERE id IN"
        " (SELECT container FROM iam_member WHERE member = :id) ORDER BY folded",
        id=member.id,
    )
    return [Identity(**row) for row in rows]


def put_inline_policy(tx: Tx, owner: Identity, name: str, document: str) -> None:
    tx.execute(
        "INSERT INTO iam_inline_policy (owner, name, document) VALUES (:owner, :name, :document)"
        " ON CONFLICT (owner, name) DO UPDATE SET document = excluded.document",
        owner=owner.id,
        name=name,
        document=document,
    )


def find_inline_policy(tx: Tx, owner: Identity, name: str) -> str | None:
    row = tx.one(
        "SELECT document FROM iam_inline_policy WHERE owner = :owner AND name = :name",
        owner=owner.id,
        name=name,
    )
    return None if row is None else str(row["document"])


def list_inline_policies(tx: Tx, owner: Identity) -> list[tuple[str, str]]:
    """Name and document of each."""
    rows = tx.all(
        "SELECT name, document FROM iam_inline_policy WHERE owner = :owner ORDER BY name",
        owner=owner.id,
    )
    return [(row["name"], row["document"]) for row in rows]


def remove_inline_policy(tx: Tx, owner: Identity, name: str) -> bool:
    return bool(
        tx.execute(
            "DELETE FROM iam_inline_policy WHERE owner = :owner AND name = :name",
            owner=owner.id,
            name=name,
        )
    )


def put_tags(tx: Tx, owner: str, tags: dict[str, str]) -> None:
    for name, value in tags.items():
        tx.execute(
            "INSERT INTO iam_tag (owner, name, value) VALUES (:owner, :name, :value)"
            " ON CONFLICT (owner, name) DO UPDATE SET value = excluded.value",
            owner=owner,
            name=name,
            value=value,
        )


def remove_tags(tx: Tx, owner: str, names: list[str]) -> None:
    for name in names:
        tx.execute(
            "DELETE FROM iam_tag WHERE owner = :owner AND name = :name", owner=owner, name=name
        )


def list_tags(tx: Tx, owner: str) -> dict[str, str]:
    rows = tx.all("SELECT name, value FROM iam_tag WHERE owner = :owner ORDER BY name", owner=owner)
    return {row["name"]: row["value"] for row in rows}


def put_access_key(tx: Tx, key: AccessKey) -> None:
    tx.execute(
        f"INSERT INTO iam_access_key ({_KEY})"
        " VALUES (:id, :account, :owner, :secret, :status, :created_at)"
        " ON CONFLICT (id) DO UPDATE SET status = excluded.status",
        id=key.id,
        account=key.account,
        owner=key.owner,
        secret=key.secret,
        status=key.status,
        created_at=key.created_at,
    )


def find_access_key(tx: Tx, key_id: str) -> AccessKey | None:
    row = tx.one(f"SELECT {_KEY} FROM iam_access_key WHERE id = :id", id=key_id)
    return None if row is None else AccessKey(**row)


def list_access_keys(tx: Tx, owner: Identity) -> list[AccessKey]:
    rows = tx.all(
        f"SELECT {_KEY} FROM iam_access_key WHERE owner = :owner ORDER BY created_at, id",
        owner=owner.id,
    )
    return [AccessKey(**row) for row in rows]


def remove_access_key(tx: Tx, key: AccessKey) -> None:
    tx.execute("DELETE FROM iam_access_key WHERE id = :id", id=key.id)


def add_account_alias(tx: Tx, account: str, alias: str) -> bool:
    """False where somebody has it."""
    return bool(
        tx.execute(
            "INSERT INTO iam_account_alias (alias, account) VALUES (:alias, :account)"
            " ON CONFLICT DO NOTHING",
            alias=alias,
            account=account,
        )
    )


def remove_account_alias(tx: Tx, account: str, alias: str) -> bool:
    return bool(
        tx.execute(
            "DELETE FROM iam_account_alias WHERE alias = :alias AND account = :account",
            alias=alias,
            account=account,
        )
    )


def list_account_aliases(tx: Tx, account: str) -> list[str]:
    rows = tx.all(
        "SELECT alias FROM iam_account_alias WHERE account = :account ORDER BY alias",
        account=account,
    )
    return [row["alias"] for row in rows]
