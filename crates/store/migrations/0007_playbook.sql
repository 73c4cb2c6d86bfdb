-- Playbooks: when to do what. Their runs, their timers, their limits, and the sources of events.

CREATE TABLE playbook (
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
    user_role {text} NOT NULL,
    approve_role {text} NOT NULL,
    enabled {bool} NOT NULL,
    -- The active version, and its label.
    version_id {uuid},
    version {text} NOT NULL,
    unaudited_version_id {uuid},
    reject_version_id {uuid},
    last_version {int} NOT NULL,
    -- The active version's.
    dataclass_id {uuid},
    dataclass_name {text} NOT NULL,
    -- Whose queue goes first: the larger.
    priority {int} NOT NULL,
    -- Instances that run at once, and instances that start in a minute; 0 is no limit.
    concurrency {int} NOT NULL,
    starts_per_minute {int} NOT NULL,
    -- Failures within so many seconds that pause it; 0 is never.
    breaker_failures {int} NOT NULL,
    breaker_seconds {int} NOT NULL,
    paused_at {int},
    pause_reason {text} NOT NULL,
    PRIMARY KEY (workspace_id, id)
) {clustered};
CREATE UNIQUE INDEX playbook_id ON playbook (id);
CREATE UNIQUE INDEX playbook_name ON playbook (workspace_id, name);

CREATE TABLE playbook_version (
    workspace_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    project_id {uuid} NOT NULL,
    playbook_id {uuid} NOT NULL,
    number {int} NOT NULL,
    description {text} NOT NULL,
    creator_id {uuid} NOT NULL,
    creator_name {text} NOT NULL,
    create_time {int} NOT NULL,
    modifier_id {uuid},
    modifier_name {text} NOT NULL,
    update_time {int} NOT NULL,
    author_id {uuid} NOT NULL,
    status {text} NOT NULL,
    enabled {bool} NOT NULL,
    -- 0 for a draft, 1 for an official one.
    version_type {int} NOT NULL,
    trigger_type {text} NOT NULL,
    dataclass_id {uuid} NOT NULL,
    dataclass_name {text} NOT NULL,
    dataobject_create {bool} NOT NULL,
    dataobject_update {bool} NOT NULL,
    dataobject_delete {bool} NOT NULL,
    action_strategy {text} NOT NULL,
    rule_enable {bool} NOT NULL,
    rule_id {uuid},
    -- The rule as it was given, JSON; empty when there is none.
    rule {text} NOT NULL,
    approve_name {text} NOT NULL,
    -- What was submitted or approved.
    hash {bytes},
    PRIMARY KEY (workspace_id, id)
) {strict};
CREATE INDEX playbook_version_playbook ON playbook_version (workspace_id, playbook_id, number);

-- The workflows that a version runs.
CREATE TABLE playbook_action (
    workspace_id {uuid} NOT NULL,
    version_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    project_id {uuid} NOT NULL,
    playbook_id {uuid} NOT NULL,
    name {text} NOT NULL,
    description {text} NOT NULL,
    action_type {text} NOT NULL,
    -- The workflow.
    action_id {uuid} NOT NULL,
    sort_order {int} NOT NULL,
    PRIMARY KEY (workspace_id, version_id, id)
) {clustered};

-- What reviewers have said of versions, of playbooks and of workflows.
CREATE TABLE approval (
    workspace_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    project_id {uuid} NOT NULL,
    -- 'PLAYBOOK' or 'AOP_WORKFLOW', and which.
    resource_type {text} NOT NULL,
    resource_id {uuid} NOT NULL,
    version_id {uuid} NOT NULL,
    result {text} NOT NULL,
    content {text} NOT NULL,
    user_id {uuid} NOT NULL,
    user_name {text} NOT NULL,
    time {int} NOT NULL,
    PRIMARY KEY (workspace_id, id)
) {clustered};
CREATE INDEX approval_resource ON approval (workspace_id, resource_id, id);

-- Runs of playbooks.
CREATE TABLE playbook_instance (
    workspace_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    project_id {uuid} NOT NULL,
    name {text} NOT NULL,
    playbook_id {uuid} NOT NULL,
    playbook_name {text} NOT NULL,
    version_id {uuid} NOT NULL,
    version {text} NOT NULL,
    dataclass_id {uuid},
    dataclass_name {text} NOT NULL,
    dataobject_id {uuid},
    dataobject_name {text} NOT NULL,
    -- 'EVENT', 'TIMER', 'MANUAL' or 'DEBUG'.
    trigger_type {text} NOT NULL,
    -- What happened to the object: 'create', 'update' or 'delete'; and which state of it that has made: its version
    -- and, since an id may be used again, its creation. Empty and null unless an event has set it off.
    event {text} NOT NULL,
    dataobject_time {int},
    dataobject_version {int},
    -- The tick of the timer.
    tick {int},
    -- How many playbooks have set each other off, this one included; and the instance that has set this one off.
    depth {int} NOT NULL,
    cause_id {uuid},
    creator_id {uuid} NOT NULL,
    creator_name {text} NOT NULL,
    status {text} NOT NULL,
    -- What went wrong; empty when nothing did.
    problem {text} NOT NULL,
    create_time {int} NOT NULL,
    -- Null while it is queued.
    start_time {int},
    end_time {int},
    retry_count {int} NOT NULL,
    PRIMARY KEY (workspace_id, id)
) {clustered};
-- No event and no tick sets a version off twice.
CREATE UNIQUE INDEX playbook_instance_event
    ON playbook_instance (dataobject_id, dataobject_time, dataobject_version, version_id);
