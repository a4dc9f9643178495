-- All that is configured: `owner` is the API that a part belongs to, a usage plan (its keys), a
-- domain name (its mappings), or empty for what belongs to the account itself.
-- `document` is what the part's Get operation answers.
CREATE TABLE IF NOT EXISTS apigateway_part (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    owner TEXT NOT NULL,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    created DOUBLE PRECISION NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (account, region, owner, kind, id)
);

-- Domain names and the plans of a key are looked for by their ids alone.
CREATE INDEX IF NOT EXISTS apigateway_part_of_kind ON apigateway_part (kind, id);

-- Whose an API is: requests name it by its id alone.
CREATE TABLE IF NOT EXISTS apigateway_rest_api (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    region TEXT NOT NULL
);

-- The API as it was when it was deployed. It never changes.
CREATE TABLE IF NOT EXISTS apigateway_snapshot (
    api_id TEXT NOT NULL,
    deployment_id TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (api_id, deployment_id)
);

-- Which API key has this value: requests name it by that.
CREATE TABLE IF NOT EXISTS apigateway_key_value (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    value TEXT NOT NULL,
    key_id TEXT NOT NULL,
    PRIMARY KEY (account, region, value)
);

-- How many requests a key made under a plan on a day (in UTC), and what UpdateUsage added to (or
-- took from) what was left.
CREATE TABLE IF NOT EXISTS apigateway_usage (
    plan_id TEXT NOT NULL,
    key_id TEXT NOT NULL,
    day TEXT NOT NULL,
    used BIGINT NOT NULL,
    added BIGINT NOT NULL,
    PRIMARY KEY (plan_id, key_id, day)
);
