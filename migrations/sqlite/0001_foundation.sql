-- The names behind `type` codes, so that rows carry small integers.
CREATE TABLE types (
    type INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

-- Where each resource stands now. One B-tree: found by its key, changed in place. `resource` is the
-- integer that other tables say instead of the key: the time of the resource's first version.
CREATE TABLE resources (
    tenant INTEGER NOT NULL,
    type INTEGER NOT NULL,
    id TEXT NOT NULL,
    resource INTEGER NOT NULL,
    version INTEGER NOT NULL,
    committed_at INTEGER NOT NULL,
    deleted INTEGER NOT NULL,
    PRIMARY KEY (tenant, type, id)
) STRICT, WITHOUT ROWID;

-- The log: every version in the order of commits, which is also the outbox. Rows are only appended.
-- A deletion has no body and no digest.
CREATE TABLE versions (
    committed_at INTEGER PRIMARY KEY,
    resource INTEGER NOT NULL,
    version INTEGER NOT NULL,
    tenant INTEGER NOT NULL,
    type INTEGER NOT NULL,
    id TEXT NOT NULL,
    method INTEGER NOT NULL,
    coding INTEGER NOT NULL,
    gap INTEGER NOT NULL,
    digest BLOB,
    blob BLOB,
    body BLOB
) STRICT;

CREATE UNIQUE INDEX versions_by_resource ON versions (resource, version);

-- Every index ends in the row's own key here, so this one is ordered by time within a type.
CREATE INDEX versions_by_type ON versions (tenant, type);

CREATE INDEX versions_by_blob ON versions (blob) WHERE blob IS NOT NULL;

-- What bodies of a type have in common. `coding` in `versions` names the one a body needs; 0 and 1
-- are text and plain compression.
CREATE TABLE dictionaries (
    coding INTEGER PRIMARY KEY,
    type INTEGER NOT NULL,
    content BLOB NOT NULL
) STRICT;

CREATE TABLE jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant INTEGER NOT NULL,
    kind TEXT NOT NULL,
    state BLOB NOT NULL,
    finished INTEGER NOT NULL,
    claimed_until INTEGER
) STRICT;

CREATE INDEX jobs_waiting ON jobs (tenant, kind, id) WHERE finished = 0;

CREATE TABLE grants (
    tenant INTEGER NOT NULL,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    value BLOB NOT NULL,
    expires_at INTEGER,
    PRIMARY KEY (tenant, kind, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX grants_by_end ON grants (tenant, expires_at) WHERE expires_at IS NOT NULL;
