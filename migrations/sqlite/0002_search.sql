-- What each standing resource is found by, as `search` writes it, and what a page of results needs to know of it.
-- `resource` is the integer that the indexes below name; in their order resources were created.
CREATE TABLE indexed (
    resource INTEGER PRIMARY KEY,
    tenant INTEGER NOT NULL,
    type INTEGER NOT NULL,
    id TEXT NOT NULL,
    committed_at INTEGER NOT NULL,
    keys BLOB NOT NULL
) STRICT;

-- Every index ends in the row's own key here, so this one is ordered by creation within a type.
CREATE INDEX indexed_by_type ON indexed (tenant, type);

CREATE INDEX indexed_by_time ON indexed (tenant, type, committed_at);

-- The ordered indexes of search, one for each form of key. Each is one B-tree in the order in which it is read; rows
-- are found again by what `keys` holds, so that no other index is needed.
CREATE TABLE tokens (
    tenant INTEGER NOT NULL,
    parameter INTEGER NOT NULL,
    code TEXT NOT NULL,
    system INTEGER NOT NULL,
    resource INTEGER NOT NULL,
    PRIMARY KEY (tenant, parameter, code, resource, system)
) STRICT, WITHOUT ROWID;

CREATE TABLE strings (
    tenant INTEGER NOT NULL,
    parameter INTEGER NOT NULL,
    value TEXT NOT NULL,
    resource INTEGER NOT NULL,
    PRIMARY KEY (tenant, parameter, value, resource)
) STRICT, WITHOUT ROWID;

-- All that refers to one resource stands together, whatever the parameter: it is written together, too.
CREATE TABLE links (
    tenant INTEGER NOT NULL,
    parameter INTEGER NOT NULL,
    target TEXT NOT NULL,
    target_type INTEGER NOT NULL,
    resource INTEGER NOT NULL,
    PRIMARY KEY (tenant, target, target_type, parameter, resource)
) STRICT, WITHOUT ROWID;

CREATE TABLE dates (
    tenant INTEGER NOT NULL,
    parameter INTEGER NOT NULL,
    starts_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL,
    resource INTEGER NOT NULL,
    PRIMARY KEY (tenant, parameter, starts_at, ends_at, resource)
) STRICT, WITHOUT ROWID;

CREATE INDEX dates_by_end ON dates (tenant, parameter, ends_at, starts_at, resource);

CREATE TABLE amounts (
    tenant INTEGER NOT NULL,
    parameter INTEGER NOT NULL,
    unit INTEGER NOT NULL,
    low INTEGER NOT NULL,
    high INTEGER NOT NULL,
    resource INTEGER NOT NULL,
    PRIMARY KEY (tenant, parameter, unit, low, high, resource)
) STRICT, WITHOUT ROWID;

CREATE TABLE positions (
    tenant INTEGER NOT NULL,
    parameter INTEGER NOT NULL,
    latitude INTEGER NOT NULL,
    longitude INTEGER NOT NULL,
    resource INTEGER NOT NULL,
    PRIMARY KEY (tenant, parameter, latitude, longitude, resource)
) STRICT, WITHOUT ROWID;
