-- What changes with every checkpoint stands here and is small; payloads are with the operations.
CREATE TABLE IF NOT EXISTS lambda_durable_execution (
    id TEXT NOT NULL PRIMARY KEY,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    function_name TEXT NOT NULL,
    version TEXT NOT NULL,
    name TEXT NOT NULL,
    started DOUBLE PRECISION NOT NULL,
    timeout BIGINT NOT NULL,
    retention_days BIGINT NOT NULL,
    kms_key_arn TEXT NOT NULL,
    synchronous BIGINT NOT NULL,
    trace_header TEXT NOT NULL,
    request_id TEXT NOT NULL,
    parent TEXT NOT NULL,
    parent_operation TEXT NOT NULL,
    deadline DOUBLE PRECISION NOT NULL,
    status TEXT NOT NULL,
    ended DOUBLE PRECISION,
    pause TEXT,
    asked_with TEXT NOT NULL,
    phase TEXT NOT NULL,
    invocations BIGINT NOT NULL,
    run TEXT NOT NULL,
    run_started DOUBLE PRECISION NOT NULL,
    is_owed BIGINT NOT NULL,
    failures BIGINT NOT NULL,
    refusals BIGINT NOT NULL,
    token BIGINT NOT NULL,
    changes BIGINT NOT NULL,
    seen BIGINT NOT NULL,
    events BIGINT NOT NULL,
    operations BIGINT NOT NULL,
    stored BIGINT NOT NULL,
    last_checkpoint TEXT,
    UNIQUE (account, region, function_name, name)
);

CREATE INDEX IF NOT EXISTS lambda_durable_execution_started
    ON lambda_durable_execution (account, region, function_name, started);

CREATE TABLE IF NOT EXISTS lambda_durable_operation (
    execution TEXT NOT NULL,
    id TEXT NOT NULL,
    type TEXT NOT NULL,
    status TEXT NOT NULL,
    position BIGINT NOT NULL,
    touched BIGINT NOT NULL,
    started DOUBLE PRECISION NOT NULL,
    ended DOUBLE PRECISION,
    parent_id TEXT,
    name TEXT,
    sub_type TEXT,
    input TEXT,
    result TEXT,
    error TEXT,
    attempt BIGINT NOT NULL,
    due DOUBLE PRECISION,
    seconds BIGINT,
    heartbeat_due DOUBLE PRECISION,
    heartbeat_seconds BIGINT,
    replays_children BIGINT NOT NULL,
    PRIMARY KEY (execution, id)
);

CREATE INDEX IF NOT EXISTS lambda_durable_operation_position
    ON lambda_durable_operation (execution, position);
CREATE INDEX IF NOT EXISTS lambda_durable_operation_touched
    ON lambda_durable_operation (execution, touched);
CREATE INDEX IF NOT EXISTS lambda_durable_operation_status
    ON lambda_durable_operation (execution, status);

CREATE TABLE IF NOT EXISTS lambda_durable_event (
    execution TEXT NOT NULL,
    id BIGINT NOT NULL,
    type TEXT NOT NULL,
    at DOUBLE PRECISION NOT NULL,
    details TEXT NOT NULL,
    operation_id TEXT,
    parent_id TEXT,
    name TEXT,
    sub_type TEXT,
    PRIMARY KEY (execution, id)
);
