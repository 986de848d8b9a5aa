-- Every statement of the SQLite store, under the name that the code calls it by.

-- name: connect
PRAGMA foreign_keys = ON;
PRAGMA trusted_schema = OFF;
PRAGMA cell_size_check = ON;
PRAGMA synchronous = FULL;
PRAGMA cache_size = -8000;

-- name: begin
BEGIN IMMEDIATE;

-- name: commit
COMMIT;

-- name: rollback
ROLLBACK;

-- name: ends
SELECT (SELECT coalesce(max(position), 0) FROM journal), (SELECT coalesce(max(id), 0) FROM runs);

-- name: tail
SELECT id, seq, last, owes, next_due FROM runs WHERE tenant = ? AND run = ?;

-- name: begin_run
INSERT INTO runs (id, tenant, run, workflow, program, status, seq, last, started_at, updated_at, owes, next_due,
                  simulated, error)
VALUES (?, ?, ?, '', '', '', 0, 0, ?, 0, 0, 0, 0, '');

-- name: append
INSERT INTO journal (position, run, seq, before, body, hash) VALUES (?, ?, ?, ?, ?, ?);

-- Naming an indexed column rewrites its index; owes and next_due have a statement of their own.
-- name: index
UPDATE runs
SET workflow = ?, program = ?, status = ?, seq = ?, last = ?, updated_at = ?, simulated = ?, error = ?
WHERE id = ? AND last = ?;

-- name: index_due
UPDATE runs SET owes = ?, next_due = ? WHERE id = ?;

-- name: claim
INSERT INTO claims (tenant, workflow, key, run, digest) VALUES (?, ?, ?, ?, ?);

-- name: claimed
SELECT run, digest FROM claims WHERE tenant = ? AND workflow = ? AND key = ?;

-- name: keep_blob
INSERT INTO blobs (digest, data) VALUES (?, ?) ON CONFLICT DO NOTHING;

-- name: keep_definition
INSERT INTO definitions (digest, data) VALUES (?, ?) ON CONFLICT DO NOTHING;

-- name: remember
INSERT INTO remembered (tenant, effect, outcome) VALUES (?, ?, ?);

-- name: remembered
SELECT outcome FROM remembered WHERE tenant = ? AND effect = ?;

-- name: held
SELECT id, count, tokens, flushed_at, expires FROM conversations WHERE tenant = ? AND memory = ? AND key = ?;

-- name: begin_conversation
INSERT INTO conversations (tenant, memory, key, count, tokens, flushed_at, expires) VALUES (?, ?, ?, 0, 0, 0, 0)
RETURNING id;

-- name: conversation_is
UPDATE conversations SET count = ?, tokens = ?, flushed_at = ?, expires = ? WHERE id = ?;

-- name: put_aside
UPDATE conversations SET key = ? WHERE id = ?;

-- name: say
INSERT INTO said (conversation, tokens, message) VALUES (?, ?, ?);

-- name: weights
SELECT tokens FROM said WHERE conversation = ? ORDER BY id;

-- name: drop_oldest
DELETE FROM said WHERE id IN (SELECT id FROM said WHERE conversation = ? ORDER BY id LIMIT ?);

-- name: forget_said
DELETE FROM said WHERE conversation = ?;

-- name: forget_conversation
DELETE FROM conversations WHERE id = ?;

-- name: longest_expired
SELECT id FROM conversations WHERE expires > 0 AND expires <= ? ORDER BY expires LIMIT 1;

-- `before` always points back, so that the walk ends even where a page is damaged.
-- name: trail
WITH RECURSIVE trail (position, run, before) AS (
    SELECT journal.position, journal.run, journal.before
    FROM runs JOIN journal ON journal.position = runs.last AND journal.run = runs.id
    WHERE runs.tenant = :tenant AND runs.run = :run AND journal.seq > :after
    UNION ALL
    SELECT journal.position, journal.run, journal.before
    FROM trail JOIN journal ON journal.position = trail.before AND journal.run = trail.run
    WHERE journal.position < trail.position AND journal.seq > :after
)
SELECT position FROM trail;

