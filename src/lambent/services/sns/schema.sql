-- `attributes` are those that were set; `next_sequence` numbers a FIFO topic's messages.
CREATE TABLE IF NOT EXISTS sns_topic (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    attributes TEXT NOT NULL,
    tags TEXT NOT NULL,
    created DOUBLE PRECISION NOT NULL,
    next_sequence BIGINT NOT NULL,
    PRIMARY KEY (account, region, name)
);

-- `account` and `region` are the subscriber's. `status` is pending, confirmed or deleted: what was
-- deleted by a link can be had back with its token for a while.
CREATE TABLE IF NOT EXISTS sns_subscription (
    arn TEXT PRIMARY KEY,
    topic_arn TEXT NOT NULL,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    principal TEXT NOT NULL,
    protocol TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    attributes TEXT NOT NULL,
    status TEXT NOT NULL,
    token TEXT NOT NULL,
    token_until DOUBLE PRECISION NOT NULL,
    was_authenticated BIGINT NOT NULL,
    needs_authentication BIGINT NOT NULL,
    created DOUBLE PRECISION NOT NULL,
    UNIQUE (topic_arn, protocol, endpoint)
);
CREATE INDEX IF NOT EXISTS sns_subscription_owner ON sns_subscription (account, region, arn);

-- A message that has `deliveries` to go; the last one takes it away.
CREATE TABLE IF NOT EXISTS sns_message (
    id TEXT PRIMARY KEY,
    topic_arn TEXT NOT NULL,
    sent_at DOUBLE PRECISION NOT NULL,
    body TEXT NOT NULL,
    deliveries BIGINT NOT NULL
);

-- What a FIFO topic's subscription still has to get, in order within a group.
CREATE TABLE IF NOT EXISTS sns_backlog (
    subscription_arn TEXT NOT NULL,
    group_id TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    message_id TEXT NOT NULL,
    PRIMARY KEY (subscription_arn, group_id, sequence)
);

-- What a FIFO topic took within the last five minutes.
CREATE TABLE IF NOT EXISTS sns_deduplication (
    topic_arn TEXT NOT NULL,
    group_id TEXT NOT NULL,
    deduplication_id TEXT NOT NULL,
    message_id TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    until DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (topic_arn, group_id, deduplication_id)
);
CREATE INDEX IF NOT EXISTS sns_deduplication_until ON sns_deduplication (until);

-- The key that messages are signed with, made on first use.
CREATE TABLE IF NOT EXISTS sns_signing_key (
    name TEXT PRIMARY KEY,
    private_key TEXT NOT NULL,
    certificate TEXT NOT NULL
);
