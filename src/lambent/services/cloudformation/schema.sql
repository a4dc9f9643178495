CREATE TABLE IF NOT EXISTS cloudformation_stack (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    status TEXT NOT NULL,
    created DOUBLE PRECISION NOT NULL,
    reason TEXT NOT NULL,
    updated DOUBLE PRECISION,
    deleted DOUBLE PRECISION,
    deployment TEXT NOT NULL,
    target TEXT NOT NULL,
    operation TEXT NOT NULL,
    operations BIGINT NOT NULL,
    outputs TEXT NOT NULL,
    protected BIGINT NOT NULL,
    disable_rollback BIGINT NOT NULL,
    policy TEXT NOT NULL,
    policy_during_update TEXT NOT NULL,
    parent_id TEXT NOT NULL,
    root_id TEXT NOT NULL,
    principal TEXT NOT NULL,
    role_arn TEXT NOT NULL,
    timeout_minutes BIGINT NOT NULL,
    token TEXT NOT NULL,
    change_set_id TEXT NOT NULL,
    notification_arns TEXT NOT NULL
);

CREATE INDEX IF NOT EXISTS cloudformation_stack_name
    ON cloudformation_stack (account, region, name);

CREATE TABLE IF NOT EXISTS cloudformation_deployment (
    id TEXT PRIMARY KEY,
    stack_id TEXT NOT NULL,
    original TEXT NOT NULL,
    processed TEXT NOT NULL,
    texts TEXT NOT NULL,
    resolved TEXT NOT NULL,
    hidden TEXT NOT NULL,
    parameter_values TEXT NOT NULL,
    tags TEXT NOT NULL,
    capabilities TEXT NOT NULL,
    notification_arns TEXT NOT NULL,
    imports TEXT NOT NULL,
    extended BIGINT NOT NULL
);

CREATE TABLE IF NOT EXISTS cloudformation_resource (
    stack_id TEXT NOT NULL,
    logical_id TEXT NOT NULL,
    type TEXT NOT NULL,
    status TEXT NOT NULL,
    updated DOUBLE PRECISION NOT NULL,
    physical_id TEXT NOT NULL,
    reason TEXT NOT NULL,
    properties TEXT NOT NULL,
    attributes TEXT NOT NULL,
    metadata TEXT NOT NULL,
    deletion_policy TEXT NOT NULL,
    update_replace_policy TEXT NOT NULL,
    needs TEXT NOT NULL,
    former TEXT NOT NULL,
    step TEXT NOT NULL,
    PRIMARY KEY (stack_id, logical_id)
);

CREATE INDEX IF NOT EXISTS cloudformation_resource_physical_id
    ON cloudformation_resource (physical_id);

CREATE TABLE IF NOT EXISTS cloudformation_event (
    stack_id TEXT NOT NULL,
    n BIGINT NOT NULL,
    id TEXT NOT NULL,
    logical_id TEXT NOT NULL,
    physical_id TEXT NOT NULL,
    type TEXT NOT NULL,
    status TEXT NOT NULL,
    time DOUBLE PRECISION NOT NULL,
    reason TEXT NOT NULL,
    properties TEXT NOT NULL,
    token TEXT NOT NULL,
    PRIMARY KEY (stack_id, n)
);

CREATE TABLE IF NOT EXISTS cloudformation_change_set (
    id TEXT PRIMARY KEY,
    stack_id TEXT NOT NULL,
    name TEXT NOT NULL,
    status TEXT NOT NULL,
    execution_status TEXT NOT NULL,
    created DOUBLE PRECISION NOT NULL,
    deployment TEXT NOT NULL,
    reason TEXT NOT NULL,
    description TEXT NOT NULL,
    changes TEXT NOT NULL,
    kind TEXT NOT NULL,
    on_failure TEXT NOT NULL,
    role_arn TEXT NOT NULL,
    token TEXT NOT NULL,
    include_nested BIGINT NOT NULL
);

CREATE INDEX IF NOT EXISTS cloudformation_change_set_stack
    ON cloudformation_change_set (stack_id, name);

-- What a custom resource or a wait condition is waiting for, by the token in its address.
CREATE TABLE IF NOT EXISTS cloudformation_response (
    token TEXT NOT NULL,
    name TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (token, name)
);
