-- `definition` is JSON: keys, indexes, stream and settings. `revision` counts the changes.
CREATE TABLE IF NOT EXISTS dynamodb_table (
    id BIGSERIAL PRIMARY KEY,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    uid TEXT NOT NULL,
    status TEXT NOT NULL,
    definition TEXT NOT NULL,
    created_at DOUBLE PRECISION NOT NULL,
    revision BIGINT NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS dynamodb_table_name ON dynamodb_table (account, region, name);
CREATE TABLE IF NOT EXISTS dynamodb_tag (
    table_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (table_id, name)
);
-- `partition` is eight bytes of a hash and then the key: a Scan and its segments follow the hash.
-- `sort` is empty where the table has no sort key. `expires_at` is NULL where nothing expires.
-- The item comes last: what stands before it is read without it.
CREATE TABLE IF NOT EXISTS dynamodb_item (
    table_id BIGINT NOT NULL,
    partition BYTEA NOT NULL,
    sort BYTEA NOT NULL,
    size BIGINT NOT NULL,
    expires_at DOUBLE PRECISION,
    item TEXT NOT NULL,
    PRIMARY KEY (table_id, partition, sort)
);
CREATE INDEX IF NOT EXISTS dynamodb_item_expires ON dynamodb_item (table_id, expires_at)
    WHERE expires_at IS NOT NULL;
-- An item in an index: where it stands there, and which item of the table it is. `size` is that of
-- what the index projects.
CREATE TABLE IF NOT EXISTS dynamodb_index_entry (
    table_id BIGINT NOT NULL,
    number BIGINT NOT NULL,
    partition BYTEA NOT NULL,
    sort BYTEA NOT NULL,
    item_partition BYTEA NOT NULL,
    item_sort BYTEA NOT NULL,
    size BIGINT NOT NULL,
    PRIMARY KEY (table_id, number, partition, sort, item_partition, item_sort)
);
-- What a table of many items was found to have. `indexes` is JSON: by number, entries and bytes.
CREATE TABLE IF NOT EXISTS dynamodb_count (
    table_id BIGINT PRIMARY KEY,
    counted_at DOUBLE PRECISION NOT NULL,
    items BIGINT NOT NULL,
    size BIGINT NOT NULL,
    indexes TEXT NOT NULL
);
-- When the next item of a table expires: its work is due then.
CREATE TABLE IF NOT EXISTS dynamodb_expiry (
    table_id BIGINT PRIMARY KEY,
    due DOUBLE PRECISION NOT NULL
);
-- Transactions by their ClientRequestToken, for ten minutes.
CREATE TABLE IF NOT EXISTS dynamodb_transaction (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    token TEXT NOT NULL,
    digest TEXT NOT NULL,
    capacity TEXT NOT NULL,
    expires_at DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (account, region, token)
);
CREATE INDEX IF NOT EXISTS dynamodb_transaction_expires ON dynamodb_transaction (expires_at);
-- A stream outlives its table, and its being enabled, by a day. `last` numbers its records;
-- `trimmed` is 1 while work is enqueued that removes old ones.
CREATE TABLE IF NOT EXISTS dynamodb_stream (
    id BIGSERIAL PRIMARY KEY,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    table_name TEXT NOT NULL,
    label TEXT NOT NULL,
    view_type TEXT NOT NULL,
    partition_name TEXT NOT NULL,
    sort_name TEXT NOT NULL,
    created_at DOUBLE PRECISION NOT NULL,
    ended_at DOUBLE PRECISION,
    last BIGINT NOT NULL,
    trimmed BIGINT NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS dynamodb_stream_label
    ON dynamodb_stream (account, region, table_name, label);
CREATE TABLE IF NOT EXISTS dynamodb_stream_record (
    stream BIGINT NOT NULL,
    number BIGINT NOT NULL,
    record TEXT NOT NULL,
    size BIGINT NOT NULL,
    at DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (stream, number)
);
-- Items that are kept aside, for a backup or an export: they are items of the table -id.
CREATE TABLE IF NOT EXISTS dynamodb_copy (
    id BIGSERIAL PRIMARY KEY,
    made_at DOUBLE PRECISION NOT NULL
);
-- What items were before each change, where a table has point-in-time recovery; `item` is NULL where
-- there was none.
CREATE TABLE IF NOT EXISTS dynamodb_history (
    number BIGSERIAL PRIMARY KEY,
    table_id BIGINT NOT NULL,
    partition BYTEA NOT NULL,
    sort BYTEA NOT NULL,
    item TEXT,
    size BIGINT NOT NULL,
    at DOUBLE PRECISION NOT NULL
);
CREATE INDEX IF NOT EXISTS dynamodb_history_at ON dynamodb_history (table_id, at);
-- `description` and `definition` are JSON: what the API says of the table, and the table itself.
CREATE TABLE IF NOT EXISTS dynamodb_backup (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    table_name TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    copy BIGINT NOT NULL,
    description TEXT NOT NULL,
    definition TEXT NOT NULL,
    size BIGINT NOT NULL,
    created_at DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (account, region, table_name, id)
);
-- Exports to S3 and imports from it. `kind` is export or import; `description` is what the API says.
CREATE TABLE IF NOT EXISTS dynamodb_transfer (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    kind TEXT NOT NULL,
    table_name TEXT NOT NULL,
    id TEXT NOT NULL,
    description TEXT NOT NULL,
    PRIMARY KEY (account, region, kind, table_name, id)
);
