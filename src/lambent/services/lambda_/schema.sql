-- What all versions of a function share.
CREATE TABLE IF NOT EXISTS lambda_function (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    created DOUBLE PRECISION NOT NULL,
    tags TEXT NOT NULL,
    last_version BIGINT NOT NULL,
    reserved_concurrency BIGINT,
    PRIMARY KEY (account, region, name)
);

-- `position` orders versions: $LATEST is 0.
CREATE TABLE IF NOT EXISTS lambda_version (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    version TEXT NOT NULL,
    position BIGINT NOT NULL,
    id TEXT NOT NULL,
    configuration TEXT NOT NULL,
    code_blob TEXT NOT NULL,
    code_size BIGINT NOT NULL,
    life TEXT NOT NULL,
    state TEXT NOT NULL,
    revision_id TEXT NOT NULL,
    last_modified DOUBLE PRECISION NOT NULL,
    last_invoked DOUBLE PRECISION NOT NULL,
    previous TEXT,
    previous_blob TEXT,
    PRIMARY KEY (account, region, name, position)
);

CREATE INDEX IF NOT EXISTS lambda_version_code ON lambda_version (code_blob);
CREATE INDEX IF NOT EXISTS lambda_version_previous ON lambda_version (previous_blob);

-- The packages on the disk. One that no version and no layer names is removed after a while.
CREATE TABLE IF NOT EXISTS lambda_package (
    blob TEXT PRIMARY KEY,
    noted DOUBLE PRECISION NOT NULL
);

CREATE TABLE IF NOT EXISTS lambda_alias (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    function_name TEXT NOT NULL,
    name TEXT NOT NULL,
    version TEXT NOT NULL,
    description TEXT NOT NULL,
    weights TEXT NOT NULL,
    revision_id TEXT NOT NULL,
    PRIMARY KEY (account, region, function_name, name)
);

CREATE TABLE IF NOT EXISTS lambda_policy (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    function_name TEXT NOT NULL,
    qualifier TEXT NOT NULL,
    statements TEXT NOT NULL,
    revision_id TEXT NOT NULL,
    PRIMARY KEY (account, region, function_name, qualifier)
);

-- A deleted version stays: its number is not given again, and functions go on using it.
CREATE TABLE IF NOT EXISTS lambda_layer_version (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    version BIGINT NOT NULL,
    description TEXT NOT NULL,
    created DOUBLE PRECISION NOT NULL,
    code_blob TEXT NOT NULL,
    code_size BIGINT NOT NULL,
    unzipped_size BIGINT NOT NULL,
    runtimes TEXT NOT NULL,
    architectures TEXT NOT NULL,
    license TEXT NOT NULL,
    statements TEXT NOT NULL,
    policy_revision TEXT NOT NULL,
    deleted BIGINT NOT NULL,
    PRIMARY KEY (account, region, name, version)
);

CREATE INDEX IF NOT EXISTS lambda_layer_version_code ON lambda_layer_version (code_blob);

-- `settings` are the members of the API that the user chose or that are the source's defaults.
CREATE TABLE IF NOT EXISTS lambda_event_source_mapping (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    id TEXT NOT NULL,
    source_arn TEXT NOT NULL,
    function_name TEXT NOT NULL,
    function_arn TEXT NOT NULL,
    state TEXT NOT NULL,
    enabled BIGINT NOT NULL,
    settings TEXT NOT NULL,
    tags TEXT NOT NULL,
    last_modified DOUBLE PRECISION NOT NULL,
    revision BIGINT NOT NULL,
    PRIMARY KEY (account, region, id)
);

-- How far a mapping has read a shard: the last record that is done with, empty at the beginning. Each
-- of `factor` lanes has its own; lane -1 is where those begin that have none yet. `tumbling` is the
-- window that is open, and its state, as JSON.
CREATE TABLE IF NOT EXISTS lambda_stream_position (
    mapping TEXT NOT NULL,
    shard TEXT NOT NULL,
    lane BIGINT NOT NULL,
    factor BIGINT NOT NULL,
    sequence TEXT NOT NULL,
    tumbling TEXT NOT NULL,
    PRIMARY KEY (mapping, shard, lane)
);

-- The qualifier is a version's number or the name of an alias.
CREATE TABLE IF NOT EXISTS lambda_provisioned_concurrency (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    function_name TEXT NOT NULL,
    qualifier TEXT NOT NULL,
    requested BIGINT NOT NULL,
    allocated BIGINT NOT NULL,
    status TEXT NOT NULL,
    reason TEXT NOT NULL,
    last_modified DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (account, region, function_name, qualifier)
);

-- What is set for a function or one of its qualifiers by operations of its own, a row a `kind`.
CREATE TABLE IF NOT EXISTS lambda_setting (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    function_name TEXT NOT NULL,
    kind TEXT NOT NULL,
    qualifier TEXT NOT NULL,
    value TEXT NOT NULL,
    last_modified DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (account, region, function_name, kind, qualifier)
);

CREATE INDEX IF NOT EXISTS lambda_setting_value ON lambda_setting (kind, value);

-- The qualifier is the name of an alias, or empty.
CREATE TABLE IF NOT EXISTS lambda_url (
    id TEXT NOT NULL PRIMARY KEY,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    function_name TEXT NOT NULL,
    qualifier TEXT NOT NULL,
    auth_type TEXT NOT NULL,
    invoke_mode TEXT NOT NULL,
    cors TEXT,
    created DOUBLE PRECISION NOT NULL,
    last_modified DOUBLE PRECISION NOT NULL,
    UNIQUE (account, region, function_name, qualifier)
);

CREATE TABLE IF NOT EXISTS lambda_code_signing_config (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    id TEXT NOT NULL,
    description TEXT NOT NULL,
    publishers TEXT NOT NULL,
    untrusted TEXT NOT NULL,
    last_modified DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (account, region, id)
);

CREATE TABLE IF NOT EXISTS lambda_capacity_provider (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    settings TEXT NOT NULL,
    tags TEXT NOT NULL,
    last_modified DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (account, region, name)
);
