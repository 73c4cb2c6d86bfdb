-- Workspaces, data classes, connections.

CREATE TABLE workspace (
    project_id {uuid} NOT NULL REFERENCES project (id),
    id {uuid} NOT NULL,
    name {text} NOT NULL,
    description {text} NOT NULL,
    region_id {text} NOT NULL,
    project_name {text} NOT NULL,
    domain_id {uuid} NOT NULL,
    domain_name {text} NOT NULL,
    enterprise_project_id {text} NOT NULL,
    enterprise_project_name {text} NOT NULL,
    is_view {bool} NOT NULL,
    view_bind_id {text} NOT NULL,
    view_bind_name {text} NOT NULL,
    -- A JSON list of {"key","value"}.
    tags {text} NOT NULL,
    -- Whether the author of a version may not pass it.
    four_eyes {bool} NOT NULL,
    creator_id {uuid} NOT NULL,
    creator_name {text} NOT NULL,
    create_time {int} NOT NULL,
    modifier_id {uuid},
    modifier_name {text} NOT NULL,
    update_time {int} NOT NULL,
    PRIMARY KEY (project_id, id)
) {clustered};
CREATE UNIQUE INDEX workspace_id ON workspace (id);
CREATE UNIQUE INDEX workspace_name ON workspace (project_id, name);

-- Workspaces that were deleted and whose runs are still being removed, in batches.
CREATE TABLE deleted_workspace (
    id {uuid} NOT NULL PRIMARY KEY,
    project_id {uuid} NOT NULL,
    deleted_at {int} NOT NULL
) {strict};

CREATE TABLE data_class (
    workspace_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    project_id {uuid} NOT NULL,
    name {text} NOT NULL,
    business_code {text} NOT NULL,
    description {text} NOT NULL,
    is_built_in {bool} NOT NULL,
    parent_id {uuid},
    creator_id {uuid} NOT NULL,
    creator_name {text} NOT NULL,
    create_time {int} NOT NULL,
    modifier_id {uuid},
    modifier_name {text} NOT NULL,
    update_time {int} NOT NULL,
    PRIMARY KEY (workspace_id, id)
) {clustered};
CREATE UNIQUE INDEX data_class_name ON data_class (workspace_id, name);

CREATE TABLE data_class_field (
    workspace_id {uuid} NOT NULL,
    dataclass_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    project_id {uuid} NOT NULL,
    -- Its place in the class.
    position {int} NOT NULL,
    field_key {text} NOT NULL,
    name {text} NOT NULL,
    description {text} NOT NULL,
    field_type {text} NOT NULL,
    -- What it is about: a group of fields.
    category {text} NOT NULL,
    -- Whether classification and mapping offer it.
    mapping {bool} NOT NULL,
    -- Every other attribute of the field, a JSON object by wire name.
    attributes {text} NOT NULL,
    is_built_in {bool} NOT NULL,
    required {bool} NOT NULL,
    searchable {bool} NOT NULL,
    creator_id {uuid} NOT NULL,
    creator_name {text} NOT NULL,
    create_time {int} NOT NULL,
    modifier_id {uuid},
    modifier_name {text} NOT NULL,
    update_time {int} NOT NULL,
    PRIMARY KEY (workspace_id, dataclass_id, id)
) {clustered};
CREATE UNIQUE INDEX data_class_field_key ON data_class_field (dataclass_id, field_key);

CREATE TABLE data_class_type (
    workspace_id {uuid} NOT NULL,
    dataclass_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    project_id {uuid} NOT NULL,
    -- Its place among the types that it was made with.
    position {int} NOT NULL,
    layout_id {text} NOT NULL,
    layout_name {text} NOT NULL,
    category {text} NOT NULL,
    category_code {text} NOT NULL,
    sub_category {text} NOT NULL,
    sub_category_code {text} NOT NULL,
    dataclass_business_code {text} NOT NULL,
    description {text} NOT NULL,
    enabled {bool} NOT NULL,
    level {int} NOT NULL,
    is_built_in {bool} NOT NULL,
    sla {int} NOT NULL,
    creator_id {uuid} NOT NULL,
    creator_name {text} NOT NULL,
    create_time {int} NOT NULL,
    modifier_id {uuid},
    modifier_name {text} NOT NULL,
    update_time {int} NOT NULL,
    PRIMARY KEY (workspace_id, dataclass_id, id)
) {clustered};
CREATE UNIQUE INDEX data_class_type_code ON data_class_type (dataclass_id, category_code, sub_category_code);

CREATE TABLE connection (
    workspace_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    project_id {uuid} NOT NULL,
    name {text} NOT NULL,
    description {text} NOT NULL,
    component_id {uuid} NOT NULL,
    component_name {text} NOT NULL,
    component_version_id {text} NOT NULL,
    kind {text} NOT NULL,
    status {text} NOT NULL,
    -- The JSON config, sealed with the master key.
    config {bytes} NOT NULL,
    enabled {bool} NOT NULL,
    defense_type {text} NOT NULL,
    target_project_id {text} NOT NULL,
    target_project_name {text} NOT NULL,
    target_enterprise_id {text} NOT NULL,
    target_enterprise_name {text} NOT NULL,
    region_id {text} NOT NULL,
    region_name {text} NOT NULL,
    creator_id {uuid} NOT NULL,
    creator_name {text} NOT NULL,
    create_time {int} NOT NULL,
    modifier_id {uuid},
    modifier_name {text} NOT NULL,
    update_time {int} NOT NULL,
    PRIMARY KEY (workspace_id, id)
) {clustered};
CREATE UNIQUE INDEX connection_name ON connection (workspace_id, name);
