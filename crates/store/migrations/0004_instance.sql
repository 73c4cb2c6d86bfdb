-- Runs of workflows: what they are, what they wait for, what happened.

-- One row for each run, called ones included.
CREATE TABLE instance (
    workspace_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    project_id {uuid} NOT NULL,
    root_id {uuid} NOT NULL,
    -- The process's element in the root, and the call activity that called it.
    element_no {int} NOT NULL,
    caller_no {int},
    workflow_id {uuid} NOT NULL,
    version_id {uuid} NOT NULL,
    name {text} NOT NULL,
    workflow_name {text} NOT NULL,
    workflow_version {text} NOT NULL,
    dataclass_id {uuid},
    dataclass_name {text} NOT NULL,
    dataobject_id {text} NOT NULL,
    playbook_id {uuid},
    playbook_name {text} NOT NULL,
    defense_id {text} NOT NULL,
    trigger_type {text} NOT NULL,
    status {text} NOT NULL,
    start_time {int} NOT NULL,
    end_time {int},
    update_time {int} NOT NULL,
    retry_count {int} NOT NULL,
    creator_id {uuid} NOT NULL,
    PRIMARY KEY (workspace_id, id)
) {clustered};
CREATE INDEX instance_workflow ON instance (workflow_id, id);
CREATE INDEX instance_root ON instance (root_id, element_no);

-- One row for each root that has not ended: what may be claimed, when, and how far its journal goes.
CREATE TABLE root (
    id {uuid} NOT NULL PRIMARY KEY,
    project_id {uuid} NOT NULL,
    workspace_id {uuid} NOT NULL,
    owner_id {uuid},
    -- The last turn in the journal, and its hash.
    seq {int} NOT NULL,
    hash {bytes} NOT NULL,
    -- The last command put into the inbox.
    inbox_seq {int} NOT NULL,
    -- When it has something to do: 0 when there is a command, null when it only waits for one.
    due_at {int},
    -- The release level that its events need.
    level {int} NOT NULL,
    -- Why it cannot go on (its journal cannot be read or applied); empty otherwise.
    problem {text} NOT NULL
) {clustered};
CREATE INDEX root_due ON root (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX root_owner ON root (owner_id) WHERE owner_id IS NOT NULL;

CREATE TABLE inbox (
    root_id {uuid} NOT NULL,
    seq {int} NOT NULL,
    command {text} NOT NULL,
    dedup_key {text} UNIQUE,
    PRIMARY KEY (root_id, seq)
) {strict};

-- One row for each turn. The rows of a root chain by hash. Not clustered, like other tables with long texts: in a
-- clustered one SQLite moves what exceeds a quarter of a page to a page of its own.
CREATE TABLE journal (
    root_id {uuid} NOT NULL,
    seq {int} NOT NULL,
    at {int} NOT NULL,
    body {text} NOT NULL,
    prev_hash {bytes} NOT NULL,
    hash {bytes} NOT NULL,
    PRIMARY KEY (root_id, seq)
) {strict};

CREATE TABLE snapshot (
    root_id {uuid} NOT NULL PRIMARY KEY,
    seq {int} NOT NULL,
    body {text} NOT NULL
) {strict};

-- One row for each node that a run has reached.
CREATE TABLE node_run (
    root_id {uuid} NOT NULL,
    no {int} NOT NULL,
    instance_id {uuid} NOT NULL,
    node_id {text} NOT NULL,
    node_name {text} NOT NULL,
    node_type {text} NOT NULL,
    status {text} NOT NULL,
    attempt {int} NOT NULL,
    start_time {int} NOT NULL,
    end_time {int},
    input {text} NOT NULL,
    output {text} NOT NULL,
    error {text} NOT NULL,
    PRIMARY KEY (root_id, no)
) {clustered};

-- One row for each server process: its lease, on the database's clock.
CREATE TABLE node (
    id {uuid} NOT NULL PRIMARY KEY,
    epoch {int} NOT NULL,
    expires_at {int} NOT NULL,
    level {int} NOT NULL,
    started_at {int} NOT NULL,
    address {text} NOT NULL
) {strict};
