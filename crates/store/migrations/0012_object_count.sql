-- How many objects each class has: counting a million rows for the total of a list takes longer than the list. In slots,
-- so that writers of PostgreSQL, each with its own, do not wait for each other's row; the sum of the slots counts.
CREATE TABLE object_count (
    workspace_id {uuid} NOT NULL,
    dataclass_id {uuid} NOT NULL,
    slot {int} NOT NULL,
    count {int} NOT NULL,
    PRIMARY KEY (workspace_id, dataclass_id, slot)
) {clustered};
INSERT INTO object_count (workspace_id, dataclass_id, slot, count)
SELECT workspace_id, dataclass_id, 0, count(*) FROM data_object GROUP BY workspace_id, dataclass_id;
