-- Data objects (alerts, incidents, indicators …), what they are found by, and what belongs to them.

-- Not clustered, like other tables with long texts.
CREATE TABLE data_object (
    workspace_id {uuid} NOT NULL,
    -- The client may give it, so it is unique in the workspace only.
    id {uuid} NOT NULL,
    project_id {uuid} NOT NULL,
    dataclass_id {uuid} NOT NULL,
    -- Counts its states, from 1.
    version {int} NOT NULL,
    format_version {int} NOT NULL,
    -- How it came: 'MANUAL', 'PLAYBOOK', 'DATA_SOURCE' or 'SIMULATION'.
    kind {text} NOT NULL,
    creator_id {uuid} NOT NULL,
    create_time {int} NOT NULL,
    update_time {int} NOT NULL,
    -- When what it tells of happened, or else when it arrived.
    occur_time {int} NOT NULL,
    -- The object as it was given, JSON. The last column, so that SQLite can pass over a row without reading it.
    body {text} NOT NULL,
    PRIMARY KEY (workspace_id, id)
) {strict};
CREATE INDEX data_object_create ON data_object (workspace_id, dataclass_id, create_time, id);
CREATE INDEX data_object_update ON data_object (workspace_id, dataclass_id, update_time, id);
CREATE INDEX data_object_occur ON data_object (workspace_id, dataclass_id, occur_time, id);

-- What objects are found by: one row for each value of a searchable field.
CREATE TABLE object_term (
    workspace_id {uuid} NOT NULL,
    object_id {uuid} NOT NULL,
    -- Which field of which class: eight bytes of a hash, where their names would take five times as many.
    field {int} NOT NULL,
    -- The value, spelled so that the order of bytes is the order of values.
    term {bytes} NOT NULL,
    -- The object's.
    create_time {int} NOT NULL,
    PRIMARY KEY (workspace_id, object_id, field, term)
) {clustered};
CREATE INDEX object_term_find ON object_term (field, term, create_time, object_id);

-- Objects that belong together. A relation is two rows, so that it is found from either side.
CREATE TABLE object_relation (
    workspace_id {uuid} NOT NULL,
    object_id {uuid} NOT NULL,
    related_dataclass_id {uuid} NOT NULL,
    related_id {uuid} NOT NULL,
    dataclass_id {uuid} NOT NULL,
    project_id {uuid} NOT NULL,
    creator_id {uuid} NOT NULL,
    create_time {int} NOT NULL,
    PRIMARY KEY (workspace_id, object_id, related_dataclass_id, related_id)
) {clustered};

CREATE TABLE object_note (
    workspace_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    project_id {uuid} NOT NULL,
    -- The object that it is about, if any; `war_room_id` on the wire.
    object_id {uuid},
    kind {text} NOT NULL,
    note_type {text} NOT NULL,
    content {text} NOT NULL,
    user_id {uuid} NOT NULL,
    user_name {text} NOT NULL,
    create_time {int} NOT NULL,
    update_time {int} NOT NULL,
    PRIMARY KEY (workspace_id, id)
) {strict};
CREATE INDEX object_note_object ON object_note (workspace_id, object_id, id);

-- Attachments; their bytes are kept outside.
CREATE TABLE attachment (
    workspace_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    project_id {uuid} NOT NULL,
    -- The object that it belongs to, if any.
    object_id {uuid},
    -- The to-do that it belongs to, if any.
    task_id {uuid},
    file_type {text} NOT NULL,
    file_name {text} NOT NULL,
    -- What the bytes are, as far as they tell.
    content_type {text} NOT NULL,
    size {int} NOT NULL,
    -- SHA-256 of the bytes.
    checksum {bytes} NOT NULL,
    -- Where the bytes are: the kind of storage, and the key there.
    storage {text} NOT NULL,
    storage_key {text} NOT NULL,
    creator_id {uuid} NOT NULL,
    creator_name {text} NOT NULL,
    create_time {int} NOT NULL,
    update_time {int} NOT NULL,
    -- From when on the bytes may be removed: while an upload is under way, some time ahead; null while it is in use.
    remove_at {int},
    PRIMARY KEY (workspace_id, id)
) {strict};
CREATE INDEX attachment_object ON attachment (workspace_id, object_id, id);
CREATE INDEX attachment_task ON attachment (workspace_id, task_id, id) WHERE task_id IS NOT NULL;
CREATE INDEX attachment_remove ON attachment (remove_at) WHERE remove_at IS NOT NULL;

-- Which object stands for everything of a type with the same key that arrives.
CREATE TABLE object_dedup (
    workspace_id {uuid} NOT NULL,
    dataclass_id {uuid} NOT NULL,
    type_code {text} NOT NULL,
    -- A hash of the values that make the key.
    key {bytes} NOT NULL,
    object_id {uuid} NOT NULL,
    count {int} NOT NULL,
    first_seen {int} NOT NULL,
    last_seen {int} NOT NULL,
    PRIMARY KEY (workspace_id, dataclass_id, type_code, key)
) {clustered};
CREATE INDEX object_dedup_object ON object_dedup (workspace_id, object_id);
CREATE INDEX object_dedup_seen ON object_dedup (last_seen);
