-- Domains, projects, users, credentials, roles. Times are microseconds since 1970 in UTC.

CREATE TABLE domain (
    id {uuid} NOT NULL PRIMARY KEY,
    name {text} NOT NULL,
    create_time {int} NOT NULL
) {strict};
CREATE UNIQUE INDEX domain_name ON domain (name);

CREATE TABLE project (
    id {uuid} NOT NULL PRIMARY KEY,
    domain_id {uuid} NOT NULL REFERENCES domain (id),
    name {text} NOT NULL,
    description {text} NOT NULL,
    enabled {bool} NOT NULL,
    create_time {int} NOT NULL
) {strict};
CREATE UNIQUE INDEX project_name ON project (domain_id, name);

CREATE TABLE account (
    id {uuid} NOT NULL PRIMARY KEY,
    domain_id {uuid} NOT NULL REFERENCES domain (id),
    name {text} NOT NULL,
    description {text} NOT NULL,
    enabled {bool} NOT NULL,
    -- The project of tokens asked for without a scope.
    default_project_id {uuid},
    -- Argon2id in PHC form; empty when the user has no password.
    password_hash {text} NOT NULL,
    -- Tokens issued before this instant are not valid any more.
    tokens_valid_from {int} NOT NULL,
    create_time {int} NOT NULL,
    update_time {int} NOT NULL
) {strict};
CREATE UNIQUE INDEX account_name ON account (domain_id, name);

CREATE TABLE access_key (
    access {text} NOT NULL PRIMARY KEY,
    user_id {uuid} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    -- Sealed with the master key.
    secret {bytes} NOT NULL,
    description {text} NOT NULL,
    enabled {bool} NOT NULL,
    create_time {int} NOT NULL,
    -- To the hour.
    last_use_time {int}
) {strict};
CREATE INDEX access_key_user ON access_key (user_id);

CREATE TABLE token (
    -- SHA-256 of the token; the token itself is not kept.
    hash {bytes} NOT NULL PRIMARY KEY,
    user_id {uuid} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    -- Scope: a project, or a domain, or neither.
    project_id {uuid},
    domain_id {uuid},
    methods {text} NOT NULL,
    issued_at {int} NOT NULL,
    expires_at {int} NOT NULL
) {strict};
CREATE INDEX token_expires ON token (expires_at);
CREATE INDEX token_user ON token (user_id);

CREATE TABLE role (
    id {uuid} NOT NULL PRIMARY KEY,
    -- None for built-in roles.
    domain_id {uuid} REFERENCES domain (id),
    name {text} NOT NULL,
    description {text} NOT NULL,
    -- A JSON list of permissions.
    permissions {text} NOT NULL,
    create_time {int} NOT NULL
) {strict};
CREATE UNIQUE INDEX role_name ON role (domain_id, name);

CREATE TABLE role_binding (
    user_id {uuid} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    role_id {uuid} NOT NULL REFERENCES role (id),
    -- 'domain', 'project' or 'workspace', and its id.
    scope_kind {text} NOT NULL,
    scope_id {uuid} NOT NULL,
    PRIMARY KEY (user_id, role_id, scope_kind, scope_id)
) {clustered};
CREATE INDEX role_binding_role ON role_binding (role_id);
CREATE INDEX role_binding_scope ON role_binding (scope_id);

-- Facts about the installation: the bootstrap's ids, the cluster's level.
CREATE TABLE setting (
    name {text} NOT NULL PRIMARY KEY,
    value {text} NOT NULL
) {strict};
