CREATE TABLE IF NOT EXISTS logs_group (
    id BIGSERIAL PRIMARY KEY,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    created BIGINT NOT NULL,
    log_group_class TEXT NOT NULL,
    kms_key_id TEXT NOT NULL,
    tags TEXT NOT NULL,
    deletion_protected BIGINT NOT NULL,
    retention_days BIGINT
);

CREATE UNIQUE INDEX IF NOT EXISTS logs_group_name ON logs_group (account, region, name);

CREATE TABLE IF NOT EXISTS logs_stream (
    id BIGSERIAL PRIMARY KEY,
    group_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    created BIGINT NOT NULL,
    first_event BIGINT,
    last_event BIGINT,
    last_ingestion BIGINT,
    bytes BIGINT NOT NULL
);

CREATE UNIQUE INDEX IF NOT EXISTS logs_stream_name ON logs_stream (group_id, name);

-- A row is a batch of events, not an event: [[timestamp, message], …] in order of time.
CREATE TABLE IF NOT EXISTS logs_chunk (
    id BIGSERIAL PRIMARY KEY,
    group_id BIGINT NOT NULL,
    stream_id BIGINT NOT NULL,
    first_event BIGINT NOT NULL,
    last_event BIGINT NOT NULL,
    ingested BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    events TEXT NOT NULL
);

CREATE INDEX IF NOT EXISTS logs_chunk_stream ON logs_chunk (stream_id, first_event);
CREATE INDEX IF NOT EXISTS logs_chunk_group ON logs_chunk (group_id, first_event);
