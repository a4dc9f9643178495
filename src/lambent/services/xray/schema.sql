CREATE TABLE IF NOT EXISTS xray_trace (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    id TEXT NOT NULL,
    -- The earliest start and the latest end of its segments, and when the latest was received.
    started DOUBLE PRECISION NOT NULL,
    ended DOUBLE PRECISION NOT NULL,
    touched DOUBLE PRECISION NOT NULL,
    revision BIGINT NOT NULL,
    PRIMARY KEY (account, region, id)
);

CREATE INDEX IF NOT EXISTS xray_trace_started ON xray_trace (account, region, started, id);
CREATE INDEX IF NOT EXISTS xray_trace_ended ON xray_trace (account, region, ended, id);
CREATE INDEX IF NOT EXISTS xray_trace_touched_in ON xray_trace (account, region, touched, id);
CREATE INDEX IF NOT EXISTS xray_trace_touched ON xray_trace (touched);

CREATE TABLE IF NOT EXISTS xray_segment (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    trace TEXT NOT NULL,
    id TEXT NOT NULL,
    started DOUBLE PRECISION NOT NULL,
    -- 1 while only its beginning is known.
    in_progress BIGINT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (account, region, trace, id)
);

CREATE TABLE IF NOT EXISTS xray_sampling_rule (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    rule TEXT NOT NULL,
    created DOUBLE PRECISION NOT NULL,
    modified DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (account, region, name)
);
