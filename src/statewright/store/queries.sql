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
SELECT max((SELECT coalesce(max(position), 0) FROM journal), (SELECT coalesce(max(position), 0) FROM forgotten)),
       (SELECT coalesce(max(id), 0) FROM runs);

-- name: tail
SELECT id, seq, last, owes, next_due, status FROM runs WHERE tenant = ? AND run = ?;

-- name: begin_run
INSERT INTO runs (id, tenant, run, workflow, program, status, seq, last, started_at, updated_at, owes, next_due,
                  simulated, error)
VALUES (?, ?, ?, '', '', ?, 0, 0, ?, 0, 0, 0, 0, '');

-- name: append
INSERT INTO journal (position, run, seq, before, body, hash) VALUES (?, ?, ?, ?, ?, ?);

-- Naming an indexed column rewrites its index; what is in one has a statement of its own, for when it changes.
-- name: index
UPDATE runs
SET workflow = ?, program = ?, seq = ?, last = ?, updated_at = ?, simulated = ?, error = ?
WHERE id = ? AND last = ?;

-- name: index_due
UPDATE runs SET owes = ?, next_due = ? WHERE id = ?;

-- name: index_status
UPDATE runs SET status = ? WHERE id = ?;

-- name: claim
INSERT INTO claims (tenant, workflow, key, run, digest, seal)
VALUES (?1, ?2, ?3, ?4, ?5, seal(?1, ?2, ?3, ?4, ?5));

-- name: claimed
SELECT run, digest FROM claims WHERE tenant = ? AND workflow = ? AND key = ?;

-- name: keep_blob
INSERT INTO blobs (digest, data) VALUES (?, ?) ON CONFLICT DO NOTHING;

-- name: keep_definition
INSERT INTO definitions (digest, data) VALUES (?, ?) ON CONFLICT DO NOTHING;

-- name: remember
INSERT INTO remembered (tenant, effect, outcome, seal) VALUES (?1, ?2, ?3, seal(?1, ?2, ?3));

-- name: remembered
SELECT outcome FROM remembered WHERE tenant = ? AND effect = ?;

-- name: held
SELECT id, count, tokens, flushed_at, expires FROM conversations WHERE tenant = ? AND memory = ? AND key = ?;

-- name: begin_conversation
INSERT INTO conversations (tenant, memory, key, count, tokens, flushed_at, expires, seal)
VALUES (?1, ?2, ?3, 0, 0, 0, 0, seal(?1, ?2, ?3, 0, 0, 0, 0))
RETURNING id;

-- name: conversation_is
UPDATE conversations
SET count = ?1, tokens = ?2, flushed_at = ?3, expires = ?4, seal = seal(tenant, memory, key, ?1, ?2, ?3, ?4)
WHERE id = ?5;

-- name: put_aside
UPDATE conversations SET key = ?1, seal = seal(tenant, memory, ?1, count, tokens, flushed_at, expires) WHERE id = ?2;

-- name: say
INSERT INTO said (conversation, tokens, message, seal) VALUES (?1, ?2, ?3, seal(?1, ?2, ?3));

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

-- name: running
SELECT id, tenant, run, workflow, program, status, seq, started_at, updated_at, owes, next_due, simulated, error
FROM runs WHERE tenant = :tenant AND status = 'running' AND id < :before ORDER BY id DESC LIMIT :limit;

-- name: owing
SELECT tenant, run, workflow, program, status, seq, started_at, updated_at, owes, next_due, simulated, error
FROM runs
WHERE owes > 0 AND id > coalesce((SELECT id FROM runs WHERE tenant = :tenant AND run = :run), 0)
      AND status NOT IN (SELECT value FROM json_each(:ended))
ORDER BY id LIMIT :limit;

-- name: due_alike
SELECT tenant, run, workflow, program, status, seq, started_at, updated_at, owes, next_due, simulated, error
FROM runs
WHERE next_due > 0 AND next_due = :due AND next_due <= :now
      AND id > coalesce((SELECT id FROM runs WHERE tenant = :tenant AND run = :run), 0)
      AND status NOT IN (SELECT value FROM json_each(:ended))
ORDER BY id LIMIT :limit;

-- name: due_later
SELECT tenant, run, workflow, program, status, seq, started_at, updated_at, owes, next_due, simulated, error
FROM runs
WHERE next_due > 0 AND next_due > :due AND next_due <= :now
      AND status NOT IN (SELECT value FROM json_each(:ended))
ORDER BY next_due, id LIMIT :limit;

-- name: next_due
SELECT next_due FROM runs
WHERE next_due > 0 AND next_due > :after AND status NOT IN (SELECT value FROM json_each(:ended))
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

-- name: is_open
SELECT count(*) FROM runs
WHERE tenant = ? AND run IN (SELECT value FROM json_each(?)) AND status NOT IN (SELECT value FROM json_each(?));

