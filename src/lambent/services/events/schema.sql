-- `revision` changes with whatever a bus's rules and targets are: who keeps them in memory sees it.
CREATE TABLE IF NOT EXISTS events_bus (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    revision TEXT NOT NULL,
    policy TEXT NOT NULL,
    description TEXT NOT NULL,
    kms_key TEXT NOT NULL,
    dead_letters TEXT NOT NULL,
    log_config TEXT NOT NULL,
    tags TEXT NOT NULL,
    created DOUBLE PRECISION NOT NULL,
    modified DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (account, region, name)
);

-- `pattern` and `expression` are empty where there is none. `next_time` is the time of the one
-- pending firing, and `revision` names the version of the rule that it belongs to.
CREATE TABLE IF NOT EXISTS events_rule (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    bus TEXT NOT NULL,
    name TEXT NOT NULL,
    revision TEXT NOT NULL,
    pattern TEXT NOT NULL,
    expression TEXT NOT NULL,
    state TEXT NOT NULL,
    description TEXT NOT NULL,
    role_arn TEXT NOT NULL,
    managed_by TEXT NOT NULL,
    tags TEXT NOT NULL,
    counts_from DOUBLE PRECISION NOT NULL,
    next_time DOUBLE PRECISION,
    PRIMARY KEY (account, region, bus, name)
);

CREATE TABLE IF NOT EXISTS events_target (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    bus TEXT NOT NULL,
    rule TEXT NOT NULL,
    id TEXT NOT NULL,
    arn TEXT NOT NULL,
    settings TEXT NOT NULL,
    PRIMARY KEY (account, region, bus, rule, id)
);

-- `parameters` hold the secrets. `token` is that of OAuth, with the time until which it holds.
CREATE TABLE IF NOT EXISTS events_connection (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    id TEXT NOT NULL,
    secret_id TEXT NOT NULL,
    revision TEXT NOT NULL,
    description TEXT NOT NULL,
    authorization_type TEXT NOT NULL,
    parameters TEXT NOT NULL,
    state TEXT NOT NULL,
    state_reason TEXT NOT NULL,
    kms_key TEXT NOT NULL,
    token TEXT NOT NULL,
    token_until DOUBLE PRECISION NOT NULL,
    created DOUBLE PRECISION NOT NULL,
    modified DOUBLE PRECISION NOT NULL,
    authorized DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (account, region, name)
);

-- `next_slot` is the time at which the rate allows the next invocation.
CREATE TABLE IF NOT EXISTS events_destination (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    id TEXT NOT NULL,
    connection_arn TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    method TEXT NOT NULL,
    rate BIGINT NOT NULL,
    description TEXT NOT NULL,
    created DOUBLE PRECISION NOT NULL,
    modified DOUBLE PRECISION NOT NULL,
    next_slot DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (account, region, name)
);

CREATE TABLE IF NOT EXISTS events_archive (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    bus TEXT NOT NULL,
    pattern TEXT NOT NULL,
    description TEXT NOT NULL,
    kms_key TEXT NOT NULL,
    retention_days BIGINT NOT NULL,
    created DOUBLE PRECISION NOT NULL,
    event_count BIGINT NOT NULL,
    size_bytes BIGINT NOT NULL,
    PRIMARY KEY (account, region, name)
);

-- `time` is what the event says; `ingested` is when it came.
CREATE TABLE IF NOT EXISTS events_archived (
    number BIGSERIAL PRIMARY KEY,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    archive TEXT NOT NULL,
    id TEXT NOT NULL,
    time DOUBLE PRECISION NOT NULL,
    ingested DOUBLE PRECISION NOT NULL,
    event TEXT NOT NULL
);
-- A delivery to an archive that is repeated after a crash archives nothing twice.
CREATE UNIQUE INDEX IF NOT EXISTS events_archived_once
    ON events_archived (account, region, archive, id);
CREATE INDEX IF NOT EXISTS events_archived_by_time
    ON events_archived (account, region, archive, time, number);

CREATE TABLE IF NOT EXISTS events_replay (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    archive TEXT NOT NULL,
    bus TEXT NOT NULL,
    filter_arns TEXT NOT NULL,
    state TEXT NOT NULL,
    state_reason TEXT NOT NULL,
    events_from DOUBLE PRECISION NOT NULL,
    events_to DOUBLE PRECISION NOT NULL,
    last_replayed DOUBLE PRECISION,
    started DOUBLE PRECISION NOT NULL,
    ended DOUBLE PRECISION,
    PRIMARY KEY (account, region, name)
);
