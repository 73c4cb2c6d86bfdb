-- The id of a dead letter may be told by what has come, so that the same event is kept once: ids say nothing of their order.
DROP INDEX dead_letter_source;
CREATE INDEX dead_letter_received_at_id ON dead_letter (workspace_id, received_at, id);
CREATE INDEX dead_letter_source_id_received_at_id ON dead_letter (workspace_id, source_id, received_at, id);