-- name: next_runs
SELECT max(id) FROM (SELECT id FROM runs WHERE id > ? ORDER BY id LIMIT ?);

-- name: runs_to_prune
SELECT id, tenant, run, seq, last FROM runs
WHERE id > :after AND id <= :until AND updated_at < :before AND :tenant IN ('', tenant) AND :status IN ('', status)
      AND status IN (SELECT value FROM json_each(:ended))
ORDER BY id;

-- name: forget_record
DELETE FROM journal WHERE position = ? RETURNING body;

-- name: forget_run
DELETE FROM runs WHERE id = ?;

-- name: forget_claims
DELETE FROM claims WHERE tenant = ? AND run = ?;

-- An effect's id begins with its run's and a colon, and a semicolon follows the colon.
-- name: forget_remembered
DELETE FROM remembered WHERE tenant = ? AND effect >= ? || ':' AND effect < ? || ';';

-- name: forget_snapshot
DELETE FROM snapshots WHERE run = ?;

-- name: forget_chunks
DELETE FROM chunks WHERE run = ?;

-- What a crash has left of a snapshot that was on its way.
-- name: stray_chunks
SELECT chunks.id FROM chunks LEFT JOIN snapshots ON snapshots.run = chunks.run
WHERE snapshots.run IS NULL OR instr(snapshots.chunks, chunks.digest) = 0;

-- name: forget_chunk
DELETE FROM chunks WHERE id = ?;

-- name: forgotten_to
INSERT INTO forgotten (tenant, position) VALUES (?, ?)
ON CONFLICT (tenant) DO UPDATE SET position = max(position, excluded.position);

-- name: vacuum
VACUUM;

-- name: give_back
PRAGMA incremental_vacuum(256);

-- name: forget_blob
DELETE FROM blobs WHERE digest = ?;

-- name: forget_definition
DELETE FROM definitions WHERE digest = ?;

-- name: bodies
SELECT position, body FROM journal WHERE position > ? ORDER BY position LIMIT ?;

-- name: keep_snapshot
INSERT OR REPLACE INTO snapshots (run, seq, hash, program, logic, codec, chunks, data, seal)
SELECT id, ?, ?, ?, ?, ?, ?, ?, ? FROM runs WHERE tenant = ? AND run = ?;

-- name: keep_chunk
INSERT INTO chunks (run, digest, data) SELECT id, ?, ? FROM runs WHERE tenant = ? AND run = ?
ON CONFLICT DO NOTHING;

-- name: drop_old_chunks
DELETE FROM chunks WHERE run = (SELECT id FROM runs WHERE tenant = ? AND run = ?) AND instr(?, digest) = 0;

-- name: snapshot
SELECT snapshots.seq, hash, snapshots.program, logic, codec, chunks, data, seal
FROM snapshots JOIN runs ON runs.id = snapshots.run WHERE tenant = ? AND runs.run = ?;

-- name: chunk
SELECT data FROM chunks JOIN runs ON runs.id = chunks.run WHERE tenant = ? AND runs.run = ? AND digest = ?;

-- name: every_snapshot
SELECT tenant, runs.run FROM snapshots JOIN runs ON runs.id = snapshots.run ORDER BY snapshots.run;

-- name: tail_of_all
SELECT position, runs.tenant = :tenant, runs.run, journal.seq,
       CASE runs.tenant WHEN :tenant THEN body END, hash
FROM (SELECT * FROM journal WHERE position > :after ORDER BY position LIMIT :limit) AS journal
JOIN runs ON runs.id = journal.run ORDER BY position;

-- name: end
SELECT position, hash FROM journal ORDER BY position DESC LIMIT 1;

-- name: hash_at
SELECT hash FROM journal WHERE position = ?;

-- name: version
PRAGMA data_version;

-- name: forgotten
SELECT coalesce(max(position), 0) FROM forgotten WHERE ? IN ('', tenant);

-- What no journal tells is sealed row by row; these are the rows that are not what was written.
-- name: broken_seals
SELECT 'the claim of the key ' || key FROM claims WHERE seal IS NOT seal(tenant, workflow, key, run, digest)
UNION ALL
SELECT 'what the effect ' || effect || ' came to' FROM remembered WHERE seal IS NOT seal(tenant, effect, outcome)
UNION ALL
SELECT 'the conversation ' || key FROM conversations
WHERE seal IS NOT seal(tenant, memory, key, count, tokens, flushed_at, expires)
UNION ALL
SELECT 'message ' || id || ' of a conversation' FROM said WHERE seal IS NOT seal(conversation, tokens, message)
UNION ALL
SELECT 'the number of messages of the conversation ' || key FROM conversations
WHERE count <> (SELECT count(*) FROM said WHERE conversation = conversations.id);

-- name: tables
SELECT type, name, tbl_name, sql FROM sqlite_schema;
