CREATE TABLE IF NOT EXISTS sts_session (
    access_key_id TEXT PRIMARY KEY,
    secret_access_key TEXT NOT NULL,
    session_token TEXT NOT NULL,
    account TEXT NOT NULL,
    arn TEXT NOT NULL,
    user_id TEXT NOT NULL,
    role_arn TEXT NOT NULL,
    policy TEXT NOT NULL,
    policy_arns TEXT NOT NULL,
    tags TEXT NOT NULL,
    source_identity TEXT NOT NULL,
    issued_at DOUBLE PRECISION NOT NULL,
    expires_at DOUBLE PRECISION NOT NULL
);
CREATE INDEX IF NOT EXISTS sts_session_expires ON sts_session (expires_at);
