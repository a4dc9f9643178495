"""The only SQL of IAM, the half about managed policies and who has them."""

from lambent.services.iam import aws_managed, rules
from lambent.services.iam.records import Identity, Policy, PolicyVersion
from lambent.storage.database import Row, Tx

_POLICY = (
    "arn, account, id, name, path, description, created_at, updated_at, default_version,"
    " last_version"
)


def find_policy(tx: Tx, account: str, arn: str) -> Policy | None:
    """A policy of the account, or one of AWS's own as the account sees it."""
    own = aws_managed.POLICIES.get(arn)
    if own is not None:
        return rules.with_usage(own.policy, *_usage(tx, account, arn))
    row = tx.one(f"SELECT {_POLICY} FROM iam_policy WHERE arn = :arn", arn=arn)
    return None if row is None else _policy(tx, row)


def get_policy(tx: Tx, account: str, arn: str) -> Policy:
    policy = find_policy(tx, account, arn)
    if policy is None:
        raise rules.no_such_policy(arn)
    return policy


def find_policy_by_name(tx: Tx, account: str, name: str) -> Policy | None:
    row = tx.one(
        f"SELECT {_POLICY} FROM iam_policy WHERE account = :account AND folded = :folded",
        account=account,
        folded=name.lower(),
    )
    return None if row is None else _policy(tx, row)


def list_policies(tx: Tx, account: str) -> list[Policy]:
    rows = tx.all(
        f"SELECT {_POLICY} FROM iam_policy WHERE account = :account ORDER BY folded",
        account=account,
    )
    return [_policy(tx, row) for row in rows]


def put_policy(tx: Tx, policy: Policy) -> None:
    tx.execute(
        "INSERT INTO iam_policy (arn, account, id, folded, name, path, description, created_at,"
        " updated_at, default_version, last_version)"
        " VALUES (:arn, :account, :id, :folded, :name, :path, :description, :created_at,"
        " :updated_at, :default_version, :last_version)"
        " ON CONFLICT (arn) DO UPDATE SET updated_at = excluded.updated_at,"
        " default_version = excluded.default_version, last_version = excluded.last_version",
        arn=policy.arn,
        account=policy.account,
        id=policy.id,
        folded=policy.name.lower(),
        name=policy.name,
        path=policy.path,
        description=policy.description,
        created_at=policy.created_at,
        updated_at=policy.updated_at,
        default_version=policy.default_version,
        last_version=policy.last_version,
    )


def remove_policy(tx: Tx, policy: Policy) -> None:
    tx.execute("DELETE FROM iam_policy WHERE arn = :arn", arn=policy.arn)
    tx.execute("DELETE FROM iam_policy_version WHERE arn = :arn", arn=policy.arn)
    tx.execute("DELETE FROM iam_tag WHERE owner = :arn", arn=policy.arn)


def add_version(tx: Tx, version: PolicyVersion) -> None:
    tx.execute(
        "INSERT INTO iam_policy_version (arn, number, document, created_at)"
        " VALUES (:arn, :number, :document, :created_at)",
        arn=version.arn,
        number=version.number,
        document=version.document,
        created_at=version.created_at,
    )


def list_versions(tx: Tx, arn: str) -> list[PolicyVersion]:
    """Newest first."""
    own = aws_managed.POLICIES.get(arn)
    if own is not None:
        return [own.version]
    rows = tx.all(
        "SELECT arn, number, document, created_at FROM iam_policy_version WHERE arn = :arn"
        " ORDER BY number DESC",
        arn=arn,
    )
    return [PolicyVersion(**row) for row in rows]


def get_version(tx: Tx, arn: str, version_id: str) -> PolicyVersion:
    for version in list_versions(tx, arn):
        if f"v{version.number}" == version_id:
            return version
    raise rules.no_such_version(arn, version_id)


def remove_version(tx: Tx, version: PolicyVersion) -> None:
    tx.execute(
        "DELETE FROM iam_policy_version WHERE arn = :arn AND number = :number",
        arn=version.arn,
        number=version.number,
    )


def attach(tx: Tx, owner: Identity, arn: str) -> None:
    tx.execute(
        "INSERT INTO iam_attachment (owner, policy_arn) VALUES (:owner, :arn)"
        " ON CONFLICT DO NOTHING",
        owner=owner.id,
        arn=arn,
    )


def detach(tx: Tx, owner: Identity, arn: str) -> bool:
    return bool(
        tx.execute(
            "DELETE FROM iam_attachment WHERE owner = :owner AND policy_arn = :arn",
            owner=owner.id,
            arn=arn,
        )
    )


def list_attached(tx: Tx, owner: Identity) -> list[str]:
    rows = tx.all(
        "SELECT policy_arn FROM iam_attachment WHERE owner = :owner ORDER BY policy_arn",
        owner=owner.id,
    )
    return [row["policy_arn"] for row in rows]


def list_users_of(tx: Tx, account: str, arn: str) -> list[Identity]:
    """The identities of the account that the policy is attached to."""
    rows = tx.all(
        "SELECT i.id, i.account, i.kind, i.name, i.path, i.created_at FROM iam_attachment a"
        " JOIN iam_identity i ON i.id = a.owner"
        " WHERE a.policy_arn = :arn AND i.account = :account ORDER BY i.folded",
        arn=arn,
        account=account,
    )
    return [Identity(**row) for row in rows]


def list_bounded_by(tx: Tx, account: str, arn: str) -> list[Identity]:
    """The identities of the account that have the policy as their boundary."""
    rows = tx.all(
        "SELECT id, account, kind, name, path, created_at FROM iam_identity"
        " WHERE boundary = :arn AND account = :account ORDER BY folded",
        arn=arn,
        account=account,
    )
    return [Identity(**row) for row in rows]


def _policy(tx: Tx, row: Row) -> Policy:
    return rules.with_usage(Policy(**row), *_usage(tx, row["account"], row["arn"]))


def _usage(tx: Tx, account: str, arn: str) -> tuple[int, int]:
    attached = tx.one(
        "SELECT COUNT(*) AS n FROM iam_attachment a JOIN iam_identity i ON i.id = a.owner"
        " WHERE a.policy_arn = :arn AND i.account = :account",
        arn=arn,
        account=account,
    )
    bounded = tx.one(
        "SELECT COUNT(*) AS n FROM iam_identity WHERE account = :account AND boundary = :arn",
        arn=arn,
        account=account,
    )
    return attached["n"] if attached else 0, bounded["n"] if bounded else 0