-- name: record
SELECT seq, body, hash FROM journal WHERE position = ?;

-- name: run
SELECT tenant, run, workflow, program, status, seq, started_at, updated_at, owes, next_due, simulated, error
FROM runs WHERE tenant = ? AND run = ?;

-- name: runs
SELECT tenant, run, workflow, program, status, seq, started_at, updated_at, owes, next_due, simulated, error
FROM runs
WHERE tenant = :tenant AND :workflow IN ('', workflow) AND :status IN ('', status)
ORDER BY started_at DESC, id DESC LIMIT :limit;

-- name: open_runs
SELECT tenant, run, workflow, program, status, seq, started_at, updated_at, owes, next_due, simulated, error
FROM runs
WHERE id IN (
    SELECT id FROM runs WHERE owes > 0
    UNION ALL
    SELECT id FROM runs WHERE next_due > 0 AND next_due <= :now
) AND status NOT IN (SELECT value FROM json_each(:ended))
ORDER BY id;

-- name: next_due
SELECT next_due FROM runs
WHERE next_due > 0 AND status NOT IN (SELECT value FROM json_each(?))
ORDER BY next_due LIMIT 1;

-- name: blob
SELECT data FROM blobs WHERE digest = ?;

-- name: definition
SELECT data FROM definitions WHERE digest = ?;

-- name: converse
SELECT message FROM said WHERE conversation = ? ORDER BY id DESC LIMIT ?;

-- name: every_run
SELECT tenant, run FROM runs ORDER BY id;

-- The index rows that contradict the journal (I-16), among the runs that would be opened first.
-- name: contradictions
SELECT runs.run, runs.seq FROM (SELECT * FROM runs WHERE owes > 0 ORDER BY id LIMIT ?) AS runs
LEFT JOIN journal ON journal.position = runs.last
WHERE journal.run IS NOT runs.id OR journal.seq IS NOT runs.seq LIMIT 1;

-- name: begin_reading
BEGIN;

-- name: integrity
PRAGMA integrity_check;

-- name: every_blob
SELECT digest FROM blobs ORDER BY digest;

-- name: every_definition
SELECT digest FROM definitions ORDER BY digest;

-- name: contradictions_of_all
SELECT runs.run, runs.seq FROM runs
LEFT JOIN journal ON journal.position = runs.last
WHERE journal.run IS NOT runs.id OR journal.seq IS NOT runs.seq ORDER BY runs.id;

-- name: strays
SELECT runs.run, runs.seq, count(*) FROM journal JOIN runs ON runs.id = journal.run
GROUP BY runs.id HAVING count(*) <> runs.seq ORDER BY runs.id;

-- name: runs_open
SELECT run FROM runs WHERE tenant = ? AND status NOT IN (SELECT value FROM json_each(?));

-- name: runs_to_prune
SELECT id, run, seq FROM runs
WHERE tenant = :tenant AND updated_at < :before AND :status IN ('', status)
      AND status IN (SELECT value FROM json_each(:ended))
ORDER BY id;

-- name: forget_record
DELETE FROM journal WHERE position = ?;

-- name: forget_run
DELETE FROM runs WHERE id = ?;

-- name: forget_claims
DELETE FROM claims WHERE tenant = ? AND run = ?;

-- An effect's id begins with its run's and a colon, and a semicolon follows the colon.
-- name: forget_remembered
DELETE FROM remembered WHERE tenant = ? AND effect >= ? || ':' AND effect < ? || ';';

-- name: forget_blob
DELETE FROM blobs WHERE digest = ?;

-- name: forget_definition
DELETE FROM definitions WHERE digest = ?;

-- name: programs
SELECT DISTINCT program FROM runs;

-- Every record that can name a large value or a program: a text that looks so is only read for nothing.
-- name: bodies_that_name
SELECT body FROM journal
WHERE seq = 1 OR instr(body, CAST('"$ref":"blob"' AS BLOB)) OR instr(body, CAST('"type":"Migrated"' AS BLOB));
