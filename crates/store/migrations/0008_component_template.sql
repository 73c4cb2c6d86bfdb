-- Settings of actions of components, kept for use in workflows.
CREATE TABLE component_template (
    workspace_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    project_id {uuid} NOT NULL,
    component_id {uuid} NOT NULL,
    name {text} NOT NULL,
    -- As it was given; JSON on the whole.
    task_config {text} NOT NULL,
    create_time {int} NOT NULL,
    update_time {int} NOT NULL,
    PRIMARY KEY (workspace_id, id)
) {strict};
