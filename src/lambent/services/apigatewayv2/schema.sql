CREATE TABLE IF NOT EXISTS apigatewayv2_api (
    id TEXT NOT NULL PRIMARY KEY,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    created DOUBLE PRECISION NOT NULL,
    settings TEXT NOT NULL,
    tags TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS apigatewayv2_api_place ON apigatewayv2_api (account, region, id);

CREATE TABLE IF NOT EXISTS apigatewayv2_part (
    api_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    settings TEXT NOT NULL,
    PRIMARY KEY (api_id, kind, id)
);

-- What a deployment serves: the routes and all that they name, as they were when it was made.
CREATE TABLE IF NOT EXISTS apigatewayv2_snapshot (
    api_id TEXT NOT NULL,
    deployment_id TEXT NOT NULL,
    content TEXT NOT NULL,
    PRIMARY KEY (api_id, deployment_id)
);

CREATE TABLE IF NOT EXISTS apigatewayv2_domain_name (
    name TEXT NOT NULL PRIMARY KEY,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    settings TEXT NOT NULL,
    tags TEXT NOT NULL
);

CREATE TABLE IF NOT EXISTS apigatewayv2_api_mapping (
    domain TEXT NOT NULL,
    id TEXT NOT NULL,
    key TEXT NOT NULL,
    api_id TEXT NOT NULL,
    stage TEXT NOT NULL,
    PRIMARY KEY (domain, id)
);
