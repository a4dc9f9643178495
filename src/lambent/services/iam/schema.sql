-- Roles, users, groups and instance profiles: what has a name, a path and a unique id.
-- `folded` is the name in lower case: AWS takes no two names that differ only in case.
CREATE TABLE IF NOT EXISTS iam_identity (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    kind TEXT NOT NULL,
    folded TEXT NOT NULL,
    name TEXT NOT NULL,
    path TEXT NOT NULL,
    created_at DOUBLE PRECISION NOT NULL,
    trust_policy TEXT NOT NULL,
    description TEXT NOT NULL,
    max_session_seconds BIGINT NOT NULL,
    boundary TEXT NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS iam_identity_name ON iam_identity (account, kind, folded);
-- Who is in what: users in groups, roles in instance profiles.
CREATE TABLE IF NOT EXISTS iam_member (
    container TEXT NOT NULL,
    member TEXT NOT NULL,
    PRIMARY KEY (container, member)
);
CREATE INDEX IF NOT EXISTS iam_member_member ON iam_member (member);
CREATE TABLE IF NOT EXISTS iam_inline_policy (
    owner TEXT NOT NULL,
    name TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (owner, name)
);
CREATE TABLE IF NOT EXISTS iam_attachment (
    owner TEXT NOT NULL,
    policy_arn TEXT NOT NULL,
    PRIMARY KEY (owner, policy_arn)
);
CREATE INDEX IF NOT EXISTS iam_attachment_policy ON iam_attachment (policy_arn);
CREATE TABLE IF NOT EXISTS iam_policy (
    arn TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    id TEXT NOT NULL,
    folded TEXT NOT NULL,
    name TEXT NOT NULL,
    path TEXT NOT NULL,
    description TEXT NOT NULL,
    created_at DOUBLE PRECISION NOT NULL,
    updated_at DOUBLE PRECISION NOT NULL,
    default_version BIGINT NOT NULL,
    last_version BIGINT NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS iam_policy_name ON iam_policy (account, folded);
CREATE TABLE IF NOT EXISTS iam_policy_version (
    arn TEXT NOT NULL,
    number BIGINT NOT NULL,
    document TEXT NOT NULL,
    created_at DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (arn, number)
);
CREATE TABLE IF NOT EXISTS iam_tag (
    owner TEXT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (owner, name)
);
CREATE TABLE IF NOT EXISTS iam_access_key (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    owner TEXT NOT NULL,
    secret TEXT NOT NULL,
    status TEXT NOT NULL,
    created_at DOUBLE PRECISION NOT NULL
);
CREATE INDEX IF NOT EXISTS iam_access_key_owner ON iam_access_key (owner);
CREATE TABLE IF NOT EXISTS iam_account_alias (
    alias TEXT PRIMARY KEY,
    account TEXT NOT NULL
);
