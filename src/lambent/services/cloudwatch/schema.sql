CREATE TABLE IF NOT EXISTS cloudwatch_metric (
    id BIGSERIAL PRIMARY KEY,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    namespace TEXT NOT NULL,
    name TEXT NOT NULL,
    -- [[name, value], …] in the order of the names, and their digest: they may be long.
    dimensions TEXT NOT NULL,
    digest TEXT NOT NULL,
    -- When its latest point was put, about to the minute.
    seen DOUBLE PRECISION NOT NULL
);

CREATE UNIQUE INDEX IF NOT EXISTS cloudwatch_metric_name
    ON cloudwatch_metric (account, region, namespace, name, digest);

-- The samples of `period` seconds from `start`; `spread` is [value, how often, value, …] or NULL.
CREATE TABLE IF NOT EXISTS cloudwatch_point (
    metric BIGINT NOT NULL,
    start BIGINT NOT NULL,
    period BIGINT NOT NULL,
    unit TEXT NOT NULL,
    samples DOUBLE PRECISION NOT NULL,
    total DOUBLE PRECISION NOT NULL,
    least DOUBLE PRECISION NOT NULL,
    most DOUBLE PRECISION NOT NULL,
    spread TEXT,
    PRIMARY KEY (metric, start, period, unit)
);

CREATE INDEX IF NOT EXISTS cloudwatch_point_age ON cloudwatch_point (period, start);
