-- What runs have changed of data objects. An effect is carried out at least once; with its row in the transaction of the
-- change, the change is made once.
CREATE TABLE record_effect (
    workspace_id {uuid} NOT NULL,
    -- The effect's idempotency key, and which of its changes it is.
    key {text} NOT NULL,
    project_id {uuid} NOT NULL,
    -- The object that was changed or made, a note's id for a note.
    object_id {uuid} NOT NULL,
    -- Whether it was made.
    is_new {bool} NOT NULL,
    at {int} NOT NULL,
    PRIMARY KEY (workspace_id, key)
) {clustered};
CREATE INDEX record_effect_at ON record_effect (at);
