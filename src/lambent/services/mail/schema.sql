-- What was sent, newest last. `error` is what the relay said to the last try.
CREATE TABLE IF NOT EXISTS mail_message (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    sent_at DOUBLE PRECISION NOT NULL,
    sender TEXT NOT NULL,
    recipients TEXT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    status TEXT NOT NULL,
    error TEXT
);
CREATE INDEX IF NOT EXISTS mail_message_sent ON mail_message (sent_at, id);
