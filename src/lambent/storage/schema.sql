-- What the platform remembers of itself: how far its clock was moved, for one.
CREATE TABLE IF NOT EXISTS platform_fact (
    name TEXT PRIMARY KEY,
    value DOUBLE PRECISION NOT NULL
);
