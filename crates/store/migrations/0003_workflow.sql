-- Workflows, their versions, what was approved, and to-dos.

CREATE TABLE workflow (
    workspace_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    project_id {uuid} NOT NULL,
    name {text} NOT NULL,
    description {text} NOT NULL,
    owner_id {uuid},
    creator_id {uuid} NOT NULL,
    creator_name {text} NOT NULL,
    create_time {int} NOT NULL,
    modifier_id {uuid},
    modifier_name {text} NOT NULL,
    update_time {int} NOT NULL,
    edit_role {text} NOT NULL,
    use_role {text} NOT NULL,
    approve_role {text} NOT NULL,
    enabled {bool} NOT NULL,
    version_id {uuid},
    version {text} NOT NULL,
    current_approval_version_id {uuid},
    current_rejected_version_id {uuid},
    last_version {int} NOT NULL,
    aop_type {text} NOT NULL,
    engine_type {text} NOT NULL,
    dataclass_id {uuid} NOT NULL,
    dataclass_name {text} NOT NULL,
    labels {text} NOT NULL,
    PRIMARY KEY (workspace_id, id)
) {clustered};
CREATE UNIQUE INDEX workflow_name ON workflow (workspace_id, name);

CREATE TABLE workflow_version (
    workspace_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    project_id {uuid} NOT NULL,
    workflow_id {uuid} NOT NULL,
    number {int} NOT NULL,
    name {text} NOT NULL,
    description {text} NOT NULL,
    owner_id {uuid},
    creator_id {uuid} NOT NULL,
    creator_name {text} NOT NULL,
    create_time {int} NOT NULL,
    modifier_id {uuid},
    modifier_name {text} NOT NULL,
    update_time {int} NOT NULL,
    author_id {uuid} NOT NULL,
    status {text} NOT NULL,
    taskconfig {text} NOT NULL,
    taskflow {text} NOT NULL,
    taskflow_type {text} NOT NULL,
    aop_type {text} NOT NULL,
    input {text} NOT NULL,
    output {text} NOT NULL,
    hash {bytes},
    PRIMARY KEY (workspace_id, id)
) {strict};
CREATE INDEX workflow_version_workflow ON workflow_version (workspace_id, workflow_id, number);

-- What was approved and therefore runs. It outlives the version row while instances need it.
CREATE TABLE definition (
    version_id {uuid} NOT NULL PRIMARY KEY,
    project_id {uuid} NOT NULL,
    workspace_id {uuid} NOT NULL,
    workflow_id {uuid} NOT NULL,
    taskflow {text} NOT NULL,
    taskflow_type {text} NOT NULL,
    taskconfig {text} NOT NULL,
    -- Calls that are pinned: a JSON object of called workflow to version id.
    pins {text} NOT NULL,
    -- What it refers to, as written: a JSON object {"workflows": [...], "connections": [...]}.
    uses {text} NOT NULL,
    hash {bytes} NOT NULL,
    approved_at {int} NOT NULL
) {strict};

CREATE TABLE task (
    workspace_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    project_id {uuid} NOT NULL,
    business_type {text} NOT NULL,
    status {text} NOT NULL,
    name {text} NOT NULL,
    description {text} NOT NULL,
    creator_id {text} NOT NULL,
    creator_name {text} NOT NULL,
    create_time {int} NOT NULL,
    modifier_id {text} NOT NULL,
    modifier_name {text} NOT NULL,
    update_time {int} NOT NULL,
    -- Who may answer: a JSON list of user or role names; empty means anyone with the right.
    handlers {text} NOT NULL,
    approver {text} NOT NULL,
    definition_key {text} NOT NULL,
    note {text} NOT NULL,
    due_date {int} NOT NULL,
    due_handle {text} NOT NULL,
    action_id {uuid} NOT NULL,
    action_version_id {uuid} NOT NULL,
    action_instance_id {uuid},
    -- The root instance and the element of it that waits; none for reviews.
    root_id {uuid},
    element_no {int},
    -- What a review passes: the hash of the version when it was submitted.
    hash {bytes},
    review_comments {text} NOT NULL,
    view_parameters {text} NOT NULL,
    -- The parameters that are asked for (a JSON list), then the values given.
    asked_parameters {text} NOT NULL,
    handle_parameters {text} NOT NULL,
    related_object {text} NOT NULL,
    PRIMARY KEY (workspace_id, id)
) {clustered};
CREATE INDEX task_status ON task (workspace_id, status, id);
CREATE INDEX task_version ON task (action_version_id);

CREATE TABLE task_comment (
    task_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    message {text} NOT NULL,
    user_id {uuid} NOT NULL,
    user_name {text} NOT NULL,
    time {int} NOT NULL,
    PRIMARY KEY (task_id, id)
) {clustered};
