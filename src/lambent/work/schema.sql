-- What happens later. `run_at` is when it was asked for; `wake_at` when somebody may take it:
-- the same until it is claimed, then the end of the claim's lease.
CREATE TABLE IF NOT EXISTS work_item (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    payload TEXT NOT NULL,
    run_at DOUBLE PRECISION NOT NULL,
    wake_at DOUBLE PRECISION NOT NULL,
    attempt BIGINT NOT NULL,
    claimed_by TEXT
);
CREATE INDEX IF NOT EXISTS work_item_wake ON work_item (wake_at);

CREATE TABLE IF NOT EXISTS work_audience (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    source TEXT NOT NULL,
    PRIMARY KEY (account, region, source)
);
