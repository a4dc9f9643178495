CREATE TABLE IF NOT EXISTS s3_bucket (
    name TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    created_at DOUBLE PRECISION NOT NULL,
    versioning TEXT NOT NULL,
    object_lock BIGINT NOT NULL
);
CREATE INDEX IF NOT EXISTS s3_bucket_account ON s3_bucket (account, name);
-- Policies, lifecycles, … as they were given, as JSON; `id` is empty where there is one of a kind.
CREATE TABLE IF NOT EXISTS s3_configuration (
    bucket TEXT NOT NULL,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (bucket, kind, id)
);
-- A version of an object. A small content is in `body`; a larger one in the blobs that `segments`
-- names: [[blob, size], …] as JSON.
CREATE TABLE IF NOT EXISTS s3_object (
    number BIGSERIAL PRIMARY KEY,
    bucket TEXT NOT NULL,
    key TEXT NOT NULL,
    version_id TEXT NOT NULL,
    is_latest BIGINT NOT NULL,
    is_delete_marker BIGINT NOT NULL,
    size BIGINT NOT NULL,
    etag TEXT NOT NULL,
    modified_at DOUBLE PRECISION NOT NULL,
    headers TEXT NOT NULL,
    checksums TEXT NOT NULL,
    tags TEXT NOT NULL,
    part_count BIGINT NOT NULL,
    segments TEXT NOT NULL,
    body BYTEA
);
CREATE UNIQUE INDEX IF NOT EXISTS s3_object_latest ON s3_object (bucket, key) WHERE is_latest = 1;
CREATE INDEX IF NOT EXISTS s3_object_version ON s3_object (bucket, key, number);
-- Numbers what others are told of, in order; a row lasts no longer than it takes to count.
CREATE TABLE IF NOT EXISTS s3_happening (
    number BIGSERIAL PRIMARY KEY,
    counted BIGINT NOT NULL
);
CREATE TABLE IF NOT EXISTS s3_upload (
    id TEXT PRIMARY KEY,
    bucket TEXT NOT NULL,
    key TEXT NOT NULL,
    started_at DOUBLE PRECISION NOT NULL,
    headers TEXT NOT NULL,
    tags TEXT NOT NULL,
    checksum_algorithm TEXT NOT NULL,
    checksum_type TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS s3_upload_key ON s3_upload (bucket, key, id);
CREATE TABLE IF NOT EXISTS s3_part (
    upload_id TEXT NOT NULL,
    number BIGINT NOT NULL,
    size BIGINT NOT NULL,
    etag TEXT NOT NULL,
    modified_at DOUBLE PRECISION NOT NULL,
    checksums TEXT NOT NULL,
    segments TEXT NOT NULL,
    PRIMARY KEY (upload_id, number)
);
-- How many versions and parts a blob is in. One that is in none is removed after a while.
CREATE TABLE IF NOT EXISTS s3_blob (
    id TEXT PRIMARY KEY,
    uses BIGINT NOT NULL,
    free_since DOUBLE PRECISION NOT NULL
);
CREATE INDEX IF NOT EXISTS s3_blob_free ON s3_blob (free_since) WHERE uses = 0;
