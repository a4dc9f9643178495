CREATE TABLE IF NOT EXISTS scheduler_group (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    created DOUBLE PRECISION NOT NULL,
    modified DOUBLE PRECISION NOT NULL,
    tags TEXT NOT NULL,
    client_token TEXT NOT NULL,
    PRIMARY KEY (account, region, name)
);

-- `revision` names one version of the schedule: only work of the latest one is done.
-- `next_time` is the time of its one pending firing, null when none will follow.
CREATE TABLE IF NOT EXISTS scheduler_schedule (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    group_name TEXT NOT NULL,
    name TEXT NOT NULL,
    revision TEXT NOT NULL,
    expression TEXT NOT NULL,
    timezone TEXT NOT NULL,
    state TEXT NOT NULL,
    start_date DOUBLE PRECISION,
    end_date DOUBLE PRECISION,
    counts_from DOUBLE PRECISION NOT NULL,
    window_minutes BIGINT NOT NULL,
    description TEXT NOT NULL,
    kms_key_arn TEXT NOT NULL,
    target TEXT NOT NULL,
    after_completion TEXT NOT NULL,
    created DOUBLE PRECISION NOT NULL,
    modified DOUBLE PRECISION NOT NULL,
    next_time DOUBLE PRECISION,
    client_token TEXT NOT NULL,
    PRIMARY KEY (account, region, group_name, name)
);
