-- A state machine; what it runs is its current revision.
CREATE TABLE IF NOT EXISTS stepfunctions_machine (
    number BIGSERIAL PRIMARY KEY,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    type TEXT NOT NULL,
    status TEXT NOT NULL,
    created_at DOUBLE PRECISION NOT NULL,
    revision TEXT NOT NULL,
    last_version BIGINT NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS stepfunctions_machine_name
    ON stepfunctions_machine (account, region, name);

-- A configuration of a state machine. Executions and versions point to one; it never changes.
CREATE TABLE IF NOT EXISTS stepfunctions_revision (
    id TEXT PRIMARY KEY,
    machine BIGINT NOT NULL,
    initial BIGINT NOT NULL,
    role_arn TEXT NOT NULL,
    logging TEXT NOT NULL,
    tracing TEXT NOT NULL,
    encryption TEXT NOT NULL,
    created_at DOUBLE PRECISION NOT NULL,
    definition TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS stepfunctions_revision_machine ON stepfunctions_revision (machine);

CREATE TABLE IF NOT EXISTS stepfunctions_version (
    machine BIGINT NOT NULL,
    version BIGINT NOT NULL,
    revision TEXT NOT NULL,
    description TEXT,
    created_at DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (machine, version)
);

CREATE TABLE IF NOT EXISTS stepfunctions_alias (
    machine BIGINT NOT NULL,
    name TEXT NOT NULL,
    description TEXT,
    routing TEXT NOT NULL,
    created_at DOUBLE PRECISION NOT NULL,
    updated_at DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (machine, name)
);

-- `stamp` is another number after each transition: whoever computed from an older one is refused.
-- `listed_at` is what lists are sorted by: when it was begun or redriven, or ended.
-- `events` are the history of an execution that was over at once; the others have theirs apart.
-- Those with a `map_run` are the children of a distributed Map, and in no list of their machine.
-- What may be long stands last: whoever reads the rest need not read past it.
CREATE TABLE IF NOT EXISTS stepfunctions_execution (
    number BIGSERIAL PRIMARY KEY,
    arn TEXT NOT NULL,
    machine BIGINT NOT NULL,
    revision TEXT NOT NULL,
    name TEXT NOT NULL,
    express BIGINT NOT NULL,
    status TEXT NOT NULL,
    stamp BIGINT NOT NULL,
    last_event_id BIGINT NOT NULL,
    started_at DOUBLE PRECISION NOT NULL,
    stopped_at DOUBLE PRECISION,
    listed_at DOUBLE PRECISION NOT NULL,
    trace_header TEXT,
    version BIGINT,
    alias TEXT,
    map_run BIGINT,
    item_count BIGINT,
    redrive_count BIGINT NOT NULL,
    redriven_at DOUBLE PRECISION,
    error TEXT,
    cause TEXT,
    input TEXT NOT NULL,
    output TEXT,
    events TEXT
);
CREATE UNIQUE INDEX IF NOT EXISTS stepfunctions_execution_arn ON stepfunctions_execution (arn);
CREATE INDEX IF NOT EXISTS stepfunctions_execution_status
    ON stepfunctions_execution (machine, status, listed_at, number) WHERE map_run IS NULL;
CREATE INDEX IF NOT EXISTS stepfunctions_execution_version
    ON stepfunctions_execution (machine, version, status, listed_at, number)
    WHERE version IS NOT NULL AND map_run IS NULL;
CREATE INDEX IF NOT EXISTS stepfunctions_execution_alias
    ON stepfunctions_execution (machine, alias, status, listed_at, number)
    WHERE alias IS NOT NULL AND map_run IS NULL;
CREATE INDEX IF NOT EXISTS stepfunctions_execution_map_run
    ON stepfunctions_execution (map_run, status, number) WHERE map_run IS NOT NULL;
CREATE INDEX IF NOT EXISTS stepfunctions_execution_stopped
    ON stepfunctions_execution (stopped_at) WHERE express = 1 AND map_run IS NULL;

-- The events of one transition, as `store/histories.py` writes them.
CREATE TABLE IF NOT EXISTS stepfunctions_history (
    execution BIGINT NOT NULL,
    first_event_id BIGINT NOT NULL,
    events TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS stepfunctions_history_execution
    ON stepfunctions_history (execution, first_event_id);

-- What an execution that is not over remembers between two transitions.
CREATE TABLE IF NOT EXISTS stepfunctions_frame (
    execution BIGINT NOT NULL,
    id TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (execution, id)
);

-- The client tokens with which an execution was redriven: asking again changes nothing.
CREATE TABLE IF NOT EXISTS stepfunctions_redrive (
    execution BIGINT NOT NULL,
    token TEXT NOT NULL,
    redriven_at DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (execution, token)
);

-- A frame that waits for the end of another execution (states:startExecution.sync).
CREATE TABLE IF NOT EXISTS stepfunctions_nested (
    child_arn TEXT NOT NULL,
    parent_arn TEXT NOT NULL,
    frame TEXT NOT NULL,
    number BIGINT NOT NULL,
    pattern TEXT NOT NULL,
    PRIMARY KEY (child_arn, parent_arn, frame, number)
);
CREATE INDEX IF NOT EXISTS stepfunctions_nested_parent
    ON stepfunctions_nested (parent_arn, frame, number);

CREATE TABLE IF NOT EXISTS stepfunctions_activity (
    arn TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    encryption TEXT NOT NULL,
    created_at DOUBLE PRECISION NOT NULL
);

-- What no worker has taken yet.
CREATE TABLE IF NOT EXISTS stepfunctions_activity_task (
    number BIGSERIAL PRIMARY KEY,
    activity_arn TEXT NOT NULL,
    execution_arn TEXT NOT NULL,
    frame TEXT NOT NULL,
    event BIGINT NOT NULL,
    input TEXT NOT NULL,
    token TEXT NOT NULL,
    timeout_seconds DOUBLE PRECISION,
    heartbeat_seconds DOUBLE PRECISION
);
CREATE INDEX IF NOT EXISTS stepfunctions_activity_task_activity
    ON stepfunctions_activity_task (activity_arn, number);
CREATE INDEX IF NOT EXISTS stepfunctions_activity_task_frame
    ON stepfunctions_activity_task (execution_arn, frame, event);

-- Tags of state machines and activities.
CREATE TABLE IF NOT EXISTS stepfunctions_tag (
    arn TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (arn, key)
);

-- How long a task that waits may be silent.
CREATE TABLE IF NOT EXISTS stepfunctions_heartbeat (
    execution BIGINT NOT NULL,
    frame TEXT NOT NULL,
    event BIGINT NOT NULL,
    seconds DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (execution, frame, event)
);

-- The run of a distributed Map. Its items stay where they are: `place` says how far they are read.
-- `items_known` are those that are known to exist, maybe `all_known`; `batch_size` is how many a child
-- gets at most, 0 when nobody knows.
CREATE TABLE IF NOT EXISTS stepfunctions_map_run (
    number BIGSERIAL PRIMARY KEY,
    arn TEXT NOT NULL,
    execution BIGINT NOT NULL,
    execution_arn TEXT NOT NULL,
    frame TEXT NOT NULL,
    event BIGINT NOT NULL,
    machine BIGINT NOT NULL,
    revision TEXT NOT NULL,
    region_path TEXT NOT NULL,
    state TEXT NOT NULL,
    label TEXT NOT NULL,
    express BIGINT NOT NULL,
    status TEXT NOT NULL,
    error TEXT,
    cause TEXT,
    started_at DOUBLE PRECISION NOT NULL,
    stopped_at DOUBLE PRECISION,
    max_concurrency BIGINT NOT NULL,
    tolerated_count BIGINT NOT NULL,
    tolerated_percentage DOUBLE PRECISION NOT NULL,
    redrive_count BIGINT NOT NULL,
    redriven_at DOUBLE PRECISION,
    told BIGINT NOT NULL,
    place TEXT NOT NULL,
    items_read BIGINT NOT NULL,
    items_known BIGINT NOT NULL,
    all_known BIGINT NOT NULL,
    batch_size BIGINT NOT NULL,
    read_all BIGINT NOT NULL,
    working BIGINT NOT NULL,
    wakes BIGINT NOT NULL,
    results_written BIGINT NOT NULL,
    running BIGINT NOT NULL,
    succeeded BIGINT NOT NULL,
    failed BIGINT NOT NULL,
    timed_out BIGINT NOT NULL,
    aborted BIGINT NOT NULL,
    pending_redrive BIGINT NOT NULL,
    items_running BIGINT NOT NULL,
    items_succeeded BIGINT NOT NULL,
    items_failed BIGINT NOT NULL,
    items_timed_out BIGINT NOT NULL,
    items_aborted BIGINT NOT NULL,
    items_pending_redrive BIGINT NOT NULL,
    settings TEXT NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS stepfunctions_map_run_arn ON stepfunctions_map_run (arn);
CREATE INDEX IF NOT EXISTS stepfunctions_map_run_execution
    ON stepfunctions_map_run (execution, number);
CREATE INDEX IF NOT EXISTS stepfunctions_map_run_machine ON stepfunctions_map_run (machine);
CREATE INDEX IF NOT EXISTS stepfunctions_map_run_stopped ON stepfunctions_map_run (stopped_at);
