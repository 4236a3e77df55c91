-- What each standing resource is found by, as `search` writes it, and what a page of results needs to know of it.
-- `resource` is the integer that the indexes below name; in their order resources were created.
CREATE TABLE indexed (
    resource BIGINT PRIMARY KEY,
    tenant BIGINT NOT NULL,
    type SMALLINT NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    committed_at BIGINT NOT NULL,
    keys BYTEA NOT NULL
);

-- In order of creation within a type.
CREATE INDEX indexed_by_type ON indexed (tenant, type, resource);

CREATE INDEX indexed_by_time ON indexed (tenant, type, committed_at);

-- The ordered indexes of search, one for each form of key. Each is one B-tree in the order in which it is read; rows
-- are found again by what `keys` holds, so that no other index is needed.
CREATE TABLE tokens (
    tenant BIGINT NOT NULL,
    parameter BIGINT NOT NULL,
    code TEXT COLLATE "C" NOT NULL,
    system BIGINT NOT NULL,
    resource BIGINT NOT NULL,
    PRIMARY KEY (tenant, parameter, code, resource, system)
);

CREATE TABLE strings (
    tenant BIGINT NOT NULL,
    parameter BIGINT NOT NULL,
    value TEXT COLLATE "C" NOT NULL,
    resource BIGINT NOT NULL,
    PRIMARY KEY (tenant, parameter, value, resource)
);

-- All that refers to one resource stands together, whatever the parameter: it is written together, too.
CREATE TABLE links (
    tenant BIGINT NOT NULL,
    parameter BIGINT NOT NULL,
    target TEXT COLLATE "C" NOT NULL,
    target_type BIGINT NOT NULL,
    resource BIGINT NOT NULL,
    PRIMARY KEY (tenant, target, target_type, parameter, resource)
);

CREATE TABLE dates (
    tenant BIGINT NOT NULL,
    parameter BIGINT NOT NULL,
    starts_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    resource BIGINT NOT NULL,
    PRIMARY KEY (tenant, parameter, starts_at, ends_at, resource)
);

CREATE INDEX dates_by_end ON dates (tenant, parameter, ends_at, starts_at, resource);

CREATE TABLE amounts (
    tenant BIGINT NOT NULL,
    parameter BIGINT NOT NULL,
    unit BIGINT NOT NULL,
    low BIGINT NOT NULL,
    high BIGINT NOT NULL,
    resource BIGINT NOT NULL,
    PRIMARY KEY (tenant, parameter, unit, low, high, resource)
);

CREATE TABLE positions (
    tenant BIGINT NOT NULL,
    parameter BIGINT NOT NULL,
    latitude BIGINT NOT NULL,
    longitude BIGINT NOT NULL,
    resource BIGINT NOT NULL,
    PRIMARY KEY (tenant, parameter, latitude, longitude, resource)
);
