-- Who did what, chained by hash; anchors over all chains; answers to repeated requests.

CREATE TABLE audit (
    lane {uuid} NOT NULL,
    seq {int} NOT NULL,
    at {int} NOT NULL,
    project_id {uuid},
    workspace_id {uuid},
    user_id {uuid} NOT NULL,
    user_name {text} NOT NULL,
    request_id {text} NOT NULL,
    client_ip {text} NOT NULL,
    action {text} NOT NULL,
    object {text} NOT NULL,
    detail {text} NOT NULL,
    prev_hash {bytes} NOT NULL,
    hash {bytes} NOT NULL,
    PRIMARY KEY (lane, seq)
) {clustered};
CREATE INDEX audit_workspace ON audit (workspace_id, at);

CREATE TABLE audit_anchor (
    seq {int} NOT NULL PRIMARY KEY,
    at {int} NOT NULL,
    heads {text} NOT NULL,
    mac {bytes} NOT NULL
) {strict};

CREATE TABLE idempotency (
    user_id {uuid} NOT NULL,
    key {text} NOT NULL,
    request_hash {bytes} NOT NULL,
    request_id {text} NOT NULL,
    node_id {uuid} NOT NULL,
    created_at {int} NOT NULL,
    status {int},
    body {text} NOT NULL,
    PRIMARY KEY (user_id, key)
) {clustered};
CREATE INDEX idempotency_created ON idempotency (created_at);
