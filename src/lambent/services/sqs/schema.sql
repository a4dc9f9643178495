-- `attributes` are those that were set, as JSON; `dead_letter_arn` repeats the target in them, to be
-- found by it.
CREATE TABLE IF NOT EXISTS sqs_queue (
    id BIGSERIAL PRIMARY KEY,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    attributes TEXT NOT NULL,
    dead_letter_arn TEXT NOT NULL,
    created_at DOUBLE PRECISION NOT NULL,
    modified_at DOUBLE PRECISION NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS sqs_queue_name ON sqs_queue (account, region, name);
CREATE TABLE IF NOT EXISTS sqs_tag (
    queue BIGINT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (queue, name)
);
-- A message is there to be received from `visible_at` on. `fifo_group` is NULL in a standard queue.
CREATE TABLE IF NOT EXISTS sqs_message (
    number BIGSERIAL PRIMARY KEY,
    queue BIGINT NOT NULL,
    id TEXT NOT NULL,
    body TEXT NOT NULL,
    md5 TEXT NOT NULL,
    attributes TEXT NOT NULL,
    system_attributes TEXT NOT NULL,
    sender TEXT NOT NULL,
    sent_at DOUBLE PRECISION NOT NULL,
    visible_at DOUBLE PRECISION NOT NULL,
    received_at DOUBLE PRECISION,
    receive_count BIGINT NOT NULL,
    fifo_group TEXT
);
CREATE INDEX IF NOT EXISTS sqs_message_visible ON sqs_message (queue, visible_at);
CREATE INDEX IF NOT EXISTS sqs_message_group ON sqs_message (queue, fifo_group, number)
    WHERE fifo_group IS NOT NULL;
-- When the first message of a group of a FIFO queue may be received; while one is in flight, not.
CREATE TABLE IF NOT EXISTS sqs_group (
    queue BIGINT NOT NULL,
    fifo_group TEXT NOT NULL,
    available_at DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (queue, fifo_group)
);
CREATE INDEX IF NOT EXISTS sqs_group_available ON sqs_group (queue, available_at);
CREATE TABLE IF NOT EXISTS sqs_sequence (
    queue BIGINT PRIMARY KEY,
    last BIGINT NOT NULL
);
CREATE TABLE IF NOT EXISTS sqs_deduplication (
    queue BIGINT NOT NULL,
    scope TEXT NOT NULL,
    deduplication_id TEXT NOT NULL,
    message_id TEXT NOT NULL,
    sequence_number TEXT NOT NULL,
    expires_at DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (queue, scope, deduplication_id)
);
CREATE INDEX IF NOT EXISTS sqs_deduplication_expires ON sqs_deduplication (expires_at);
CREATE TABLE IF NOT EXISTS sqs_move_task (
    handle TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    source_arn TEXT NOT NULL,
    destination_arn TEXT NOT NULL,
    per_second BIGINT NOT NULL,
    status TEXT NOT NULL,
    moved BIGINT NOT NULL,
    to_move BIGINT NOT NULL,
    failure TEXT NOT NULL,
    started_at DOUBLE PRECISION NOT NULL
);
