-- Version 1 of the data file. The version is in PRAGMA user_version, the owner in PRAGMA application_id.

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

-- What was said in conversations. The effect makes it happen once (R35); `messages` is a JSON list.
CREATE TABLE said (
    id          INTEGER PRIMARY KEY,
    tenant      TEXT    NOT NULL,
    memory      TEXT    NOT NULL,
    key         TEXT    NOT NULL,
    effect      TEXT    NOT NULL,
    at          INTEGER NOT NULL,
    expires     INTEGER NOT NULL,
    messages    BLOB    NOT NULL,
    UNIQUE (tenant, effect)
) STRICT;

CREATE INDEX said_in_order ON said (tenant, memory, key, id);