CREATE UNIQUE INDEX playbook_instance_tick ON playbook_instance (version_id, tick) WHERE tick IS NOT NULL;
CREATE INDEX playbook_instance_playbook ON playbook_instance (playbook_id, create_time);
CREATE INDEX playbook_instance_end ON playbook_instance (end_time) WHERE end_time IS NOT NULL;

-- The runs of workflows that belong to runs of playbooks. Their ids are known before they start, so that a start can
-- be repeated.
CREATE TABLE playbook_run (
    workspace_id {uuid} NOT NULL,
    run_id {uuid} NOT NULL,
    project_id {uuid} NOT NULL,
    playbook_instance_id {uuid} NOT NULL,
    -- Its place among the actions.
    position {int} NOT NULL,
    action_id {uuid} NOT NULL,
    action_name {text} NOT NULL,
    action_description {text} NOT NULL,
    workflow_id {uuid} NOT NULL,
    -- Why it could not be started; empty otherwise.
    problem {text} NOT NULL,
    -- Whether the run has changed since the playbook instance last looked.
    has_news {bool} NOT NULL,
    PRIMARY KEY (workspace_id, run_id)
) {clustered};
CREATE INDEX playbook_run_instance ON playbook_run (workspace_id, playbook_instance_id, position);
CREATE INDEX playbook_run_news ON playbook_run (playbook_instance_id) WHERE has_news;

-- One row for each playbook instance that has not ended.
CREATE TABLE playbook_work (
    id {uuid} NOT NULL PRIMARY KEY,
    workspace_id {uuid} NOT NULL,
    project_id {uuid} NOT NULL,
    playbook_id {uuid} NOT NULL,
    -- 'queued', 'active', or 'held' while it has failed and waits for a person.
    state {text} NOT NULL,
    -- From when on a node may start its runs; null when that is done. A node that does so moves it to when it is to be
    -- replaced.
    due_at {int},
    -- Whether its runs start one after the other.
    in_order {bool} NOT NULL,
    -- What its runs are started with, JSON.
    context {text} NOT NULL
) {strict};
CREATE INDEX playbook_work_state ON playbook_work (state, playbook_id, id);
CREATE INDEX playbook_work_due ON playbook_work (due_at) WHERE due_at IS NOT NULL;

-- What limits of each playbook are counted on: when instances have started and failed lately, a JSON list of instants and
-- how many fell on each. Whoever decides on them holds the row.
CREATE TABLE playbook_meter (
    playbook_id {uuid} NOT NULL PRIMARY KEY,
    workspace_id {uuid} NOT NULL,
    starts {text} NOT NULL,
    failures {text} NOT NULL
) {strict};

-- The next tick of each playbook with a timer; null when there is none any more.
CREATE TABLE schedule (
    playbook_id {uuid} NOT NULL PRIMARY KEY,
    workspace_id {uuid} NOT NULL,
    project_id {uuid} NOT NULL,
    version_id {uuid} NOT NULL,
    next_at {int}
) {strict};
CREATE INDEX schedule_due ON schedule (next_at) WHERE next_at IS NOT NULL;

-- Counts the changes of what sets playbooks of a workspace off. The first who asks makes the row.
CREATE TABLE trigger_epoch (
    workspace_id {uuid} NOT NULL PRIMARY KEY,
    epoch {int} NOT NULL
) {strict};

-- Where events come from besides the API.
CREATE TABLE ingest_source (
    workspace_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    project_id {uuid} NOT NULL,
    name {text} NOT NULL,
    description {text} NOT NULL,
    -- How events come: 'webhook', 'nats'.
    kind {text} NOT NULL,
    -- What they look like: a built-in mapping, or 'custom'.
    format {text} NOT NULL,
    dataclass_id {uuid} NOT NULL,
    enabled {bool} NOT NULL,
    -- SHA-256 of the token that senders show; empty when they sign.
    token_hash {bytes} NOT NULL,
    -- The secret that senders sign with, sealed; empty when they show a token.
    secret {bytes} NOT NULL,
    -- Mapping and whatever else the kind needs, JSON.
    settings {text} NOT NULL,
    creator_id {uuid} NOT NULL,
    creator_name {text} NOT NULL,
    create_time {int} NOT NULL,
    modifier_id {uuid},
    modifier_name {text} NOT NULL,
    update_time {int} NOT NULL,
    PRIMARY KEY (workspace_id, id)
) {strict};
CREATE UNIQUE INDEX ingest_source_name ON ingest_source (workspace_id, name);

-- Events that could not be taken in.
CREATE TABLE dead_letter (
    workspace_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    project_id {uuid} NOT NULL,
    source_id {uuid} NOT NULL,
    received_at {int} NOT NULL,
    reason {text} NOT NULL,
    replayed_at {int},
    -- As it came, which need not be text.
    body {bytes} NOT NULL,
    PRIMARY KEY (workspace_id, id)
) {strict};
CREATE INDEX dead_letter_source ON dead_letter (workspace_id, source_id, id);
CREATE INDEX dead_letter_received ON dead_letter (received_at);
