-- The data file. Its version is in PRAGMA user_version, the owner in PRAGMA application_id.

-- What is known of a run without opening its journal (R15). `last` is the position of its newest record.
CREATE TABLE runs (
    id          INTEGER PRIMARY KEY,
    tenant      TEXT    NOT NULL CHECK (tenant <> ''),
    run         TEXT    NOT NULL CHECK (run <> ''),
    workflow    TEXT    NOT NULL,
    program     TEXT    NOT NULL,
    status      TEXT    NOT NULL,
    seq         INTEGER NOT NULL,
    last        INTEGER NOT NULL,
    started_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    owes        INTEGER NOT NULL,
    next_due    INTEGER NOT NULL,
    simulated   INTEGER NOT NULL,
    error       TEXT    NOT NULL,
    UNIQUE (tenant, run)
) STRICT;

CREATE INDEX runs_newest ON runs (tenant, started_at);

-- A million idle runs cost neither of these an entry.
CREATE INDEX runs_owing ON runs (id) WHERE owes > 0;
CREATE INDEX runs_due ON runs (next_due) WHERE next_due > 0;

-- Who may hear a signal, among however many that have ended.
CREATE INDEX runs_running ON runs (tenant) WHERE status = 'running';

-- The records of all runs, in the order of their commits, so that a commit writes neighbouring pages only.
-- A run's records are found from its last one backwards: `before` is the position of the previous one, 0 for none.
CREATE TABLE journal (
    position    INTEGER PRIMARY KEY,
    run         INTEGER NOT NULL REFERENCES runs (id),
    seq         INTEGER NOT NULL,
    before      INTEGER NOT NULL,
    body        BLOB    NOT NULL,
    hash        BLOB    NOT NULL
) STRICT;

-- Values too large for a record, and the definitions that runs are pinned to. Both lie under their digest.
CREATE TABLE blobs (
    digest      TEXT    PRIMARY KEY,
    data        BLOB    NOT NULL
) STRICT;

CREATE TABLE definitions (
    digest      TEXT    PRIMARY KEY,
    data        BLOB    NOT NULL
) STRICT;

-- Conversations, with what is to be known of them without reading them. One without messages is not here.
-- No journal tells what these rows say, so each carries a `seal`, a digest of the other columns, for a deep look.
CREATE TABLE conversations (
    id          INTEGER PRIMARY KEY,
    tenant      TEXT    NOT NULL,
    memory      TEXT    NOT NULL,
    key         TEXT    NOT NULL,
    count       INTEGER NOT NULL,
    tokens      INTEGER NOT NULL,
    flushed_at  INTEGER NOT NULL,
    expires     INTEGER NOT NULL, seal BLOB,
    UNIQUE (tenant, memory, key)
) STRICT;

CREATE INDEX conversations_expiring ON conversations (expires) WHERE expires > 0;

CREATE TABLE said (
    id            INTEGER PRIMARY KEY,
    conversation  INTEGER NOT NULL REFERENCES conversations (id),
    tokens        INTEGER NOT NULL,
    message       BLOB    NOT NULL,
    seal          BLOB    NOT NULL
) STRICT;

CREATE INDEX said_in_order ON said (conversation, id);

-- The effects that have changed a conversation, and what came of each: none does so twice (R35).
CREATE TABLE remembered (
    tenant      TEXT    NOT NULL,
    effect      TEXT    NOT NULL,
    outcome     BLOB    NOT NULL, seal BLOB,
    PRIMARY KEY (tenant, effect)
) STRICT, WITHOUT ROWID;

-- The idempotency keys that runs were started with, each with the digest of the input (R33).
CREATE TABLE claims (
    tenant      TEXT    NOT NULL,
    workflow    TEXT    NOT NULL,
    key         TEXT    NOT NULL,
    run         TEXT    NOT NULL,
    digest      TEXT    NOT NULL, seal BLOB,
    PRIMARY KEY (tenant, workflow, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX claims_of_run ON claims (tenant, run);

-- How far back the feed reaches: the last position of each tenant from which a record was taken away.
CREATE TABLE forgotten (
    tenant      TEXT    PRIMARY KEY,
    position    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- A cache: each run as it was after some record, so that opening it reads the rest of its journal only (R28).
CREATE TABLE snapshots (
    run         INTEGER PRIMARY KEY REFERENCES runs (id),
    seq         INTEGER NOT NULL,
    hash        BLOB    NOT NULL,
    program     TEXT    NOT NULL,
    logic       INTEGER NOT NULL,
    codec       INTEGER NOT NULL,
    chunks      TEXT    NOT NULL,
    data        BLOB    NOT NULL,
    seal        BLOB    NOT NULL
) STRICT;

-- Finished results that snapshots of the run name, a thousand each (R40).
CREATE TABLE chunks (
    id          INTEGER PRIMARY KEY,
    run         INTEGER NOT NULL REFERENCES runs (id),
    digest      TEXT    NOT NULL,
    data        BLOB    NOT NULL,
    UNIQUE (run, digest)
) STRICT;
