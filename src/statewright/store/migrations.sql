-- The steps from each version of the data file to the next. A file that went through them has the tables of schema.sql.

-- Conversations got figures of their own, so that one can be replaced, and lose its oldest messages, in one step.
-- name: to_2
ALTER TABLE said RENAME TO said_before;
DROP INDEX said_in_order;
CREATE TABLE conversations (
    id          INTEGER PRIMARY KEY,
    tenant      TEXT    NOT NULL,
    memory      TEXT    NOT NULL,
    key         TEXT    NOT NULL,
    count       INTEGER NOT NULL,
    tokens      INTEGER NOT NULL,
    flushed_at  INTEGER NOT NULL,
    expires     INTEGER NOT NULL,
    UNIQUE (tenant, memory, key)
) STRICT;
CREATE INDEX conversations_expiring ON conversations (expires) WHERE expires > 0;
CREATE TABLE said (
    id            INTEGER PRIMARY KEY,
    conversation  INTEGER NOT NULL REFERENCES conversations (id),
    tokens        INTEGER NOT NULL,
    message       BLOB    NOT NULL
) STRICT;
CREATE INDEX said_in_order ON said (conversation, id);
CREATE TABLE remembered (
    tenant      TEXT    NOT NULL,
    effect      TEXT    NOT NULL,
    outcome     BLOB    NOT NULL,
    PRIMARY KEY (tenant, effect)
) STRICT, WITHOUT ROWID;
INSERT INTO conversations (tenant, memory, key, count, tokens, flushed_at, expires)
SELECT tenant, memory, key, 0, 0, 0, CASE WHEN min(expires) = 0 THEN 0 ELSE max(expires) END
FROM said_before GROUP BY tenant, memory, key ORDER BY min(id);
INSERT INTO said (conversation, tokens, message)
SELECT conversations.id, (octet_length(coalesce(json_extract(one.value, '$.content'), '')) + 3) / 4,
       CAST(one.value AS BLOB)
FROM said_before JOIN conversations USING (tenant, memory, key), json_each(CAST(messages AS TEXT)) AS one
ORDER BY said_before.id, one.id;
UPDATE conversations
SET (count, tokens) = (SELECT count(*), coalesce(sum(tokens), 0) FROM said WHERE conversation = conversations.id);
INSERT INTO remembered (tenant, effect, outcome)
SELECT tenant, effect, CAST(json_object('count', json_array_length(CAST(messages AS TEXT))) AS BLOB) FROM said_before;
DROP TABLE said_before;

-- A start can have an idempotency key.
-- name: to_3
CREATE TABLE claims (
    tenant      TEXT    NOT NULL,
    workflow    TEXT    NOT NULL,
    key         TEXT    NOT NULL,
    run         TEXT    NOT NULL,
    digest      TEXT    NOT NULL,
    PRIMARY KEY (tenant, workflow, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX claims_of_run ON claims (tenant, run);

-- Snapshots came, and with runs that a host forgets by itself the feed had to know how far back it reaches.
-- What no journal tells is sealed row by row, and those that may hear a signal are found without the ended ones.
-- name: to_4
CREATE INDEX runs_running ON runs (tenant) WHERE status = 'running';
ALTER TABLE conversations ADD COLUMN seal BLOB;
UPDATE conversations SET seal = seal(tenant, memory, key, count, tokens, flushed_at, expires);
ALTER TABLE remembered ADD COLUMN seal BLOB;
UPDATE remembered SET seal = seal(tenant, effect, outcome);
ALTER TABLE claims ADD COLUMN seal BLOB;
UPDATE claims SET seal = seal(tenant, workflow, key, run, digest);
ALTER TABLE said RENAME TO said_unsealed;
DROP INDEX said_in_order;
CREATE TABLE said (
    id            INTEGER PRIMARY KEY,
    conversation  INTEGER NOT NULL REFERENCES conversations (id),
    tokens        INTEGER NOT NULL,
    message       BLOB    NOT NULL,
    seal          BLOB    NOT NULL
) STRICT;
CREATE INDEX said_in_order ON said (conversation, id);
INSERT INTO said SELECT id, conversation, tokens, message, seal(conversation, tokens, message) FROM said_unsealed;
DROP TABLE said_unsealed;
CREATE TABLE forgotten (
    tenant      TEXT    PRIMARY KEY,
    position    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
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
CREATE TABLE chunks (
    id          INTEGER PRIMARY KEY,
    run         INTEGER NOT NULL REFERENCES runs (id),
    digest      TEXT    NOT NULL,
    data        BLOB    NOT NULL,
    UNIQUE (run, digest)
) STRICT;
